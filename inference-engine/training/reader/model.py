"""The decoder: the Qwen3 architecture (grouped queries, QK norm, half-split RoPE, SwiGLU, tied embeddings)."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EPS = 1e-6

# Deviation of the embeddings at the start. Muon lets what the blocks write grow to norms of a hundred; embeddings of the usual
# 0.02 then are a hundredth of the residual stream, and no later layer can still see which token stands where.
EMBEDDING = 1.0
# The final norm's gain at the start: logits, made by the same embeddings, have a deviation of 0.32.
FINAL_GAIN = 0.02 / EMBEDDING
SHARPNESS = 1.5


@cache
def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 products are fast there; a CPU without such instructions emulates them a hundred times slower."""
    if device.type != "cpu":
        return True
    flags = Path("/proc/cpuinfo")
    return flags.exists() and bool({"avx512_bf16", "amx_bf16"} & set(flags.read_text().split()))


def mixed_precision(device: torch.device) -> torch.autocast:
    """bfloat16 products where they are fast, else float32."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=multiplies_bfloat16(device))


@dataclass(frozen=True)
class Config:
    """Shapes of a model; ``context`` is the longest sequence it was trained on."""

    vocab: int = 8192
    layers: int = 4
    width: int = 256
    heads: int = 4
    kv_heads: int = 2
    head_size: int = 64
    hidden: int = 704
    rope_base: float = 100_000.0
    context: int = 1024

    def as_dict(self) -> dict[str, float]:
        """Plain values, for checkpoints."""
        return asdict(self)


class RMSNorm(nn.Module):
    """Root-mean-square norm, computed in float32."""

    def __init__(self, size: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x: Tensor) -> Tensor:
        y = x.float()
        y = y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + EPS)
        return (y * self.weight).to(x.dtype)


def rope_tables(config: Config, length: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cosine and sine for positions 0..length-1, shape [length, head_size / 2], float32."""
    half = config.head_size // 2
    rates = config.rope_base ** (-torch.arange(half, dtype=torch.float32, device=device) / half)
    angles = torch.arange(length, dtype=torch.float32, device=device)[:, None] * rates[None, :]
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Half-split rotation of [batch, heads, length, head_size]."""
    a, b = x.float().chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1).to(x.dtype)


def document_mask(documents: Tensor) -> Tensor:
    """Boolean [batch, 1, length, length]: True where a query may see a key of its own document at or before it."""
    length = documents.shape[1]
    causal = torch.ones(length, length, dtype=torch.bool, device=documents.device).tril()
    same = documents[:, :, None] == documents[:, None, :]
    return (same & causal)[:, None]


def plain_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Attention with its probabilities, for PyTorch 1.13 and for looking into heads."""
    scores = (q @ k.transpose(-1, -2)) / math.sqrt(q.shape[-1])
    probabilities = scores.float().masked_fill(~mask, float("-inf")).softmax(-1).to(q.dtype)
    return probabilities @ v, probabilities


@dataclass(frozen=True)
class Sources:
    """Which memory an answer is copied from: int64 [n, 4] of row, query, start, end; documents as in a batch [rows, length]."""

    table: Tensor
    documents: Tensor

    def surprise(self, q: Tensor, k: Tensor) -> Tensor:
        """Mean of -log(attention mass on the memory) over the heads of one key: q [rows, heads, length, size], k [rows, length, size]."""
        row, query, start, end = self.table.unbind(1)
        place = torch.arange(k.shape[1], device=k.device)
        visible = (self.documents[row] == self.documents[row, query][:, None]) & (place <= query[:, None])
        inside = (place >= start[:, None]) & (place < end[:, None])
        scores = (q[row, :, query] @ k[row].transpose(1, 2)).float() / math.sqrt(k.shape[-1])
        seen = scores.masked_fill(~visible[:, None], -1e9).logsumexp(-1)
        meant = scores.masked_fill(~inside[:, None], -1e9).logsumexp(-1)
        there = (start < end).float()
        return ((seen - meant).mean(1) * there).sum() / there.sum().clamp_min(1.0)


@dataclass(frozen=True)
class Sight:
    """What every attention of one pass needs: rotations, mask, and where probabilities and surprises are kept if wanted."""

    cos: Tensor
    sin: Tensor
    mask: object
    seen: list[Tensor] | None = None
    sources: Sources | None = None
    surprises: list[Tensor] = field(default_factory=list)


