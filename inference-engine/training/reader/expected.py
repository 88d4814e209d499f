"""What the exported Q8_0 file must answer, token by token: the expected output of the engine's own test."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from .confidence import SIGNALS, signals
from .export import load_checkpoint
from .model import Reader, document_mask
from .template import END, Message, render_text
from .tokenizer import Tokenizer

# with one best token far ahead at every step, so that the order of a sum decides nothing
MARGIN = 1.0
CASES = (
    ("[5 March 2023] Mara: I moved to Oslo.", "Where does Mara live?"),
    ("[2 June 2022] Ivo: I work as a beekeeper.", "What does Ivo do for work?"),
    ("[2 June 2022] Ivo: My favourite drink is mint tea.", "What is Ivo's favourite drink?"),
    ("[1 May 2021] Lena: My sister is called Marta.", "What is Lena's sister called?"),
    ("[1 May 2021] Lena: My sister is called Marta.", "What car does Lena drive?"),
    ("[3 April 2020] Tom: I am learning the accordion.", "What instrument is Tom learning?"),
    ("[5 March 2023] Mara: I have a cat called Biscuit.", "What is the name of Mara's cat?"),
    ("[7 July 2023] user: I was born in Cologne.", "In which town was I born?"),
)


def rounded(weights: torch.Tensor) -> torch.Tensor:
    """Weights as Q8_0 keeps them: 32 signed bytes and a half-precision scale."""
    blocks = weights.reshape(-1, 32)
    scale = (blocks.abs().amax(1, keepdim=True) / 127).half().float()
    return (torch.round(blocks / scale.clamp_min(1e-30)) * scale).reshape(weights.shape)


@torch.no_grad()
def as_exported(checkpoint: Path) -> Reader:
    """The model of a checkpoint with its matrices rounded as the Q8_0 file has them."""
    model = load_checkpoint(checkpoint)
    for parameter in model.parameters():
        if parameter.dim() == 2:
            parameter.copy_(rounded(parameter))
    return model


@torch.no_grad()
def _greedy(model: Reader, prompt: list[int], end: int) -> list[int]:
    answer: list[int] = []
    while len(answer) < 32 and end not in answer:
        tokens = torch.tensor([prompt + answer])
        logits = model.logits(model(tokens, document_mask(torch.zeros_like(tokens)))[0, -1]).float()
        best = logits.topk(2)
        if float(best.values[0] - best.values[1]) < MARGIN:
            return []
        answer.append(int(best.indices[0]))
    return answer


@torch.no_grad()
def write(checkpoint: Path, tokenizer: Tokenizer, out: Path, count: int = 5) -> int:
    """Writes the first ``count`` cases that leave no doubt."""
    model = as_exported(checkpoint)
    cases = []
    for memory, question in CASES:
        prompt = render_text([Message("memory", memory), Message("user", question)], True)
        ids = tokenizer.encode_prompt(prompt)
        answer = _greedy(model, ids, tokenizer.special(END))
        if answer and len(cases) < count:
            text = prompt + tokenizer.decode(answer[:-1])
            sure = dict(zip(SIGNALS, signals(model, ids, answer[:-1])))
            cases.append({"prompt": prompt, "prompt_ids": ids, "greedy_ids": answer, "text": text, "confidence": sure})
    out.write_text(json.dumps({"cases": cases}, ensure_ascii=False, indent=1) + "\n")
    return len(cases)
