# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""From a description to QONNX."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch
from math import prod
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper
from tests.fuzz import values
from tests.fuzz.network import (
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
    Scalar,
    Shuffle,
    Sign,
    Step,
)
from tests.fuzz.shapes import after
from tests.qonnx_net import Array, Net, execute, signs

CALIBRATION_FRAMES = 10


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


class Maker:
    """A network under construction, and what its last tensor is like.

    Attributes:
        net: the graph.
        shape: without the batch axis.
        unit: what all values are whole multiples of; 0 where that is unknown.
        levels: the two values of an activation.
        pixel: the input's reach, from its lowest to its highest value.
        middle: half way between these.
    """

    def __init__(self, network: Network) -> None:
        entry = network.input
        self.net = Net(("N", *entry.shape), dtype=entry.dtype)
        self.shape = entry.shape
        low, high = (-1, 1) if entry.dtype == "BIPOLAR" else values.reach(entry)
        self.unit = 1.0 if entry.scale == 1 else 0.0
        self.levels = (-1.0, 1.0)
        self.pixel = float(high - low) * entry.scale
        self.middle = (low + high) / 2 * entry.scale
        x = values.frames(entry, CALIBRATION_FRAMES, 0)
        self._sample = (x * np.float64(entry.scale)).astype(np.float32)
        self._seen, self._at = 0, self.net.last

    def look(self) -> tuple[Array, Array]:
        """Mean and typical deviation of each channel, [channels], the latter above 0."""
        self._run()
        rows = np.moveaxis(self._sample, 1, 0).reshape(self._sample.shape[1], -1)
        rows = rows.astype(np.float64)
        spread = rows.std(axis=1)
        spread[spread == 0] = self.unit or 1.0
        return rows.mean(axis=1), spread

    def _run(self) -> None:
        """Bring the sample up to the last tensor."""
        nodes = self.net.nodes[self._seen :]
        if not nodes:
            return
        names = {name for node in nodes for name in node.input}
        constants = [tensor for tensor in self.net.constants if tensor.name in names]
        entry = helper.make_tensor_value_info(self._at, TensorProto.FLOAT, self._sample.shape)
        last = helper.make_tensor_value_info(self.net.last, TensorProto.FLOAT, None)
        graph = helper.make_graph(nodes, "part", [entry], [last], constants)
        sets = self.net.model().opset_import
        self._sample = execute(helper.make_model(graph, opset_imports=sets), self._sample)
        self._seen, self._at = len(self.net.nodes), self.net.last

    def constants(self, numbers: Array) -> Array:
        """One number a channel, in a shape that broadcasts."""
        return np.reshape(numbers, (-1, *[1] * (len(self.shape) - 1)))


@singledispatch
def make(step: Step, at: Maker) -> None:
    """Append a step."""
    raise AssertionError(step)


@make.register
def _prepare(step: Prepare, at: Maker) -> None:
    rng = np.random.default_rng([step.seed, 2])
    at.unit = 0.0
    if step.kind == "middle":
        at.net.add("Sub", at.middle)
        return
    if at.pixel != 1:
        at.net.add("Div", at.pixel)
    if step.kind == "centre":
        at.net.add("Mul", 2.0)
        at.net.add("Sub", 2 * at.middle / at.pixel)
    else:
        turn = 2 * float(signs(rng))
        at.net.add("Mul", turn)
        shift = rng.normal(0, 0.3, at.shape[0]) + turn * at.middle / at.pixel
        at.net.add("Sub", at.constants(shift)[np.newaxis])


@make.register
def _quantise(step: Quantise, at: Maker) -> None:
    """Codes in steps of a power of two, so that sums of them are exact."""
    rng = np.random.default_rng([step.seed, 3])
    centre, spread = at.look()
    reach = float((np.abs(centre) + 2 * spread).max())
    levels = 2**step.bits
    at.unit = float(2 ** np.ceil(np.log2(2 * reach / levels)))
    zero = levels // 2 if step.signed else 0
    if step.kind == "quant":
        sign = int(step.signed)
        at.net.add(
            "Quant", at.unit, 0.0, float(step.bits), signed=sign, narrow=0, rounding_mode="ROUND"
        )
    else:
        rows = at.shape[0] if rng.random() < 0.5 else 1
        thresholds = np.sort(rng.uniform(-reach, reach, (rows, levels - 1)), axis=1)
        dtype = f"{'INT' if step.signed else 'UINT'}{step.bits}"
        at.net.add(
            "MultiThreshold",
            thresholds,
            out_dtype=dtype,
            out_scale=at.unit,
            out_bias=-zero * at.unit,
        )


