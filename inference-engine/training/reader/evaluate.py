"""Measures a model on what it never saw: held-out names, wordings, attributes; long contexts; attention structure."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F

from . import tasks
from .facts import Mode
from .grounded import answer
from .mixture import encode
from .model import Reader, document_mask
from .natural import Natural, load
from .scoring import Item, Maker, exact_match, greedy_equals, items, refusal_scores, span_accuracy
from .template import END, Message
from .tokenizer import Tokenizer
from .wordings import check_disjoint

NAMES = Mode(names=True)
STATEMENTS = Mode(names=True, statements=True)
QUESTIONS = Mode(names=True, questions=True)
BOTH = Mode(names=True, statements=True, questions=True)
ATTRIBUTES = Mode(names=True, attributes=True)

# bars of the two sizes of effort; a name that is missing has none
BARS = {
    "cpu": {"1-3 memories": 95, "4-6 memories": 92, "superseded": 88, "refusal F1": 95, "repeated spans": 97,
            "unseen families": 40, "new attributes": 35, "context 1024": 75},
    "h200": {"context 1024": 98, "context 4096": 92, "unseen families": 60, "refusal F1": 97, "repeated spans": 99},
}


@dataclass(frozen=True)
class Setting:
    """What is evaluated, how much of it and from which seed."""

    model: Reader
    tokenizer: Tokenizer
    natural: Natural
    questions: int = 300
    seed: int = 20_000

    def ask(self, name: str, maker: Maker, limit: int = 0) -> list[Item]:
        """The questions of one set; its seed comes from its name."""
        seed = self.seed + sum(map(ord, name))
        return items(maker, self.tokenizer, seed, self.questions, True, limit or self.model.config.context)


def answer_sets(s: Setting) -> dict[str, float]:
    """Exact match, in percent, on sets of answerable questions."""
    n = s.natural

    def recall(mode: Mode, low: int, high: int) -> Maker:
        return lambda r: tasks.recall(r, n, mode, r.randint(low, high), 0.0)

    makers: dict[str, Maker] = {
        "1-3 memories": recall(NAMES, 1, 3),
        "4-6 memories": recall(NAMES, 4, 6),
        "8 memories": recall(NAMES, 8, 8),
        "superseded": _first(lambda r: tasks.update(r, n, NAMES)),
        "facts in talk": _answerable(lambda r: _talking(r, n)),
        "two memories joined": lambda r: tasks.two_hop(r, n, NAMES),
        "events": _answerable(lambda r: tasks.events(r, n, NAMES)),
        "dates": lambda r: tasks.dates(r, n, NAMES),
        "unseen statements": recall(STATEMENTS, 1, 6),
        "unseen questions": recall(QUESTIONS, 1, 6),
        "unseen families": recall(BOTH, 1, 6),
        "new attributes": recall(ATTRIBUTES, 1, 6),
        "natural reading": _answerable(lambda r: tasks.reading(r, n)),
    }
    return {name: exact_match(s.model, s.ask(name, maker)) for name, maker in makers.items()}


def _talking(rng: random.Random, natural: Natural) -> tuple[list[tasks.Line], list[tasks.Question]]:
    """One to three memories, in each of which somebody says other things too."""
    lines, questions = tasks.recall(rng, natural, NAMES, rng.randint(1, 3), 0.0)
    return tasks.in_talk(rng, natural, lines, 1.0), questions


def _answerable(maker: Maker) -> Maker:
    def only(rng: random.Random):  # type: ignore[no-untyped-def]
        while True:
            lines, questions = maker(rng)
            kept = [q for q in questions if not q.refusal]
            if kept:
                return lines, kept

    return only


def _first(maker: Maker) -> Maker:
    """Keeps the question about the changed fact: the one with several places of evidence."""

    def only(rng: random.Random):  # type: ignore[no-untyped-def]
        lines, questions = maker(rng)
        return lines, [q for q in questions if len(q.evidence) > 1]

    return only


def contexts(s: Setting) -> dict[str, float]:
    """Exact match on seen wordings with the facts anywhere in 512, 1,024, 2,048, 4,096 tokens."""
    out: dict[str, float] = {}
    for length in (512, 1024, 2048, 4096):
        if length > s.model.config.context:
            continue
        out[f"context {length}"] = exact_match(s.model, context_items(s, length))
    return out


def context_items(s: Setting, length: int) -> list[Item]:
    """Questions whose prompts are 85 to 100 % of a length."""
    rng = random.Random(s.seed + length)
    out: list[Item] = []
    characters = float(length * 3.2)
    count = max(60, s.questions * 512 // length)
    while len(out) < count:
        made = items(lambda r: tasks.long_recall(r, s.natural, int(characters), NAMES, 0.0), s.tokenizer, rng.getrandbits(40), 1)
        size = len(made[0].prompt) + len(made[0].answer)
        if size > length:
            characters *= 0.99
        elif size < 0.85 * length:
            characters *= 1.01
        else:
            out += made
    return out


def refusals(s: Setting) -> dict[str, float]:
    """Precision, recall and F1 in percent, half of the questions without an answer, seen and unseen wordings."""
    out: dict[str, float] = {}
    for name, mode in (("refusal", NAMES), ("refusal, unseen families", BOTH)):
        asked = s.ask(name, lambda r: tasks.recall(r, s.natural, mode, r.randint(1, 6), 0.6, noise=0.3))
        precision, recall, f1 = refusal_scores(s.model, asked, s.tokenizer)
        out |= {f"{name} precision": 100 * precision, f"{name} recall": 100 * recall, f"{name} F1": 100 * f1}
    return out


def grounded_and_free(s: Setting) -> dict[str, float]:
    """Exact match of the answer's text with and without the mask, a third of the questions of two sets."""
    out: dict[str, float] = {}
    for name, mode in (("seen wordings", NAMES), ("unseen families", BOTH)):
        asked = s.ask(f"grounded {name}", lambda r: tasks.recall(r, s.natural, mode, r.randint(1, 6), 0.2))[: max(20, s.questions // 3)]
        for kind in (True, False):
            right = [s.tokenizer.decode(answer(s.model, i, s.tokenizer, kind)).strip() == i.text for i in asked]
            out[f"{'grounded' if kind else 'free'}, {name}"] = 100 * sum(right) / len(right)
    return out


def structured(s: Setting) -> dict[str, float]:
    """JSON that parses, JSON that is right, follow-up questions and decompositions that are right, in percent."""
    rng = random.Random(s.seed + 3)
    out: dict[str, float] = {}
    valid = right = 0
    count = max(20, s.questions // 4)
    for _ in range(count):
        messages = tasks.extraction(rng, s.natural, NAMES)
        text = generate(s, messages[:-1], 96)
        try:
            parsed = json.loads(text)
            valid += isinstance(parsed, list)
            right += parsed == json.loads(messages[-1].content)
        except json.JSONDecodeError:
            pass
    out["JSON valid"], out["JSON exact"] = 100 * valid / count, 100 * right / count
    for name, maker in (("stand-alone question", tasks.follow_up), ("decomposition", tasks.decompose)):
        made = [maker(rng, s.natural, NAMES) for _ in range(s.questions)]
        prompts = [s.tokenizer.encode_prompt(_text(m[:-1])) for m in made]
        answers = [s.tokenizer.encode_prompt(f" {m[-1].content}{END}") for m in made]
        out[name] = 100 * sum(greedy_equals(s.model, prompts, answers)) / len(made)
    return out


def _text(messages: list[Message]) -> str:
    from .template import render_text

    return render_text(messages, True)


@torch.no_grad()
def generate(s: Setting, messages: list[Message], longest: int) -> str:
    """Greedy free text after a conversation."""
    ids = s.tokenizer.encode_prompt(_text(messages))
    start, end = len(ids), s.tokenizer.special(END)
    while len(ids) - start < longest:
        tokens = torch.tensor([ids[-s.model.config.context :]])
        token = int(s.model.logits(s.model(tokens, document_mask(torch.zeros_like(tokens)))[0, -1]).argmax())
        if token == end:
            break
        ids.append(token)
    return s.tokenizer.decode(ids[start:]).strip()


@torch.no_grad()
def perplexities(s: Setting, documents: int = 40) -> dict[str, float]:
    """Perplexity per token on held-out dialogue and prose."""
    out: dict[str, float] = {}
    length = min(512, s.model.config.context)
    for shard, made in _texts(s, documents).items():
        loss = tokens = 0.0
        for ids in made:
            row = torch.tensor([ids[:length]])
            hidden = s.model(row, document_mask(torch.zeros_like(row)))
            loss += float(F.cross_entropy(s.model.logits(hidden[0, :-1]).float(), row[0, 1:], reduction="sum"))
            tokens += row.shape[1] - 1
        out[f"perplexity {shard}"] = math.exp(loss / tokens)
    return out


def _texts(s: Setting, documents: int) -> dict[str, list[list[int]]]:
    out: dict[str, list[list[int]]] = {}
    for shard, talks in s.natural.dialogues.items():
        messages = [[Message("user" if i % 2 == 0 else "assistant", t) for i, (_, t) in enumerate(talk)] for talk in talks[:documents]]
        out[shard] = [encode(m, s.tokenizer).ids for m in messages]
    for shard, texts in s.natural.prose.items():
        out[shard] = [s.tokenizer.encode_prompt("<|endoftext|>" + t[:2500]) for t in texts[:documents]]
    return out


@torch.no_grad()
def attention_structure(s: Setting, rows: int = 16, length: int = 64) -> dict[str, float]:
    """Share of attention on the first four tokens, and of heads that look behind the earlier copy of a token."""
    asked = s.ask("attention", lambda r: tasks.recall(r, s.natural, NAMES, 6, 0.0))[:24]
    sink: list[float] = []
    for item in asked:
        seen: list[torch.Tensor] = []
        tokens = torch.tensor([item.prompt])
        s.model(tokens, document_mask(torch.zeros_like(tokens)), seen)
        later = [p[0, :, 32:, :4].sum(-1).mean() for p in seen if p.shape[-1] > 40]
        sink += [float(x) for x in later]
    generator = torch.Generator().manual_seed(s.seed)
    span = torch.randint(300, len(s.tokenizer), (rows, length), generator=generator)
    tokens = torch.cat((torch.zeros(rows, 1, dtype=torch.long), span, span), 1)
    seen = []
    s.model(tokens, document_mask(torch.zeros_like(tokens)), seen)
    queries = torch.arange(length + 1, 2 * length)
    scores = torch.stack([p[:, :, queries, queries - length + 1].mean((0, 2)) for p in seen])
    heads = scores.numel()
    return {"attention on the first 4 tokens": 100 * sum(sink) / max(1, len(sink)),
            "induction heads (score > 0.3)": 100 * float((scores > 0.3).sum()) / heads,
            "best induction score": 100 * float(scores.max())}


PARTS: dict[str, Callable[[Setting], dict[str, float]]] = {
    "answers": answer_sets, "contexts": contexts, "refusals": refusals, "structured": structured,
    "grounded": grounded_and_free, "perplexity": perplexities, "attention": attention_structure,
}


def evaluate(model: Reader, tokenizer: Tokenizer, corpus: Path, questions: int, seed: int, size: str,
             parts: list[str]) -> dict[str, float]:
    """Prints every figure, with its bar where there is one, and returns them all."""
    print("lists", json.dumps(check_disjoint()))
    setting = Setting(model.eval(), tokenizer, load(corpus, "cpu", True), questions, seed)
    found: dict[str, float] = {}
    for part in parts:
        scores = PARTS[part](setting)
        if part == "answers":
            scores["repeated spans"] = span_accuracy(model, tokenizer, seed, 64)
        for name, value in scores.items():
            bar = BARS[size].get(name)
            verdict = "" if bar is None else f"   bar {bar} {'reached' if value >= bar else 'MISSED'}"
            print(f"{name:34s} {value:7.1f}{verdict}", flush=True)
        found |= scores
    return found
