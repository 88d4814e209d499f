"""Grounded answers: only spans of the memories and of the user's words, joined by a few phrases, or the refusal.

A plain form of what the engine does with token masks: the state is the set of places in the source where the
span now being copied may end. Spans start at words (tokens that begin with a space).
"""

from __future__ import annotations

import torch

from .model import Reader, document_mask
from .scoring import Item
from .template import END, REFUSAL
from .tokenizer import Tokenizer

CONNECTORS = (",", " and", ".", ";")
LONGEST = 48


class Mask:
    """What may come next, token by token, for one prompt."""

    def __init__(self, source: list[int], tokenizer: Tokenizer):
        self._source = source
        self._end = tokenizer.special(END)
        self._refusal = tokenizer.encode(" " + REFUSAL)
        self._connectors = {ids[0] for ids in (tokenizer.encode(c) for c in CONNECTORS) if len(ids) == 1}
        self._starts: dict[int, list[int]] = {}
        for place, token in enumerate(source):
            if tokenizer.tokens[token][0] == "Ġ":
                self._starts.setdefault(token, []).append(place)
        self._said = 0  # tokens of the refusal said so far, -1 when the answer is another
        self._places: list[int] | None = None

    def allowed(self) -> set[int]:
        """Tokens that may follow what was taken so far."""
        out: set[int] = set()
        if self._said == len(self._refusal):
            return {self._end}
        if self._said >= 0:
            out.add(self._refusal[self._said])
        if self._places is None:
            return out if self._said > 0 else out | set(self._starts)
        following = {self._source[p + 1] for p in self._places if p + 1 < len(self._source)}
        return out | following | {self._end} | self._connectors

    def take(self, token: int) -> None:
        """Moves on by one token that was allowed."""
        starts = self._places is None and self._said <= 0
        self._said = self._said + 1 if self._said >= 0 and token == self._refusal[self._said] else -1
        if starts:
            self._places = self._starts.get(token)
        elif self._places is not None:
            on = [p + 1 for p in self._places if p + 1 < len(self._source) and self._source[p + 1] == token]
            self._places = on or None


@torch.no_grad()
def answer(model: Reader, item: Item, tokenizer: Tokenizer, grounded: bool) -> list[int]:
    """Greedy decoding of one item's prompt, masked or free: the tokens before the end mark."""
    source = [i for line in item.lines for i in tokenizer.encode(line + "\n")] + tokenizer.encode(" " + item.question)
    mask = Mask(source, tokenizer) if grounded else None
    ids: list[int] = []
    end = tokenizer.special(END)
    for _ in range(LONGEST):
        tokens = torch.tensor([item.prompt + ids])
        scores = model.logits(model(tokens, document_mask(torch.zeros_like(tokens)))[0, -1])
        if mask:
            allowed = torch.tensor(sorted(mask.allowed()))
            chosen = int(allowed[scores[allowed].argmax()])
        else:
            chosen = int(scores.argmax())
        if chosen == end:
            break
        if mask:
            mask.take(chosen)
        ids.append(chosen)
    return ids
