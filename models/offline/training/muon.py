"""An optimiser that turns the momentum of every matrix into the nearest orthogonal one before it steps."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

_QUINTIC = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5


class Muon(torch.optim.Optimizer):
    """Muon (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024) for any kernels.

    torch's own takes matrices only. A kernel (out, in, …) counts as a matrix (out, in · …). Networks that are
    trained for few steps get further with it than with Adam; vectors, scales and embeddings are for Adam.
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float, momentum: float = 0.95) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move all parameters that have a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                mean = self.state[parameter].setdefault("mean", torch.zeros_like(parameter))
                mean.lerp_(parameter.grad, 1 - group["momentum"])
                direction = orthogonal(parameter.grad.lerp(mean, group["momentum"]).flatten(1))
                parameter.add_(direction.view_as(parameter), alpha=-group["lr"])


def orthogonal(matrix: Tensor) -> Tensor:
    """A matrix with the same singular vectors and singular values near 1 (0.7 to 1.2), by Newton-Schulz steps.

    Larger for tall ones, so that each output moves as far as in a square one.
    """
    rows, columns = matrix.shape
    wide = matrix.T if rows > columns else matrix
    wide = wide / (wide.norm() + 1e-7)
    first, third, fifth = _QUINTIC
    for _ in range(_ITERATIONS):
        gram = wide @ wide.T
        wide = first * wide + (third * gram + fifth * gram @ gram) @ wide
    turned: Tensor = (wide.T if rows > columns else wide) * math.sqrt(max(1.0, rows / columns))
    return turned
