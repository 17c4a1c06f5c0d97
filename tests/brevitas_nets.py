# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Small convolutional networks in Brevitas, of many kinds, with parameters as training leaves them.

Importing this needs the extra ``train``.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable
from pathlib import Path

import brevitas.nn as qnn
import numpy as np
import torch
from brevitas.export import export_qonnx
from brevitas.quant import (
    Int8ActPerTensorFixedPoint,
    SignedBinaryActPerTensorConst,
    SignedBinaryWeightPerTensorConst,
    Uint8ActPerTensorFixedPoint,
)
from torch import nn

__all__ = ["CLOSE", "NETS", "REFUSED", "Function", "export", "trained"]

_SCALE = 0.125
"""Of all weights: a power of two keeps the executor's sums exact in whatever order it adds."""


class Function(nn.Module):  # type: ignore[misc]
    """A module of one function."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply the function."""
        return self.function(x)


def conv(
    inputs: int, outputs: int, kernel: int | tuple[int, int] = 3, **options: object
) -> nn.Module:
    options = {"bias": False, **options}
    binary = {"weight_quant": SignedBinaryWeightPerTensorConst, "weight_scaling_const": _SCALE}
    return qnn.QuantConv2d(inputs, outputs, kernel, **binary, **options)


def dense(inputs: int, outputs: int, **options: object) -> nn.Module:
    binary = {"weight_quant": SignedBinaryWeightPerTensorConst, "weight_scaling_const": _SCALE}
    return qnn.QuantLinear(inputs, outputs, **{"bias": False, **binary, **options})


def sign(**options: object) -> nn.Module:
    return qnn.QuantIdentity(act_quant=SignedBinaryActPerTensorConst, **options)


def normed(channels: int) -> list[nn.Module]:
    return [nn.BatchNorm2d(channels), sign()]


def pixels(bits: int = 8) -> list[nn.Module]:
    """Pixels to -1 ... 1, then signed integers of few bits."""
    limit = {"scaling_impl_type": "const", "min_val": -1.0, "max_val": 1.0 - 2.0 ** (1 - bits)}
    quantiser = qnn.QuantIdentity(act_quant=Int8ActPerTensorFixedPoint, bit_width=bits, **limit)
    return [Function(lambda x: x * (2 / 256) - 1.0), quantiser]


def unsigned() -> list[nn.Module]:
    limit = {"scaling_impl_type": "const", "min_val": 0.0, "max_val": 255.0}
    return [qnn.QuantIdentity(act_quant=Uint8ActPerTensorFixedPoint, **limit)]


def body() -> list[nn.Module]:
    """3x8x8 pixels to 8x6x6 bits."""
    return [*pixels(), conv(3, 8), *normed(8)]


def vgg() -> list[nn.Module]:
    first = [*pixels(), conv(3, 8, padding=1), *normed(8), conv(8, 8, padding=1), nn.MaxPool2d(2)]
    second = [*normed(8), conv(8, 12, padding=1), *normed(12), nn.MaxPool2d(2), nn.Flatten()]
    end = [dense(48, 16), nn.BatchNorm1d(16), nn.Dropout(0.2), sign(), dense(16, 10)]
    return [*first, *second, *end]


def pooled_sums() -> list[nn.Module]:
    first = [*pixels(), conv(3, 8, padding=1), nn.MaxPool2d(2), nn.BatchNorm2d(8), nn.Hardtanh()]
    second = [sign(), conv(8, 8, padding=1), nn.BatchNorm2d(8), nn.MaxPool2d(3, 2, 1), sign()]
    return [*first, *second, nn.Flatten(), dense(32, 10)]


