# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Building blocks of small convolutional networks, and what to look at in their graphs."""

from __future__ import annotations

import numpy as np
from tests.qonnx_net import Array, Net, execute, signs
from tests.rng import generator

from xnorflow.ir.graph import Graph
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.ops.window import Window

RNG = generator(23)


def image(channels: int, height: int, width: int) -> Net:
    """A net whose pixels become -1 and 1."""
    net = Net((1, channels, height, width))
    net.add("Sub", 127.5)
    net.bipolar()
    return net


def conv(net: Net, out: int, channels: int, *kernel: int, **attributes: object) -> None:
    """A convolution with thresholds that bias it, and a sign."""
    net.conv(signs(RNG, out, channels, *kernel), **attributes)
    net.add("Sub", centred(out))
    net.bipolar()


def centred(channels: int) -> Array:
    """Half-odd numbers near 0, one a channel of an image."""
    return (RNG.integers(-3, 3, (channels, 1, 1)) + 0.5).astype(np.float32)


def ops(graph: Graph) -> list[str]:
    return [f"{layer.name} {layer.out_type}" for layer in graph.layers]


def layer(graph: Graph, name: str) -> Dense:
    op = next(layer.op for layer in graph.layers if layer.name == name)
    assert isinstance(op, Dense)
    return op


def sweep(graph: Graph, name: str) -> tuple[Sweep, int]:
    op = next(layer.op for layer in graph.layers if layer.name == name)
    assert isinstance(op, Window | MaxPool)
    return op.sweep, op.fill if isinstance(op, Window) else 0


def frame_shape(net: Net) -> tuple[int, ...]:
    """Shape of the last tensor so far."""
    return execute(net.model(), np.zeros([int(size) for size in net.shape], dtype=np.float32)).shape
