# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Random binary MLPs in many styles of export, from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import ModelProto, TensorProto
from tests.qonnx_net import Array, Net, signs

FRAMES = 16


@dataclass(frozen=True)
class Case:
    """A random network.

    Attributes:
        model: for batches of one frame.
        reference: the same network for FRAMES frames at once.
        x: integers [FRAMES, ...] in the ONNX input's layout.
        scale: the input scale.
    """

    model: ModelProto
    reference: ModelProto
    x: Array
    scale: float


def random_mlp(seed: int, widest: int = 70) -> Case:
    """The network number ``seed``, layers at most ``widest`` wide."""
    batch = [1, "N", 3][seed % 3]  # the front-end turns a named or larger batch into 1
    model, _, _ = _build(seed, widest, batch)
    reference, x, scale = _build(seed, widest, FRAMES)
    return Case(model, reference, x, scale)


def _build(seed: int, widest: int, batch: int | str) -> tuple[ModelProto, Array, float]:
    rng = np.random.default_rng(seed)
    net, x, scale = _input(rng, widest, batch)
    width = x[0].size
    for _ in range(rng.integers(0, 4)):
        out = int(rng.choice([1, 2, 3, int(rng.integers(1, widest))], p=[0.1, 0.1, 0.1, 0.7]))
        _product(rng, net, width, out)
        _scalars(rng, net, out)
        _shuffle(rng, net, out)
        _binarise(rng, net)
        _shuffle(rng, net, out)
        width = out
    classes = int(rng.integers(1, 12))
    _product(rng, net, width, classes)
    _tail(rng, net, classes)
    return net.model(), x, scale


def _input(rng: np.random.Generator, widest: int, batch: int | str) -> tuple[Net, Array, float]:
    kind = rng.choice(["pixels", "bipolar", "few bits", "row"])
    if kind == "bipolar":
        width = int(rng.integers(1, widest))
        net = Net((batch, width), dtype="BIPOLAR")
        return net, signs(rng, FRAMES, width).astype(np.int8), 1.0
    if kind == "few bits":
        width = int(rng.integers(1, widest))
        net = Net((batch, width), dtype="INT4")
        thresholds = rng.integers(-8, 8, (width, 1)) - 0.5
        net.add("MultiThreshold", thresholds, out_dtype="BIPOLAR", out_scale=2.0, out_bias=-1.0)
        return net, rng.integers(-8, 8, (FRAMES, width)).astype(np.int8), 1.0
    if kind == "row":
        width = int(rng.integers(1, widest))
        net = Net((batch, width))
        shape: tuple[int, ...] = (width,)
    else:
        shape = (int(rng.integers(1, 4)), int(rng.integers(1, 5)), int(rng.integers(1, 5)))
        net = Net((batch, *shape))
    scale = float(rng.choice([1.0, 1 / 255]))
    if scale == 1.0:
        net.add("Div", 255.0)
    net.add("Mul", 2.0 * float(rng.choice([-1.0, 1.0])))
    net.add("Sub", rng.normal(0, 0.5, (1, shape[0], *[1] * (len(shape) - 1))))
    if len(shape) == 3 and rng.random() < 0.3:
        net.add("Transpose", perm=[0, 2, 3, 1])
    flatten = rng.integers(0, 3)
    if flatten == 0:
        net.add("Flatten", axis=1)
    elif flatten == 1:
        net.reshape(-1, int(np.prod(shape)))
    else:
        _flatten_by_shape(net)
    if rng.random() < 0.5:
        net.bipolar()
    else:
        _quant(net)
    return net, rng.integers(0, 256, (FRAMES, *shape)).astype(np.uint8), scale


def _flatten_by_shape(net: Net) -> None:
    """What older exporters make of ``x.view(x.shape[0], -1)``."""
    entry = net.last
    net.add("Shape")
    net.add("Gather", net.constant(0, np.int64), axis=0)
    net.add("Unsqueeze", net.constant([0], np.int64))
    shape = net.add("Concat", net.constant([-1], np.int64), axis=0)
    net.last = entry
    net.add("Reshape", shape)


def _quant(net: Net, name: str = "") -> None:
    """A signed one-bit Quant."""
    extra = {"name": name} if name else {}
    net.add("Quant", 1.0, 0.0, 1.0, signed=1, narrow=1, rounding_mode="ROUND", **extra)