@make.register
def _conv(step: Conv, at: Maker) -> None:
    rng = np.random.default_rng([step.seed, 4])
    fan_in = at.shape[0] * prod(step.kernel)
    rows = values.weights(rng, step.channels, fan_in)
    split = rows.reshape(step.channels, at.shape[0], *step.kernel)
    name, scale = _weights(rng, at.net, split, step.weights)
    others = []
    if step.bias:
        others = [at.net.constant(_bias(rng, scale, at, fan_in))]
    attributes: dict[str, Any] = {"kernel_shape": step.kernel, "strides": step.stride}
    if step.auto_pad:
        attributes["auto_pad"] = step.auto_pad
    elif any(step.pads) or rng.random() < 0.5:
        attributes["pads"] = step.pads
    at.net.add("Conv", name, *others, **attributes)
    _summed(at, scale, step.bias)


@make.register
def _pointwise(step: Pointwise, at: Maker) -> None:
    rng = np.random.default_rng([step.seed, 8])
    rows = values.weights(rng, step.channels, at.shape[0])
    at.net.add("Transpose", perm=[0, 2, 3, 1])
    name, scale = _weights(rng, at.net, rows, step.weights, by_row=False)
    at.net.add("MatMul", name)
    at.net.add("Transpose", perm=[0, 3, 1, 2])
    _summed(at, scale, bias=False)


@make.register
def _dense(step: Dense, at: Maker) -> None:
    rng = np.random.default_rng([step.seed, 5])
    fan_in = at.shape[0]
    rows = values.weights(rng, step.width, fan_in)
    if step.bias:
        factors = {"alpha": float(rng.choice([1.0, -0.5])), "beta": float(rng.choice([1.0, 2.0]))}
        name, scale = _weights(rng, at.net, rows, step.weights)
        bias = _bias(rng, scale, at, fan_in)
        at.net.add("Gemm", name, bias, transB=1, **factors)
        scale = scale * factors["alpha"]
    elif step.weights == "identity":
        at.net.add("Gemm", at.net.node("Identity", [at.net.constant(rows.T)]))
        scale = np.ones(step.width)
    else:
        name, scale = _weights(rng, at.net, rows, step.weights, by_row=False)
        at.net.add("MatMul", name)
    _summed(at, scale, step.bias)


def _weights(
    rng: np.random.Generator, net: Net, rows: Array, kind: str, by_row: bool = True
) -> tuple[str, Array]:
    """The constant, [rows, ...] or [columns, rows], and the factor of each row."""
    count = len(rows)
    shown = rows if by_row else rows.T
    ones = np.ones(count)
    if kind == "plain":
        return net.constant(shown), ones
    if kind == "identity":
        return net.node("Identity", [net.constant(shown)]), ones
    if kind == "scaled":  # a factor for each channel, powers of two, either sign
        factors = 2.0 ** rng.integers(-3, 4, count) * signs(rng, count)
        per_row = factors.reshape(-1, *[1] * (rows.ndim - 1)) if by_row else factors
        return net.constant(shown * per_row), factors
    if kind == "multiplied":
        bits = net.node("BipolarQuant", [net.constant(shown), net.constant(0.5)])
        factor = float(rng.choice([2.0, -0.25]))
        return net.node("Mul", [bits, net.constant(factor)]), ones * 0.5 * factor
    floats = shown * rng.uniform(0.1, 1, shown.shape)
    if kind == "transposed" and not by_row:  # Brevitas: quantiser, Transpose, MatMul
        bits = net.node("BipolarQuant", [net.constant(floats.T), net.constant(1.0)])
        return net.node("Transpose", [bits], perm=[1, 0]), ones
    return net.node("BipolarQuant", [net.constant(floats), net.constant(1.0)]), ones


def _bias(rng: np.random.Generator, scale: Array, at: Maker, fan_in: int) -> Array:
    """Quarters of what the sums are multiples of, so that adding them is exact."""
    unit = (at.unit or 1.0) * np.abs(scale) / 4
    bias: Array = np.round(rng.normal(0, 2 * np.sqrt(fan_in), len(scale))) * unit
    return bias


def _summed(at: Maker, scale: Array, bias: bool) -> None:
    at.unit *= float(np.abs(scale).min()) / (4 if bias else 1)


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
def _scalar(step: Scalar, at: Maker) -> None:
    rng = np.random.default_rng([step.seed, 6])
    _FUNCTIONS[step.kind](rng, at)