Build = Callable[[], list[nn.Module]]
NETS: dict[str, Build] = {
    "vgg": vgg,
    "pooled sums": pooled_sums,
    "strides": lambda: [
        *pixels(),
        conv(3, 8, stride=2, padding=1),
        *normed(8),
        conv(8, 6, (1, 3), stride=(1, 2)),
        *normed(6),
        nn.Flatten(),
        dense(24, 10),
    ],
    "biases": lambda: [
        *pixels(),
        conv(3, 8, bias=True),
        sign(),
        conv(8, 6, bias=True, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(6),
        sign(),
        nn.Flatten(),
        dense(216, 10, bias=True),
    ],
    "one by one": lambda: [*body(), conv(8, 12, 1), *normed(12), conv(12, 5, 1), nn.Flatten()],
    "convolutional head": lambda: [*body(), conv(8, 5, padding=1), nn.BatchNorm2d(5)],
    "kernel of the image": lambda: [
        *body(),
        conv(8, 10, 6),
        Function(lambda x: x.squeeze(3).squeeze(2)),
    ],
    "one-dimensional norm": lambda: [
        *pixels(),
        conv(3, 8),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.BatchNorm1d(72),
        sign(),
        dense(72, 10),
    ],
    "global maximum": lambda: [*body(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), dense(8, 10)],
    "average": lambda: [*body(), nn.AvgPool2d((2, 1)), nn.Flatten(), dense(144, 10)],
    "average in the middle": lambda: [
        *pixels(),
        conv(3, 8, padding=1),
        *normed(8),
        nn.AvgPool2d(2),
        conv(8, 6, padding=1),
        *normed(6),
        nn.Flatten(),
        dense(96, 10),
    ],
    "global average": lambda: [
        *pixels(),
        conv(3, 8, padding=1),
        *normed(8),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        dense(8, 10),
    ],
    "mean": lambda: [
        *pixels(),
        conv(3, 8, padding=1),
        *normed(8),
        Function(lambda x: x.mean((2, 3))),
        dense(8, 10),
    ],
    "four bits": lambda: [*pixels(4), conv(3, 8), *normed(8), nn.Flatten(), dense(288, 10)],
    "unsigned": lambda: [
        *unsigned(),
        conv(3, 8, padding=1),
        *normed(8),
        nn.Flatten(),
        dense(512, 10),
    ],
    "no quantiser": lambda: [conv(3, 8, padding=1), *normed(8), nn.Flatten(), dense(512, 10)],
    "binary input": lambda: [
        Function(lambda x: x / 255.0 - 0.5),
        sign(),
        conv(3, 8, padding=1),
        *normed(8),
        nn.Flatten(),
        dense(512, 10),
    ],
    "scaled bits": lambda: [
        *pixels(),
        conv(3, 8),
        nn.BatchNorm2d(8),
        sign(scaling_const=0.5),
        conv(8, 6, padding=1),
        nn.BatchNorm2d(6),
        sign(scaling_const=0.1),
        conv(6, 4),
        *normed(4),
    ],
    "PReLU": lambda: [*pixels(), conv(3, 8), nn.PReLU(8), *normed(8), nn.Flatten(), dense(288, 9)],
    "zeros around": lambda: [*body(), nn.ZeroPad2d((1, 2, 0, 1)), conv(8, 4), nn.Flatten()],
    "view": lambda: [*body(), Function(lambda x: x.view(x.size(0), -1)), dense(288, 10)],
    "best class": lambda: [
        *body(),
        nn.Flatten(),
        dense(288, 10),
        Function(lambda x: x.argmax(1, keepdim=True)),
    ],
    "three best": lambda: [
        *body(),
        nn.Flatten(),
        dense(288, 10),
        nn.BatchNorm1d(10),
        Function(lambda x: x.topk(3, 1)[1]),
    ],
    "plain pixels": lambda: [
        *body(),
        Function(lambda x: x.permute(0, 2, 3, 1)),
        dense(8, 5),
    ],
}
"""Accepted, on 3x8x8 pixels."""

CLOSE: dict[str, Build] = {
    "average of sums": lambda: [*body(), conv(8, 10, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()],
    "softmax": lambda: [*body(), nn.Flatten(), dense(288, 10), nn.LogSoftmax(1)],
}
"""Networks whose last steps the host does, within float32 rounding of the executor."""

REFUSED: dict[str, tuple[Build, str]] = {
    "depthwise": (
        lambda: [*body(), conv(8, 8, groups=8), *normed(8), nn.Flatten(), dense(128, 10)],
        "Conv must have one group, not 8",
    ),
    "dilation": (
        lambda: [*body(), conv(8, 8, dilation=2), *normed(8), nn.Flatten(), dense(32, 10)],
        "Conv must have dilations of 1, not [2, 2]",
    ),
    "float head": (
        lambda: [*body(), nn.Flatten(), nn.Linear(288, 10)],
        "Gemm must have binary weights (-s or +s in each output channel), not ",
    ),
    "mirrored edges": (
        lambda: [*body(), nn.ReflectionPad2d(1), conv(8, 4), nn.Flatten()],
        "Pad must pad by a constant, not in mode reflect",
    ),
    "scales of channels": (
        lambda: [*pixels(), conv(3, 8), sign(), nn.BatchNorm2d(8), conv(8, 4), nn.Flatten()],
        "activations must be a bit or equally spaced integers of at most 16 bits, not ",
    ),
}
"""What is refused, and how the message begins."""


def trained(build: Build, x: np.ndarray, seed: int) -> nn.Sequential:
    """A network with statistics of its own sums on ``x``, some scales negative and one near 0."""
    draw = torch.Generator().manual_seed(seed)
    model = nn.Sequential(*build())
    for module in model.modules():
        if isinstance(module, qnn.QuantConv2d | qnn.QuantLinear):
            module.weight.data = torch.randn(module.weight.shape, generator=draw)
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.momentum = None  # the statistics of all batches so far
            module.weight.data = torch.randn(module.weight.shape, generator=draw) + 0.5
            module.weight.data[0] = 1e-12
            module.bias.data = torch.randn(module.bias.shape, generator=draw) * 0.3
    model.train()
    for _ in range(2):
        model(torch.tensor(x))
    return model.eval()


def export(model: nn.Module, example: np.ndarray, path: Path, **options: object) -> Path:
    """Brevitas's export, silently."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        options = {"dynamo": False, **options}
        export_qonnx(model, input_t=torch.tensor(example), export_path=str(path), **options)
    return path
