# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Binary networks in Brevitas, as a recipe says; importing this needs the extra ``train``."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from itertools import pairwise

import brevitas.nn as qnn
import torch
from brevitas.quant import (
    Int8ActPerTensorFixedPoint,
    SignedBinaryActPerTensorConst,
    SignedBinaryWeightPerTensorConst,
)
from torch import nn

from xnorflow.train.recipe import Recipe

__all__ = ["network"]

_Named = tuple[str, nn.Module]

_MIDDLE = 128.0
"""Pixels less this are signed integers of 8 bits."""


def network(recipe: Recipe, generator: torch.Generator) -> nn.Sequential:
    """The untrained model: raw pixels [n, 1, side, side] in, logits [n, classes] out.

    Every hidden layer is binary weights, BatchNorm and sign; gradients pass both signs straight
    through. The last layer has no BatchNorm, so that its logits are integers times one scale.

    Args:
        recipe: sizes and scales.
        generator: draws the first weights.
    """
    parts = [
        *_pixels(recipe),
        *_convolutions(recipe, generator),
        ("flatten", nn.Flatten()),
        *_dense(recipe, generator),
    ]
    return nn.Sequential(OrderedDict(parts))


def _pixels(recipe: Recipe) -> Iterator[_Named]:
    if recipe.pixel_threshold is None:
        yield "offset", _Offset(_MIDDLE)
        yield (
            "quantize",
            qnn.QuantIdentity(
                act_quant=Int8ActPerTensorFixedPoint,
                scaling_impl_type="const",
                min_val=-_MIDDLE,
                max_val=_MIDDLE - 1,  # a step of 1
            ),
        )
    else:
        yield "offset", _Offset(recipe.pixel_threshold)
        yield "binarize", _sign()


def _convolutions(recipe: Recipe, generator: torch.Generator) -> Iterator[_Named]:
    inputs = 1
    for index, conv in enumerate(recipe.convolutions, start=1):
        layer = qnn.QuantConv2d(
            inputs,
            conv.channels,
            conv.kernel,
            padding=conv.padding,
            bias=False,
            weight_quant=SignedBinaryWeightPerTensorConst,
            weight_scaling_const=recipe.weight_scale,
        )
        yield f"conv{index}", _drawn(layer, recipe.weight_scale, generator)
        if conv.pool_sums > 1:
            yield f"pool{index}", nn.MaxPool2d(conv.pool_sums)
        yield f"norm{index}", nn.BatchNorm2d(conv.channels)
        yield f"sign{index}", _sign()
        if conv.pool_bits > 1:
            yield f"pool{index}_bits", nn.MaxPool2d(conv.pool_bits)
        inputs = conv.channels


def _dense(recipe: Recipe, generator: torch.Generator) -> Iterator[_Named]:
    *hidden, classes = recipe.layers
    first = len(recipe.convolutions) + 1
    for index, (inputs, outputs) in enumerate(pairwise(hidden), start=first):
        yield f"fc{index}", _binary_linear(inputs, outputs, recipe.weight_scale, generator)
        yield f"norm{index}", nn.BatchNorm1d(outputs)
        yield f"sign{index}", _sign()
    last = first + len(hidden) - 1
    yield f"fc{last}", _binary_linear(hidden[-1], classes, recipe.logit_scale, generator)


class _Offset(nn.Module):  # type: ignore[misc]
    """Moves the pixel threshold, where the sign changes, or the middle of the range to zero."""

    def __init__(self, offset: float) -> None:
        super().__init__()
        self.offset = offset

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x - self.offset


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
    return _drawn(layer, scale, generator)


def _drawn(layer: nn.Module, scale: float, generator: torch.Generator) -> nn.Module:
    nn.init.uniform_(layer.weight, -scale, scale, generator=generator)
    return layer
