# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""From a description to QONNX."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from math import prod
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto
from tests.fuzz import functions, products, values
from tests.fuzz.maker import Fork, Maker
from tests.fuzz.network import (
    Average,
    Channels,
    Choose,
    Conv,
    Dense,
    Flatten,
    GlobalPool,
    Network,
    Pad,
    Pointwise,
    Pool,
    Prepare,
    Quantise,
    Residual,
    Scalar,
    Shuffle,
    Sign,
    Step,
)
from tests.fuzz.shapes import after
from tests.qonnx_net import Array, Net, execute


@dataclass(frozen=True)
class Built:
    """A network with its numbers.

    Attributes:
        network: the description.
        net: the graph.
        x: integers [frames, ...] in the ONNX input's layout.
    """

    network: Network
    net: Net
    x: Array

    def model(self, batch: int | str | None = None) -> ModelProto:
        """For the description's own batch or another."""
        own = self.network.batch if batch is None else batch
        self.net.shape = (own, *self.network.input.shape)
        return self.net.model()

    def reference(self) -> Array:
        """What qonnx's executor makes of the frames, in one batch."""
        x = (self.x * np.float64(self.network.input.scale)).astype(np.float32)
        return execute(self.model(len(x)), x)


def build(network: Network, frames: int = 12) -> Built:
    """Make the numbers, calibrated step by step on frames as training would."""
    maker = Maker(network)
    for step in network.steps:
        make(step, maker)
        maker.shape = after(step, maker.shape)
    return Built(network, maker.net, values.frames(network.input, frames, network.seed))


@singledispatch
def make(step: Step, at: Maker) -> None:
    """Append a step."""
    raise AssertionError(step)


make.register(Prepare, functions.prepare)
make.register(Quantise, functions.quantise)
make.register(Scalar, functions.scalar)
make.register(Sign, functions.sign)
make.register(Conv, products.conv)
make.register(Pointwise, products.pointwise)
make.register(Dense, products.dense)


@make.register
def _pool(step: Pool, at: Maker) -> None:
    attributes: dict[str, Any] = {"kernel_shape": step.kernel, "strides": step.stride}
    if step.auto_pad:
        attributes["auto_pad"] = step.auto_pad
    else:
        attributes["pads"] = step.pads
    if step.ceil:
        attributes["ceil_mode"] = 1
    at.net.add("MaxPool", **attributes)


@make.register
def _global_pool(step: GlobalPool, at: Maker) -> None:
    at.net.add("GlobalMaxPool")


@make.register
def _pad(step: Pad, at: Maker) -> None:
    top, left, bottom, right = step.pads
    edges = at.net.constant([0, 0, top, left, 0, 0, bottom, right], np.int64)
    level = {"low": at.levels[0], "high": at.levels[1], "zero": 0.0}[step.level]
    at.net.add("Pad", edges, level, mode="constant")


@make.register
def _flatten(step: Flatten, at: Maker) -> None:
    net, size = at.net, prod(at.shape)
    if step.kind == "nhwc" and len(at.shape) == 3:
        net.add("Transpose", perm=[0, 2, 3, 1])
    if step.kind == "reshape":
        net.reshape(-1, size)
    elif step.kind == "shape":  # what older exporters make of x.view(x.shape[0], -1)
        entry = net.last
        net.add("Shape")
        net.add("Gather", net.constant(0, np.int64), axis=0)
        net.add("Unsqueeze", net.constant([0], np.int64))
        shape = net.add("Concat", net.constant([-1], np.int64), axis=0)
        net.last = entry
        net.add("Reshape", shape)
    else:
        net.add("Flatten", axis=1)


@make.register
def _shuffle(step: Shuffle, at: Maker) -> None:
    net = at.net
    if len(at.shape) == 3:
        there, back = [0, 2, 3, 1], [0, 3, 1, 2]
    else:
        there, back = [0, 2, 1], None
        net.reshape(-1, step.rows, at.shape[0] // step.rows)
    net.add("Transpose", perm=there)
    if step.scale != 1:
        net.add("Mul", step.scale)
        at.levels = (at.levels[0] * step.scale, at.levels[1] * step.scale)
        at.unit *= step.scale
    if back:
        net.add("Transpose", perm=back)
    else:
        net.reshape(-1, at.shape[0])


@make.register
def _average(step: Average, at: Maker) -> None:
    at.net.add("AveragePool", kernel_shape=step.kernel, strides=step.kernel)
    at.unit /= prod(step.kernel)


@make.register
def _channels(step: Channels, at: Maker) -> None:
    if step.kind == "slice":
        behind = step.stop - at.shape[0]  # negative, as exporters count from the end
        at.net.channels(step.start, behind or (1 << 63) - 1)
        return
    sizes = (step.start, step.stop - step.start, at.shape[0] - step.stop)
    at.net.last = at.net.split(*filter(None, sizes))[int(step.start > 0)]


@make.register
def _residual(step: Residual, at: Maker) -> None:
    """The skip first: the main branch's last quantiser keeps near to its unit."""
    fork, outer = at.fork(), at.near
    skip = _branch(step.skip, at)
    at.back(fork)
    at.near = skip.unit
    main = _branch(step.main, at)
    at.near = outer
    at.join(main, skip, step.join)
    at.shape = fork.shape


def _branch(steps: tuple[Step, ...], at: Maker) -> Fork:
    for step in steps:
        make(step, at)
        at.shape = after(step, at.shape)
    return at.fork()


@make.register
def _choose(step: Choose, at: Maker) -> None:
    net = at.net
    if step.top == 0:
        net.add("ArgMax", axis=step.axis, keepdims=int(step.keepdims))
    else:
        found = net.add("TopK", net.constant([step.top], np.int64), outputs=2)
        net.last = found[:-1] + "1"
        net.outputs = [found, net.last] if step.values else []
    net.output_type = TensorProto.INT64
