# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Products by signs: their weights in all the ways that exporters write them."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from tests.fuzz import values
from tests.fuzz.maker import Maker
from tests.fuzz.network import INTEGERS, Conv, Dense, Pointwise
from tests.qonnx_net import Array, Net, signs


def conv(step: Conv, at: Maker) -> None:
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


def pointwise(step: Pointwise, at: Maker) -> None:
    rng = np.random.default_rng([step.seed, 8])
    rows = values.weights(rng, step.channels, at.shape[0])
    at.net.add("Transpose", perm=[0, 2, 3, 1])
    name, scale = _weights(rng, at.net, rows, step.weights, by_row=False)
    at.net.add("MatMul", name)
    at.net.add("Transpose", perm=[0, 3, 1, 2])
    _summed(at, scale, bias=False)


def dense(step: Dense, at: Maker) -> None:
    rng = np.random.default_rng([step.seed, 5])
    fan_in = at.shape[0]
    rows = values.weights(rng, step.width, fan_in)
    if step.bias:
        factors = {"alpha": float(rng.choice([1.0, -0.5])), "beta": float(rng.choice([1.0, 2.0]))}
        if step.weights in INTEGERS:
            factors["alpha"] = 1.0
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
    if kind in INTEGERS:
        return _integers(rng, net, rows, kind, by_row)
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


def _integers(
    rng: np.random.Generator, net: Net, rows: Array, kind: str, by_row: bool
) -> tuple[str, Array]:
    """As ``_weights``, of integers that have the signs of ``rows``."""
    bits = int(rng.choice([2, 4, 8]))
    steps = 2.0 ** rng.integers(-8, 1, len(rows))
    per_row = steps.reshape(-1, *[1] * (rows.ndim - 1))
    numbers = rows * rng.integers(0, 1 << (bits - 1), rows.shape)
    shown, per_shown = numbers * per_row, per_row
    if not by_row:
        shown, per_shown = shown.T, per_shown.T
    name = net.constant(shown)
    if kind == "quantised_integers":
        settings = [net.constant(one) for one in (per_shown, 0.0, float(bits))]
        how: dict[str, Any] = {"signed": 1, "narrow": 1, "rounding_mode": "ROUND"}
        name = net.node("Quant", [name, *settings], **how)
    return name, steps


def _bias(rng: np.random.Generator, scale: Array, at: Maker, fan_in: int) -> Array:
    """Quarters of what the sums are multiples of, so that adding them is exact."""
    unit = (at.unit or 1.0) * np.abs(scale) / 4
    bias: Array = np.round(rng.normal(0, 2 * np.sqrt(fan_in), len(scale))) * unit
    return bias


def _summed(at: Maker, scale: Array, bias: bool) -> None:
    at.unit *= float(np.abs(scale).min()) / (4 if bias else 1)
