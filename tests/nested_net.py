# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A Brevitas network whose layers lie in modules of modules; importing it needs ``train``."""

from __future__ import annotations

import brevitas.nn as qnn
import torch
from tests.brevitas_nets import conv, dense, pixels, sign
from torch import nn

__all__ = ["Nested"]


class Block(nn.Module):  # type: ignore[misc]
    """A convolution with its BatchNorm and sign."""

    def __init__(self, convolution: nn.Module) -> None:
        super().__init__()
        self.conv = convolution
        self.norm = nn.BatchNorm2d(8)
        self.act = sign()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One after the other."""
        return self.act(self.norm(self.conv(x)))


class Nested(nn.Module):  # type: ignore[misc]
    """From 3x8x8 pixels to ten numbers; the second convolution may have weights of many bits."""

    def __init__(self, weight_bits: int = 1) -> None:
        super().__init__()
        torch.manual_seed(3)
        wide = {"padding": 1, "bias": False, "weight_bit_width": weight_bits}
        second = conv(8, 8, padding=1) if weight_bits == 1 else qnn.QuantConv2d(8, 8, 3, **wide)
        self.inputs = nn.Sequential(*pixels())
        self.blocks = nn.ModuleList([Block(conv(3, 8, padding=1))])
        self.body = nn.Sequential(nn.Sequential(Block(second)), nn.MaxPool2d(2))
        self.fc = dense(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Blocks, body, and a dense layer."""
        x = self.inputs(x)
        for block in self.blocks:
            x = block(x)
        return self.fc(torch.flatten(self.body(x), 1))
