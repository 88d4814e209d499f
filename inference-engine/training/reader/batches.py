"""Batches of packed documents, made beside the training by worker processes; the same seed, the same batches."""

from __future__ import annotations

import multiprocessing
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .mixture import Document, draw
from .natural import load
from .tokenizer import Tokenizer


@dataclass(frozen=True)
class Shape:
    """Rows of one length, and how many positions of the batch carry a loss."""

    rows: int
    length: int
    positions: int
    phase: str

    @property
    def sources(self) -> int:
        """How many answers of a batch are shown the memory they come from."""
        return min(512, self.positions // 6)


@dataclass
class Batch:
    """Arrays of one batch: tokens and document numbers [rows, length]; chosen positions with target and weight;
    ``sources`` [n, 4]: row, query, start and end of a memory that answers it (start = end: none)."""

    tokens: np.ndarray
    documents: np.ndarray
    positions: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    sources: np.ndarray


class Packer:
    """Fills rows from a small pool of documents, longest that fits first."""

    def __init__(self, phase: str, rng: random.Random, natural: object, tokenizer: Tokenizer):
        self._draw = lambda longest: draw(phase, rng, natural, tokenizer, longest)  # type: ignore[arg-type]
        self._pool: list[Document] = []

    def row(self, length: int) -> list[Document]:
        """Documents whose lengths add up to at most ``length``."""
        while len(self._pool) < 12:
            self._pool.append(self._draw(length))
        chosen = [self._pool.pop(0)]
        free = length - len(chosen[0].ids)
        while True:
            fitting = [d for d in self._pool if len(d.ids) <= free]
            if not fitting:
                return chosen
            best = max(fitting, key=lambda d: len(d.ids))
            self._pool.remove(best)
            chosen.append(best)
            free -= len(best.ids)


def build(shape: Shape, seed: int, index: int, natural: object, tokenizer: Tokenizer) -> Batch:
    """Batch number ``index`` of a seed."""
    rng = random.Random(f"{seed}/{index}/{shape.phase}/{shape.length}")
    packer = Packer(shape.phase, rng, natural, tokenizer)
    tokens = np.zeros((shape.rows, shape.length), np.int64)
    documents = np.full((shape.rows, shape.length), -1, np.int32)
    weights = np.zeros((shape.rows, shape.length), np.float32)
    sources: list[tuple[int, int, int, int]] = []
    for row in range(shape.rows):
        start = 0
        for number, document in enumerate(packer.row(shape.length)):
            end = start + len(document.ids)
            tokens[row, start:end] = document.ids
            documents[row, start:end] = number
            weights[row, start : end - 1] = document.weights[1:]
            sources += [(row, start + q, start + a, start + b) for q, a, b in document.sources]
            start = end
    positions, targets, chosen = _choose(tokens, weights, shape.positions, rng)
    rng.shuffle(sources)
    shown = np.zeros((shape.sources, 4), np.int64)
    shown[: len(sources)] = np.array(sources, np.int64).reshape(-1, 4)[: shape.sources]
    return Batch(tokens, documents, positions, targets, chosen, shown)


def _choose(tokens: np.ndarray, weights: np.ndarray, count: int, rng: random.Random) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All answer positions, then a sample of the others, ``count`` in all (repeated with weight 0 when too few)."""
    flat = weights.reshape(-1)
    noise = np.random.default_rng(rng.getrandbits(63)).random(flat.shape[0])
    order = np.argsort(-(np.where(flat >= 1.0, 2.0, 0.0) + (flat > 0) + noise * (flat > 0)), kind="stable")[:count]
    following = np.roll(tokens.reshape(-1), -1)
    return order.astype(np.int64), following[order], flat[order].copy()


def _work(requests: object, results: object, corpus: str, size: str, tokenizer_path: str, seed: int) -> None:
    natural = load(Path(corpus), size)
    tokenizer = Tokenizer.load(Path(tokenizer_path))
    while True:
        request = requests.get()  # type: ignore[attr-defined]
        if request is None:
            return
        index, shape = request
        results.put((index, build(shape, seed, index, natural, tokenizer)))  # type: ignore[attr-defined]


class Batches:
    """Workers that build batches ahead. ``next(shape)`` gives batch 0, 1, 2, ... whatever the number of workers."""

    def __init__(self, corpus: Path, size: str, tokenizer: Path, seed: int, workers: int, start: int = 0, ahead: int = 6):
        context = multiprocessing.get_context("spawn")
        self._requests, self._results = context.Queue(), context.Queue()
        arguments = (self._requests, self._results, str(corpus), size, str(tokenizer), seed)
        self._workers = [context.Process(target=_work, args=arguments, daemon=True) for _ in range(workers)]
        for worker in self._workers:
            worker.start()
        self._asked = self._given = start
        self._ahead = ahead
        self._ready: dict[int, Batch] = {}

    def next(self, shape: Shape) -> Batch:
        """The next batch. A new shape takes effect after the batches that are already being made."""
        while self._asked < self._given + self._ahead:
            self._requests.put((self._asked, shape))
            self._asked += 1
        while self._given not in self._ready:
            index, batch = self._results.get(timeout=600)
            self._ready[index] = batch
        batch = self._ready.pop(self._given)
        self._given += 1
        return batch

    def close(self) -> None:
        """Ends the workers."""
        for worker in self._workers:
            worker.terminate()
