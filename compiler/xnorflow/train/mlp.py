# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Fully connected binary networks in Brevitas; importing this needs the extra ``train``."""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise

import brevitas.nn as qnn
import torch
from brevitas.quant import SignedBinaryActPerTensorConst, SignedBinaryWeightPerTensorConst
from torch import nn

from xnorflow.train.recipe import Recipe

__all__ = ["network"]


def network(recipe: Recipe, generator: torch.Generator) -> nn.Sequential:
    """The untrained model: raw pixels [n, 1, 28, 28] in, logits [n, classes] out.

    Every hidden layer is binary weights, BatchNorm and sign; gradients pass both signs straight
    through. The last layer has no BatchNorm, so that its logits are integers times one scale.

    Args:
        recipe: sizes and scales.
        generator: draws the first weights.
    """
    *hidden, classes = recipe.layers
    parts = {
        "offset": _Offset(recipe.pixel_threshold),
        "binarize": _sign(),
        "flatten": nn.Flatten(),
    }
    for index, (inputs, outputs) in enumerate(pairwise(hidden), start=1):
        parts[f"fc{index}"] = _binary_linear(inputs, outputs, recipe.weight_scale, generator)
        parts[f"norm{index}"] = nn.BatchNorm1d(outputs)
        parts[f"sign{index}"] = _sign()
    parts[f"fc{len(hidden)}"] = _binary_linear(hidden[-1], classes, recipe.logit_scale, generator)
    return nn.Sequential(OrderedDict(parts))


class _Offset(nn.Module):  # type: ignore[misc]
    """Moves the pixel threshold to zero, where the sign changes."""

    def __init__(self, threshold: float) -> None:
        super().__init__()
        self.threshold = threshold

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x - self.threshold


def _sign() -> nn.Module:
    return qnn.QuantIdentity(act_quant=SignedBinaryActPerTensorConst)


def _binary_linear(
    inputs: int, outputs: int, scale: float, generator: torch.Generator
) -> nn.Module:
    layer = qnn.QuantLinear(
        inputs,
        outputs,
        bias=False,
        weight_quant=SignedBinaryWeightPerTensorConst,
        weight_scaling_const=scale,
    )
    nn.init.uniform_(layer.weight, -scale, scale, generator=generator)
    return layer
