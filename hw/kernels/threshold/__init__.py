# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""threshold: a function of single elements by table; quantises the network's input."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from math import lcm

import numpy as np
import numpy.typing as npt

from xnorflow.ir.divisors import divisors
from xnorflow.ir.kernel import Family, Folding, Instance, Kernel, Resources
from xnorflow.ir.layer import Ints, Layer, Quantize
from xnorflow.ir.process import SKID, Order, Process
from xnorflow.ir.types import Stream
from xnorflow.kernels.threshold.cost import compare_cost, fixed_cost, look_up_cost
from xnorflow.kernels.threshold.functions import Functions

__all__ = ["Threshold"]

_MAX_BITS = 8
_MAX_TABLE = 1 << 18
"""Bits of all tables that differ, where they are no mere thresholds: some 4,000 LUTs."""


class Threshold(Kernel):
    """Quantises each element by its table, one for all or tables that repeat."""

    name = "threshold"
    summary = "quantiser of single elements: pixel to bit or to a few bits, by table"
    sources = (
        "common/table_lut.sv",
        "common/dual_lut.sv",
        "common/lut_rom.sv",
        "skid_buffer/skid_buffer.sv",
        "element_function.sv",
        "threshold.sv",
    )

    def matches(self, layer: Layer) -> bool:
        """Up to 8 bits in and out, and no more different tables than fit into LUTs."""
        op = layer.op
        if not isinstance(op, Quantize):
            return False
        bits = layer.out_type.value.bits
        if max(layer.in_type.value.bits, bits) > _MAX_BITS:
            return False
        return _compares(layer) or _period(op) * op.table.shape[1] * bits <= _MAX_TABLE

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the number of elements, as both pe and simd."""
        return tuple(Folding(k, k) for k in divisors(layer.in_type.elements))

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """One a beat."""
        return layer.in_type.elements // folding.pe

    def process(self, layer: Layer, folding: Folding) -> Process:
        """A step a beat, into the skid buffer."""
        beats = self.cycles(layer, folding)
        return Process(Order.of_beats(beats), beats, SKID)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        op, bits = _quantize(layer), layer.out_type.value.bits
        phases = _count(op, folding) // folding.pe
        if phases <= 1:
            times = folding.pe // _period(op)
            return fixed_cost(folding.pe * bits, times * _functions_lut(op, bits, family), family)
        if not _compares(layer):
            tables = _codes(op.table[: _period(op)], bits)
            return look_up_cost(folding.pe, phases, tables, bits, family)
        words = _words(op, folding).reshape(phases, folding.pe)
        return compare_cost(words, layer.in_type.value.bits, family)

    def input_stream(self, layer: Layer, folding: Folding) -> Stream:
        """PE elements a beat."""
        return Stream(folding.pe, layer.in_type.value.bits, self.cycles(layer, folding))

    def output_stream(self, layer: Layer, folding: Folding) -> Stream:
        """PE elements a beat."""
        return Stream(folding.pe, layer.out_type.value.bits, self.cycles(layer, folding))

    def golden(self, layer: Layer, x: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """The table itself."""
        table = _quantize(layer).table
        rows = np.arange(x.shape[1]) if len(table) > 1 else np.zeros(x.shape[1], np.intp)
        result: npt.NDArray[np.int32] = table[rows, x - layer.in_type.value.low]
        return result

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """The tables, or the thresholds, as a parameter."""
        op, source, bits = _quantize(layer), layer.in_type.value, layer.out_type.value.bits
        count = _count(op, folding)
        parameters = {
            "PE": str(folding.pe),
            "ELEMENTS": str(layer.in_type.elements),
            "ROWS": str(count),
            "IN_W": str(source.bits),
            "IN_SIGNED": "1'b1" if source.signed else "1'b0",
            "OUT_W": str(bits),
            "CUTS": f"1'b{_are_cut(op, bits, family):d}",
        }
        if not _compares(layer):
            table = {"TABLE": _literal(_codes(op.table[:count], bits).ravel(), bits)}
            return Instance("threshold", parameters | table)
        words = _words(op, folding)
        inverts = bool(words.max() >> source.bits)
        parameters |= {"COMPARES": "1'b1", "INVERTS": "1'b1" if inverts else "1'b0"}
        table = {"TABLE": _literal(words, source.bits + inverts)}
        return Instance("threshold", parameters | table)


def _quantize(layer: Layer) -> Quantize:
    assert isinstance(layer.op, Quantize)
    return layer.op


def _compares(layer: Layer) -> bool:
    """Whether tables that differ are thresholds: of bits that change at most once."""
    op = _quantize(layer)
    return layer.out_type.value.bits == 1 and not op.is_uniform and _changes_once(op)


@lru_cache(maxsize=4)
def _changes_once(op: Quantize) -> bool:
    """Whether no row changes more than once."""
    changes = np.count_nonzero(np.diff(op.table, axis=1), axis=1)
    return bool((changes <= 1).all())


@lru_cache(maxsize=4)
def _functions(op: Quantize, bits: int) -> Counter[Functions]:
    """The functions of each table until they repeat, and how often they occur."""
    rows = _codes(op.table[: _period(op)], bits)
    counts = Counter(row.tobytes() for row in rows)
    return Counter(
        {Functions.of(np.frombuffer(row, rows.dtype), bits): n for row, n in counts.items()}
    )


@lru_cache(maxsize=4)
def _are_cut(op: Quantize, bits: int, family: Family) -> bool:
    """Whether functions are cut; simple ones are left whole, and all that LUT4 are made of."""
    return family == "xc7" and not all(f.are_simple for f in _functions(op, bits))


@lru_cache(maxsize=4)
def _functions_lut(op: Quantize, bits: int, family: Family) -> float:
    """LUTs of the functions of all tables until they repeat."""
    cut = _are_cut(op, bits, family)
    return sum(
        count * (functions.cut_lut if cut else functions.whole_lut(family))
        for functions, count in _functions(op, bits).items()
    )


@lru_cache(maxsize=4)
def _period(op: Quantize) -> int:
    """Elements until the tables repeat, to the frame's end."""
    table, count = op.table, len(op.table)
    return next(
        p
        for p in divisors(count)
        if p == count
        or (np.array_equal(table[p], table[0]) and np.array_equal(table[p:], table[:-p]))
    )


