import struct
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from reader import confidence, gguf
from reader.__main__ import TOKENIZER
from reader.export import export, load_checkpoint
from reader.grounded import Mask
from reader.mixture import draw
from reader.batches import Shape, build
from reader.model import Config, Reader, document_mask
from reader.natural import load
from reader.optimiser import Optimiser, orthogonalise
from reader.scoring import greedy_equals
from reader.start import wire_copying
from reader.template import END, REFUSAL
from reader.tokenizer import Tokenizer, train
from tests import little_corpus

SMALL = Config(vocab=400, layers=2, width=64, heads=2, kv_heads=1, head_size=32, hidden=96, context=64)


def tokenizer():
    return train(iter(["the cat sat on the mat", "Mara moved to Oslo", REFUSAL, "and so, on with the hat"] * 9), 300)


class ModelTest(unittest.TestCase):
    def setUp(self) -> None:
        torch.manual_seed(1)
        self.model = Reader(SMALL).eval()

    @torch.no_grad()
    def test_a_document_sees_neither_the_future_nor_its_neighbour(self) -> None:
        tokens = torch.randint(0, 400, (1, 20))
        documents = torch.tensor([[0] * 9 + [1] * 11])
        before = self.model(tokens, document_mask(documents))
        changed = tokens.clone()
        changed[0, 4] = 7
        after = self.model(changed, document_mask(documents))
        self.assertTrue(torch.equal(before[0, :4], after[0, :4]))
        self.assertTrue(torch.equal(before[0, 9:], after[0, 9:]))
        self.assertFalse(torch.allclose(before[0, 4:9], after[0, 4:9]))

    @torch.no_grad()
    def test_plain_and_fused_attention_agree(self) -> None:
        tokens = torch.randint(0, 400, (2, 20))
        mask = document_mask(torch.zeros_like(tokens))
        self.assertTrue(torch.allclose(self.model(tokens, mask), self.model(tokens, mask, []), atol=1e-5))

    @torch.no_grad()
    def test_the_block_mask_hides_the_same_as_the_plain_one(self) -> None:
        try:
            from torch.nn.attention.flex_attention import create_block_mask
        except ImportError:
            self.skipTest("this PyTorch has no flex attention")
        tokens, documents = torch.randint(0, 400, (2, 256)), torch.stack((torch.arange(256) // 90, torch.arange(256) // 31))

        def visible(b, _h, q, k):  # type: ignore[no-untyped-def]
            return (q >= k) & (documents[b, q] == documents[b, k])

        block = create_block_mask(visible, 2, None, 256, 256, "cpu")
        self.assertTrue(torch.allclose(self.model(tokens, block), self.model(tokens, document_mask(documents)), atol=1e-4))

    @torch.no_grad()
    def test_teacher_forcing_equals_greedy_decoding(self) -> None:
        prompts = [torch.randint(0, 400, (n,)).tolist() for n in (3, 9, 5)]
        answers = []
        for prompt in prompts:
            ids = list(prompt)
            for _ in range(4):
                row = torch.tensor([ids])
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    hidden = self.model(row, document_mask(torch.zeros_like(row)))
                ids.append(int(self.model.logits(hidden[0, -1]).argmax()))
            answers.append(ids[len(prompt) :])
        self.assertEqual(greedy_equals(self.model, prompts, answers), [True] * 3)
        wrong = [[(a[0] + 1) % 400, *a[1:]] for a in answers]
        self.assertEqual(greedy_equals(self.model, prompts, wrong), [False] * 3)

    def test_muon_steps_towards_orthogonal_matrices(self) -> None:
        values = torch.linalg.svdvals(orthogonalise(torch.randn(2, 48, 96)))
        self.assertTrue(((values > 0.5) & (values < 1.5)).all())

    def test_the_optimiser_state_restores(self) -> None:
        first = Optimiser(self.model, 0.02, 3e-3)
        tokens = torch.randint(0, 400, (1, 8))
        self.model.logits(self.model(tokens, document_mask(torch.zeros_like(tokens)))).sum().backward()
        first.step(1.0)
        second = Optimiser(self.model, 0.02, 3e-3)
        second.load(first.state())
        for a, b in zip(first.state()["muon"].values(), second.state()["muon"].values()):
            self.assertTrue(torch.equal(a, b))


class StartTest(unittest.TestCase):
    @torch.no_grad()
    def test_the_wired_heads_look_back_and_find_the_earlier_copy(self) -> None:
        torch.manual_seed(2)
        config = Config(vocab=1000, layers=2, width=256, heads=4, kv_heads=2, hidden=256)
        model = Reader(config)
        wire_copying(model, 2)
        span = torch.randint(0, 1000, (4, 40))
        tokens, seen = torch.cat((span, span), 1), []
        model(tokens, document_mask(torch.zeros_like(tokens)), seen)
        at = torch.arange(40, 79)
        self.assertGreater(float(seen[0][:, 0, at, at - 1].mean()), 0.8)
        self.assertGreater(float(seen[1][:, 0, at, at - 39].mean()), 0.1)
        self.assertLess(float(seen[1][:, 3, at, at - 39].mean()), 0.1)
        best = model.logits(model(tokens, document_mask(torch.zeros_like(tokens))))[:, 40:79].argmax(-1)
        self.assertGreater(float((best == tokens[:, 41:]).float().mean()), 0.95)


class FileTest(unittest.TestCase):
    def test_eight_bit_blocks_keep_values_within_half_a_step(self) -> None:
        values = np.random.default_rng(1).normal(size=(6, 64)).astype(np.float32)
        values[0, :32] = 0
        back = gguf.dequantise_q8_0(gguf.quantise_q8_0(values), values.shape)
        step = np.abs(values).reshape(-1, 32).max(1) / 127
        error = np.abs(values - back).reshape(-1, 32).max(1)
        self.assertTrue((error <= step * 0.5 + np.abs(values).max() * 1e-3).all())

    def test_the_file_has_its_head_and_aligned_tensors(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.gguf"
            gguf.write(path, {"general.architecture": "qwen3", "n": 3}, {"a": np.ones((2, 32), np.float32), "b": np.ones(3, np.float32)}, True)
            data = path.read_bytes()
            self.assertEqual(struct.unpack("<4sIQQ", data[:24]), (b"GGUF", 3, 2, 2))
            self.assertEqual(len(data) % gguf.ALIGNMENT, 0)

    def test_a_vocabulary_of_another_size_is_refused(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(ValueError, "300 entries, the model 400"):
                export(Reader(SMALL), tokenizer(), Path(folder) / "m")

    def test_a_checkpoint_loads_with_its_shape(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            model = Reader(SMALL)
            path = Path(folder) / "c.pt"
            torch.save({"model": model.state_dict(), "config": SMALL.as_dict()}, path)
            self.assertTrue(torch.equal(load_checkpoint(path).embedding.weight, model.embedding.weight))


class ConfidenceTest(unittest.TestCase):
    def test_the_fit_finds_the_weights_that_made_the_answers(self) -> None:
        chance = np.random.default_rng(1)
        rows = np.stack([-chance.exponential(1, 20_000), -chance.exponential(2, 20_000), chance.random(20_000), 3 * chance.random(20_000)], 1)
        true = [-2.0, 3.0, 2.0, 2.0, -1.0]
        p = np.array([confidence.probability(true, row) for row in rows])
        right = (chance.random(20_000) < p).astype(float)
        weights = confidence.fit(rows, right)
        np.testing.assert_allclose(weights, true, atol=0.4)
        found = confidence.quality(weights, rows, right)
        self.assertLess(found["calibration error"], 2)
        self.assertGreater(found["auroc"], 70)

    def test_the_signals_are_those_of_the_chosen_tokens(self) -> None:
        torch.manual_seed(3)
        model = Reader(Config(layers=1, width=32, heads=2, kv_heads=1, hidden=32, context=32, vocab=64)).eval()
        prompt, ids = [1, 2, 3], [4, 5]
        mean, least, entropy, most = confidence.signals(model, prompt, ids)
        each = []
        for i, token in enumerate(ids):
            tokens = torch.tensor([prompt + ids[:i]])
            log = model.logits(model(tokens, document_mask(torch.zeros_like(tokens)))[0, -1]).double().log_softmax(-1)
            each.append((float(log[token]), float(-(log.exp() * log).sum())))
        self.assertAlmostEqual(mean, sum(p for p, _ in each) / 2, 5)
        self.assertAlmostEqual(least, min(p for p, _ in each), 5)
        self.assertAlmostEqual(entropy, sum(h for _, h in each) / 2, 5)
        self.assertAlmostEqual(most, max(h for _, h in each), 5)


class BatchTest(unittest.TestCase):
    def test_batches_repeat_with_their_seed_and_targets_follow_positions(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            natural = load(little_corpus.write(Path(folder)), "cpu")
        found = tokenizer()
        shape = Shape(3, 256, 200, "main")
        batch, again = (build(shape, 7, 2, natural, found) for _ in range(2))
        self.assertTrue((batch.tokens == again.tokens).all() and (batch.positions == again.positions).all())
        self.assertFalse((batch.tokens == build(shape, 7, 3, natural, found).tokens).all())
        flat, owner = batch.tokens.reshape(-1), batch.documents.reshape(-1)
        for position, target, weight in zip(batch.positions, batch.targets, batch.weights):
            if weight > 0:
                self.assertEqual(flat[position + 1], target)
                self.assertEqual(owner[position + 1], owner[position])

    def test_documents_keep_within_the_row(self) -> None:
        import random

        with tempfile.TemporaryDirectory() as folder:
            natural = load(little_corpus.write(Path(folder)), "cpu")
        found, rng = tokenizer(), random.Random(2)
        for phase in ("drill", "main", "middle", "long"):
            for _ in range(60):
                document = draw(phase, rng, natural, found, 256)
                self.assertTrue(8 <= len(document.ids) <= 256)
                self.assertEqual(len(document.ids), len(document.weights))


class GroundedTest(unittest.TestCase):
    def setUp(self) -> None:
        self.tokenizer = Tokenizer.load(TOKENIZER)
        self.end = self.tokenizer.special(END)

    def take(self, mask: Mask, text: str) -> None:
        for token in self.tokenizer.encode(text):
            self.assertIn(token, mask.allowed(), text)
            mask.take(token)

    def test_only_spans_connectors_and_the_refusal_pass(self) -> None:
        mask = Mask(self.tokenizer.encode(" Mara moved to Oslo on 5 May"), self.tokenizer)
        self.assertNotIn(self.end, mask.allowed())
        self.assertNotIn(self.tokenizer.encode(" hat")[0], mask.allowed())
        self.take(mask, " to Oslo")
        self.assertIn(self.end, mask.allowed())
        self.assertNotIn(self.tokenizer.encode(" Mara")[0], mask.allowed())
        self.take(mask, " and")
        self.assertNotIn(self.end, mask.allowed())
        self.take(mask, " 5 May")
        self.assertIn(self.end, mask.allowed())

    def test_the_refusal_is_said_to_its_end_even_where_the_source_begins_alike(self) -> None:
        for source in (" Mara", " I have no time"):
            mask = Mask(self.tokenizer.encode(source), self.tokenizer)
            self.take(mask, " " + REFUSAL)
            self.assertEqual(mask.allowed(), {self.end})


if __name__ == "__main__":
    unittest.main()
