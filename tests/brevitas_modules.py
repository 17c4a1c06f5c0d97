# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Small modules of Brevitas, and what compiling them gives.

Importing this needs the extra ``train``.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.brevitas_nets import Function, dense, sign, trained
from torch import nn

import xnorflow
from xnorflow.diagnostics import Diagnostic, XnorflowError

__all__ = ["ROWS", "Pair", "built", "parts", "refused", "small"]

ROWS = np.random.default_rng(4).integers(0, 256, (20, 12)).astype(np.float32)


def parts(act: nn.Module | None = None, end: nn.Module | None = None) -> list[nn.Module]:
    """12 -> 8 -> 4, with another activation or another end."""
    first = [Function(lambda x: x - 127.5), sign(), dense(12, 8), nn.BatchNorm1d(8)]
    return [*first, act or sign(), end or dense(8, 4)]


def small(act: nn.Module | None = None, end: nn.Module | None = None) -> nn.Sequential:
    """A network of these parts, trained on ROWS."""
    return trained(lambda: parts(act, end), ROWS, seed=1)


class Pair(nn.Module):  # type: ignore[misc]
    """Gives two tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = dense(12, 4)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The same twice."""
        return self.fc(x), self.fc(x)


def built(model: object, **options: object) -> xnorflow.Accelerator:
    """The model on a PYNQ-Z1."""
    return xnorflow.compile(model, "pynq-z1", target_fps=1000, **options)  # type: ignore[arg-type]


def refused(model: object, **options: object) -> Diagnostic:
    """The one fault that compiling it ends with."""
    with pytest.raises(XnorflowError) as caught:
        built(model, **options)
    (found,) = caught.value.diagnostics
    return found