def _count(op: Quantize, folding: Folding) -> int:
    """Tables of whole beats until they repeat; one if it serves all elements."""
    period = _period(op)
    return 1 if period == 1 else lcm(period, folding.pe)


def _codes(values: Ints, bits: int) -> Ints:
    """Two's complement."""
    return values & ((1 << bits) - 1)


def _words(op: Quantize, folding: Folding) -> Ints:
    """{invert, threshold} of each element of whole beats until they repeat."""
    words = _words_of_period(op)
    return np.tile(words, _count(op, folding) // len(words))


@lru_cache(maxsize=4)
def _words_of_period(op: Quantize) -> Ints:
    """{invert, threshold}: bits are 1 from the threshold on, unless inverted.

    An element that never changes has threshold 0.
    """
    bits, levels = _codes(op.table[: _period(op)], 1), op.table.shape[1]
    ones = np.count_nonzero(bits, axis=1)
    falls = (bits[:, 0] == 1) & (ones < levels)
    never = ones == 0
    first = np.where(falls, ones, np.where(never, 0, levels - ones))
    words: Ints = (first + levels * (falls | never)).astype(np.int32)
    return words


def _literal(words: Ints, bits: int) -> str:
    """A vector of words as one Verilog literal, the first word in the low bits."""
    spread = ((words[:, np.newaxis] >> np.arange(bits)) & 1).astype(np.uint8)
    number = int.from_bytes(np.packbits(spread.ravel(), bitorder="little").tobytes(), "little")
    return f"{spread.size}'h{number:x}"
