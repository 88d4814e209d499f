"""Asks llama.cpp's server for the next-token log-probabilities of prompts and compares them with PyTorch's."""

from __future__ import annotations

import json
import os
import signal
import random
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import torch

from . import tasks
from .facts import Mode
from .model import Reader, document_mask
from .natural import Natural
from .template import render
from .tokenizer import Tokenizer

F32_OPTIONS = ["-ctk", "f32", "-ctv", "f32", "-fa", "off", "-nr", "-t", "1", "-c", "1024", "--no-warmup"]


def prompts(tokenizer: Tokenizer, seed: int, count: int = 8) -> list[list[int]]:
    """Question prompts of 20 to a few hundred tokens."""
    rng = random.Random(seed)
    out = []
    for _ in range(count):
        lines, questions = tasks.recall(rng, Natural(), Mode(names=True), rng.randint(1, 6))
        pieces = render(tasks.document(rng, lines, questions[:1], True))
        out.append(tokenizer.encode_prompt("".join(t for t, _ in pieces[:-2])))
    return out


def _ask(port: int, path: str, body: dict | None = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as reply:
        return json.loads(reply.read())


def _wait(port: int, server: subprocess.Popen) -> None:
    for _ in range(240):
        if server.poll() is not None:
            raise RuntimeError(f"llama-server ended with {server.returncode}")
        try:
            _ask(port, "/health")
            return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError("llama-server did not become ready")


@torch.no_grad()
def compare(model: Reader, gguf: Path, tokenizer: Tokenizer, llama_server: list[str], seed: int) -> str:
    """Largest difference of log-probabilities over the whole vocabulary, and whether the best tokens agree."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([*llama_server, "-m", str(gguf), "--port", str(port), *F32_OPTIONS],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    largest, agree, total = 0.0, 0, 0
    try:
        _wait(port, server)
        for ids in prompts(tokenizer, seed):
            body = {"prompt": ids, "n_predict": 1, "n_probs": len(tokenizer), "temperature": 0, "cache_prompt": False}
            reply = _ask(port, "/completion", body)["completion_probabilities"][0]
            row = torch.tensor([ids])
            ours = model.logits(model(row, document_mask(torch.zeros_like(row)))[0, -1]).log_softmax(-1)
            theirs = {t["id"]: t["logprob"] for t in reply["top_logprobs"]}
            largest = max(largest, max(abs(float(ours[i]) - p) for i, p in theirs.items() if p > -60))
            agree += int(ours.argmax()) == max(theirs, key=theirs.__getitem__)
            total += 1
    finally:
        os.killpg(server.pid, signal.SIGTERM)  # a wrapper script's child too
        server.wait(20)
    return f"{gguf.name}: largest difference of log-probabilities {largest:.2e} over {len(theirs)} entries; best token equal {agree}/{total}"
