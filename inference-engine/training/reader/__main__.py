"""Trains, measures and exports the bundled reader model."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

TOKENIZER = Path(__file__).parent / "tokenizer.json"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m reader", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, text: str, corpus: bool = True) -> argparse.ArgumentParser:
        found = commands.add_parser(name, help=text)
        found.add_argument("--seed", type=int, default=1)
        found.add_argument("--tokenizer", type=Path, default=TOKENIZER)
        if corpus:
            found.add_argument("--corpus", type=Path, required=True, help="folder of the text corpus (MANIFEST.md, *.jsonl.xz)")
        return found

    learn = command("tokenizer", "learn the 8,192-entry byte-level BPE")
    learn.add_argument("--characters", type=int, default=1_200_000, help="from every shard")
    check = command("check-tokenizer", "compare ids with llama.cpp's")
    check.add_argument("--llama-tokenize", required=True, help="command line, such as 'peer-llama.sh run llama-tokenize'")
    train = command("train", "train, or resume in --out")
    train.add_argument("--size", choices=("cpu", "h200", "tiny"), required=True)
    train.add_argument("--out", type=Path, required=True)
    train.add_argument("--minutes", type=float, default=0)
    train.add_argument("--tokens", type=int, default=0)
    train.add_argument("--attention", choices=("auto", "fused", "flex"), default="auto",
                       help="auto: flexible attention on CUDA where it compiles, else fused")
    train.add_argument("--no-compile", action="store_true")
    train.add_argument("--threads", type=int, default=0)
    export = command("export", "checkpoint to GGUF (Q8_0 and F32)", False)
    export.add_argument("--checkpoint", type=Path, required=True)
    export.add_argument("--out", type=Path, required=True, help="file name stem")
    export.add_argument("--confidence", type=Path, help="what calibrate wrote; goes into the files")
    sure = command("calibrate", "how often an answer is right, from how sure the model is of it")
    sure.add_argument("--checkpoint", type=Path, required=True)
    sure.add_argument("--questions", type=int, default=60, help="of each of seven kinds, to fit, and as many to measure")
    sure.add_argument("--out", type=Path, required=True, help="JSON file for export --confidence")
    small = command("slim", "a checkpoint without optimiser state, for moving", False)
    small.add_argument("--checkpoint", type=Path, required=True)
    small.add_argument("--out", type=Path, required=True)
    judge = command("evaluate", "measure a checkpoint on held-out generators")
    judge.add_argument("--checkpoint", type=Path, required=True)
    judge.add_argument("--questions", type=int, default=300)
    judge.add_argument("--size", choices=("cpu", "h200"), default="cpu", help="whose bars to print")
    judge.add_argument("--parts", nargs="*", default=[], help="answers contexts refusals structured grounded perplexity attention")
    judge.add_argument("--json", type=Path, help="also write the figures here")
    hops = command("hops", "multi-hop questions over synthetic conversations, with evidence", False)
    hops.add_argument("--corpus", type=Path, help="real talk between the facts comes from here; without it, small talk of our own")
    hops.add_argument("--out", type=Path, required=True)
    hops.add_argument("--questions", type=int, default=2000)
    hops.add_argument("--turns", type=int, default=160, help="of each conversation")
    hops.add_argument("--training-side", action="store_true", help="names and wordings of the training side")
    compare = command("compare", "logits of an exported file in llama.cpp against PyTorch's", False)
    compare.add_argument("--checkpoint", type=Path, required=True)
    compare.add_argument("--gguf", type=Path, required=True)
    compare.add_argument("--llama-server", required=True, help="command line, such as 'peer-llama.sh run llama-server'")
    wanted = command("expected", "what the exported file must answer, for the engine's test", False)
    wanted.add_argument("--checkpoint", type=Path, required=True)
    wanted.add_argument("--out", type=Path, required=True)
    command("lists", "check that training and evaluation lists are disjoint, print their hashes", False)
    return parser


def main() -> None:
    """Runs one command."""
    arguments = _parser().parse_args()
    from . import commands

    getattr(commands, arguments.command.replace("-", "_"))(arguments)


if __name__ == "__main__":
    os.environ.setdefault("MALLOC_MMAP_MAX_", "0")
    main()
