"""Compares our token ids with llama.cpp's on the exported vocabulary, over corpus text and awkward strings."""

from __future__ import annotations

import random
import subprocess
import tempfile
import unicodedata
from pathlib import Path

from .corpus import SHARDS, plain_text, records
from .export import export_vocabulary
from .template import END, START
from .tokenizer import Tokenizer

AWKWARD = (
    "don't DON'T I'll we'VE it'S 'twas ''s 'S's", "  two  spaces   three\t\ttabs \n\n\n lines \r\n windows\r\n\r\n end  ",
    "12345 3.14 1,000,000 ²³ ½ Ⅷ ٣٤", "naïve café Zürich ÅNGSTRÖM ſ's", "日本語のテキスト 中文 한국어", "नमस्ते दुनिया สวัสดี",
    "🙂🙃 👩‍👩‍👧 🇳🇴 ✂️", "a\u00a0b\u2003c\u3000d\u200be", "{\"a\": [1, 2, {\"b\": null}]}", "x=y+z; //--**__##$$%%", "…—–“”‘’",
    f"{START}user\nHi{END}\n{START}assistant\n Oslo{END}\n", "e\u0301 a\u0308\u0323 क्षि", "\u0001\u0002\x7f", " ", "\n", "'", "''",
)


def texts(corpus: Path, seed: int, count: int) -> list[str]:
    """Awkward strings, random Unicode, and records of every shard."""
    rng = random.Random(seed)
    out = list(AWKWARD)
    for _ in range(count):
        out.append("".join(_character(rng) for _ in range(rng.randint(1, 60))))
    for shard in SHARDS:
        out += [plain_text(r)[:3000] for r in records(corpus, shard, limit=count // 8)]
    return out


def _character(rng: random.Random) -> str:
    while True:
        char = chr(rng.choice((rng.randint(32, 126), rng.randint(32, 126), rng.randint(0x80, 0x2FFF), rng.randint(0x3000, 0x1FAFF))))
        if unicodedata.category(char) not in ("Cs", "Cn", "Co"):
            return char


def check(tokenizer: Tokenizer, corpus: Path, llama_tokenize: list[str], seed: int = 1, count: int = 200) -> int:
    """Runs llama-tokenize over all texts in one file; raises ValueError at the first difference, returns ids compared."""
    text = "\n<|endoftext|>\n".join(texts(corpus, seed, count)).replace("\0", "")
    with tempfile.TemporaryDirectory() as folder:
        vocabulary, source = Path(folder) / "vocabulary.gguf", Path(folder) / "text.txt"
        export_vocabulary(tokenizer, vocabulary)
        source.write_text(text, encoding="utf-8", newline="")
        command = [*llama_tokenize, "-m", str(vocabulary), "-f", str(source), "--ids", "--no-bos", "--no-escape", "--log-disable"]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    theirs = [int(i) for i in output[output.rindex("[") :].strip("[] \n").split(",")]
    ours = tokenizer.encode_prompt(text)
    for index, (a, b) in enumerate(zip(ours, theirs)):
        if a != b:
            around = slice(max(0, index - 4), index + 4)
            raise ValueError(f"id {index}: ours {[tokenizer.piece(i) for i in ours[around]]}, llama.cpp's "
                             f"{[tokenizer.piece(i) for i in theirs[around]]}")
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} ids of ours, {len(theirs)} of llama.cpp")
    return len(ours)
