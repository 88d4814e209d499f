import json
import random
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from reader import hops, tasks, wordings, words
from reader.facts import TRAINING, Mode
from reader.natural import Natural
from reader.template import REFUSAL, render_text
from reader.wordings import check_disjoint, fill, grammar

NATURAL = Natural(turns=["I like rain.", "What a day!"], questions=[("The ship sank in May.", "When did the ship sank?", "May")])
HELD_OUT = Mode(True, True, True)


class ListsTest(unittest.TestCase):
    def test_training_and_evaluation_share_nothing(self) -> None:
        hashes = check_disjoint()
        self.assertEqual(len(set(hashes.values())), 4)

    def test_an_overlap_of_wordings_is_refused_and_named(self) -> None:
        with mock.patch.object(wordings, "wording_lists", lambda: (["a", "shared wording"], ["b", "shared wording"])):
            with self.assertRaisesRegex(ValueError, "wordings.*shared wording"):
                check_disjoint()

    def test_an_overlap_of_names_is_refused_and_named(self) -> None:
        with mock.patch.object(wordings, "name_lists", lambda: (["first:mara"], ["last:mara", "first:b"])):
            with self.assertRaisesRegex(ValueError, "names.*mara"):
                check_disjoint()

    def test_relations_have_wordings_on_both_sides_or_are_for_training_only(self) -> None:
        self.assertGreaterEqual(len(grammar().relations), 55)
        self.assertGreaterEqual(len(grammar().measured), 55)
        for relation in grammar().relations:
            for split in (relation.statements, relation.questions):
                self.assertTrue(split.seen, relation.key)
                self.assertEqual(relation in grammar().measured, bool(split.unseen), relation.key)
        self.assertGreaterEqual(len(grammar().reserved), 10)

    def test_all_wordings_have_their_slots_and_no_unknown_token(self) -> None:
        for relation in grammar().relations + grammar().reserved:
            for text in relation.statements.seen + relation.statements.unseen:
                for who in ("I", "Mara"):
                    filled = fill(text, who, v="VALUE")
                    self.assertIn("VALUE", filled)
                    self.assertNotRegex(filled, r"[{}]")
            for text in relation.questions.seen + relation.questions.unseen:
                self.assertNotRegex(fill(text, "Mara"), r"[{}]")

    def test_verbs_agree_with_their_subject(self) -> None:
        self.assertEqual(fill("{p} work{s} at {v}; {v} hired {p}", "I", v="X"), "I work at X; X hired me")
        self.assertEqual(fill("Where {do} {p} live?", "Mara"), "Where does Mara live?")


class TasksTest(unittest.TestCase):
    def test_answers_stand_in_the_evidence(self) -> None:
        for seed in range(400):
            rng = random.Random(seed)
            for maker in (tasks.recall, tasks.update, tasks.two_hop, tasks.events):
                lines, questions = maker(rng, NATURAL, rng.choice((TRAINING, HELD_OUT)))
                self.assertTrue(questions, (maker.__name__, seed))
                for question in questions:
                    if not question.refusal:
                        said = " ".join(f"{lines[i].speaker} {lines[i].text}" for i in question.evidence)
                        self.assertIn(question.answer, said, (maker.__name__, seed))

    def test_the_latest_of_several_values_is_the_answer(self) -> None:
        for seed in range(200):
            lines, questions = tasks.update(random.Random(seed), NATURAL)
            question = next(q for q in questions if len(q.evidence) > 1)
            self.assertIn(question.answer, lines[max(question.evidence)].text)
            days = [line.day for line in lines]
            self.assertEqual(days, sorted(days))

    def test_facts_in_talk_are_said_whole_and_other_lines_stay(self) -> None:
        changed = 0
        for seed in range(100):
            rng = random.Random(seed)
            fact = tasks.make_fact(rng, "Mara", grammar().relations[0], TRAINING, set())
            lines = [tasks.Line(1, "Mara", f"I moved to {fact.value}.", (fact,)), tasks.Line(2, "Tom", "What a day!")]
            talk = tasks.in_talk(rng, NATURAL, lines, 1.0)
            self.assertIn(f"I moved to {fact.value}", talk[0].text)
            self.assertEqual((lines[1], lines[0].facts), (talk[1], talk[0].facts))
            self.assertEqual(lines, tasks.in_talk(rng, NATURAL, lines, 0.0))
            changed += talk[0] != lines[0]
        self.assertGreater(changed, 50)

    def test_what_is_measured_has_wordings_for_it(self) -> None:
        keys = {r.key for r in grammar().measured}
        for seed in range(200):
            relation = tasks.pick_relation(random.Random(seed), HELD_OUT)
            self.assertTrue(relation.key in keys or relation.key.startswith("noun:"), relation.key)

    def test_a_refused_question_has_no_fact_for_it(self) -> None:
        found = 0
        for seed in range(300):
            rng = random.Random(seed)
            who, relations, facts = tasks.cast(rng, 4, TRAINING)
            question = tasks.absent_question(rng, who, relations, facts, TRAINING)
            found += question is not None
            self.assertTrue(question is None or question.answer == REFUSAL)
        self.assertGreater(found, 150)

    def test_the_same_seed_gives_the_same_document(self) -> None:
        def text(seed: int) -> str:
            rng = random.Random(seed)
            lines, questions = tasks.recall(rng, NATURAL)
            return render_text(tasks.document(rng, lines, questions, True))

        self.assertEqual(text(5), text(5))
        self.assertNotEqual(text(5), text(6))

    def test_held_out_names_appear_only_on_their_side(self) -> None:
        unseen = set(words.words("first", True))
        for seed in range(300):
            lines, _ = tasks.recall(random.Random(seed), NATURAL, TRAINING)
            self.assertFalse(unseen & {line.speaker.split()[0] for line in lines})

    def test_extraction_is_json_with_the_facts(self) -> None:
        for seed in range(100):
            messages = tasks.extraction(random.Random(seed), NATURAL)
            for fact in json.loads(messages[-1].content):
                self.assertIn(fact["value"], messages[1].content)

    def test_relative_days_count_from_the_day_of_the_memory(self) -> None:
        lines = [tasks.Line(8000, "Ann", "Yesterday I found the lamp.")]
        self.assertEqual(lines[0].render(True)[:18], "[26 November 2021]")


class HopsTest(unittest.TestCase):
    def test_every_question_can_be_answered_from_its_evidence(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            counts = hops.generate(Path(folder), 3, 60, NATURAL)
            self.assertEqual([counts[f"hops {n}"] for n in (2, 3, 4)], [20, 20, 20])
            turns = {}
            for line in (Path(folder) / "conversations.jsonl").read_text().splitlines():
                row = json.loads(line)
                self.assertNotIn((row["conversation"], row["id"]), turns)
                turns[row["conversation"], row["id"]] = row["text"]
            for line in (Path(folder) / "questions.jsonl").read_text().splitlines():
                row = json.loads(line)
                self.assertEqual(len(set(row["evidence"])), row["hops"])
                self.assertIn(row["answer"], turns[row["conversation"], row["evidence"][-1]])
                self.assertNotIn(row["answer"], row["question"])

    def test_sizes_out_of_range_are_refused(self) -> None:
        for count, turns in ((0, 160), (1, 71), (1, 5001)):
            with self.assertRaises(ValueError):
                hops.generate(Path("unused"), 1, count, NATURAL, turns=turns)


if __name__ == "__main__":
    unittest.main()
