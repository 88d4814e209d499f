"""A corpus of a few self-made records per shard, for tests."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

from reader.corpus import SHARDS


def _record(shard: str, n: int) -> dict:
    if shard.startswith("dialogue"):
        turns = [{"role": ("Ann", "Bob")[i % 2], "text": f"Turn {i} of talk {n} in which the weather is discussed."} for i in range(6)]
        return {"kind": "dialogue", "turns": turns}
    if shard.startswith("prose"):
        return {"kind": "prose", "text": f"Story {n}. " + "The fox went down to the river and looked at the boats. " * 40}
    if shard.startswith("extract"):
        return {"kind": "qa", "context": f"user: wake me at {n}", "question": "Extract the slots as JSON.", "answers": [json.dumps({"time": str(n)})]}
    if shard == "rewrite":
        return {"kind": "qa", "context": "", "question": f"Rewrite: what uh is item {n}?", "answers": [f"What is item {n}?"]}
    return {"kind": "qa", "context": f"The bridge number {n} was built by Clara Holm.", "question": "Who built the bridge?", "answers": ["Clara Holm"]}


def write(folder: Path, records: int = 120) -> Path:
    """Writes all shards into the folder."""
    for shard in SHARDS:
        with lzma.open(folder / f"{shard}.jsonl.xz", "wt", encoding="utf-8", preset=0) as out:
            for n in range(records):
                out.write(json.dumps(_record(shard, n)) + "\n")
    return folder
