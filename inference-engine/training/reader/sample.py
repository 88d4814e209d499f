"""The text that the tokenizer is trained on: equal parts of the corpus shards, and of the generator."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from . import tasks
from .corpus import SHARDS, plain_text, records
from .natural import Natural, load
from .template import SPECIALS, render_text


def texts(corpus: Path, seed: int, characters: int) -> Iterator[str]:
    """About ``characters`` from every shard, and four times that from the generator without special tokens."""
    for shard in SHARDS:
        used = 0
        for record in records(corpus, shard):
            text = plain_text(record)
            used += len(text)
            yield text
            if used > characters:
                break
    rng = random.Random(seed)
    natural = load(corpus, "cpu")
    used = 0
    while used < 4 * characters:
        text = _synthetic(rng, natural)
        used += len(text)
        yield text


def _synthetic(rng: random.Random, natural: Natural) -> str:
    makers = (tasks.recall, tasks.recall, tasks.update, tasks.events, tasks.dates)
    if rng.random() < 0.2:
        messages = rng.choice((tasks.extraction, tasks.follow_up, tasks.decompose))(rng, natural)
    else:
        lines, questions = rng.choice(makers)(rng, natural)
        messages = tasks.document(rng, lines, questions, rng.random() < 0.5)
    text = render_text(messages)
    for special in SPECIALS:
        text = text.replace(special, "")
    return text
