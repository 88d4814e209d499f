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

    weights = json.loads(arguments.confidence.read_text())["weights"] if arguments.confidence else []
    for path in write(load_checkpoint(arguments.checkpoint), Tokenizer.load(arguments.tokenizer), arguments.out, weights):
        print(f"{path} {path.stat().st_size:,} bytes")


def expected(arguments: argparse.Namespace) -> None:
    """Writes the expected output of the engine's test."""
    from .expected import write

    print(f"{write(arguments.checkpoint, Tokenizer.load(arguments.tokenizer), arguments.out)} cases")


def calibrate(arguments: argparse.Namespace) -> None:
    """Fits how often an answer is right to what the model says of it, and measures that on other questions."""
    from .confidence import calibrate as fit
    from .expected import as_exported
    from .natural import load

    weights, figures = fit(as_exported(arguments.checkpoint), Tokenizer.load(arguments.tokenizer), load(arguments.corpus, "cpu", True),
                           arguments.seed, arguments.questions)
    arguments.out.write_text(json.dumps({"weights": weights, **figures}, indent=2) + "\n")
    for name, value in figures.items():
        print(f"{name:20s} {value:8.2f}")


def slim(arguments: argparse.Namespace) -> None:
    """Writes a small checkpoint."""
    from .export import slim as write

    write(arguments.checkpoint, arguments.out)


def evaluate(arguments: argparse.Namespace) -> None:
    """Prints all figures of a checkpoint."""
    from .evaluate import PARTS
    from .evaluate import evaluate as measure
    from .export import load_checkpoint

    unknown = [p for p in arguments.parts if p not in PARTS]
    if unknown:
        raise SystemExit(f"unknown parts {', '.join(unknown)}; known are {', '.join(PARTS)}")
    found = measure(load_checkpoint(arguments.checkpoint), Tokenizer.load(arguments.tokenizer), arguments.corpus,
                    arguments.questions, 20_000 + arguments.seed, arguments.size, arguments.parts or list(PARTS))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2))


def hops(arguments: argparse.Namespace) -> None:
    """Writes the multi-hop set."""
    from .facts import TRAINING
    from .hops import HELD_OUT, generate
    from .natural import Natural, load
    from .wordings import check_disjoint

    print("lists", json.dumps(check_disjoint()))
    natural = load(arguments.corpus, "cpu", not arguments.training_side) if arguments.corpus else Natural()
    mode = TRAINING if arguments.training_side else HELD_OUT
    print(json.dumps(generate(arguments.out, arguments.seed, arguments.questions, natural, mode, turns=arguments.turns)))


def compare(arguments: argparse.Namespace) -> None:
    """Measures the difference to llama.cpp."""
    from .compare import compare as measure
    from .export import load_checkpoint

    print(measure(load_checkpoint(arguments.checkpoint), arguments.gguf, Tokenizer.load(arguments.tokenizer),
                  shlex.split(arguments.llama_server), arguments.seed))


def lists(_arguments: argparse.Namespace) -> None:
    """Prints the hashes of the word and wording lists."""
    from .wordings import check_disjoint

    print(json.dumps(check_disjoint(), indent=2))
