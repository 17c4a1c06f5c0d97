# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Matrix products of integer weights, of up to 8 bits: multiples of a step a channel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import XnorflowError
from xnorflow.frontend.evaluate.digits import Coarse, units
from xnorflow.frontend.evaluate.weights import (
    Matrix,
    adds_bias_last,
    check_vectors,
    read_bias,
    read_matrix,
    read_weights,
)

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.coding import Coding
    from xnorflow.frontend.read.network import Array, Network
    from xnorflow.frontend.trace.segments import Segment

__all__ = ["IntegerMatrix", "read_product"]

_LEAST, _MOST = -128, 127
"""Of integer weights."""
_SLACK = 4 * float(np.finfo(np.float32).eps)


@dataclass(frozen=True, eq=False)
class IntegerMatrix:
    """A product with integer weights: scale * (x @ weights) + bias.

    Attributes:
        weights: int8 [out, in], or [out, C, kernel height, kernel width] for a Conv.
        scale: float64 [out]: what a step of each channel's weights is worth.
        bias: addend of a Gemm or Conv, [out] of the result's type, or None.
        adds_bias_last: whether the executor adds it to the sum of all products.
        dtype: numpy type in which the executor computes.
    """

    weights: npt.NDArray[np.int8]
    scale: npt.NDArray[np.float64]
    bias: Array | None
    adds_bias_last: bool
    dtype: np.dtype[np.floating]

    def name(self, index: int) -> str:
        """Neutral name of the product's layer, of so many products before it."""
        return f"{'conv' if self.weights.ndim == 4 else 'dense'}{index}"

    def values(self, sums: npt.NDArray[np.int64], coding: Coding, channels: Array) -> Array:
        """What the executor gives [K, R] for sums of stored integers [K, 1], of channels [R].

        The exact sum is rounded once, where the executor may round more often; then the bias
        follows.
        """
        totals = self.weights.reshape(len(self.weights), -1).sum(axis=1, dtype=np.int64)[channels]
        exact = self.scale[channels] * (coding.step * sums + coding.middle * totals)
        values: Array = exact.astype(self.dtype)
        return values if self.bias is None else values + self.bias[channels]

    def in_order(self, rows: Array) -> IntegerMatrix:
        """The same with its channels in another order."""
        bias = None if self.bias is None else self.bias[rows]
        return replace(self, weights=self.weights[rows], scale=self.scale[rows], bias=bias)

    def reach(self, coding: Coding) -> npt.NDArray[np.float64]:
        """The largest magnitude [out] that the model's sums can have, in whatever order it adds."""
        flat = np.abs(self.weights.astype(np.int64)).reshape(len(self.weights), -1)
        with np.errstate(over="ignore"):
            found: npt.NDArray[np.float64] = flat.sum(axis=1) * self.scale * coding.reach
            bias = 0.0 if self.bias is None else np.abs(self.bias.astype(np.float64))
            return found + bias

    def coarse(self, coding: Coding) -> Coarse | None:
        """Why the model's own sums depend on the order in which it adds; None where they do not.

        Args:
            coding: of what is multiplied.
        """
        unit = units(self.scale) * min(units(coding.step), units(coding.middle))
        if self.bias is not None and not self.adds_bias_last:
            unit = np.minimum(unit, units(self.bias))
        if (self.reach(coding) <= unit * 2.0 ** (np.finfo(self.dtype).nmant + 1)).all():
            return None
        text = f"sums have more digits than {self.dtype}"
        return Coarse(text, "use scales that are powers of two (0.0625, not 0.05)")


def read_product(network: Network, segment: Segment) -> Matrix | IntegerMatrix:
    """The product of a segment: of 1-bit weights, or of integers.

    Raises:
        XnorflowError: it is neither, or not one constant matrix times vectors.
    """
    try:
        return read_matrix(network, segment)
    except XnorflowError:
        found = _read_integers(network, segment)
        if found is None:
            raise
        return found


def _read_integers(network: Network, segment: Segment) -> IntegerMatrix | None:
    """The product whose weights are multiples of a step, one a channel; None of others.

    Raises:
        XnorflowError: it is not one constant matrix times vectors.
    """
    node = segment.product
    weights = read_weights(network, node)
    factors = {a.name: a.f for a in node.attribute if a.name in ("alpha", "beta")}
    found = _integers(weights.astype(np.float64))
    if found is None or factors.get("alpha", 1.0) != 1:
        return None
    integers, scale = found
    if node.op_type != "Conv" and network.elements(network.moving_inputs(node)[0]):
        check_vectors(network, segment, weights.shape[0])
    bias = None
    if node.op_type != "MatMul":
        bias = read_bias(network, node, weights, factors.get("beta", 1.0))
    rows = np.ascontiguousarray(integers.T.astype(np.int8))
    if node.op_type == "Conv":
        sides = network.constants[node.input[1]].shape[2:]
        rows = rows.reshape(len(rows), -1, *([1] * (2 - len(sides))), *sides)
    return IntegerMatrix(rows, scale, bias, adds_bias_last(node), weights.dtype)


def _integers(
    weights: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]] | None:
    """Integers [in, out] and what a step of each channel's is worth [out]; None if there are none.

    One step for all channels where that does.
    """
    if not np.isfinite(weights).all():
        return None
    channels = weights.shape[1]
    step = _step(weights)
    steps = np.full(channels, step or 0.0)
    if step is None:
        for channel, own in enumerate(weights.T):
            found = _step(own)
            if found is None:
                return None
            steps[channel] = found
    return np.rint(weights / steps), steps


def _step(weights: npt.NDArray[np.float64]) -> float | None:
    """The largest step of which weights are multiples by integers of 8 bits; 1 where all are 0."""
    levels = np.unique(weights)
    sizes = np.unique(np.abs(levels[levels != 0]))
    if not sizes.size:
        return 1.0
    if len(levels) > _MOST - _LEAST + 1 or sizes[0] < sizes[-1] / (-2 * _LEAST):
        return None
    for count in range(max(1, int(sizes[-1] / sizes[0])), -_LEAST + 1):
        step = float(sizes[-1]) / count
        integers = np.rint(levels / step)
        near = (np.abs(integers * step - levels) <= _SLACK * np.abs(levels)).all()
        if near and integers[0] >= _LEAST and integers[-1] <= _MOST:
            return step
    return None
