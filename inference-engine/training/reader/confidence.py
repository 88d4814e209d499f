"""How often an answer like this one is right: a logistic regression over what the model's own distribution says of it.

The engine reports the same four signals (``Confidence`` there), so four weights and a bias in the file are all it needs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from . import tasks
from .evaluate import ATTRIBUTES, BOTH, NAMES
from .facts import Mode
from .grounded import answer
from .model import Reader, document_mask
from .natural import Natural
from .scoring import Maker, items
from .tokenizer import Tokenizer

# in nats, over the answer's tokens without its end: of the chosen tokens, then of the distributions they were chosen from
SIGNALS = ("logprob_mean", "logprob_min", "entropy_mean", "entropy_max")
# Probabilities and inverse perplexities, all between 0 and 1: a few hopeless answers must not outweigh all others.
_SIGNS = np.array([1.0, 1.0, -1.0, -1.0])
_RIDGE = 1.0


@torch.no_grad()
def signals(model: Reader, prompt: list[int], ids: list[int]) -> list[float]:
    """The four signals of an answer."""
    tokens = torch.tensor([prompt + ids])
    hidden = model(tokens, document_mask(torch.zeros_like(tokens)))[0, len(prompt) - 1 : -1]
    log = model.logits(hidden).double().log_softmax(-1)
    chosen = log[torch.arange(len(ids)), torch.tensor(ids)]
    entropy = -(log.exp() * log).sum(-1)
    return [float(chosen.mean()), float(chosen.min()), float(entropy.mean()), float(entropy.max())]


def asked(natural: Natural) -> dict[str, Maker]:
    """Equal parts of what the reader can do and of what it cannot, a fifth and more without an answer."""

    def recall(mode: Mode, low: int, high: int, refusals: float) -> Maker:
        return lambda r: tasks.recall(r, natural, mode, r.randint(low, high), refusals)

    return {
        "1-3 memories": recall(NAMES, 1, 3, 0.2),
        "4-6 memories": recall(NAMES, 4, 6, 0.2),
        "superseded": lambda r: tasks.update(r, natural, NAMES),
        "two memories joined": lambda r: tasks.two_hop(r, natural, NAMES),
        "unseen families": recall(BOTH, 1, 3, 0.2),
        "new attributes": recall(ATTRIBUTES, 1, 3, 0.2),
        "refusals": recall(NAMES, 1, 6, 0.6),
    }


def observed(model: Reader, tokenizer: Tokenizer, natural: Natural, seed: int, questions: int) -> tuple[np.ndarray, np.ndarray]:
    """Signals and right (0 or 1) of grounded answers, ``questions`` of each kind."""
    rows: list[list[float]] = []
    right: list[float] = []
    for number, maker in enumerate(asked(natural).values()):
        for item in items(maker, tokenizer, seed + number, questions, True, model.config.context - 64):
            ids = answer(model, item, tokenizer, True)
            if ids:
                rows.append(signals(model, item.prompt, ids))
                right.append(float(tokenizer.decode(ids).strip() == item.text))
    return np.array(rows), np.array(right)


def fit(rows: np.ndarray, right: np.ndarray) -> list[float]:
    """Bias and four weights of the logistic regression, with a small ridge where all have deviation 1, by Newton's method."""
    shares = np.exp(rows * _SIGNS)
    mean, deviation = shares.mean(0), shares.std(0) + 1e-9
    x = np.hstack((np.ones((len(rows), 1)), (shares - mean) / deviation))
    weights = np.zeros(x.shape[1])
    ridge = np.diag([0.0] + [_RIDGE] * rows.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        step = np.linalg.solve(x.T @ (x * (p * (1 - p))[:, None]) + ridge, x.T @ (right - p) - ridge @ weights)
        weights += step
        if np.abs(step).max() < 1e-9:
            break
    plain = weights[1:] / deviation
    return [float(weights[0] - plain @ mean), *(float(w) for w in plain)]


def probability(weights: Sequence[float], row: Sequence[float]) -> float:
    """As the engine computes it."""
    return 1 / (1 + math.exp(-(weights[0] + sum(w * math.exp(s * x) for w, s, x in zip(weights[1:], _SIGNS, row)))))


def quality(weights: Sequence[float], rows: np.ndarray, right: np.ndarray) -> dict[str, float]:
    """Area under the ROC curve, expected calibration error over ten bins of equal count, and Brier score."""
    p = np.array([probability(weights, row) for row in rows])
    positive, negative = p[right == 1], p[right == 0]
    wins = (positive[:, None] > negative[None]).mean() + 0.5 * (positive[:, None] == negative[None]).mean()
    bins = np.array_split(np.argsort(p), 10)
    error = sum(len(b) * abs(p[b].mean() - right[b].mean()) for b in bins) / len(p)
    sure = p >= 0.8
    return {"answers": len(p), "right": 100 * right.mean(), "auroc": 100 * float(wins), "calibration error": 100 * error,
            "brier": float(((p - right) ** 2).mean()), "said 0.8 or more": 100 * sure.mean(),
            "right of these": 100 * float(right[sure].mean()) if sure.any() else 0.0}


def calibrate(model: Reader, tokenizer: Tokenizer, natural: Natural, seed: int, questions: int) -> tuple[list[float], dict[str, float]]:
    """Weights fitted to some questions, and how good they are on others."""
    weights = fit(*observed(model, tokenizer, natural, 40_000 + 100 * seed, questions))
    return weights, quality(weights, *observed(model, tokenizer, natural, 20_000 + 100 * seed, questions))
