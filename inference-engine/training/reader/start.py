"""Starting weights that can already copy: a previous-token head in the first layer, an induction head in the second.

Heads that continue what stood behind an earlier copy of the present token form late and suddenly when training
starts from noise; a small budget is spent before they do. Here one head of each of the first two layers is set so
that they exist from the first step; training changes them like everything else.

- Embedding column 0 is the same for all tokens, so a head can have queries and keys that ignore the token. In layer 0
  their phases differ by one step of the fastest rotations: the head looks one token back, and writes a projection
  of that token.
- In layer 1 the query projects the present token, the key reads what layer 0 wrote (the token before), both into the
  slowest rotations, which hardly depend on distance. The value is written back so that it raises its own logit.
"""

from __future__ import annotations

import torch

from .model import EMBEDDING, Reader

CONSTANT = 6 * EMBEDDING
FAST = 4


@torch.no_grad()
def wire_copying(model: Reader, seed: int, carry: float = 7.5 * EMBEDDING, write: float = 50 * EMBEDDING) -> None:
    """Sets the two heads (query head 0 and key/value head 0 of layers 0 and 1)."""
    config = model.config
    size, half, width = config.head_size, config.head_size // 2, config.width
    generator = torch.Generator().manual_seed(seed)

    copies = min(size, width - 1 - 2 * half)
    basis = torch.linalg.qr(torch.randn(width - 1, 2 * half + copies, generator=generator))[0].T
    basis = torch.cat((torch.zeros(len(basis), 1), basis), 1)  # nothing of the constant column
    token, trace, copied = basis[:half], basis[half : 2 * half], basis[2 * half :]

    model.embedding.weight[:, 0] = CONSTANT
    slow = torch.cat((torch.arange(half // 2, half), torch.arange(half + half // 2, size)))
    rates = config.rope_base ** (-torch.arange(half, dtype=torch.float32) / half)

    back = model.blocks[0].attention
    back.q.weight[:size] = 0
    back.k.weight[:size] = 0
    back.q.weight[:FAST, 0] = 1.0
    back.k.weight[:FAST, 0] = rates[:FAST].cos()
    back.k.weight[half : half + FAST, 0] = rates[:FAST].sin()
    back.v.weight[:half] = token
    back.output.weight[:, :half] = carry * trace.T

    find = model.blocks[1].attention
    find.q.weight[:size] = 0
    find.k.weight[:size] = 0
    find.q.weight[slow] = token
    find.k.weight[slow] = trace
    find.v.weight[:copies] = copied
    find.output.weight[:, :copies] = write * copied.T
