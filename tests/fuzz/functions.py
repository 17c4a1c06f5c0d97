# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Functions of single values: what prepares pixels, follows a product, and quantises."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from tests.fuzz import values
from tests.fuzz.maker import Maker
from tests.fuzz.network import Prepare, Quantise, Scalar, Sign
from tests.qonnx_net import signs


def prepare(step: Prepare, at: Maker) -> None:
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


def quantise(step: Quantise, at: Maker) -> None:
    """Codes in steps of a power of two, so that sums of them are exact."""
    rng = np.random.default_rng([step.seed, 3])
    centre, spread = at.look()
    reach = float((np.abs(centre) + 2 * spread).max())
    levels = 2**step.bits
    at.unit = float(2 ** np.ceil(np.log2(2 * reach / levels)))
    if at.near:
        at.unit = min(max(at.unit, at.near / 8), at.near * 8)
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


def sign(step: Sign, at: Maker) -> None:
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


def scalar(step: Scalar, at: Maker) -> None:
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
