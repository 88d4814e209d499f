"""The training loop for both sizes: a schedule over elapsed time (or tokens), checkpoints, resume, exports."""

from __future__ import annotations

import json
import math
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.distributed as distributed
import torch.nn.functional as F
from torch import Tensor

from . import tasks
from .batches import Batch, Batches, Shape
from .export import export
from .facts import Mode
from .model import Config, Reader, Sources, document_mask, mixed_precision
from .natural import load
from .optimiser import Optimiser
from .scoring import exact_match, items, refusal_scores, span_accuracy
from .start import wire_copying
from .tokenizer import Tokenizer
from .wordings import check_disjoint


# Weight of the loss that shows heads which memory an answer is copied from.
GUIDANCE = 0.5


@dataclass(frozen=True)
class Stage:
    """Up to a fraction of the run: the batch shape and how many of them, over all processes, make a step."""

    until: float
    shape: Shape
    micro_steps: int


@dataclass(frozen=True)
class Plan:
    """A size of effort."""

    config: Config
    stages: tuple[Stage, ...]
    muon_rate: float
    adam_rate: float
    hold: float
    warm_up: int
    workers: int
    exports_seconds: int = 1200
    checkpoint_seconds: int = 300
    probe_seconds: int = 900
    copying_steps: int = 50


PLANS = {
    "cpu": Plan(
        Config(layers=4, width=256, heads=4, kv_heads=2, hidden=704, context=1024),
        (Stage(0.05, Shape(8, 256, 512, "drill"), 2), Stage(0.70, Shape(8, 256, 512, "main"), 2),
         Stage(0.87, Shape(4, 512, 512, "middle"), 4), Stage(1.01, Shape(2, 1024, 512, "long"), 4)),
        0.01, 1.5e-3, 0.3, 60, 1),
    "h200": Plan(
        Config(layers=12, width=384, heads=6, kv_heads=2, hidden=1024, context=4096),
        (Stage(0.03, Shape(64, 1024, 16384, "drill"), 1), Stage(0.10, Shape(64, 1024, 16384, "large"), 2),
         Stage(0.55, Shape(64, 1024, 16384, "large"), 4), Stage(0.75, Shape(32, 2048, 16384, "large-long"), 4),
         Stage(1.01, Shape(16, 4096, 16384, "large-long"), 4)),
        0.02, 2e-3, 0.75, 200, 14, 300, 60, 60, 200),
    "tiny": Plan(
        Config(layers=2, width=128, heads=2, kv_heads=1, hidden=352, context=256),
        (Stage(0.5, Shape(4, 256, 256, "drill"), 1), Stage(1.01, Shape(2, 512, 256, "middle"), 2)),
        0.02, 3e-3, 0.6, 10, 1, 60, 30, 60),
}


@dataclass
class Progress:
    """How far a run is; saved with every checkpoint. ``copying`` is 1 once random spans are continued."""

    step: int = 0
    batches: int = 0
    tokens: int = 0
    elapsed: float = 0.0
    copying: float = 0.0


def rate_factor(plan: Plan, fraction: float, step: int) -> float:
    """Warm-up by steps, then constant, then linear to zero at the end of the run."""
    warm = min(1.0, (step + 1) / plan.warm_up)
    return warm if fraction < plan.hold else warm * max(0.0, (1 - fraction) / (1 - plan.hold))


