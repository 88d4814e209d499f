"""Natural text for the tasks: chat turns as filler, reading questions, dialogues, prose, rewriting, JSON slots."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from .corpus import records

LIMITS = {
    "cpu": {"dialogue-chat": 6000, "dialogue-sgd": 1500, "dialogue-task": 1500, "qa-reading": 60000, "prose-stories": 900,
            "prose-books": 300, "rewrite": 6000, "extract-sgd": 12000, "extract-other": 8000},
    "h200": {s: 0 for s in ("dialogue-chat", "dialogue-plays", "dialogue-sgd", "dialogue-task", "qa-reading",
                            "prose-stories", "prose-books", "prose-textbooks", "prose-reference", "rewrite",
                            "extract-sgd", "extract-other")},
}


@dataclass
class Natural:
    """Lists of texts, all of one half (training or validation) of the corpus."""

    turns: list[str] = field(default_factory=list)
    questions: list[tuple[str, str, str]] = field(default_factory=list)
    unanswerable: list[tuple[str, str]] = field(default_factory=list)
    dialogues: dict[str, list[list[tuple[str, str]]]] = field(default_factory=dict)
    prose: dict[str, list[str]] = field(default_factory=dict)
    rewrites: list[tuple[str, str]] = field(default_factory=list)
    slots: list[tuple[str, str, str]] = field(default_factory=list)


def load(corpus: Path, size: str, validation: bool = False) -> Natural:
    """Reads what a size of training uses (all of it for validation, which is small)."""
    out = Natural()
    for shard, limit in LIMITS[size].items():
        for record in records(corpus, shard, validation, 0 if validation else limit):
            _add(out, shard, record)
    return out


def _add(out: Natural, shard: str, record: dict) -> None:
    if record["kind"] == "prose":
        out.prose.setdefault(shard, []).append(record["text"])
    elif record["kind"] == "dialogue":
        turns = [(t["role"], t["text"].strip()) for t in record["turns"] if t["text"].strip()]
        out.dialogues.setdefault(shard, []).append(turns)
        if shard == "dialogue-chat":
            out.turns += [t for _, t in turns if 15 < len(t) < 260 and "\n" not in t]
    elif shard.startswith("extract"):
        out.slots.append((record["context"], record["question"], record["answers"][0]))
    elif shard == "rewrite":
        out.rewrites.append((record["question"], record["answers"][0]))
    elif record.get("unanswerable"):
        out.unanswerable.append((record["context"], record["question"]))
    elif record["answers"] and record["answers"][0] in record["context"]:
        out.questions.append((record["context"], record["question"], record["answers"][0]))


def passage(rng: random.Random, text: str, characters: int) -> str:
    """A random stretch of a text, cut at word borders."""
    if len(text) <= characters:
        return text
    start = rng.randrange(len(text) - characters)
    start = text.find(" ", start) + 1 if start else 0
    cut = text[start : start + characters]
    return cut[: cut.rfind(" ")] if " " in cut else cut
