"""Reads the text corpus: shards of JSON lines, split into training and validation by a hash of the content."""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SHARDS = ("dialogue-chat", "dialogue-plays", "dialogue-sgd", "dialogue-task", "extract-other", "extract-sgd",
          "prose-books", "prose-reference", "prose-stories", "prose-textbooks", "qa-reading", "rewrite")


def _content(record: dict[str, Any]) -> str:
    if record["kind"] == "dialogue":
        return record["turns"][0]["text"] + record["turns"][-1]["text"]
    return record.get("context") or record.get("question") or record["text"]


def is_validation(record: dict[str, Any]) -> bool:
    """One record in a hundred, by its content (questions over one context stay together)."""
    return hashlib.sha256(_content(record).encode()).digest()[0] % 100 == 0


def records(corpus: Path, shard: str, validation: bool = False, limit: int = 0) -> Iterator[dict[str, Any]]:
    """The records of one half of a shard, at most ``limit`` of them (0: all)."""
    if shard not in SHARDS:
        raise ValueError(f"shard {shard!r} is not one of those used: {', '.join(SHARDS)}")
    taken = 0
    with lzma.open(corpus / f"{shard}.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if is_validation(record) == validation:
                yield record
                taken += 1
                if taken == limit:
                    return


def plain_text(record: dict[str, Any]) -> str:
    """The record's text, for the tokenizer's sample."""
    if record["kind"] == "dialogue":
        return "\n".join(f"{t['role']}: {t['text']}" for t in record["turns"])
    if record["kind"] == "qa":
        return "\n".join((record["context"], record["question"], *record["answers"]))
    return str(record["text"])
