# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The last product where its weights are integers: exact sums, and a line for the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.evaluate.chain import FunctionChain
from xnorflow.frontend.evaluate.digits import Coarse, units
from xnorflow.frontend.evaluate.outcomes import check_finite
from xnorflow.frontend.lower.finish import read_finish, rounding
from xnorflow.frontend.lower.inexact import inexact_scores
from xnorflow.frontend.lower.select import read_selection
from xnorflow.frontend.trace.layout import Layout, inverse
from xnorflow.ir.host import HostLine, HostOutput
from xnorflow.ir.ops.linear import Linear
from xnorflow.ir.types import bits_for_range

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.coding import Coding
    from xnorflow.frontend.evaluate.product import Activations
    from xnorflow.frontend.evaluate.weights import IntegerMatrix
    from xnorflow.frontend.read.network import Array, Network
    from xnorflow.frontend.trace.segments import Segment
    from xnorflow.frontend.trace.trace import Trace

__all__ = ["lower_line"]

_MAX_BITS = 32
"""Of a sum."""
_SAMPLES = 1 << 12
"""Sums of each output for which the functions behind the product are run."""


def lower_line(
    network: Network, trace: Trace, matrix: IntegerMatrix, before: Activations, layer: str
) -> tuple[Linear, HostOutput, tuple[Diagnostic, ...]]:
    """The last segment's product, called ``layer``, and what its sums are worth.

    Raises:
        XnorflowError: it does not multiply one vector of computed integers, or what follows is no
            line.
    """
    segment = trace.segments[-1]
    node, coding = segment.product, before.coding
    names = network.origin(*segment.nodes)
    op = Linear(_weights(segment, matrix, before, names))
    chain = FunctionChain(network, segment.chain, Layout.of_vector(network.shape(node.output[0])))
    if chain.pools or not np.array_equal(chain.end.cells, np.arange(len(op.weights))):
        raise _error("must be followed by functions of its sums alone", _END_HINT, segment, names)
    sums = op.sums(coding.value)
    if bits_for_range(sums[0], sums[-1]).bits > _MAX_BITS:
        rule = f"must have sums of at most {_MAX_BITS} bits, not from {sums[0]} to {sums[-1]}"
        raise _error(rule, "multiply fewer elements, or integers of fewer bits", segment, names)
    steps, notes = read_finish(network, trace)
    line = _line(chain, op, matrix, coding, segment, names)
    shape = network.shape(trace.output)
    shape = shape[1:] if shape[:1] == (1,) else shape
    top, dtype = 0, line.dtype
    if trace.choice is not None:
        selection = read_selection(network, trace.choice)
        selection.check_plain()
        shape, top, dtype = selection.shape, selection.top, selection.dtype
    host = HostOutput(shape, dtype, line, sums.start, sums.step, top, steps=steps)
    coarse = _inexact(matrix, coding)
    if coarse is not None:
        notes = (*notes, inexact_scores(layer, coarse, names))
    rounded = rounding(host, matrix.dtype, layer, network.origin(*trace.finish))
    return op, host, (*notes, *rounded)


_END_HINT = "end the network with this product and a bias alone, or train it with 1-bit weights"


def _weights(
    segment: Segment, matrix: IntegerMatrix, before: Activations, names: tuple[str, ...]
) -> npt.NDArray[np.int8]:
    """Weights in the order of what is stored, those of inverted bits negated.

    Raises:
        XnorflowError: what is multiplied is no vector of computed integers.
    """
    cells, width = before.layout.cells, matrix.weights.shape[1]
    if len(cells) != width:
        rule = f"must multiply one vector of {width} a frame, not {len(cells) // width}"
        hint = "flatten the frame before it, or train it with 1-bit weights"
        raise _error(rule, hint, segment, names)
    if cells.max() >= before.layout.size:
        rule = "must multiply computed integers, not constants that a Pad puts in"
        raise _error(rule, "pad in front of a Conv or MaxPool alone", segment, names)
    weights = matrix.weights[:, inverse(cells)]
    return np.ascontiguousarray(np.where(before.flips, -weights, weights))


def _line(
    chain: FunctionChain,
    op: Linear,
    matrix: IntegerMatrix,
    coding: Coding,
    segment: Segment,
    names: tuple[str, ...],
) -> HostLine:
    """What sums are worth, found at 0 and at both ends, and tried in between."""
    sums, cells = op.sums(coding.value), np.arange(len(op.weights))
    scale = coding.step * matrix.scale
    fixed = coding.middle * matrix.scale * matrix.weights.astype(np.float64).sum(axis=1)
    numbers = np.unique(np.linspace(0, len(sums) - 1, _SAMPLES).astype(np.int64))
    raw = np.concatenate([[0], sums.start + sums.step * numbers])[:, np.newaxis]
    values: Array = (scale * raw + fixed).astype(matrix.dtype)
    if matrix.bias is not None:
        values = values + matrix.bias
    results = chain.run(values, cells)[-1]
    check_finite(results, names)
    offset = results[0].astype(np.float64)
    slope = (results[-1].astype(np.float64) - results[1]) / (raw[-1] - raw[1])
    near = np.abs(slope / scale - 1) < 2.0**-20
    slope = np.where(near, scale, slope)
    line = HostLine(len(sums), slope, offset, matrix.dtype.name)
    rounded = (raw * slope).astype(matrix.dtype) + offset.astype(matrix.dtype)
    if (rounded != results).any():
        raise _error("must be followed by a bias alone", _END_HINT, segment, names)
    return line


def _inexact(matrix: IntegerMatrix, coding: Coding) -> Coarse | None:
    """Why the model's own sums depend on the order in which it adds; None where they do not."""
    largest = np.abs(matrix.weights.astype(np.int64)).sum(axis=1).max() * matrix.scale
    unit = units(matrix.scale) * min(units(coding.step), units(coding.middle))
    if largest * coding.reach <= unit * 2.0 ** (np.finfo(matrix.dtype).nmant + 1):
        return None
    text = f"sums have more digits than {matrix.dtype}"
    return Coarse(text, "use scales that are powers of two (0.0625, not 0.05)")


def _error(rule: str, hint: str, segment: Segment, names: tuple[str, ...]) -> XnorflowError:
    text = f"{segment.product.op_type} of integer weights {rule}"
    return XnorflowError(Diagnostic("unsupported-op", text, hint, Origin(names)))
