"""Facts about invented people and the memory lines that state them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from . import words
from .wordings import Relation, Split, fill, grammar, is_said, sentence

USER = "user"


@dataclass(frozen=True)
class Mode:
    """Which side of each held-out list a document is made from."""

    names: bool = False
    statements: bool = False
    questions: bool = False
    attributes: bool = False


TRAINING = Mode()


@dataclass(frozen=True)
class Fact:
    """Somebody's attribute has a value."""

    who: str
    relation: Relation
    value: str

    @property
    def slot(self) -> tuple[str, str]:
        """What a question asks for."""
        return self.who, self.relation.key


@dataclass(frozen=True)
class Line:
    """One memory: its day (a number), its speaker, its text, and the facts in it."""

    day: int
    speaker: str
    text: str
    facts: tuple[Fact, ...] = ()

    def render(self, dated: bool) -> str:
        """As it stands in the prompt."""
        return f"[{day_text(self.day)}] {self.speaker}: {self.text}" if dated else f"{self.speaker}: {self.text}"


def day_text(day: int) -> str:
    """A day number (days since 1 January 2000) as 5 March 2023."""
    import datetime

    value = datetime.date(2000, 1, 1) + datetime.timedelta(days=day)
    return f"{value.day} {words.MONTHS[value.month - 1]} {value.year}"


_KINDS = ("word", "Word", "person", "town", "object", "code", "number", "food", "color", "animal", "title", "company", "plant",
          "weekday", "drink")


def noun_relation(rng: random.Random, mode: Mode) -> Relation:
    """An attribute named by a noun only: a listed one, a coloured or an invented one."""
    frames = grammar().frames
    nouns = frames["noun"].unseen if mode.attributes else frames["noun"].seen
    roll = rng.random()
    noun = rng.choice(nouns)
    if not mode.names and rng.random() < 0.4:
        noun = " ".join(words.borrowed(rng) for _ in range(rng.choice((1, 1, 2))))
    elif not mode.attributes:
        if roll < 0.1:
            noun = words.invented(rng, mode.names)
        elif roll < 0.2:
            noun = f"{words.invented(rng, mode.names)} {rng.choice(nouns).split()[-1]}"
        elif roll < 0.5:
            noun = f"{rng.choice(('first', 'second', 'old', 'new', 'next', 'spare', 'usual', 'summer', 'winter'))} {noun.split()[-1]}"
    return Relation(f"noun:{noun}", rng.choice(_KINDS), noun, Split(), Split())


_ODD_STATEMENTS = ("{p} %as {v}", "{p} %aed {v} %b", "{p} {is} %aing {v}", "{p} %aed the %b {v}", "{v} %as {p}", "{p's} %a %bs {v}",
                   "{v} is what {p} %aed", "the %a of {p} %bed {v}", "%b {v} %aed {p}", "{p's} %b is %aing {v}", "{v} %aed {p's} %b",
                   "it %as {v} when {p} %bs", "{p} %bs only to %a {v}", "from {p} we %b that {v} %as")
_ODD_QUESTIONS = ("What {do} {p} %a?", "What did {p} %a?", "What {is} {p} %aing?", "Which %b did {p} %a?", "Where {do} {p} %a?",
                  "What %as {p}?", "Who %aed {p}?", "What about {p's} %a?", "How did {p} %a the %b?", "When {was} {p} %aed?",
                  "Tell me what {p} %aed.", "To %a, what did {p} %b?", "What of {p's} is %aing?")


def odd_relation(rng: random.Random) -> Relation:
    """An attribute said and asked in words that mean nothing: only the words that both sides share tell what belongs together."""
    a, b = words.borrowed(rng), words.borrowed(rng)

    def made(shapes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(shape.replace("%a", a).replace("%b", b) for shape in rng.sample(shapes, 3))

    return Relation(f"odd:{a}", rng.choice(_KINDS), a, Split(made(_ODD_STATEMENTS)), Split(made(_ODD_QUESTIONS)))


def pick_relation(rng: random.Random, mode: Mode) -> Relation:
    """A relation of the mode's side: most with wordings of their own, the others named by a noun; in training some in odd words."""
    roll = rng.random()
    if roll < 0.35:
        return noun_relation(rng, mode)
    if roll < 0.5 and not mode.names:
        return odd_relation(rng)
    rules = grammar()
    if mode.attributes:
        return rng.choice(rules.reserved)
    return rng.choice(rules.relations if mode == TRAINING else rules.measured)


def _wording(rng: random.Random, own: Split, frame: str, unseen: bool, frames_only: bool) -> str:
    shared = grammar().frames[frame]
    pool = own.unseen if unseen else own.seen
    if frames_only or not pool or rng.random() < 0.2:
        return shared.pick(rng, unseen)
    return rng.choice(pool)


def _say(rng: random.Random, who: str, relation: Relation, own: Split, frame: str, unseen: bool, value: str) -> str:
    for _ in range(10):
        text = fill(_wording(rng, own, frame, unseen, not own.seen), who, v=value, n=relation.noun)
        if is_said(text, who):
            break
    return text


def state(rng: random.Random, fact: Fact, mode: Mode, first_person: bool) -> str:
    """A sentence that says the fact, by the person or by another."""
    relation = fact.relation
    own = relation.statements
    if relation.reserved:
        own = Split(own.seen, own.seen)
    text = _say(rng, "I" if first_person else fact.who, relation, own, "statement", mode.statements, fact.value)
    roll = rng.random()
    frames = grammar().frames
    if text.startswith(fact.value):
        return text if text[-1] in ".?!" else text + "."
    if roll < 0.2:
        return sentence(f"{rng.choice(frames['opening'].seen)} {text}")
    if roll < 0.3 and text[-1] not in ".?!":
        return sentence(f"{text}, {rng.choice(frames['closing'].seen)}")
    return sentence(text)


def ask(rng: random.Random, who: str, relation: Relation, mode: Mode) -> str:
    """A question for the relation; ``who`` may be a name, "I", or a phrase like "Mara's sister"."""
    own = relation.questions
    if relation.reserved:
        own = Split(own.seen, own.seen)
    text = _say(rng, who, relation, own, "question", mode.questions, "")
    return text[0].upper() + text[1:]


def make_fact(rng: random.Random, who: str, relation: Relation, mode: Mode, taken: set[str]) -> Fact:
    """A fact with a value that no other fact of the document has."""
    for _ in range(20):
        value = words.value(relation.kind, rng, mode.names)
        if value not in taken:
            break
    taken.add(value)
    return Fact(who, relation, value)


def line_for(rng: random.Random, fact: Fact, mode: Mode, day: int, speakers: list[str]) -> Line:
    """A memory line that states the fact: said by the person, or by somebody else."""
    if fact.who == USER or rng.random() < 0.45:
        return Line(day, fact.who, state(rng, fact, mode, True), (fact,))
    others = [s for s in speakers if s != fact.who] or [USER]
    return Line(day, rng.choice(others), state(rng, fact, mode, False), (fact,))
