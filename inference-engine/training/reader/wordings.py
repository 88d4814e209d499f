"""Relations, frames and verbs read from the two text files, with the grammar that fills them.

A wording belongs to training or to evaluation ("!" in the file), never to both; ``check_disjoint`` refuses
lists that overlap and gives their hashes for the model card.
"""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from . import words

_HERE = Path(__file__).parent
_TOKEN = re.compile(r"\{(p's|p|s|es|is|has|was|do|myself|3)\}")
_ARTICLE = re.compile(r"\ba (?=[aeiou])")
_NOT_OF_ONESELF = re.compile(r"\bof me\b|\bsays me\b|\basked me\b|\bI told me\b|\bmentioned me\b|\bfor me is\b|^I[,:]| me[,:]|^I - |\bto me:|\bfor me\?")
_SUBJECT_AFTER = ("{do}", "{is}", "{was}", "{has}", "did", "that", "where", "when", "can", "must", "would", "could",
                  "can't", "won't", "should", "and", "did,", "everything,")


@dataclass(frozen=True)
class Split:
    """Wordings of one kind: those for training and those for evaluation only."""

    seen: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()

    def pick(self, rng: random.Random, unseen: bool) -> str:
        """One wording of a side."""
        return rng.choice(self.unseen if unseen else self.seen)


@dataclass(frozen=True)
class Relation:
    """An attribute of a person: what its values are and how it is stated and asked."""

    key: str
    kind: str
    noun: str
    statements: Split
    questions: Split
    reserved: bool = False


@dataclass
class Grammar:
    """Everything the files say."""

    relations: list[Relation] = field(default_factory=list)
    reserved: list[Relation] = field(default_factory=list)
    frames: dict[str, Split] = field(default_factory=dict)

    @property
    def measured(self) -> list[Relation]:
        """Those that have wordings for the evaluation; the others are for training only."""
        return [r for r in self.relations if r.statements.unseen]


def _split(items: list[str]) -> Split:
    clean = [i.strip() for i in items if i.strip()]
    return Split(tuple(i for i in clean if not i.startswith("!")), tuple(i[1:] for i in clean if i.startswith("!")))


@lru_cache(maxsize=1)
def grammar() -> Grammar:
    """Reads both files once."""
    out = Grammar()
    for line in (_HERE / "relations.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        key, kind, noun, statements, questions = line.split("|")
        relation = Relation(key.lstrip("*"), kind, noun, _split(statements.split(";")),
                            _split(questions.split(";")), key.startswith("*"))
        (out.reserved if relation.reserved else out.relations).append(relation)
    section, lines = "", {}
    for line in (_HERE / "frames.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
            lines[section] = []
        elif line and not line.startswith("#"):
            lines[section].append(line)
    for name, body in lines.items():
        if name in ("noun", "verb"):
            body = [("!" if row.startswith("!") else "") + item.strip() for row in body for item in row.lstrip("!").split(",")]
        out.frames[name] = _split(body)
    return out


def fill(wording: str, who: str, **slots: str) -> str:
    """A wording with its subject (a name, or "I" for the speaker) and slots filled in."""
    first = who == "I"

    def word(match: re.Match[str]) -> str:
        token = match.group(1)
        if token == "p":
            if not first:
                return who
            before = wording[: match.start()].split()
            after = wording[match.end() :]
            subject = not before or before[-1] in _SUBJECT_AFTER or before[-1].endswith((",", ":"))
            return "I" if subject or re.match(r" (\{(is|has|do)\}|\w+\{e?s\}|paid)", after) else "me"
        if token == "p's":
            return "my" if first else f"{who}'s"
        return {
            "s": "" if first else "s", "es": "" if first else "es", "is": "am" if first else "is",
            "has": "have" if first else "has", "was": "was", "do": "do" if first else "does",
            "myself": "myself" if first else "themself", "3": "s",
        }[token]

    text = _TOKEN.sub(word, wording)
    for name, value in slots.items():
        text = text.replace("{" + name + "}", value)
    return _ARTICLE.sub("an ", text)


def is_said(text: str, who: str) -> bool:
    """Whether somebody would say it so of oneself; a wording made for a name may not fit."""
    return who != "I" or not _NOT_OF_ONESELF.search(text)


def sentence(text: str) -> str:
    """First letter upper case, closed by a full stop unless it is closed already."""
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".?!" else text + "."


def _normal(text: str) -> str:
    return " ".join(re.sub(r"[^a-z{}0-9]+", " ", text.lower()).split())


def wording_lists() -> tuple[list[str], list[str]]:
    """Normalised wordings for training and for evaluation only."""
    rules = grammar()
    seen, unseen = [], []
    for relation in rules.relations:
        seen += relation.statements.seen + relation.questions.seen
        unseen += relation.statements.unseen + relation.questions.unseen
    for relation in rules.reserved:
        unseen += relation.statements.seen + relation.questions.seen
    for split in rules.frames.values():
        seen += split.seen
        unseen += split.unseen
    return sorted({_normal(t) for t in seen}), sorted({_normal(t) for t in unseen})


def name_lists() -> tuple[list[str], list[str]]:
    """Names and values for training and for evaluation only."""
    seen: set[str] = set()
    unseen: set[str] = set()
    for kind in words.LISTS:
        if kind != "weekday":
            seen |= {f"{kind}:{w.lower()}" for w in words.words(kind, False)}
            unseen |= {f"{kind}:{w.lower()}" for w in words.words(kind, True)}
    return sorted(seen), sorted(unseen)


def digest(items: list[str]) -> str:
    """SHA-256 of a sorted list."""
    return hashlib.sha256("\n".join(items).encode()).hexdigest()


def check_disjoint() -> dict[str, str]:
    """Hashes of the four lists; raises ValueError naming what training and evaluation share."""
    hashes = {}
    for what, (seen, unseen) in (("wordings", wording_lists()), ("names", name_lists())):
        bare = [{i.split(":", 1)[-1] for i in side} if what == "names" else set(side) for side in (seen, unseen)]
        shared = sorted(bare[0] & bare[1])
        if shared:
            raise ValueError(f"{what} are in training and in evaluation: {', '.join(shared[:10])}")
        if not seen or not unseen:
            raise ValueError(f"no {what} on one of the two sides")
        hashes[f"{what}_training"], hashes[f"{what}_evaluation"] = digest(seen), digest(unseen)
    return hashes
