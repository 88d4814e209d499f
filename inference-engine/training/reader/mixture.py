"""Which task makes the next document, by phase of the training; every document as token ids with loss weights."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from . import tasks, words
from .natural import Natural
from .template import PAD, PIECES, SPECIALS, Message, render
from .tokenizer import Tokenizer

# The first token of an answer decides which memory is read; those after it are copied. Memories and questions are mostly
# chance, and what is chance only adds noise to the gradient.
FIRST, ANSWER, REPLY, CONTEXT = 4.0, 1.0, 0.5, 0.05

# share of documents by phase; "drill" builds the copying heads, "long" fills rows of 1,024 tokens and more
PHASES: dict[str, dict[str, float]] = {
    "drill": {"spans": 24, "pairs": 16, "recall": 32, "events": 10, "reading": 10, "update": 4, "chat": 2, "prose": 2},
    # the small model sees little text: what it is for comes first, and many questions to each document
    "main": {"spans": 5, "pairs": 5, "grid": 22, "recall": 26, "update": 22, "two_hop": 8, "events": 8, "dates": 1.5, "reading": 4,
             "extraction": 1, "slots": 0.3, "follow_up": 0.3, "decompose": 0.3, "rewriting": 0.1, "chat": 0.8, "prose": 0.5},
    "middle": {"spans": 4, "pairs": 4, "grid": 10, "recall": 28, "update": 20, "two_hop": 8, "events": 11, "dates": 3, "reading": 14,
               "long": 13, "extraction": 2, "slots": 0.7, "follow_up": 1, "decompose": 1, "rewriting": 0.5, "chat": 2, "prose": 1.5},
    "long": {"spans": 2, "pairs": 2, "recall": 17, "update": 14, "two_hop": 6, "events": 10, "dates": 2, "reading": 14,
             "long": 32, "extraction": 2, "slots": 1, "follow_up": 1, "decompose": 1, "rewriting": 0.5, "chat": 3, "prose": 2},
    # the large model sees much more text than the small one, and more of it is natural
    "large": {"spans": 2, "pairs": 2, "recall": 18, "update": 7, "two_hop": 5, "events": 11, "dates": 3, "reading": 14,
              "long": 4, "extraction": 4, "slots": 3, "follow_up": 2, "decompose": 2, "rewriting": 3, "chat": 10, "prose": 12},
    "large-long": {"spans": 2, "pairs": 2, "recall": 14, "update": 6, "two_hop": 5, "events": 8, "dates": 3, "reading": 12,
                   "long": 24, "extraction": 3, "slots": 2, "follow_up": 2, "decompose": 2, "rewriting": 2, "chat": 9, "prose": 5},
}


@dataclass
class Document:
    """Token ids and, for each, the weight of the loss when it is to be predicted (0: never).

    ``sources`` has a (query, start, end) for each answer that is copied: from where its first token is predicted, and
    the tokens of the memory it is copied from.
    """

    ids: list[int]
    weights: list[float]
    sources: list[tuple[int, int, int]] = field(default_factory=list)


def encode(messages: list[Message], tokenizer: Tokenizer, answer: float = ANSWER, context: float = CONTEXT) -> Document:
    """A conversation; assistant texts marked ``learn`` weigh ``answer``, everything else ``context``."""
    out = Document([], [])
    lines: list[tuple[int, int]] = []
    for index, (text, learn) in enumerate(render(messages)):
        message = messages[index // PIECES]
        piece = tokenizer.encode_prompt(text)
        start = len(out.ids)
        if message.role == "memory" and index % PIECES == 1:
            lines = line_ranges(piece, start, tokenizer)
        if learn and message.source >= 0:
            out.sources.append((start - 1, *lines[message.source]))
        out.ids += piece
        out.weights += [answer if learn else context] * len(piece)
        if learn and answer >= ANSWER:
            out.weights[start] = FIRST
    return out


def line_ranges(piece: list[int], start: int, tokenizer: Tokenizer) -> list[tuple[int, int]]:
    """Start and end of every line of a memory message whose text begins at ``start``; a line break ends its token."""
    ranges, begin = [], start
    for place, token in enumerate(piece, start + 1):
        if b"\n" in tokenizer.piece(token) or place == start + len(piece):
            ranges.append((begin, place))
            begin = place
    return ranges


def encode_text(text: str, tokenizer: Tokenizer) -> Document:
    """Plain text, begun by the padding token as its start."""
    ids = [tokenizer.special(PAD), *tokenizer.encode(text)]
    return Document(ids, [REPLY] * len(ids))


def spans(rng: random.Random, tokenizer: Tokenizer, longest: int) -> Document:
    """Random tokens said again after a while: the later times are to be predicted."""
    first, last = len(SPECIALS) + 256, len(tokenizer)
    pieces = [[rng.randrange(first, last) for _ in range(rng.randint(4, 24))] for _ in range(rng.randint(1, 4))]
    ids, weights = [tokenizer.special(PAD)], [0.0]
    order = list(range(len(pieces))) + [rng.randrange(len(pieces)) for _ in range(8)]
    said: set[int] = set()
    for index in order:
        piece = pieces[index]
        if len(ids) + len(piece) > longest:
            break
        ids += piece
        weights += [0.0, *([ANSWER] * (len(piece) - 1))] if index in said else [0.0] * len(piece)
        said.add(index)
    return Document(ids, weights)


def pairs(rng: random.Random, tokenizer: Tokenizer) -> Document:
    """Words with values, then the value of a word: the smallest form of looking something up."""
    count = rng.randint(2, 8)
    keys = list(dict.fromkeys(words.invented(rng, False) if rng.random() < 0.6 else rng.choice(words.words("thing", False)) for _ in range(count)))
    values = [words.value(rng.choice(("word", "Word", "town", "person", "code", "object")), rng, False) for _ in keys]
    mark = rng.choice((": {v}", " is {v}", " = {v}", " goes with {v}", " means {v}", ", {v}"))
    lines = [Message("memory", "\n".join(f"the {k}{mark.format(v=v)}" for k, v in zip(keys, values)))]
    for index in rng.sample(range(len(keys)), min(len(keys), rng.randint(2, 6))):
        lines += [Message("user", rng.choice(("The {k}?", "the {k}", "What about the {k}?")).format(k=keys[index])),
                  Message("assistant", values[index], True, index)]
    return encode(lines, tokenizer)


def make(task: str, rng: random.Random, natural: Natural, tokenizer: Tokenizer, longest: int) -> Document:
    """One document of a task; it may be longer than ``longest``, then the caller draws again."""
    if task == "spans":
        return spans(rng, tokenizer, rng.randint(60, min(longest, 400)))
    if task == "pairs":
        return pairs(rng, tokenizer)
    if task == "prose":
        return encode_text(tasks.prose(rng, natural, longest * 3), tokenizer)
    if task == "chat":
        return encode(tasks.chat(rng, natural, longest * 2), tokenizer, REPLY)
    if task in ("extraction", "follow_up", "decompose"):
        return encode(getattr(tasks, task)(rng, natural), tokenizer, REPLY)
    if task == "slots":
        return encode(tasks.slot_extraction(rng, natural), tokenizer, REPLY)
    if task == "rewriting":
        return encode(tasks.rewriting(rng, natural), tokenizer, REPLY)
    if task == "long":
        lines, questions = tasks.long_recall(rng, natural, rng.randint(400, longest * 3))
    elif task == "reading":
        lines, questions = tasks.reading(rng, natural, min(1200, longest + 150))
    elif task == "recall" and longest >= 512 and rng.random() < 0.4:
        lines, questions = tasks.recall(rng, natural, count=rng.randint(5, longest // 64))
    else:
        lines, questions = getattr(tasks, task)(rng, natural)
    # Without its date a line begins with its speaker, whose name then has other tokens than after a space, as in questions.
    dated = task == "dates" or rng.random() < 0.85
    return _fitting(tasks.document(rng, lines, questions, dated), tokenizer, longest)


def _fitting(messages: list[Message], tokenizer: Tokenizer, longest: int) -> Document:
    """As many of the questions as there is room for, one at least."""
    out = encode(messages, tokenizer)
    while len(out.ids) > longest and messages[-3].role == "assistant":
        messages = messages[:-2]
        out = encode(messages, tokenizer)
    return out


def draw(phase: str, rng: random.Random, natural: Natural, tokenizer: Tokenizer, longest: int) -> Document:
    """A document of the phase's mixture, 8 to ``longest`` tokens."""
    shares = PHASES[phase]
    task = rng.choices(list(shares), list(shares.values()))[0]
    for _ in range(40):
        found = make(task, rng, natural, tokenizer, longest)
        if 8 <= len(found.ids) <= longest:
            return found
    return spans(rng, tokenizer, longest)


