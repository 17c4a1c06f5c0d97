# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Blocks of residual and dense binary networks, as their exporters write them; drawn weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.qonnx_net import Array, Net, signs
from tests.rng import generator

CHANNELS, SIDE = 4, 8
END = (1 << 63) - 1
"""What exporters write for the end of an axis."""

IMAGES = np.random.default_rng(11).integers(0, 256, (12, 3, SIDE, SIDE)).astype(np.uint8)
RNG = generator(12)
_START = RNG.bit_generator.state


def quant(net: Net, step: float, bits: int = 8, **attributes: Any) -> str:
    rounding = {"signed": 1, "narrow": 0, "rounding_mode": "ROUND", **attributes}
    return net.add("Quant", step, 0.0, float(bits), **rounding)


def integers(bits: int, *shape: int) -> Array:
    """Multiples of 1/16 that use all bits."""
    most = 1 << (bits - 1)
    drawn = RNG.integers(-most, most, shape)
    drawn.flat[:2] = -most, most - 1
    found: Array = (drawn / 16).astype(np.float32)
    return found


def norm(net: Net, channels: int = CHANNELS) -> None:
    """Such that the sums of some tens of bits decide, and not what is added to them."""
    net.add("Mul", RNG.uniform(0.5, 2, (1, channels, 1, 1)) / 4)
    gamma, (beta, mean) = RNG.uniform(0.5, 1.5, channels), RNG.uniform(-0.5, 0.5, (2, channels))
    gamma = gamma * signs(RNG, channels)
    net.add("BatchNormalization", gamma, beta, mean, RNG.uniform(0.5, 2, channels))


def stem(channels: int = CHANNELS) -> Net:
    """Odd integers, a padded convolution, and 8-bit integers of step 1/16.

    Whatever is drawn for a network is drawn from here on, and the same each time.
    """
    RNG.bit_generator.state = _START
    net = Net((1, 3, SIDE, SIDE))
    net.add("Mul", 2.0)
    net.add("Sub", 255.0)
    quant(net, 1.0, 9)
    net.conv(signs(RNG, channels, 3, 3, 3), pads=[1, 1, 1, 1])
    net.add("Mul", 1 / 64)
    norm(net, channels)
    quant(net, 1 / 16)
    return net


def sign(net: Net, channels: int = CHANNELS) -> str:
    net.add("Add", RNG.uniform(-0.5, 0.5, (1, channels, 1, 1)))
    return net.bipolar()


def branch(net: Net, out: int = CHANNELS, channels: int = CHANNELS, **attributes: Any) -> str:
    """A shifted sign, a binary convolution, BatchNorm, and 8 bits."""
    sign(net, channels)
    how = {"pads": [1, 1, 1, 1], **attributes}
    net.conv(signs(RNG, out, channels, 3, 3), **how)
    norm(net, out)
    return quant(net, 1 / 16)


def end(net: Net, channels: int = CHANNELS) -> Net:
    """An average of integers, and a product of 8-bit weights with a bias."""
    net.add("GlobalAveragePool")
    net.add("Flatten")
    weights = RNG.integers(-127, 128, (channels, 5)) / 256
    net.add("MatMul", weights)
    net.add("Add", RNG.normal(size=5))
    return net


def identity(net: Net, channels: int = CHANNELS) -> None:
    skip = net.last
    branch(net, channels, channels)
    net.add("Add", skip)
    quant(net, 1 / 16)


def strided(net: Net) -> None:
    """Half the size and twice the channels: an average, concatenated with itself."""
    skip = net.last
    made = branch(net, 2 * CHANNELS, strides=[2, 2])
    net.last = skip
    net.add("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    half = quant(net, 1 / 16)
    net.last = net.node("Concat", [half, half], axis=1)
    net.add("Add", made)
    quant(net, 1 / 16)


def pooled(net: Net, kernel: int = 2, pad: int = 0) -> None:
    """Half the size and twice the channels: the largest integers, concatenated with themselves."""
    skip = net.last
    made = branch(net, 2 * CHANNELS, strides=[2, 2])
    net.last = skip
    half = net.max_pool(kernel, kernel, strides=[2, 2], pads=[pad] * 4)
    net.last = net.node("Concat", [half, half], axis=1)
    net.add("Add", made)
    quant(net, 1 / 16)


def two_convolutions(net: Net, stride: int = 1) -> None:
    """Two binary convolutions of the same bits, one of them 1x1, added."""
    sign(net)
    bits, strides = net.last, [stride, stride]
    net.conv(signs(RNG, CHANNELS, CHANNELS, 3, 3), pads=[1, 1, 1, 1], strides=strides)
    norm(net)
    one = quant(net, 1 / 16)
    net.last = bits
    net.conv(signs(RNG, CHANNELS, CHANNELS, 1, 1), strides=strides)
    norm(net)
    quant(net, 1 / 8)
    net.add("Add", one)
    quant(net, 1 / 16)


def bits_as_shortcut(net: Net) -> None:
    sign(net)
    bits = net.last
    net.conv(signs(RNG, CHANNELS, CHANNELS, 3, 3), pads=[1, 1, 1, 1])
    norm(net)
    quant(net, 1 / 4, 4)
    net.add("Add", bits)


def growth(net: Net, channels: int = CHANNELS) -> None:
    """A dense block: what was made so far, and two more channels."""
    skip = net.last
    made = branch(net, 2, channels)
    net.last = net.node("Concat", [skip, made], axis=1)


def improvement(net: Net, channels: int = CHANNELS, improved: int = 2) -> None:
    """Of a dense block: the last channels are improved by a sum, the others stay as they are."""
    skip = net.last
    made = branch(net, improved, channels)
    net.last = skip
    others = net.channels(0, -improved)
    net.last = skip
    net.channels(-improved, END)
    net.last = net.node("Concat", [others, net.add("Add", made)], axis=1)
    quant(net, 1 / 16)


def halves(net: Net, channels: int = CHANNELS) -> None:
    """Half the channels go through a convolution, the others around it."""
    around, through = net.split(channels // 2, channels // 2)
    net.last = through
    made = branch(net, channels // 2, channels // 2)
    net.last = net.node("Concat", [made, around], axis=1)


def reactnet(net: Net) -> None:
    """Signs with learned shifts, and PReLU with shifts on both sides."""
    skip = net.last
    sign(net)
    net.conv(signs(RNG, CHANNELS, CHANNELS, 3, 3), pads=[1, 1, 1, 1])
    norm(net)
    quant(net, 1 / 16)
    net.add("Add", skip)
    net.add("Add", RNG.uniform(-0.5, 0.5, (1, CHANNELS, 1, 1)))
    net.add("PRelu", RNG.uniform(-0.3, 0.5, (CHANNELS, 1, 1)))
    net.add("Add", RNG.uniform(-0.5, 0.5, (1, CHANNELS, 1, 1)))
    quant(net, 1 / 16)


def nested(net: Net) -> None:
    skip = net.last
    identity(net)
    identity(net)
    net.add("Add", skip)
    quant(net, 1 / 8)
