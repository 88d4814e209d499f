"""Whether the model answers right: all tokens of the answer are the most likely ones, given those before.

That is the same as greedy decoding giving exactly the answer and its end mark, and costs one pass.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .model import Reader, document_mask, mixed_precision
from .tasks import Line, Question, document
from .template import END, REFUSAL, render
from .tokenizer import Tokenizer

Maker = Callable[[random.Random], tuple[list[Line], list[Question]]]


@dataclass(frozen=True)
class Item:
    """One question with its prompt ids, the answer's ids (with the end mark) and its alternatives."""

    prompt: list[int]
    answer: list[int]
    refusal: bool
    lines: tuple[str, ...] = ()
    question: str = ""
    text: str = ""


def items(maker: Maker, tokenizer: Tokenizer, seed: int, count: int, dated: bool = True, limit: int = 0) -> list[Item]:
    """``count`` questions, each alone after its memories; ``limit`` cuts prompts that are longer (0: none)."""
    rng = random.Random(seed)
    out: list[Item] = []
    while len(out) < count:
        lines, questions = maker(rng)
        question = rng.choice(questions)
        pieces = render(document(rng, lines, [question], dated, False))
        prompt = tokenizer.encode_prompt("".join(text for text, _ in pieces[:-2]))
        answer = tokenizer.encode_prompt(pieces[-2][0])
        if not limit or len(prompt) + len(answer) <= limit:
            out.append(Item(prompt, answer, question.refusal, tuple(line.render(dated) for line in lines), question.text,
                            question.answer))
    return out


@torch.no_grad()
def greedy_equals(model: Reader, prompts: list[list[int]], answers: list[list[int]], tokens_a_batch: int = 16384) -> list[bool]:
    """For each prompt, whether greedy decoding gives exactly the answer."""
    device = next(model.parameters()).device
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]) + len(answers[i]))
    result = [False] * len(prompts)
    while order:
        length = len(prompts[order[-1]]) + len(answers[order[-1]])
        size = max(1, min(len(order), tokens_a_batch // length))
        chosen, order = order[-size:], order[:-size]
        tokens = torch.zeros(size, length, dtype=torch.long)
        for row, i in enumerate(chosen):
            both = prompts[i] + answers[i]
            tokens[row, : len(both)] = torch.tensor(both)
        hidden = _hidden(model, tokens.to(device))
        for row, i in enumerate(chosen):
            start = len(prompts[i]) - 1
            best = model.logits(hidden[row, start : start + len(answers[i])]).argmax(-1).tolist()
            result[i] = best == answers[i]
    return result


def _hidden(model: Reader, tokens: Tensor) -> Tensor:
    with mixed_precision(tokens.device):
        return model(tokens, document_mask(torch.zeros_like(tokens)))


def exact_match(model: Reader, questions: list[Item]) -> float:
    """Share of questions answered exactly, in percent."""
    hits = greedy_equals(model, [q.prompt for q in questions], [q.answer for q in questions])
    return 100 * sum(hits) / len(hits)


def refusal_scores(model: Reader, questions: list[Item], tokenizer: Tokenizer) -> tuple[float, float, float]:
    """Precision, recall and F1 of refusing, over answerable and unanswerable questions."""
    refusal = tokenizer.encode_prompt(f" {REFUSAL}{END}")
    refused = greedy_equals(model, [q.prompt for q in questions], [refusal] * len(questions))
    right = sum(r and q.refusal for r, q in zip(refused, questions))
    precision = right / max(1, sum(refused))
    recall = right / max(1, sum(q.refusal for q in questions))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


@torch.no_grad()
def span_accuracy(model: Reader, tokenizer: Tokenizer, seed: int, rows: int = 32, length: int = 48) -> float:
    """Share of tokens of a repeated random span that are continued right, in percent (the first is not counted)."""
    generator = torch.Generator().manual_seed(seed)
    span = torch.randint(300, len(tokenizer), (rows, length), generator=generator)
    gap = torch.randint(300, len(tokenizer), (rows, 24), generator=generator)
    tokens = torch.cat((torch.zeros(rows, 1, dtype=torch.long), span, gap, span), 1).to(next(model.parameters()).device)
    hidden = _hidden(model, tokens)
    best = model.logits(hidden[:, -length:-1]).argmax(-1)
    return 100 * float((best == tokens[:, -length + 1 :]).float().mean())