def _product(rng: np.random.Generator, net: Net, width: int, out: int) -> None:
    weights = signs(rng, width, out)
    kind = rng.integers(0, 5)
    if kind == 0:  # Brevitas: quantiser, Transpose, MatMul
        floats = (weights * rng.uniform(0.1, 1, weights.shape)).T
        bits = net.node("BipolarQuant", [net.constant(floats), net.constant(1.0)])
        net.add("MatMul", net.node("Transpose", [bits], perm=[1, 0]))
    elif kind == 1:  # a scale for each channel, powers of two, either sign
        scale = 2.0 ** rng.integers(-3, 4, out) * signs(rng, out)
        net.add("MatMul", weights * scale)
    elif kind == 2:
        bits = net.node("BipolarQuant", [net.constant(weights), net.constant(0.5)])
        scaled = net.node("Mul", [bits, net.constant(rng.choice([2.0, -0.25]))])
        net.add("MatMul", scaled)
    elif kind == 3:
        bias = rng.integers(-8, 9, out) / 4
        net.add(
            "Gemm",
            net.constant(weights.T),
            bias,
            transB=1,
            alpha=float(rng.choice([1.0, -0.5])),
            beta=float(rng.choice([1.0, 2.0])),
        )
    else:
        net.add("Gemm", net.node("Identity", [net.constant(weights)]))


def _scalars(rng: np.random.Generator, net: Net, channels: int) -> None:
    reach = np.sqrt(channels) + 1
    for _ in range(rng.integers(0, 3)):
        kind = rng.integers(0, 6)
        if kind == 0:
            gamma = rng.normal(0, 1, channels)
            gamma[rng.random(channels) < 0.1] = 1e-7 * rng.choice([-1, 1])
            beta = rng.normal(0, 0.3, channels)
            beta[rng.random(channels) < 0.1] = 1000  # dead neurons
            mean, variance = rng.normal(0, reach, channels), rng.uniform(0.1, reach, channels)
            net.add("BatchNormalization", gamma, beta, mean, variance, epsilon=1e-5)
        elif kind == 1:
            net.add("Sub", np.round(rng.normal(0, reach, channels)) + 0.5)
        elif kind == 2:
            net.add("Mul", float(rng.choice([-1.5, 0.3, 2.0])))
        elif kind == 3:
            net.add("Clip", -abs(rng.normal(0, 3)), abs(rng.normal(0, 3)))
        elif kind == 4:
            constant = net.constant(rng.normal(0, 1, channels))
            net.last = net.node("Sub", [constant, net.last])
        else:
            net.add(str(rng.choice(["Identity", "Dropout", "Neg", "LeakyRelu", "Tanh"])))


def _shuffle(rng: np.random.Generator, net: Net, width: int) -> None:
    """A layout change in the middle, back to a row."""
    divisors = [d for d in range(2, width) if width % d == 0]
    if divisors and rng.random() < 0.4:
        rows = int(rng.choice(divisors))
        net.reshape(-1, rows, width // rows)
        net.add("Transpose", perm=[0, 2, 1])
        if rng.random() < 0.5:
            net.add("Mul", 0.5)
        net.reshape(-1, width)


def _binarise(rng: np.random.Generator, net: Net) -> None:
    kind = rng.integers(0, 5)
    if kind == 0:
        net.bipolar(float(rng.choice([1.0, 0.5])))
    elif kind == 1:
        _quant(net)
    elif kind == 2:
        threshold = [[float(rng.normal())]]
        net.add("MultiThreshold", threshold, out_dtype="BINARY")
    elif kind == 3:
        threshold = [[float(rng.normal())]]
        net.add("MultiThreshold", threshold, out_dtype="BIPOLAR", out_scale=2.0, out_bias=-1.0)
    else:
        over = net.add("Greater", float(rng.normal()))
        net.last = net.node("Where", [over, net.constant(1.0), net.constant(-1.0)])


def _tail(rng: np.random.Generator, net: Net, classes: int) -> None:
    kind = rng.integers(0, 7)
    if kind == 1:
        _scalars(rng, net, classes)
    elif kind == 2:
        net.bipolar()
    elif kind == 3:  # offsets that hardware can add
        net.add("Add", rng.integers(-3, 4, classes) * 1.0)
        net.add("Mul", float(rng.choice([0.5, -2.0])))
    elif kind == 4:
        net.add("Add", rng.normal(0, 2, classes))
    if kind >= 2 and rng.random() < 0.6:
        if rng.random() < 0.5:
            net.add("ArgMax", axis=int(rng.choice([1, -1])), keepdims=int(rng.integers(0, 2)))
        else:
            top = 1 if rng.random() < 0.6 else int(rng.integers(1, classes + 1))
            values = net.add("TopK", net.constant([top], np.int64), outputs=2)
            net.last = values[:-1] + "1"
            net.outputs = [values, net.last] if rng.random() < 0.3 else []
        net.output_type = TensorProto.INT64
