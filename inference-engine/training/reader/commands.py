"""What each command of the command line does."""

from __future__ import annotations

import argparse
import json
import shlex

from .tokenizer import Tokenizer


def tokenizer(arguments: argparse.Namespace) -> None:
    """Learns the tokenizer and writes it."""
    from . import sample
    from .tokenizer import train as learn

    found = learn(sample.texts(arguments.corpus, arguments.seed, arguments.characters), 8192)
    found.save(arguments.tokenizer)
    print(f"{len(found)} entries written to {arguments.tokenizer}")


def check_tokenizer(arguments: argparse.Namespace) -> None:
    """Compares ids with llama.cpp."""
    from .check_tokenizer import check

    count = check(Tokenizer.load(arguments.tokenizer), arguments.corpus, shlex.split(arguments.llama_tokenize), arguments.seed)
    print(f"{count} ids equal to llama.cpp's")


def train(arguments: argparse.Namespace) -> None:
    """Trains or resumes."""
    import torch

    from .train import Trainer

    if (arguments.minutes > 0) == (arguments.tokens > 0):
        raise SystemExit("give either --minutes or --tokens")
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    Trainer(arguments.size, arguments.corpus, arguments.tokenizer, arguments.out, arguments.seed, arguments.minutes,
            arguments.tokens, not arguments.no_compile, arguments.attention).run()


def export(arguments: argparse.Namespace) -> None:
    """Writes the GGUF files of a checkpoint."""
    from .export import export as write
    from .export import load_checkpoint

    for path in write(load_checkpoint(arguments.checkpoint), Tokenizer.load(arguments.tokenizer), arguments.out):
        print(f"{path} {path.stat().st_size:,} bytes")


def lists(_arguments: argparse.Namespace) -> None:
    """Prints the hashes of the word and wording lists."""
    from .wordings import check_disjoint

    print(json.dumps(check_disjoint(), indent=2))