def _batch_norm(rng: np.random.Generator, at: Maker) -> None:
    constants = values.batch_norm(rng, *at.look())
    at.net.add("BatchNormalization", *constants, epsilon=1e-5)
    at.unit = 0.0


def _grid(rng: np.random.Generator, at: Maker) -> None:
    at.net.add("Sub", at.constants(values.on_grid(rng, *at.look(), at.unit)))
    at.unit /= 2


def _mul(rng: np.random.Generator, at: Maker) -> None:
    at.net.add("Mul", float(rng.choice([-1.5, 0.3, 2.0])))
    at.unit = 0.0


def _clip(rng: np.random.Generator, at: Maker) -> None:
    centre, spread = (float(np.median(part)) for part in at.look())
    below, above = np.abs(rng.normal(0, 1.5, 2)) * spread
    at.net.add("Clip", centre - below, centre + above)
    at.unit = 0.0


def _subtracted(rng: np.random.Generator, at: Maker) -> None:
    constant = at.net.constant(at.constants(values.on_grid(rng, *at.look(), 0.0)))
    at.net.last = at.net.node("Sub", [constant, at.net.last])
    at.unit = 0.0


def _offset(rng: np.random.Generator, at: Maker) -> None:
    at.net.add("Add", -at.constants(values.on_grid(rng, *at.look(), 0.0)))
    at.unit = 0.0


def _per_pixel(rng: np.random.Generator, at: Maker) -> None:
    wanted = rng.normal(0, 0.3, at.shape) * at.constants(at.look()[1])
    at.net.add("Add", np.round(wanted / at.unit) * at.unit if at.unit else wanted)


def _unary(op: str) -> Callable[[np.random.Generator, Maker], None]:
    def add(rng: np.random.Generator, at: Maker) -> None:
        at.net.add(op)
        if op in ("LeakyRelu", "Tanh"):
            at.unit = 0.0

    return add


_FUNCTIONS: dict[str, Callable[[np.random.Generator, Maker], None]] = {
    "identity": _unary("Identity"),
    "grid": _grid,
    "batch_norm": _batch_norm,
    "mul": _mul,
    "clip": _clip,
    "subtracted": _subtracted,
    "dropout": _unary("Dropout"),
    "neg": _unary("Neg"),
    "leaky_relu": _unary("LeakyRelu"),
    "tanh": _unary("Tanh"),
    "offset": _offset,
    "per_pixel": _per_pixel,
}


@make.register
def _sign(step: Sign, at: Maker) -> None:
    rng = np.random.default_rng([step.seed, 7])
    net = at.net
    at.levels = (-1.0, 1.0)
    thresholds = np.zeros(at.shape[0])
    if step.kind in ("binary", "threshold", "thresholds", "where"):
        thresholds = values.on_grid(rng, *at.look(), at.unit)
    threshold = float(np.median(thresholds))
    if step.kind in ("bipolar", "half"):
        scale = 0.5 if step.kind == "half" else 1.0
        net.bipolar(scale)
        at.levels = (-scale, scale)
    elif step.kind == "quant":
        net.add("Quant", 1.0, 0.0, 1.0, signed=1, narrow=1, rounding_mode="ROUND")
    elif step.kind == "binary":
        net.add("MultiThreshold", [[threshold]], out_dtype="BINARY")
        at.levels = (0.0, 1.0)
    elif step.kind in ("threshold", "thresholds"):
        rows = thresholds[:, np.newaxis] if step.kind == "thresholds" else [[threshold]]
        net.add("MultiThreshold", rows, out_dtype="BIPOLAR", out_scale=2.0, out_bias=-1.0)
    else:
        over = net.add("Greater", threshold)
        below, above = [(-1.0, 1.0), (1.0, -1.0), (0.0, 1.0), (0.5, 2.0)][rng.integers(0, 4)]
        net.last = net.node("Where", [over, net.constant(above), net.constant(below)])
        at.levels = (min(below, above), max(below, above))
    at.unit = at.levels[1] if 0.0 in at.levels else min(map(abs, at.levels))


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
def _choose(step: Choose, at: Maker) -> None:
    net = at.net
    if step.top == 0:
        net.add("ArgMax", axis=step.axis, keepdims=int(step.keepdims))
    else:
        found = net.add("TopK", net.constant([step.top], np.int64), outputs=2)
        net.last = found[:-1] + "1"
        net.outputs = [found, net.last] if step.values else []
    net.output_type = TensorProto.INT64
