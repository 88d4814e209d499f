"""The tasks: each makes one document (a list of messages, or raw text) from a random generator.

Every document states its facts in memory lines and asks some questions about them. Where a question
has no answer in the memories, the answer is the refusal.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

from . import words
from .facts import (TRAINING, USER, Fact, Line, Mode, ask, day_text, line_for, make_fact, noun_relation, pick_relation,
                    state)
from .natural import Natural, passage
from .template import REFUSAL, Message
from .wordings import Relation, grammar, sentence

SYSTEM = ("Answer from the memories. If they do not say, answer: " + REFUSAL, "Answer from the memories.",
          "You are a helpful assistant with a memory.")
# Share of questions that ask for the person: they find the value by its very words, and need whom it is about at that place.
REVERSE = 0.2
EXTRACT = "Extract the facts as JSON."
REWRITE = "Rewrite the last question so that it stands alone."
DECOMPOSE = "Split the question into steps."


@dataclass(frozen=True)
class Question:
    """A question with its answer and the memories it came from; the answer's words stand in the last of them."""

    text: str
    answer: str
    evidence: tuple[int, ...] = ()

    @property
    def refusal(self) -> bool:
        """True when the memories do not hold the answer."""
        return self.answer == REFUSAL


def document(rng: random.Random, lines: list[Line], questions: list[Question], dated: bool,
             system: bool | None = None) -> list[Message]:
    """Memory lines by date, then the questions as turns."""
    body = "\n".join(line.render(dated) for line in lines)
    messages = []
    if system if system is not None else rng.random() < 0.15:
        messages.append(Message("system", SYSTEM[0] if system else rng.choice(SYSTEM)))
    messages.append(Message("memory", body))
    for question in questions:
        messages.append(Message("user", question.text))
        messages.append(Message("assistant", question.answer, True, question.evidence[-1] if question.evidence else -1))
    return messages


def people(rng: random.Random, count: int, mode: Mode) -> list[str]:
    """Different people; sometimes one of them is the user."""
    out: list[str] = []
    while len(out) < count:
        name = words.person(rng, mode.names)
        if all(name.split()[0] != other.split()[0] for other in out):
            out.append(name)
    if rng.random() < 0.25:
        out[rng.randrange(count)] = USER
    return out