class Attention(nn.Module):
    """Causal attention within a document."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        size = config.head_size
        self.q = nn.Linear(config.width, config.heads * size, bias=False)
        self.k = nn.Linear(config.width, config.kv_heads * size, bias=False)
        self.v = nn.Linear(config.width, config.kv_heads * size, bias=False)
        self.output = nn.Linear(config.heads * size, config.width, bias=False)
        self.q_norm = RMSNorm(size)
        self.k_norm = RMSNorm(size)

    def forward(self, x: Tensor, sight: Sight, guided: bool) -> Tensor:
        config = self.config
        batch, length, _ = x.shape

        def split(y: Tensor, heads: int) -> Tensor:
            return y.view(batch, length, heads, config.head_size)

        q = rotate(self.q_norm(split(self.q(x), config.heads)).transpose(1, 2), sight.cos, sight.sin)
        k = rotate(self.k_norm(split(self.k(x), config.kv_heads)).transpose(1, 2), sight.cos, sight.sin)
        v = split(self.v(x), config.kv_heads).transpose(1, 2)
        if sight.sources and guided:
            sight.surprises.append(sight.sources.surprise(q[:, : config.heads // config.kv_heads], k[:, 0]))
        mixed = attend(q, k, v, sight.mask, sight.seen)
        return self.output(mixed.transpose(1, 2).reshape(batch, length, -1))


def attend(q: Tensor, k: Tensor, v: Tensor, mask: object, seen: list[Tensor] | None) -> Tensor:
    """Chooses the attention kernel: flex (block mask), fused, or plain."""
    groups = q.shape[1] // k.shape[1]
    if not isinstance(mask, Tensor):
        from torch.nn.attention.flex_attention import flex_attention

        return flex_attention(q, k, v, block_mask=mask, enable_gqa=groups > 1)
    k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
    if seen is not None or not hasattr(F, "scaled_dot_product_attention"):
        mixed, probabilities = plain_attention(q, k, v, mask)
        if seen is not None:
            seen.append(probabilities)
        return mixed
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


class Block(nn.Module):
    """Attention and feed-forward with residuals."""

    def __init__(self, config: Config):
        super().__init__()
        self.attention_norm = RMSNorm(config.width)
        self.attention = Attention(config)
        self.ffn_norm = RMSNorm(config.width)
        self.gate = nn.Linear(config.width, config.hidden, bias=False)
        self.up = nn.Linear(config.width, config.hidden, bias=False)
        self.down = nn.Linear(config.hidden, config.width, bias=False)

    def forward(self, x: Tensor, sight: Sight, guided: bool) -> Tensor:
        x = x + self.attention(self.attention_norm(x), sight, guided)
        y = self.ffn_norm(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Reader(nn.Module):
    """Token ids to hidden states; ``logits`` turns chosen hidden states into scores over the vocabulary."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = RMSNorm(config.width)
        self._initialise()

    def _initialise(self) -> None:
        """Blocks write nothing at first, so that the stream begins as the tokens themselves."""
        for name, parameter in self.named_parameters():
            if name.endswith(("q_norm.weight", "k_norm.weight")):
                nn.init.constant_(parameter, SHARPNESS)
            elif name.endswith(("output.weight", "down.weight")):
                nn.init.zeros_(parameter)
            elif parameter.dim() == 2:
                deviation = EMBEDDING if "embedding" in name else 1 / math.sqrt(parameter.shape[1]) * 0.5
                nn.init.normal_(parameter, std=deviation)
        nn.init.constant_(self.norm.weight, FINAL_GAIN)

    def forward(self, tokens: Tensor, mask: object, seen: list[Tensor] | None = None) -> Tensor:
        """Hidden states [batch, length, width]; ``mask`` from ``document_mask`` or a flex block mask."""
        return self._run(tokens, Sight(*rope_tables(self.config, tokens.shape[1], tokens.device), mask, seen))

    def guided(self, tokens: Tensor, mask: object, sources: Sources) -> tuple[Tensor, Tensor]:
        """Hidden states, and how far the guided heads are from looking at the memories that answer (0: at nothing else)."""
        sight = Sight(*rope_tables(self.config, tokens.shape[1], tokens.device), mask, None, sources)
        return self._run(tokens, sight), torch.stack(sight.surprises).mean()

    def _run(self, tokens: Tensor, sight: Sight) -> Tensor:
        layers = len(self.blocks)
        x = self.embedding(tokens)
        for index, block in enumerate(self.blocks):
            x = block(x, sight, index in (layers // 2, 3 * layers // 4))
        return self.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores over the vocabulary."""
        return F.linear(hidden, self.embedding.weight.to(hidden.dtype))

    def parameter_count(self) -> int:
        """All parameters, the tied embedding once."""
        return sum(p.numel() for p in self.parameters())
