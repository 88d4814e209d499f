"""From a trained model to GGUF files that llama.cpp and our engine read (architecture ``qwen3``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from . import gguf
from .model import EPS, Config, Reader
from .template import CHAT_TEMPLATE, END, PAD, SPECIALS
from .tokenizer import PRE_TOKENIZER, Tokenizer

NAME = "Palimpsest-Reader"
_NORMAL, _CONTROL = 1, 3
_BLOCK = {
    "attention_norm.weight": "attn_norm.weight", "attention.q.weight": "attn_q.weight", "attention.k.weight": "attn_k.weight",
    "attention.v.weight": "attn_v.weight", "attention.output.weight": "attn_output.weight",
    "attention.q_norm.weight": "attn_q_norm.weight", "attention.k_norm.weight": "attn_k_norm.weight",
    "ffn_norm.weight": "ffn_norm.weight", "gate.weight": "ffn_gate.weight", "up.weight": "ffn_up.weight",
    "down.weight": "ffn_down.weight",
}


def tokenizer_metadata(tokenizer: Tokenizer) -> dict[str, Any]:
    """The tokenizer's part of the file."""
    kinds = [_CONTROL] * len(SPECIALS) + [_NORMAL] * (len(tokenizer) - len(SPECIALS))
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": PRE_TOKENIZER,
        "tokenizer.ggml.tokens": tokenizer.tokens,
        "tokenizer.ggml.token_type": kinds,
        "tokenizer.ggml.merges": [" ".join(m) for m in tokenizer.merges],
        "tokenizer.ggml.bos_token_id": tokenizer.special(PAD),
        "tokenizer.ggml.eos_token_id": tokenizer.special(END),
        "tokenizer.ggml.padding_token_id": tokenizer.special(PAD),
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": CHAT_TEMPLATE,
    }


# how many memories the runtime puts before the model at once, by its context: the short one was trained on few
_MEMORIES = {1024: 2, 4096: 12}


def metadata(config: Config, tokenizer: Tokenizer, confidence: list[float]) -> dict[str, Any]:
    """Everything but the tensors."""
    memories = _MEMORIES.get(config.context)
    own = ({"palimpsest.memories": memories} if memories else {}) | ({"palimpsest.confidence": confidence} if confidence else {})
    return own | {
        "general.architecture": "qwen3",
        "general.name": NAME,
        "general.license": "apache-2.0",
        "qwen3.block_count": config.layers,
        "qwen3.context_length": config.context,
        "qwen3.embedding_length": config.width,
        "qwen3.feed_forward_length": config.hidden,
        "qwen3.attention.head_count": config.heads,
        "qwen3.attention.head_count_kv": config.kv_heads,
        "qwen3.attention.key_length": config.head_size,
        "qwen3.attention.value_length": config.head_size,
        "qwen3.attention.layer_norm_rms_epsilon": EPS,
        "qwen3.rope.freq_base": config.rope_base,
        "qwen3.vocab_size": config.vocab,
    } | tokenizer_metadata(tokenizer)


def tensors(model: Reader) -> dict[str, np.ndarray]:
    """The model's tensors under the names of the file."""
    out: dict[str, np.ndarray] = {}
    for name, value in model.state_dict().items():
        array = value.detach().float().cpu().numpy()
        if name.startswith("blocks."):
            _, index, rest = name.split(".", 2)
            out[f"blk.{index}.{_BLOCK[rest]}"] = array
        else:
            out[{"embedding.weight": "token_embd.weight", "norm.weight": "output_norm.weight"}[name]] = array
    return out


def export(model: Reader, tokenizer: Tokenizer, stem: Path, confidence: Sequence[float] = ()) -> tuple[Path, Path]:
    """Writes STEM-q8_0.gguf and STEM-f32.gguf; ``confidence`` are the weights of a calibration, where there is one."""
    if len(tokenizer) != model.config.vocab:
        raise ValueError(f"the tokenizer has {len(tokenizer)} entries, the model {model.config.vocab}")
    body, head = tensors(model), metadata(model.config, tokenizer, list(confidence))
    small, large = stem.with_name(stem.name + "-q8_0.gguf"), stem.with_name(stem.name + "-f32.gguf")
    gguf.write(small, head | {"general.file_type": 7}, body, True)
    gguf.write(large, head | {"general.file_type": 0}, body, False)
    return small, large


def export_vocabulary(tokenizer: Tokenizer, path: Path) -> None:
    """A file with the tokenizer alone, for comparing ids before any training."""
    gguf.write(path, {"general.architecture": "qwen3", "general.name": NAME} | tokenizer_metadata(tokenizer), {}, False)


def slim(source: Path, target: Path) -> None:
    """A checkpoint without optimiser state, weights in half precision: a quarter of the size, still resumable."""
    state = torch.load(source, map_location="cpu")
    state.pop("optimiser", None)
    state["model"] = {name: value.half() for name, value in state["model"].items()}
    torch.save(state, target)


def load_checkpoint(path: Path) -> Reader:
    """The model of a checkpoint, in float32 on the CPU."""
    state = torch.load(path, map_location="cpu")
    model = Reader(Config(**state["config"]))
    model.load_state_dict(state["model"])
    return model.eval()
