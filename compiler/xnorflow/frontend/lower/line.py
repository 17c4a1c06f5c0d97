# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The last product where its weights are integers: exact sums, and a line for the host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, Severity, XnorflowError
from xnorflow.frontend.evaluate.chain import FunctionChain
from xnorflow.frontend.evaluate.digits import units
from xnorflow.frontend.lower.select import read_selection
from xnorflow.frontend.trace.layout import Layout, inverse
from xnorflow.ir.host import HostLine, HostOutput
from xnorflow.ir.ops.linear import Linear

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.coding import Coding
    from xnorflow.frontend.evaluate.product import Activations
    from xnorflow.frontend.evaluate.weights import IntegerMatrix
    from xnorflow.frontend.read.network import Array, Network
    from xnorflow.frontend.trace.trace import Segment, Trace

__all__ = ["lower_line"]

_SAMPLES = 1 << 12
"""Sums of each output for which the functions behind the product are run."""


def lower_line(
    network: Network, trace: Trace, matrix: IntegerMatrix, before: Activations
) -> tuple[Linear, HostOutput, tuple[Diagnostic, ...]]:
    """The last segment's product, and what its sums are worth.

    Raises:
        XnorflowError: it does not multiply one vector of plain integers, or what follows is no
            line.
    """
    segment = trace.segments[-1]
    node, coding = segment.product, before.coding
    names = network.origin(*segment.nodes)
    if before.layout.cells.max() >= before.layout.size or before.flips.any():
        raise _error("must multiply computed integers as they are", segment, names)
    order = inverse(before.layout.cells)
    weights = np.ascontiguousarray(matrix.weights[:, order])
    op = Linear(weights)
    chain = FunctionChain(network, segment.chain, Layout.of_vector(network.shape(node.output[0])))
    if chain.pools or (chain.end.cells != np.arange(len(weights))).any():
        raise _error("must be followed by functions of its sums alone", segment, names)
    line = _line(chain, op, matrix, coding, segment, names)
    sums = op.sums(coding.value)
    shape = network.shape(trace.output)
    shape = shape[1:] if shape[:1] == (1,) else shape
    top = 0
    if trace.choice is not None:
        selection = read_selection(network, trace.choice)
        selection.check_plain()
        shape, top = selection.shape, selection.top
    dtype = matrix.dtype.name
    host = HostOutput(shape, dtype, line, sums.start, sums.step, top)
    return op, host, tuple(_inexact(matrix, coding, names))


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
    fixed = coding.middle * matrix.scale * op.weights.astype(np.float64).sum(axis=1)
    numbers = np.unique(np.linspace(0, len(sums) - 1, _SAMPLES).astype(np.int64))
    raw = np.concatenate([[0], sums.start + sums.step * numbers])[:, np.newaxis]
    values: Array = (scale * raw + fixed).astype(matrix.dtype)
    if matrix.bias is not None:
        values = values + matrix.bias
    results = chain.run(values, cells)[-1]
    offset = results[0].astype(np.float64)
    slope = (results[-1].astype(np.float64) - results[1]) / (raw[-1] - raw[1])
    near = np.abs(slope / scale - 1) < 2.0**-20
    slope = np.where(near, scale, slope)
    line = HostLine(len(sums), slope, offset)
    rounded = (raw * slope).astype(matrix.dtype) + offset.astype(matrix.dtype)
    if (rounded != results).any():
        raise _error("must be followed by a scale and a bias alone", segment, names)
    return line


def _inexact(matrix: IntegerMatrix, coding: Coding, names: tuple[str, ...]) -> Iterator[Diagnostic]:
    """A note where the model's own sums depend on the order in which it adds."""
    largest = np.abs(matrix.weights.astype(np.int64)).sum(axis=1).max() * matrix.scale
    unit = units(matrix.scale) * min(units(coding.step), units(coding.middle))
    if largest * coding.reach <= unit * 2.0 ** (np.finfo(matrix.dtype).nmant + 1):
        return
    yield Diagnostic(
        "inexact-sums",
        f"the model computes its scores with an error (sums have more digits than "
        f"{matrix.dtype}): where two classes have equal scores, or nearly so, it may choose "
        "either; the hardware's sums are exact, and of equal scores the first wins",
        "use scales that are powers of two (0.0625, not 0.05)",
        Origin(names),
        Severity.NOTE,
    )


def _error(rule: str, segment: Segment, names: tuple[str, ...]) -> XnorflowError:
    hint = "end the network with a MatMul or Gemm of 1-bit weights, or of one scale and a bias"
    text = f"{segment.product.op_type} of integer weights {rule}"
    return XnorflowError(Diagnostic("unsupported-op", text, hint, Origin(names)))
