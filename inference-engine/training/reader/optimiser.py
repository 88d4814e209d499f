"""Muon for the hidden matrices, AdamW for embeddings and norms."""

from __future__ import annotations

from collections import defaultdict

import torch
import torch.distributed as distributed
from torch import Tensor, nn

from .model import EMBEDDING, multiplies_bfloat16

# Embeddings move by the same part of their size as with the usual small ones.
EMBEDDING_RATE = 3.5 * EMBEDDING


def orthogonalise(gradient: Tensor, steps: int = 5) -> Tensor:
    """Nearest semi-orthogonal matrix of a stack [n, rows, columns], by a quintic Newton-Schulz iteration."""
    x = gradient.bfloat16() if multiplies_bfloat16(gradient.device) else gradient
    flip = x.shape[1] > x.shape[2]
    if flip:
        x = x.transpose(1, 2)
    x = x / (x.float().flatten(1).norm(dim=1).clamp_min(1e-7).to(x.dtype)[:, None, None])
    for _ in range(steps):
        a = x @ x.transpose(1, 2)
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
    return (x.transpose(1, 2) if flip else x).to(gradient.dtype)


class Muon:
    """Momentum orthogonalised per matrix; matrices of one shape are handled as one stack."""

    def __init__(self, matrices: list[nn.Parameter], momentum: float = 0.95, decay: float = 0.1):
        self.momentum = momentum
        self.decay = decay
        self.groups: dict[tuple[int, ...], list[nn.Parameter]] = defaultdict(list)
        for matrix in matrices:
            self.groups[tuple(matrix.shape)].append(matrix)
        self.buffers = {s: torch.zeros(len(g), *s, device=g[0].device) for s, g in self.groups.items()}

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """One update with learning rate ``rate``; processes share the matrices among them."""
        updates = [self._direction(shape) for shape in self.groups]
        if distributed.is_initialized():
            flat = torch.cat([u.flatten() for u in updates])
            distributed.all_reduce(flat)
            updates = [part.view_as(u) for part, u in zip(flat.split([u.numel() for u in updates]), updates)]
        for (shape, group), update in zip(self.groups.items(), updates):
            scale = max(1.0, shape[0] / shape[1]) ** 0.5
            for parameter, change in zip(group, update):
                parameter.mul_(1 - rate * self.decay).add_(change, alpha=-rate * scale)

    def _direction(self, shape: tuple[int, ...]) -> Tensor:
        """Orthogonalised momentum of this process's part of a group, zero for the others."""
        gradient = torch.stack([p.grad for p in self.groups[shape]])
        buffer = self.buffers[shape]
        buffer.lerp_(gradient, 1 - self.momentum)
        mixed = gradient.lerp(buffer, self.momentum)
        if not distributed.is_initialized():
            return orthogonalise(mixed)
        out = torch.zeros_like(mixed)
        mine = slice(distributed.get_rank(), None, distributed.get_world_size())
        out[mine] = orthogonalise(mixed[mine])
        return out

    def state(self) -> dict[str, Tensor]:
        """Buffers by shape, for a checkpoint."""
        return {"x".join(map(str, s)): b for s, b in self.buffers.items()}

    def load(self, state: dict[str, Tensor]) -> None:
        """Restores ``state``."""
        for shape, buffer in self.buffers.items():
            buffer.copy_(state["x".join(map(str, shape))])


class Optimiser:
    """Both optimisers behind one step; rates are multiplied by ``factor`` of the schedule."""

    def __init__(self, model: nn.Module, muon_rate: float, adam_rate: float):
        hidden = [p for n, p in model.named_parameters() if p.dim() == 2 and "embedding" not in n]
        norms = [p for p in model.parameters() if p.dim() != 2]
        embeddings = [p for n, p in model.named_parameters() if "embedding" in n]
        self.parameters = list(model.parameters())
        self.muon = Muon(hidden)
        groups = [{"params": norms, "rate": adam_rate}, {"params": embeddings, "rate": adam_rate * EMBEDDING_RATE}]
        self.adam = torch.optim.AdamW(groups, lr=adam_rate, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.0)
        self.muon_rate = muon_rate

    def step(self, factor: float) -> float:
        """Clips, updates, clears; returns the gradient norm before clipping."""
        norm = nn.utils.clip_grad_norm_(self.parameters, 1.0)
        for group in self.adam.param_groups:
            group["lr"] = group["rate"] * factor
        self.adam.step()
        self.muon.step(self.muon_rate * factor)
        for parameter in self.parameters:
            parameter.grad = None
        return float(norm)

    def state(self) -> dict[str, object]:
        """Everything a resumed run needs."""
        return {"muon": self.muon.state(), "adam": self.adam.state_dict()}

    def load(self, state: dict[str, object]) -> None:
        """Restores ``state``."""
        self.muon.load(state["muon"])  # type: ignore[arg-type]
        self.adam.load_state_dict(state["adam"])  # type: ignore[arg-type]
