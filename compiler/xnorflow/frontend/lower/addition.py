# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The sum of two codings' integers, and what the executor has for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import XnorflowError
from xnorflow.frontend.evaluate.coding import Coding
from xnorflow.frontend.lower.common_step import common_step
from xnorflow.frontend.lower.places import join_error
from xnorflow.ir.ops.add import Add
from xnorflow.ir.types import TensorType, bits_for_range

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.read.network import Array, Network

__all__ = ["Addition"]

_MAX_SUM_BITS = 20
"""Of a sum, also where another one follows."""
_MAX_PAIRS = 1 << 22
"""Pairs of levels that are added one by one, to see what the executor makes of them."""


@dataclass(frozen=True, eq=False)
class Addition:
    """A sum of two tensors.

    Attributes:
        op: adds their integers.
        sums: of these, ascending.
        coding: of them.
        values: floats [sums], what the executor has for each.
    """

    op: Add
    sums: range
    coding: Coding
    values: Array

    @staticmethod
    def of(network: Network, node: NodeProto, first: Coding, second: Coding) -> Addition:
        """The sum that a node makes of what two codings stand for.

        Raises:
            XnorflowError: their steps have no common one, sums take too many bits, or the
                executor's own depend on the integers that are added.
        """
        found = common_step(first, second)
        if found is None:
            rule = (
                "must add values of which one step is a multiple of the other, or both of a "
                f"third, not steps of {first.step:.9g} and {second.step:.9g}"
            )
            hint = "quantise both by scales whose ratio is a small fraction"
            raise join_error(network, node, rule, hint)
        unit, factors = found
        op = Add(factors)
        before = tuple(TensorType((1,), one.value) for one in (first, second))
        sums = op.results(before, before[0])
        if len(sums) > 1 << _MAX_SUM_BITS:
            rule = (
                f"must have sums of at most {_MAX_SUM_BITS} bits, not from {sums[0]} to {sums[-1]}"
            )
            raise join_error(
                network, node, rule, "quantise both to fewer bits, or by nearer scales"
            )
        coding = Coding(bits_for_range(sums[0], sums[-1]), first.middle + second.middle, unit)
        values = _values(coding, sums, op, (first, second), network.dtype(node.output[0]))
        if values is None:
            rule = (
                f"must add values whose sums {network.dtype(node.output[0])} holds, not steps of "
                f"{first.step:.9g} and {second.step:.9g}"
            )
            hint = "use scales that are powers of two (0.0625, not 0.05) in front of a sum"
            raise join_error(network, node, rule, hint)
        return Addition(op, sums, coding, values)

    @staticmethod
    def is_possible(network: Network, node: NodeProto, first: Coding, second: Coding) -> bool:
        """Whether there is one."""
        try:
            Addition.of(network, node, first, second)
        except XnorflowError:
            return False
        return True


def _values(
    coding: Coding,
    sums: range,
    op: Add,
    codings: tuple[Coding, Coding],
    dtype: np.dtype[np.floating],
) -> Array | None:
    """What floats are for each sum; None where that depends on the integers that are added."""
    exact = coding.middle + coding.step * np.asarray(sums, dtype=np.float64)
    rounded: Array = exact.astype(dtype)
    if (rounded == exact).all() and all(_holds(one, dtype) for one in codings):
        return rounded
    if np.prod([len(one.stored) for one in codings]) > _MAX_PAIRS:
        return None
    first, second = (one.levels(one.stored).astype(dtype) for one in codings)
    pairs = first[:, np.newaxis] + second
    one, other = (
        factor * own.value.code.of(own.stored)
        for factor, own in zip(op.factors, codings, strict=True)
    )
    places = (one[:, np.newaxis] + other - sums.start) // sums.step
    low, high = np.full((2, len(sums)), rounded, dtype=dtype)
    low[places.ravel()] = high[places.ravel()] = pairs.ravel()
    np.minimum.at(low, places, pairs)
    np.maximum.at(high, places, pairs)
    return np.asarray(low) if (low == high).all() else None


def _holds(coding: Coding, dtype: np.dtype[np.floating]) -> bool:
    """Whether a float type has all levels of a coding."""
    levels = coding.levels(coding.stored)
    return bool((levels.astype(dtype) == levels).all())
