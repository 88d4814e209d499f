"""Questions over 2 to 4 facts of synthetic conversations, with the turns that hold the evidence.

Each conversation is a list of dated sessions between a few people; the facts a question needs stand in
different turns, among others about other people and among ordinary talk. By default all names, values and
wordings are of the held-out side, so the set can measure models trained on the other side.

Output: ``conversations.jsonl`` (one turn a line: conversation, id, session, time, speaker, text) and
``questions.jsonl`` (conversation, question, answer, hops, evidence turn ids, asked at).
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from . import words
from .facts import Fact, Mode, ask, make_fact, noun_relation, state
from .natural import Natural
from .wordings import Relation, grammar

LINKS = ("sister", "brother", "friend", "boss", "teacher", "neighbour", "roommate", "doctor")
HELD_OUT = Mode(names=True, statements=True, questions=True)


@dataclass
class Turn:
    """One turn of a conversation."""

    speaker: str
    text: str
    facts: tuple[Fact, ...] = ()


@dataclass
class World:
    """The people of one conversation and what is true of them."""

    talkers: list[str]
    others: list[str]
    links: dict[str, dict[str, Fact]] = field(default_factory=dict)
    traits: dict[str, list[Fact]] = field(default_factory=dict)


def _names(rng: random.Random, count: int, held_out: bool) -> list[str]:
    out: list[str] = []
    while len(out) < count:
        name = words.person(rng, held_out).split()[0]
        if name not in out:
            out.append(name)
    return out


def make_world(rng: random.Random, mode: Mode) -> World:
    """Twelve people: each knows up to three others in named ways, and has three traits."""
    everyone = _names(rng, 12, mode.names)
    world = World(everyone[:3], everyone[3:])
    by_key = {r.key: r for r in grammar().relations}
    taken: set[str] = set()
    traits = [r for r in grammar().measured if r.kind != "person"]
    for person in everyone:
        keys = rng.sample(LINKS, 3)
        targets = rng.sample([p for p in everyone if p != person], 3)
        world.links[person] = {k: Fact(person, by_key[k], t) for k, t in zip(keys, targets)}
        own: list[Relation] = rng.sample(traits, 2) + [noun_relation(rng, mode)]
        world.traits[person] = [make_fact(rng, person, r, mode, taken) for r in own]
    return world


def talk(rng: random.Random, world: World, natural: Natural, mode: Mode, turns: int) -> list[Turn]:
    """The facts in random order among other talk; a talker says facts about themself or about others."""
    facts = [f for p in world.links for f in world.links[p].values()] + [f for p in world.traits for f in world.traits[p]]
    said = []
    for fact in facts:
        first = fact.who in world.talkers and rng.random() < 0.7
        speaker = fact.who if first else rng.choice([t for t in world.talkers if t != fact.who])
        said.append(Turn(speaker, state(rng, fact, mode, first), (fact,)))
    while len(said) < turns:
        text = rng.choice(natural.turns) if natural.turns else f"I looked at the {words.value('object', rng, mode.names)} again."
        said.append(Turn(rng.choice(world.talkers), text))
    rng.shuffle(said)
    return said


def chain(rng: random.Random, world: World, hops: int) -> tuple[str, list[Fact]] | None:
    """A phrase such as "Mara's sister's boss" with its facts, the last one a trait; no person twice."""
    person = rng.choice(list(world.links))
    phrase, facts, seen = person, [], {person}
    for _ in range(hops - 1):
        fact = rng.choice(list(world.links[person].values()))
        if fact.value in seen:
            return None
        facts.append(fact)
        phrase, person = f"{phrase}'s {fact.relation.noun}", fact.value
        seen.add(person)
    return phrase, [*facts, rng.choice(world.traits[person])]


def questions(rng: random.Random, world: World, mode: Mode, count: int) -> list[tuple[str, str, list[Fact]]]:
    """Different questions of 2, 3 and 4 hops in turn: text, answer, facts needed."""
    out: list[tuple[str, str, list[Fact]]] = []
    used: set[tuple[str, str]] = set()
    while len(out) < count:
        found = chain(rng, world, 2 + len(out) % 3)
        if found is None or (found[0], found[1][-1].relation.key) in used:
            continue
        phrase, facts = found
        used.add((phrase, facts[-1].relation.key))
        out.append((ask(rng, phrase, facts[-1].relation, mode), facts[-1].value, facts))
    return out


def generate(out: Path, seed: int, count: int, natural: Natural, mode: Mode = HELD_OUT, per_conversation: int = 24,
             turns: int = 160) -> dict[str, int]:
    """Writes both files; returns how many conversations, turns and questions of each number of hops there are."""
    if count < 1 or not 72 <= turns <= 5000:
        raise ValueError("count must be at least 1 and turns between 72 and 5000")
    out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    counts: dict[str, int] = {"conversations": 0, "turns": 0, "questions": 0}
    with (out / "conversations.jsonl").open("w", encoding="utf-8") as talks, (out / "questions.jsonl").open("w", encoding="utf-8") as asked:
        while counts["questions"] < count:
            name = f"hops-{counts['conversations']:03}"
            world = make_world(rng, mode)
            said = talk(rng, world, natural, mode, turns)
            where = _write_talk(talks, rng, name, said)
            for text, answer, facts in questions(rng, world, mode, min(per_conversation, count - counts["questions"])):
                evidence = [where[(f.who, f.relation.key)] for f in facts]
                row = {"conversation": name, "question": text, "answer": answer, "hops": len(facts), "evidence": evidence}
                asked.write(json.dumps(row, ensure_ascii=False) + "\n")
                counts["questions"] += 1
                counts[f"hops {len(facts)}"] = counts.get(f"hops {len(facts)}", 0) + 1
            counts["conversations"] += 1
            counts["turns"] += len(said)
    return counts


def _write_talk(talks, rng: random.Random, name: str, said: list[Turn]) -> dict[tuple[str, str], str]:  # type: ignore[no-untyped-def]
    """Turns in sessions of 12 to 24, a week or so apart; returns the turn id of every fact."""
    where: dict[tuple[str, str], str] = {}
    day, session, left = date(2023, 1, 1) + timedelta(days=rng.randint(0, 600)), 0, 0
    number = minute = 0
    for turn in said:
        if left == 0:
            session, left, number, minute = session + 1, rng.randint(12, 24), 0, 9 * 60 + rng.randint(0, 600)
            day += timedelta(days=rng.randint(2, 12))
        left, number, minute = left - 1, number + 1, min(minute + rng.randint(0, 2), 1439)
        identity = f"D{session}:{number}"
        row = {"conversation": name, "id": identity, "session": session, "speaker": turn.speaker, "text": turn.text,
               "time": f"{day.isoformat()}T{minute // 60:02}:{minute % 60:02}:00Z"}
        talks.write(json.dumps(row, ensure_ascii=False) + "\n")
        for fact in turn.facts:
            where[(fact.who, fact.relation.key)] = identity
    return where
