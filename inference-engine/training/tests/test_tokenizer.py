import random
import tempfile
import unittest
from pathlib import Path

from reader.tokenizer import Tokenizer, split_words, train

TEXTS = ["the cat sat on the mat, the cat ran", "Mara's oboe: $12.50\n\nnaïve café", "don't DON'T we've 2023"] * 20


class TokenizerTest(unittest.TestCase):
    def setUp(self) -> None:
        self.tokenizer = train(iter(TEXTS), 330)

    def test_words_are_split_as_the_qwen2_pattern_says(self) -> None:
        self.assertEqual(split_words("I've 12 cats,  ok\n\n x"), ["I", "'ve", " ", "1", "2", " cats", ",", " ", " ok", "\n\n", " x"])
        self.assertEqual(split_words("héé 日本٣"), ["héé", " 日本", "٣"])

    def test_decoding_gives_back_any_text(self) -> None:
        rng = random.Random(4)
        for _ in range(200):
            text = "".join(chr(rng.choice((rng.randint(32, 126), rng.randint(160, 0x2FFF), 10))) for _ in range(30))
            self.assertEqual(self.tokenizer.decode(self.tokenizer.encode(text)), text)

    def test_training_twice_gives_the_same_merges(self) -> None:
        self.assertEqual(train(iter(TEXTS), 330).merges, self.tokenizer.merges)

    def test_merging_follows_the_ranks(self) -> None:
        for text in TEXTS:
            for word in split_words(text):
                self.assertEqual(self.tokenizer._merge(word), self._slow(word))

    def _slow(self, word: str) -> list[int]:
        from reader.tokenizer import BYTE_CHARS

        parts = [BYTE_CHARS[b] for b in word.encode()]
        for a, b in self.tokenizer.merges:
            i = 0
            while i + 1 < len(parts):
                if parts[i] == a and parts[i + 1] == b:
                    parts[i : i + 2] = [a + b]
                i += 1
        return [self.tokenizer.ids[p] for p in parts]

    def test_a_saved_file_reads_back_and_a_strange_one_is_refused(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "t.json"
            self.tokenizer.save(path)
            self.assertEqual(Tokenizer.load(path).merges, self.tokenizer.merges)
            path.write_text(path.read_text().replace("qwen2", "other"))
            with self.assertRaisesRegex(ValueError, "another template"):
                Tokenizer.load(path)

    def test_special_tokens_are_recognised_in_prompts_only(self) -> None:
        self.assertEqual(len(self.tokenizer.encode_prompt("<|im_end|>")), 1)
        self.assertGreater(len(self.tokenizer.encode("<|im_end|>")), 1)


if __name__ == "__main__":
    unittest.main()
