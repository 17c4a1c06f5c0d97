# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The input: its integer type, its order, and the quantiser in front of the first layer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.frontend.chain import Chain, inverse
from xnorflow.frontend.coding import Coding
from xnorflow.frontend.names import printable
from xnorflow.frontend.network import is_plain
from xnorflow.frontend.outcomes import check_finite
from xnorflow.ir.diagnostics import Diagnostic, Origin, Severity, XnorflowError
from xnorflow.ir.graph import HostInput
from xnorflow.ir.layer import Ints, Quantize
from xnorflow.ir.types import ValueType, bits_for_range

if TYPE_CHECKING:
    from xnorflow.frontend.network import Array, Network
    from xnorflow.frontend.trace import Trace

__all__ = ["Head", "lower_head"]

_MAX_BITS = 8


@dataclass(frozen=True, eq=False)
class Head:
    """What happens before the first matrix product.

    Attributes:
        host: how the host makes frames.
        in_type: type of a frame's integers.
        quantize: what the hardware does to them.
        coding: of the quantised values.
        columns: int32 [elements]: frame element i is element columns[i] of the first product.
        notes: near ties.
    """

    host: HostInput
    in_type: ValueType
    quantize: Quantize
    coding: Coding
    columns: Ints
    notes: tuple[Diagnostic, ...]


def lower_head(network: Network, trace: Trace, input_scale: float) -> Head:
    """Evaluate the nodes before the first product on every integer that the input can hold.

    Raises:
        XnorflowError: no supported integer type, or results that few bits cannot code.
    """
    if not isfinite(input_scale) or input_scale == 0:
        raise XnorflowError(
            Diagnostic(
                "input-scale",
                f"the input scale must be a finite number other than 0, not {input_scale}",
                "say what one step of the stored integer is worth, e.g. --input-scale 1/255",
            )
        )
    in_type, levels = _input_type(network)
    shape = network.shape(network.input)[1:]
    order = _order(shape)
    chain = Chain(network, trace.head, network.input)
    stored = np.asarray(levels or range(in_type.low, in_type.high + 1), dtype=np.float64)
    values = (stored * input_scale).astype(network.dtype(network.input))
    column = np.repeat(values[:, np.newaxis], chain.elements, axis=1)
    names = network.origin(*trace.head) or (printable(network.input),)
    results = chain(column)
    check_finite(results, names)
    codes, coding = _encode(results, names)
    notes = _near_ties(chain, column, codes, coding, names)
    table = codes.T if order is None else codes.T[order]
    if (table == table[:1]).all():
        table = table[:1]
    frame = np.arange(chain.elements) if order is None else order
    return Head(
        HostInput(shape, order, input_scale, levels),
        in_type,
        Quantize(np.ascontiguousarray(table, dtype=np.int32)),
        coding,
        inverse(chain.source)[frame],
        notes,
    )


def _input_type(network: Network) -> tuple[ValueType, tuple[int, ...] | None]:
    name, dtype = network.annotation(network.input), network.dtype(network.input)
    if not is_plain(dtype):
        name = str(dtype)
    elif not name or name == "FLOAT32":
        name = {"int8": "INT8", "bool": "BINARY"}.get(dtype.name, "UINT8")
    match = re.fullmatch(r"(U?)INT([1-8])", name)
    if name == "BIPOLAR":
        return ValueType(1), (-1, 1)
    if name == "BINARY":
        return ValueType(1), None
    if match:
        return ValueType(int(match[2]), signed=not match[1]), None
    raise XnorflowError(
        Diagnostic(
            "input-type",
            f"the input must be BIPOLAR, BINARY or an integer of at most {_MAX_BITS} bits, "
            f"not {printable(name)}",
            "change the input's finn_datatype annotation, or leave it out for 8-bit pixels",
            Origin((printable(network.input),)),
        )
    )


def _order(shape: tuple[int, ...]) -> Ints | None:
    """Channels last: [C, H, W] leaves as [H, W, C]; other shapes as they are."""
    if len(shape) != 3 or shape[0] == 1 or shape[1] * shape[2] == 1:
        return None
    numbers = np.arange(np.prod(shape), dtype=np.int32).reshape(shape)
    order: Ints = numbers.transpose(1, 2, 0).ravel()
    return order


def _encode(results: Array, names: tuple[str, ...]) -> tuple[Ints, Coding]:
    """Integers for the values [levels, elements], and what they are worth."""
    values = np.unique(results.astype(np.float64))
    if len(values) <= 2:
        coding = Coding.of_bits(float(values[0]), float(values[-1]))
        return (results == values[-1]).astype(np.int32), coding
    span = values[-1] - values[0]
    steps = np.rint(span / np.diff(values).min())
    step = span / steps
    slack = 4 * np.finfo(np.float32).eps * np.abs(values).max()
    for offset in (0.0, float(values[0])):
        codes = np.rint((results - offset) / step)
        value = bits_for_range(int(codes.min()), int(codes.max()))
        fits = np.abs(offset + step * codes - results).max() <= slack
        if fits and value.bits <= _MAX_BITS:
            return codes.astype(np.int32), Coding(value, offset, float(step))
    raise XnorflowError(
        Diagnostic(
            "unquantised-input",
            f"the values that enter the first layer must be a bit or equally spaced integers of "
            f"at most {_MAX_BITS} bits, not {len(values)} values from {values[0]:g} to "
            f"{values[-1]:g}",
            "quantise the input in the model (brevitas.nn.QuantIdentity before the first layer)",
            Origin(names),
        )
    )


def _near_ties(
    chain: Chain, column: Array, codes: Ints, coding: Coding, names: tuple[str, ...]
) -> tuple[Diagnostic, ...]:
    if not chain.nodes or column.dtype != np.float32 or not coding.step:
        return ()
    try:
        exact = chain(column, double=True)
    except XnorflowError:
        return ()
    level = (exact - coding.middle) / coding.step
    again = level > 0 if coding.value.is_binary else np.rint(level)
    differs = (again != codes).any(axis=0).sum()
    if not differs:
        return ()
    return (
        Diagnostic(
            "near-tie",
            f"input quantiser: {differs} of {chain.elements} elements switch within float32 "
            "rounding error of an input value",
            "the executor's own rounding decides there; the hardware does the same",
            Origin(names),
            Severity.NOTE,
        ),
    )