def cast(rng: random.Random, count: int, mode: Mode) -> tuple[list[str], list[Relation], list[Fact]]:
    """``count`` facts, chosen so that people share attributes and attributes share people."""
    who = people(rng, min(count, rng.randint(1, 4)) if count < 8 else rng.randint(3, 6), mode)
    relations: list[Relation] = []
    while len(relations) < max(1, -(-count // len(who))) + rng.randint(0, 2):
        relation = pick_relation(rng, mode)
        if all(relation.key != r.key for r in relations):
            relations.append(relation)
    slots = [(p, r) for p in who for r in relations]
    rng.shuffle(slots)
    taken: set[str] = set()
    return who, relations, [make_fact(rng, p, r, mode, taken) for p, r in slots[:count]]


def chronological(rng: random.Random, lines: list[Line]) -> list[Line]:
    """Lines with rising dates in the order given."""
    days = sorted(rng.randint(6600, 9600) for _ in lines)
    return [Line(day, line.speaker, line.text, line.facts) for day, line in zip(days, lines)]


# How many of the lines that state a fact say other things too.
IN_TALK = 0.4


def in_talk(rng: random.Random, natural: Natural, lines: list[Line], share: float) -> list[Line]:
    """A share of the facts between what else somebody says, as in real talk; some say "now"."""
    return [_in_talk(rng, natural, line) if line.facts and rng.random() < share else line for line in lines] if natural.turns else lines


def _in_talk(rng: random.Random, natural: Natural, line: Line) -> Line:
    text = line.text[:-1] + " now." if line.text[-1] == "." and rng.random() < 0.15 else line.text
    before = [_first_sentence(rng, natural) for _ in range(rng.choice((0, 1, 1, 2, 3)))]
    after = [_first_sentence(rng, natural) for _ in range(rng.choice((0, 1, 2)) if before else 1)]
    return Line(line.day, line.speaker, " ".join(part for part in (*before, text, *after) if part), line.facts)


def _first_sentence(rng: random.Random, natural: Natural) -> str:
    """A short one of real chat; empty where what was drawn is long."""
    turn = rng.choice(natural.turns)
    end = min((place for place in map(turn.find, ".!?") if place >= 0), default=-1)
    return turn[: end + 1].strip() if 8 <= end < 90 else ""


def fillers(rng: random.Random, natural: Natural, speakers: list[str], count: int) -> list[Line]:
    """Memory lines of real chat, which answer nothing."""
    return [Line(0, rng.choice(speakers), rng.choice(natural.turns)) for _ in range(count)] if natural.turns else []


def absent_question(rng: random.Random, who: list[str], relations: list[Relation], facts: list[Fact], mode: Mode) -> Question | None:
    """A question that the facts do not answer: a missing pair of person and attribute, or a stranger."""
    known = {f.slot for f in facts}
    roll = rng.random()
    if roll < 0.55:
        pairs = [(p, r) for p in who for r in relations if (p, r.key) not in known]
    elif roll < 0.8:
        relation = pick_relation(rng, mode)
        pairs = [(p, relation) for p in who if relation.noun not in {r.noun for r in relations}]
    else:
        pairs = [(words.person(rng, mode.names), rng.choice(relations))]
        pairs = [pair for pair in pairs if pair[0].split()[0] not in {w.split()[0] for w in who}]
    if not pairs:
        return None
    person, relation = rng.choice(pairs)
    return Question(ask(rng, "I" if person == USER else person, relation, mode), REFUSAL)


def recall(rng: random.Random, natural: Natural, mode: Mode = TRAINING, count: int = 0, refusals: float = 0.32,
           most: int = 4, noise: float = 0.3) -> tuple[list[Line], list[Question]]:
    """Facts of a few people and questions about single facts, with refusals."""
    count = count or rng.choice((1, 2, 2, 3, 3, 4, 4, 5, 6))
    who, relations, facts = cast(rng, count, mode)
    speakers = who + [words.person(rng, mode.names)]
    lines = [line_for(rng, f, mode, 0, speakers) for f in facts]
    extra = sum(rng.random() < noise for _ in range(3))
    lines += fillers(rng, natural, speakers, extra)
    rng.shuffle(lines)
    lines = in_talk(rng, natural, chronological(rng, lines), IN_TALK if mode == TRAINING else 0.0)
    questions = []
    order = rng.sample(facts, len(facts))
    if mode == TRAINING:
        order += rng.sample(facts, rng.randint(0, len(facts)))
    for fact in order if mode == TRAINING else order[: rng.randint(1, most)]:
        if rng.random() < refusals:
            absent = absent_question(rng, who, relations, facts, mode)
            if absent:
                questions.append(absent)
                continue
        index = next(i for i, line in enumerate(lines) if fact in line.facts)
        questions.append(_about(rng, fact, lines[index], index, mode))
    return lines, questions


def grid(rng: random.Random, _natural: Natural, mode: Mode = TRAINING) -> tuple[list[Line], list[Question]]:
    """The same few attributes of a few people, nothing else said, everything asked: neither name nor attribute tells enough."""
    who = people(rng, rng.randint(2, 4), mode)
    relations: list[Relation] = []
    while len(relations) < rng.randint(1, 3):
        relation = pick_relation(rng, mode)
        if all(relation.key != r.key for r in relations):
            relations.append(relation)
    taken: set[str] = set()
    cells = [make_fact(rng, p, r, mode, taken) for p in who for r in relations]
    facts = [f for f in cells if rng.random() < 0.82] or cells
    rng.shuffle(facts)
    lines = chronological(rng, [line_for(rng, f, mode, 0, who) for f in facts])
    places = {f.slot: i for i, f in enumerate(facts)}
    questions = []
    for cell in rng.sample(cells, len(cells)):
        if cell.slot in places:
            questions.append(_about(rng, cell, lines[places[cell.slot]], places[cell.slot], mode))
        else:
            questions.append(Question(ask(rng, "I" if cell.who == USER else cell.who, cell.relation, mode), REFUSAL))
    return lines, questions


def _about(rng: random.Random, fact: Fact, line: Line, index: int, mode: Mode) -> Question:
    who = "I" if fact.who == USER else fact.who
    roll = rng.random()
    if roll < REVERSE and mode == TRAINING and fact.who != USER and fact.value in line.text:
        noun = fact.relation.noun
        text = rng.choice((f"Whose {noun} is {fact.value}?", f"Who has {fact.value} as {noun}?", f"Who is {fact.value} about?"))
        return Question(text, fact.who, (index,))
    return Question(ask(rng, who, fact.relation, mode), fact.value, (index,))


def update(rng: random.Random, natural: Natural, mode: Mode = TRAINING, others: int = -1) -> tuple[list[Line], list[Question]]:
    """Facts that changed once or twice; the latest value is the answer. In training most of the facts change, else one does."""
    who, relations, facts = cast(rng, rng.randint(1, 3) if others < 0 else others + 1, mode)
    changed = rng.sample(facts, rng.randint((len(facts) + 1) // 2, len(facts))) if mode == TRAINING else [rng.choice(facts)]
    taken = {f.value for f in facts}
    histories = [[f] + [make_fact(rng, f.who, f.relation, mode, taken) for _ in range(rng.choice((1, 1, 2)))] for f in changed]
    lines = [line_for(rng, f, mode, 0, who) for f in facts if f not in changed] + fillers(rng, natural, who, rng.random() < 0.3)
    rng.shuffle(lines)
    for versions in histories:
        spots = sorted(rng.sample(range(len(lines) + len(versions)), len(versions)))
        for spot, version in zip(spots, versions):
            line = line_for(rng, version, mode, 0, who)
            if version is not versions[0] and rng.random() < 0.5:
                marker = rng.choice(("Things changed:", "Update:", "Correction:", "It is different now:", "Not any more what I said before:", "New:", "That has changed."))
                line = Line(0, line.speaker, f"{marker} {line.text}", line.facts)
            lines.insert(spot, line)
    lines = in_talk(rng, natural, chronological(rng, lines), IN_TALK if mode == TRAINING else 0.0)
    place = {fact: index for index, line in enumerate(lines) for fact in line.facts}
    questions = []
    for versions in histories:
        latest = versions[-1]
        text = ask(rng, "I" if latest.who == USER else latest.who, latest.relation, mode)
        if rng.random() < 0.3 and text.endswith("?"):
            text = text[:-1] + rng.choice((" now?", " at the moment?", " currently?", " these days?"))
        questions.append(Question(text, latest.value, tuple(place[version] for version in versions)))
    rest = [f for f in facts if f not in changed]
    for fact in rest if mode == TRAINING else rng.sample(rest, min(len(rest), rng.randint(0, 1))):
        questions.append(_about(rng, fact, lines[place[fact]], place[fact], mode))
    rng.shuffle(questions)
    return lines, questions


_PEOPLE_RELATIONS = ("sister", "brother", "friend", "boss", "teacher", "neighbour", "roommate", "doctor", "spouse")


def two_hop(rng: random.Random, natural: Natural, mode: Mode = TRAINING) -> tuple[list[Line], list[Question]]:
    """Who is related to whom, and something about that person: the question joins both."""
    links = [r for r in grammar().relations if r.key in _PEOPLE_RELATIONS]
    who = [p for p in people(rng, 2, mode) if p != USER] or [words.person(rng, mode.names)]
    taken: set[str] = set(who)
    link = rng.choice(links)
    relation = pick_relation(rng, mode)
    bridges = [make_fact(rng, p, link, mode, taken) for p in who]
    ends = [make_fact(rng, b.value, relation, mode, taken) for b in bridges]
    facts = bridges + ends
    lines = [line_for(rng, f, mode, 0, who) for f in facts] + fillers(rng, natural, who, rng.random() < 0.3)
    rng.shuffle(lines)
    lines = in_talk(rng, natural, chronological(rng, lines), IN_TALK if mode == TRAINING else 0.0)
    questions = []
    for index in rng.sample(range(len(who)), len(who) if mode == TRAINING else 1):
        text = ask(rng, f"{who[index]}'s {link.noun}", relation, mode)
        spots = tuple(next(i for i, line in enumerate(lines) if fact in line.facts) for fact in (bridges[index], ends[index]))
        questions.append(Question(text, ends[index].value, spots))
    return lines, questions


def events(rng: random.Random, natural: Natural, mode: Mode = TRAINING) -> tuple[list[Line], list[Question]]:
    """Who did what, where, when, with whom: any part may be asked for."""
    verbs = grammar().frames["verb"]
    chosen = rng.sample(verbs.unseen if mode.attributes else verbs.seen, rng.randint(1, 3))
    who = [p for p in people(rng, rng.randint(1, 3), mode) if p != USER] or [words.person(rng, mode.names)]
    lines, asked = [], []
    seen: set[tuple[str, str]] = set()
    for verb in chosen:
        base, past = verb.split(" ")
        for person in rng.sample(who, rng.randint(1, len(who))):
            if (person, verb) in seen:
                continue
            seen.add((person, verb))
            thing = f"the {words.value('object', rng, mode.names)}" if rng.random() < 0.8 else words.invented(rng, mode.names)
            place = words.value("town", rng, mode.names)
            mate = words.person(rng, mode.names)
            when = rng.choice((words.date(rng), words.value("weekday", rng, mode.names)))
            parts = rng.sample([f"in {place}", f"on {when}", f"with {mate}"], rng.randint(0, 3))
            first = rng.random() < 0.4
            actor = "I" if first else person
            speaker = person if first else rng.choice([p for p in who if p != person] or [USER])
            lines.append(Line(0, speaker, sentence(_event_text(rng, actor, past, thing, parts))))
            asked.append((len(lines) - 1, person, base, past, thing, parts, place, when, mate))
    order = list(range(len(lines)))
    rng.shuffle(order)
    lines = chronological(rng, [lines[i] for i in order])
    questions = []
    for index, person, base, past, thing, parts, place, when, mate in rng.sample(asked, min(len(asked), rng.randint(1, 4))):
        options = [(f"What did {person} {base}?", thing), (f"Who {past} {thing}?", person),
                   (f"Tell me what {person} {past}.", thing), (f"Which thing did {person} {base}?", thing),
                   (f"By whom was it that {thing} got {past}?", person)]
        for part, answer, forms in ((f"in {place}", place, (f"Where did {person} {base} {thing}?", f"In which town did {person} {base} {thing}?")),
                                    (f"on {when}", when, (f"When did {person} {base} {thing}?", f"On what day did {person} {base} {thing}?")),
                                    (f"with {mate}", mate, (f"Who was with {person} when {person} {past} {thing}?", f"With whom did {person} {base} {thing}?"))):
            if part in parts:
                options += [(form, answer) for form in forms] * 2
            elif rng.random() < 0.25:
                options.append((rng.choice(forms), REFUSAL))
        text, answer = rng.choice(options)
        if rng.random() < 0.12:
            other = rng.choice(verbs.seen).split(" ")[0]
            if all(verb.split(" ")[0] != other for verb in chosen):
                text, answer = f"What did {person} {other}?", REFUSAL
        questions.append(Question(text, answer, (order.index(index),)))
    return lines, questions


def _event_text(rng: random.Random, actor: str, past: str, thing: str, parts: list[str]) -> str:
    after = " ".join(parts)
    roll = rng.random()
    if parts and roll < 0.3:
        return f"{parts[0]}, {actor} {past} {thing} {' '.join(parts[1:])}".strip()
    if roll < 0.45:
        return f"it was {'me' if actor == 'I' else actor} who {past} {thing} {after}".strip()
    if roll < 0.55:
        return f"what {actor} {past} {after} was {thing}".replace("  ", " ")
    adverb = rng.choice(("", "", "", "finally ", "happily ", "carefully ", "just ", "quickly ", "then "))
    return f"{actor} {adverb}{past} {thing} {after}".strip()


def dates(rng: random.Random, _natural: Natural, mode: Mode = TRAINING) -> tuple[list[Line], list[Question]]:
    """Days told relative to the day of the memory, or simply the day something was said."""
    who = [p for p in people(rng, rng.randint(1, 3), mode) if p != USER] or [words.person(rng, mode.names)]
    verbs = rng.sample(grammar().frames["verb"].seen, len(who))
    lines, questions = [], []
    days = sorted(rng.sample(range(6600, 9600), len(who)))
    for index, (person, verb, day) in enumerate(zip(who, verbs, days)):
        base, past = verb.split(" ")
        thing = f"the {words.value('object', rng, mode.names)}"
        phrase, shift = rng.choice((("today", 0), ("yesterday", -1), ("two days ago", -2), ("three days ago", -3), ("a week ago", -7),
                                    ("this morning", 0), ("last night", -1)))
        form = rng.choice((f"{phrase} I {past} {thing}", f"I {past} {thing} {phrase}"))
        lines.append(Line(day, person, sentence(form)))
        text = rng.choice((f"When did {person} {base} {thing}?", f"On what date did {person} {base} {thing}?"))
        questions.append(Question(text, day_text(day + shift), (index,)))
    return lines, rng.sample(questions, rng.randint(1, len(questions)))


def reading(rng: random.Random, natural: Natural, longest: int = 420, count: int = 0) -> tuple[list[Line], list[Question]]:
    """Real sentences as memories and a question on one of them; without that one it is a refusal."""
    picked = []
    for _ in range(60):
        context, question, answer = rng.choice(natural.questions)
        if len(context) <= longest and "\n" not in context:
            picked.append((context, question, answer))
        if len(picked) == (count or rng.randint(1, 4)):
            break
    speakers = [words.person(rng, False) for _ in range(2)]
    lines = [Line(0, rng.choice(speakers), context) for context, _, _ in dict((p[0], p) for p in picked).values()]
    asked = picked[: rng.randint(1, 2)]
    questions = []
    if rng.random() < 0.15:
        context, question, _ = rng.choice(natural.questions)
        if context not in {p[0] for p in picked}:
            questions.append(Question(question, REFUSAL))
    if rng.random() < 0.1 and natural.unanswerable:
        context, question = rng.choice(natural.unanswerable)
        if len(context) <= longest:
            lines.append(Line(0, rng.choice(speakers), context))
            questions.append(Question(question, REFUSAL))
    rng.shuffle(lines)
    place = {line.text: index for index, line in enumerate(lines)}
    questions += [Question(question, answer, (place[context],)) for context, question, answer in asked]
    rng.shuffle(questions)
    return chronological(rng, lines), questions


def extraction(rng: random.Random, natural: Natural, mode: Mode = TRAINING) -> list[Message]:
    """Lines of talk to a JSON list of facts; talk without facts gives an empty list."""
    count = rng.choice((0, 1, 1, 2, 3))
    speaker = words.person(rng, mode.names)
    taken: set[str] = set()
    facts: list[Fact] = []
    while len(facts) < count:
        who = speaker if rng.random() < 0.7 else words.person(rng, mode.names)
        relation = pick_relation(rng, mode)
        if all(f.slot != (who, relation.key) for f in facts):
            facts.append(make_fact(rng, who, relation, mode, taken))
    texts = [state(rng, f, mode, f.who == speaker) for f in facts]
    if natural.turns and (not facts or rng.random() < 0.3):
        texts.insert(rng.randint(0, len(texts)), rng.choice(natural.turns))
    answer = json.dumps([{"who": f.who, "what": f.relation.noun, "value": f.value} for f in facts], ensure_ascii=False)
    return [Message("system", EXTRACT), Message("user", f"{speaker}: {' '.join(texts) or 'Hello.'}"), Message("assistant", answer, True)]


def slot_extraction(rng: random.Random, natural: Natural) -> list[Message]:
    """A natural utterance to JSON slots."""
    context, question, answer = rng.choice(natural.slots)
    return [Message("system", question), Message("user", context), Message("assistant", answer, True)]


def follow_up(rng: random.Random, _natural: Natural, mode: Mode = TRAINING) -> list[Message]:
    """A question that leans on the one before it becomes one that stands alone."""
    first, second = words.person(rng, mode.names), words.person(rng, mode.names)
    relation = pick_relation(rng, mode)
    state_of = rng.getstate()
    question = ask(rng, first, relation, mode)
    rng.setstate(state_of)
    target = ask(rng, second, relation, mode)
    answer = words.value(relation.kind, rng, mode.names)
    short = rng.choice((f"And {second}?", f"What about {second}?", f"And what about {second}?", f"How about {second}?"))
    return [Message("system", REWRITE), Message("user", question), Message("assistant", answer), Message("user", short),
            Message("assistant", target, True)]


def decompose(rng: random.Random, _natural: Natural, mode: Mode = TRAINING) -> list[Message]:
    """A question over two facts becomes two questions; #1 stands for the first answer."""
    link = rng.choice([r for r in grammar().relations if r.key in _PEOPLE_RELATIONS])
    relation = pick_relation(rng, mode)
    person = words.person(rng, mode.names)
    state_of = rng.getstate()
    question = ask(rng, f"{person}'s {link.noun}", relation, mode)
    rng.setstate(state_of)
    second = ask(rng, "#1", relation, mode)
    return [Message("system", DECOMPOSE), Message("user", question),
            Message("assistant", f"1. Who is {person}'s {link.noun}? 2. {second}", True)]


def rewriting(rng: random.Random, natural: Natural) -> list[Message]:
    """Disfluent questions, long sentences, steps: from the corpus."""
    question, answer = rng.choice(natural.rewrites)
    return [Message("user", question), Message("assistant", answer, True)]


def chat(rng: random.Random, natural: Natural, characters: int = 700) -> list[Message]:
    """A stretch of a real dialogue as user and assistant."""
    shard = rng.choices(("dialogue-chat", "dialogue-sgd", "dialogue-task", "dialogue-plays"), (5, 2, 2, 0.3))[0]
    turns = rng.choice(natural.dialogues.get(shard) or natural.dialogues["dialogue-chat"])
    start = 2 * rng.randrange(max(1, len(turns) // 2))
    messages, used = [], 0
    for index, (_, text) in enumerate(turns[start:]):
        used += len(text)
        if used > characters and messages:
            break
        messages.append(Message("user" if index % 2 == 0 else "assistant", text[:characters], index % 2 == 1))
    return messages


def prose(rng: random.Random, natural: Natural, characters: int = 800) -> str:
    """A stretch of a book, textbook or story."""
    shards = list(natural.prose)
    weights = [{"prose-books": 6, "prose-textbooks": 2}.get(s, 1) for s in shards]
    return passage(rng, rng.choice(natural.prose[rng.choices(shards, weights)[0]]), characters)


def long_recall(rng: random.Random, natural: Natural, characters: int, mode: Mode = TRAINING, refusals: float = 0.2) -> tuple[list[Line], list[Question]]:
    """A few facts at any depth of a long memory of real talk."""
    lines, questions = recall(rng, Natural(), mode, rng.choice((2, 3, 4, 6, 8)), refusals)
    speakers = [line.speaker for line in lines] + [words.person(rng, mode.names)]
    used = sum(len(line.text) + 20 for line in lines)
    filler: list[Line] = []
    while used < characters:
        filler += fillers(rng, natural, speakers, 1)
        used += len(filler[-1].text) + 26
    merged = list(lines)
    for line in filler:
        merged.insert(rng.randint(0, len(merged)), line)
    moved = {id(line): merged.index(line) for line in lines}
    questions = [Question(q.text, q.answer, tuple(moved[id(lines[i])] for i in q.evidence)) for q in questions]
    return chronological(rng, merged), questions


