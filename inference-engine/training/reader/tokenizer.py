"""Byte-level BPE with llama.cpp's ``qwen2`` pre-tokenizer: training, encoding, decoding, one JSON file."""

from __future__ import annotations

import heapq
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from .template import SPECIALS

PRE_TOKENIZER = "qwen2"

# The qwen2 pattern over ASCII; other characters are replaced by an ASCII stand-in of their class first.
_SPACE = " \\t\\n\\r\\f\\v"
_WORDS = re.compile(
    r"'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]"
    r"|[^\r\na-zA-Z0-9]?[a-zA-Z]+|[0-9]"
    rf"| ?[^{_SPACE}a-zA-Z0-9]+[\r\n]*|[{_SPACE}]*[\r\n]+|[{_SPACE}]+(?![^{_SPACE}])|[{_SPACE}]+"
)
_SPECIAL_SPLIT = re.compile("(" + "|".join(re.escape(s) for s in SPECIALS) + ")")


class _StandIns(dict[int, str]):
    """Code point to its ASCII stand-in, worked out on first use."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        kind = unicodedata.category(char)[0]
        if char.isascii():
            found = char
        elif kind == "L":
            found = "x"
        elif kind == "N":
            found = "0"
        else:
            found = "\v" if char.isspace() else "#"
        self[code] = found
        return found


_STAND_INS = _StandIns()


def split_words(text: str) -> list[str]:
    """The pieces that merges never cross."""
    if text.isascii():
        return _WORDS.findall(text)
    proxy = text.translate(_STAND_INS)
    return [text[m.start() : m.end()] for m in _WORDS.finditer(proxy)]


def _byte_alphabet() -> list[str]:
    keep = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {b: chr(b) for b in keep}
    extra = 0
    for byte in range(256):
        if byte not in table:
            table[byte] = chr(256 + extra)
            extra += 1
    return [table[b] for b in range(256)]


BYTE_CHARS = _byte_alphabet()
CHAR_BYTES = {c: b for b, c in enumerate(BYTE_CHARS)}


class Tokenizer:
    """Encodes text to ids below 65,536 and back. Thread-safe but for its word cache (use one per process)."""

    def __init__(self, merges: list[tuple[str, str]]):
        self.merges = merges
        self.tokens = list(SPECIALS) + BYTE_CHARS + [a + b for a, b in merges]
        self.ids = {t: i for i, t in enumerate(self.tokens)}
        self.ranks = {pair: i for i, pair in enumerate(merges)}
        self._cache: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self.tokens)

    def special(self, name: str) -> int:
        """The id of a special token."""
        return self.ids[name]

    def encode(self, text: str) -> list[int]:
        """Ids of plain text; special tokens are not recognised in it."""
        out: list[int] = []
        cache = self._cache
        for word in split_words(text):
            ids = cache.get(word)
            if ids is None:
                ids = self._merge(word)
                if len(cache) < 400_000:
                    cache[word] = ids
            out += ids
        return out

    def encode_prompt(self, text: str) -> list[int]:
        """Ids of prompt text, special tokens recognised."""
        out: list[int] = []
        for part in _SPECIAL_SPLIT.split(text):
            if part in SPECIALS:
                out.append(self.ids[part])
            elif part:
                out += self.encode(part)
        return out

    def _merge(self, word: str) -> list[int]:
        parts = [BYTE_CHARS[b] for b in word.encode("utf-8")]
        ranks, none = self.ranks, len(self.ranks)
        order = [ranks.get(pair, none) for pair in zip(parts, parts[1:])]
        while order:
            best = min(order)
            if best == none:
                break
            at = order.index(best)
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
            del order[at]
            if at:
                order[at - 1] = ranks.get((parts[at - 1], parts[at]), none)
            if at < len(order):
                order[at] = ranks.get((parts[at], parts[at + 1]), none)
        return [self.ids[p] for p in parts]

    def decode(self, ids: Iterable[int]) -> str:
        """Text of the ids; special tokens by their name; incomplete UTF-8 as U+FFFD."""
        return b"".join(self.piece(i) for i in ids).decode("utf-8", "replace")

    def piece(self, token: int) -> bytes:
        """The bytes of one token."""
        text = self.tokens[token]
        if token < len(SPECIALS):
            return text.encode()
        return bytes(CHAR_BYTES[c] for c in text)

    def save(self, path: Path) -> None:
        """Writes the merges; everything else follows from them."""
        body = {"pre": PRE_TOKENIZER, "specials": list(SPECIALS), "merges": [" ".join(m) for m in self.merges]}
        path.write_text(json.dumps(body, ensure_ascii=False, indent=0), encoding="utf-8")

    @staticmethod
    def load(path: Path) -> "Tokenizer":
        """Reads what ``save`` wrote; refuses a file with other special tokens."""
        body = json.loads(path.read_text(encoding="utf-8"))
        if body["pre"] != PRE_TOKENIZER or tuple(body["specials"]) != SPECIALS:
            raise ValueError(f"{path}: made for another template or pre-tokenizer")
        return Tokenizer([(a, b) for a, b in (m.split(" ") for m in body["merges"])])


def train(texts: Iterator[str], size: int, min_count: int = 2) -> Tokenizer:
    """Learns merges until the vocabulary has ``size`` entries; ties are broken by the pair's text."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(split_words(text))
    words = [[BYTE_CHARS[b] for b in w.encode("utf-8")] for w, n in counts.items() if n >= min_count]
    weights = [n for n in counts.values() if n >= min_count]
    pairs: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], set[int]] = defaultdict(set)
    for index, (word, weight) in enumerate(zip(words, weights)):
        for pair in zip(word, word[1:]):
            pairs[pair] += weight
            where[pair].add(index)
    heap = [(-n, pair) for pair, n in pairs.items()]
    heapq.heapify(heap)
    merges: list[tuple[str, str]] = []
    known: set[str] = set()
    while len(merges) < size - 256 - len(SPECIALS) and heap:
        negative, pair = heapq.heappop(heap)
        if pairs.get(pair, 0) != -negative or pair[0] + pair[1] in known:
            if pairs.get(pair, 0) > 0 and pairs[pair] != -negative:
                heapq.heappush(heap, (-pairs[pair], pair))
            continue
        merges.append(pair)
        known.add(pair[0] + pair[1])
        changed = _apply(pair, words, weights, pairs, where)
        for other in changed:
            if pairs[other] > 0:
                heapq.heappush(heap, (-pairs[other], other))
    return Tokenizer(merges)


def _apply(
    pair: tuple[str, str],
    words: list[list[str]],
    weights: list[int],
    pairs: Counter[tuple[str, str]],
    where: dict[tuple[str, str], set[int]],
) -> set[tuple[str, str]]:
    """Replaces the pair in all words and keeps the counts; returns the pairs whose count grew."""
    grown: set[tuple[str, str]] = set()
    joined = pair[0] + pair[1]
    for index in where.pop(pair, set()):
        word, weight = words[index], weights[index]
        for old in zip(word, word[1:]):
            pairs[old] -= weight
        merged: list[str] = []
        i = 0
        while i < len(word):
            if i + 1 < len(word) and word[i] == pair[0] and word[i + 1] == pair[1]:
                merged.append(joined)
                i += 2
            else:
                merged.append(word[i])
                i += 1
        words[index] = merged
        for new in zip(merged, merged[1:]):
            pairs[new] += weight
            where[new].add(index)
            grown.add(new)
    pairs.pop(pair, None)
    return grown