class Trainer:
    """One run in one folder; starting again there resumes it.

    Several processes (torchrun) share a step's batches and average their gradients. On few busy cores two
    processes of one thread are faster than one of two threads, since they wait for each other once a step.
    """

    def __init__(self, size: str, corpus: Path, tokenizer: Path, out: Path, seed: int, minutes: float, tokens: int,
                 compiled: bool = True, attention: str = "auto"):
        self.plan, self.size, self.out, self.seed = PLANS[size], size, out, seed
        self.seconds, self.token_goal, self.attention = minutes * 60, tokens, attention
        self.rank, self.world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        if self.world > 1:
            distributed.init_process_group("gloo")
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.tokenizer = Tokenizer.load(tokenizer)
        out.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(seed)
        self.model = Reader(self.plan.config)
        wire_copying(self.model, seed)
        self.model.to(self.device)
        self.optimiser = Optimiser(self.model, self.plan.muon_rate, self.plan.adam_rate)
        self.progress = Progress()
        self.stopping = False
        self.compiled: set[tuple[int, ...]] = set()
        if self._checkpoint().exists():
            self._resume()
        natural = "h200" if size == "h200" else "cpu"
        self.batches = Batches(corpus, natural, tokenizer, seed * 1009 + self.rank, self.plan.workers,
                               self.progress.batches,
                               3 * self.plan.workers + 3)
        self.probes = self._probes(corpus) if self.rank == 0 else {}
        self.loss = torch.compile(self._loss, dynamic=False) if compiled and hasattr(torch, "compile") else self._loss
        self.block_mask = self._block_mask_maker() if attention in ("flex", "auto") and self.device.type == "cuda" else None
        if attention == "auto" and self.block_mask:
            self._try_block_mask()

    def _checkpoint(self) -> Path:
        return self.out / "checkpoint.pt"

    def _probes(self, corpus: Path) -> dict[str, list]:
        held = load(corpus, "cpu", True)
        new = Mode(names=True)
        unseen = Mode(names=True, statements=True, questions=True)
        makers = {"1-3": lambda r: tasks.recall(r, held, new, r.randint(1, 3), 0.0),
                  "4-6": lambda r: tasks.recall(r, held, new, r.randint(4, 6), 0.0),
                  "update": lambda r: tasks.update(r, held, new),
                  "unseen": lambda r: tasks.recall(r, held, unseen, r.randint(1, 6), 0.0),
                  "refusal": lambda r: tasks.recall(r, held, new, r.randint(1, 6), 0.5)}
        return {name: items(maker, self.tokenizer, 77, 60, limit=512) for name, maker in makers.items()}

    def _block_mask_maker(self):  # type: ignore[no-untyped-def]
        from torch.nn.attention.flex_attention import create_block_mask

        def make(documents: Tensor) -> object:
            def visible(b, _h, q, k):  # type: ignore[no-untyped-def]
                return (q >= k) & (documents[b, q] == documents[b, k])

            return create_block_mask(visible, documents.shape[0], None, documents.shape[1], documents.shape[1], self.device)

        return torch.compile(make)

    def _try_block_mask(self) -> None:
        """Falls back to the fused attention with a plain mask where the flexible one does not compile."""
        shape = self.plan.stages[0].shape
        tokens = np.zeros((shape.rows, shape.length), np.int64)
        positions = np.arange(shape.positions, dtype=np.int64)
        batch = Batch(tokens, tokens.astype(np.int32), positions, positions * 0, np.ones(shape.positions, np.float32),
                      np.zeros((shape.sources, 4), np.int64))
        try:
            self._batch_loss(batch).backward()
        except Exception as problem:  # noqa: BLE001 - whatever the compiler raises, training must go on
            print(f"flexible attention does not work here ({problem!r:.300}); using the fused one", flush=True)
            self.block_mask = None
        self.model.zero_grad(set_to_none=True)

    def _loss(self, tokens: Tensor, documents: Tensor, mask: object, positions: Tensor, targets: Tensor, weights: Tensor,
              sources: Tensor) -> Tensor:
        if mask is None:
            mask = document_mask(documents)
        hidden, surprise = self.model.guided(tokens, mask, Sources(sources, documents))
        logits = self.model.logits(hidden.flatten(0, 1)[positions]).float()
        losses = F.cross_entropy(logits, targets, reduction="none")
        squared = torch.logsumexp(logits, -1).pow(2)
        return ((losses + 1e-4 * squared) * weights).sum() / weights.sum().clamp_min(1.0) + GUIDANCE * surprise

    def _batch_loss(self, batch: Batch) -> Tensor:
        def put(array):  # type: ignore[no-untyped-def]
            return torch.from_numpy(array).to(self.device, non_blocking=True)

        documents = put(batch.documents)
        mask = self.block_mask(documents) if self.block_mask else None
        with mixed_precision(self.device):
            return self.loss(put(batch.tokens), documents, mask, put(batch.positions), put(batch.targets), put(batch.weights),
                             put(batch.sources))

    def fraction(self) -> float:
        """How much of the run is done, 0 to 1."""
        if self.token_goal:
            return self.progress.tokens / self.token_goal
        return self.progress.elapsed / self.seconds

    def _average_gradients(self) -> None:
        """Gradients averaged over the processes; they also agree on the time spent."""
        parameters = [p for p in self.model.parameters() if p.grad is not None]
        clock = torch.tensor([self.progress.elapsed / self.world, self.progress.copying, float(self.stopping)])
        flat = torch.cat([p.grad.flatten() for p in parameters] + [clock])  # type: ignore[union-attr]
        distributed.all_reduce(flat)
        self.progress.elapsed, self.progress.copying = float(flat[-3]), float(flat[-2] > 0)
        self.stopping = bool(flat[-1] > 0)
        start = 0
        for parameter in parameters:
            count = parameter.numel()
            parameter.grad = flat[start : start + count].view_as(parameter) / self.world
            start += count

    def run(self) -> None:
        """Trains until the time or the tokens are spent, or SIGTERM; writes the last checkpoint and export."""
        if self.rank == 0:
            print("lists", json.dumps(check_disjoint()), flush=True)
            print(f"parameters {self.model.parameter_count():,} on {self.device}, from step {self.progress.step}", flush=True)
        marks = {"checkpoint": time.time(), "export": time.time(), "probe": time.time(), "line": 0.0}
        last, average, tokens_then, then = time.time(), math.nan, self.progress.tokens, time.time()
        signal.signal(signal.SIGTERM, self._stop)
        while self.fraction() < 1 and not self.stopping:
            stage = self._stage()
            factor = rate_factor(self.plan, self.fraction(), self.progress.step)
            value = self._step(stage, factor)
            average = value if math.isnan(average) else 0.98 * average + 0.02 * value
            now = time.time()
            self.progress.elapsed += now - last
            last = now
            if self.rank:
                continue
            if now - marks["line"] > 15:
                speed = (self.progress.tokens - tokens_then) / max(1e-9, now - then)
                self._line(average, speed, factor, stage)
                marks["line"], tokens_then, then = now, self.progress.tokens, now
            self._due(marks)
        if self.rank == 0:
            self._save()
            if not self.stopping:
                self._export()
                self._probe()
        self.batches.close()

    def _stop(self, _signal: int, _frame: object) -> None:
        """Asked to end: after this step a checkpoint is written and the run ends."""
        self.stopping = True

    def _stage(self) -> Stage:
        """The stage by time; the first one, the drill, lasts until copying works, at most half of the run."""
        if not self.progress.copying and self.fraction() < 0.5:
            return self.plan.stages[0]
        return next(s for s in self.plan.stages[1:] if self.fraction() < s.until)

    def _step(self, stage: Stage, factor: float) -> float:
        total = 0.0
        steps = max(1, stage.micro_steps // self.world)
        for _ in range(steps):
            batch = self.batches.next(stage.shape)
            new = self.world > 1 and batch.tokens.shape not in self.compiled
            self.compiled.add(batch.tokens.shape)
            if new and self.rank:  # one after the other, so that the others find what the first compiled
                distributed.barrier()
            loss = self._batch_loss(batch) / steps
            loss.backward()
            if new and not self.rank:
                distributed.barrier()
            total += float(loss.detach())
            self.progress.batches += 1
            self.progress.tokens += batch.tokens.size * self.world
        if self.world > 1:
            self._average_gradients()
        if not math.isfinite(total):
            raise FloatingPointError(f"loss is {total} at step {self.progress.step}")
        self.optimiser.step(factor)
        self.progress.step += 1
        return total

    def _line(self, average: float, speed: float, factor: float, stage: Stage) -> None:
        done = max(1e-6, self.fraction())
        left = self.progress.elapsed * (1 - done) / done
        print(f"step {self.progress.step} loss {average:.3f} tokens {self.progress.tokens / 1e6:.2f}M {speed:,.0f}/s "
              f"rate {factor:.2f} {stage.shape.phase}@{stage.shape.length} {100 * done:.1f}% left {left / 60:.0f} min", flush=True)

    def _due(self, marks: dict[str, float]) -> None:
        """Checkpoint, probe and export when their time has come."""
        # Counted in steps and not in seconds, so that a run by tokens is the same run again.
        if not self.progress.copying and self.progress.step % self.plan.copying_steps == 0:
            spans = span_accuracy(self.model, self.tokenizer, 5, 8)
            self.progress.copying = float(spans > 50)
            print(f"spans {spans:.1f}", flush=True)
        jobs = (("checkpoint", self.plan.checkpoint_seconds, self._save), ("probe", self.plan.probe_seconds, self._probe),
                ("export", self.plan.exports_seconds, self._export))
        for name, every, job in jobs:
            if time.time() - marks[name] > every:
                job()
                marks[name] = time.time()

    def _probe(self) -> None:
        self.model.eval()
        scores = {name: exact_match(self.model, q) for name, q in self.probes.items() if name != "refusal"}
        scores["refusal F1"] = 100 * refusal_scores(self.model, self.probes["refusal"], self.tokenizer)[2]
        scores["spans"] = span_accuracy(self.model, self.tokenizer, 5)
        self.model.train()
        print("probe " + " ".join(f"{k} {v:.1f}" for k, v in scores.items()), flush=True)
        with (self.out / "probes.jsonl").open("a") as log:
            log.write(json.dumps(asdict(self.progress) | scores) + "\n")

    def _save(self) -> None:
        body = {"model": self.model.state_dict(), "optimiser": self.optimiser.state(), "progress": asdict(self.progress),
                "config": self.plan.config.as_dict(), "size": self.size, "seed": self.seed}
        partial = self.out / "checkpoint.partial"
        torch.save(body, partial)
        partial.rename(self._checkpoint())

    def _resume(self) -> None:
        body = torch.load(self._checkpoint(), map_location=self.device)
        if body["size"] != self.size or body["config"] != self.plan.config.as_dict():
            raise ValueError(f"{self._checkpoint()} is of another size or shape; use another folder")
        self.model.load_state_dict(body["model"])
        if "optimiser" in body:
            self.optimiser.load(body["optimiser"])
        self.progress = Progress(**body["progress"])

    def _export(self) -> None:
        small, _ = export(self.model, self.tokenizer, self.out / "palimpsest-reader")
        print(f"exported {small} ({small.stat().st_size / 1e6:.1f} MB)", flush=True)
