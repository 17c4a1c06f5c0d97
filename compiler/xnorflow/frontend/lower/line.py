# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The last product where its weights are integers: exact sums, and a line for the host."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.evaluate.outcomes import check_finite
from xnorflow.frontend.lower.finish import read_finish, rounding
from xnorflow.frontend.lower.inexact import ULPS, inexact_scores
from xnorflow.frontend.lower.linear import IntegerProduct, place_integers
from xnorflow.frontend.lower.select import read_selection
from xnorflow.ir.host import HostLine, HostOutput

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.digits import Coarse
    from xnorflow.frontend.evaluate.integers import IntegerMatrix
    from xnorflow.frontend.evaluate.product import Activations
    from xnorflow.frontend.read.network import Network
    from xnorflow.frontend.trace.segments import Segment
    from xnorflow.frontend.trace.trace import Trace

__all__ = ["Line", "lower_line", "no_line"]

_SAMPLES = 1 << 12
"""Sums of each output for which the functions behind the product are run."""


@dataclass(frozen=True, eq=False)
class Line:
    """A last product of integer weights.

    Attributes:
        product: the product, in its place.
        host: what its sums are worth.
        coarse: why the model's own sums depend on the order in which it adds; None where they do
            not.
        notes: what to tell the user.
    """

    product: IntegerProduct
    host: HostOutput
    coarse: Coarse | None
    notes: tuple[Diagnostic, ...]


def lower_line(
    network: Network, trace: Trace, matrix: IntegerMatrix, before: Activations, layer: str
) -> Line | None:
    """The last segment's product, called ``layer``, and what its sums are worth.

    None where what follows is no line, or several vectors are multiplied.

    Raises:
        XnorflowError: it does not multiply computed integers.
    """
    segment = trace.segments[-1]
    names = network.origin(*segment.nodes)
    if _vectors(network, segment, matrix) != 1:
        return None
    product = place_integers(network, segment, matrix, before)
    op, chain, sums = product.op, product.chain, product.sums
    if chain.pools or not np.array_equal(chain.end.cells, np.arange(len(op.weights))):
        return None
    steps, notes = read_finish(network, trace)
    coarse = matrix.coarse(before.coding)
    line = _line(product, coarse, names)
    if line is None:
        return None
    shape = network.shape(trace.output)
    shape = shape[1:] if shape[:1] == (1,) else shape
    top, dtype = 0, line.dtype
    if trace.choice is not None:
        selection = read_selection(network, trace.choice)
        selection.check_plain()
        shape, top, dtype = selection.shape, selection.top, selection.dtype
    host = HostOutput(shape, dtype, line, sums.start, sums.step, top, steps=steps)
    if coarse is not None:
        notes = (*notes, inexact_scores(layer, coarse, names))
    rounded = rounding(host, matrix.dtype, layer, network.origin(*trace.finish))
    return Line(product, host, coarse, (*notes, *rounded))


def no_line(network: Network, segment: Segment, matrix: IntegerMatrix) -> XnorflowError:
    """What is wrong with a last product that is followed by no quantiser."""
    names, count = network.origin(*segment.nodes), _vectors(network, segment, matrix)
    if count == 1:
        rule = "must be followed by a bias alone, or by a quantiser"
        hint = "end the network with this product and a bias alone, or train it with 1-bit weights"
        return _error(rule, hint, segment, names)
    width = matrix.weights.size // len(matrix.weights)
    rule = f"must multiply one vector of {width} a frame, not {count}, at the network's end"
    return _error(rule, "flatten the frame before it, or quantise what it gives", segment, names)


def _vectors(network: Network, segment: Segment, matrix: IntegerMatrix) -> int:
    """How many vectors a product multiplies a frame."""
    return prod(network.shape(segment.product.output[0])) // len(matrix.weights)


def _line(
    product: IntegerProduct, coarse: Coarse | None, names: tuple[str, ...]
) -> HostLine | None:
    """What sums are worth, found at 0 and at both ends, and tried in between; None if no line."""
    sums, matrix, cells = product.sums, product.matrix, np.arange(len(product.op.weights))
    numbers = np.unique(np.linspace(0, len(sums) - 1, _SAMPLES).astype(np.int64))
    raw = np.concatenate([[0], sums.start + sums.step * numbers])[:, np.newaxis]
    results = product.chain.run(matrix.values(raw, product.coding, cells), cells)[-1]
    check_finite(results, names)
    offset = results[0].astype(np.float64)
    slope = (results[-1].astype(np.float64) - results[1]) / (raw[-1] - raw[1])
    scale = product.coding.step * matrix.scale
    slope = np.where(np.abs(slope / scale - 1) < 2.0**-20, scale, slope)
    line = HostLine(len(sums), slope, offset, matrix.dtype.name)
    rounded = (raw * slope).astype(matrix.dtype) + offset.astype(matrix.dtype)
    slack = 0 if coarse is None else ULPS * np.finfo(matrix.dtype).eps * np.abs(results).max()
    return line if slope.all() and (np.abs(rounded - results) <= slack).all() else None


def _error(rule: str, hint: str, segment: Segment, names: tuple[str, ...]) -> XnorflowError:
    text = f"{segment.product.op_type} of integer weights {rule}"
    return XnorflowError(Diagnostic("unsupported-op", text, hint, Origin(names)))
