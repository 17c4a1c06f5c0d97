# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""threshold: a function of single elements by table; quantises the network's input."""

from __future__ import annotations

from xnorflow.diagnostics import Diagnostic
from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.hw_common.memory import MAX_FILES
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.kernels.threshold.cost import cheapest, estimate
from xnorflow.kernels.threshold.shape import (
    MAX_FUNCTION_BITS,
    MAX_IN_BITS,
    MAX_OUT_BITS,
    ThresholdShape,
)
from xnorflow.kernels.threshold.tables import Tables
from xnorflow.timing.process import SKID, Input, Order, Process

__all__ = ["Threshold"]

_MAX_LUT_TABLE = 1 << 18
"""Bits of all tables that differ, in LUTs: some 4,000 of them."""
_MAX_TABLE = 1 << 22
"""Bits of all tables that differ: 228 BRAM18, four fifths of what a pynq-z1 has."""


class Threshold(Kernel):
    """Quantises each element by its table, one for all or tables that repeat."""

    name = "threshold"
    summary = "quantiser of single elements: pixel or sample to bit or to a few bits, by table"

    def matches(self, layer: Layer) -> bool:
        """Up to 12 bits in and 8 out, and no more different tables than fit into block RAM."""
        return _is_small(layer) and not self._is_too_large(layer)

    def refusal(self, layer: Layer) -> Diagnostic | None:
        """Tables that fit nowhere."""
        if not _is_small(layer) or not self._is_too_large(layer):
            return None
        tables = Tables.of(layer)
        size = tables.size(tables.most_low_bits)
        return Diagnostic(
            "quantiser-tables",
            f"the tables of {layer.name} ({layer.in_type} -> {layer.out_type}) must take at most "
            f"{_MAX_TABLE} bits, not {size} for {tables.period} elements that differ",
            "quantise all elements alike, or all of a channel (one scale and zero point each); or "
            "to one bit, which takes no table",
            layer.origin,
        )

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the number of elements, as both pe and simd, that has a place."""
        found = (Folding(k, k) for k in divisors(layer.in_type.elements))
        return tuple(f for f in found if not _has_tables(layer, f) or self.storages(layer, f))

    def storages(self, layer: Layer, folding: Folding) -> tuple[str, ...]:
        """LUTs or block RAM, for tables of more than 8 bits and for those taken in turn."""
        if not _has_tables(layer, folding):
            return ()
        alike = Tables.of(layer).period == 1
        lut = ("lutram",) if _fits_luts(layer) else ()
        return (*lut, "bram") if alike or folding.pe <= MAX_FILES else lut

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """One a beat."""
        return layer.in_type.elements // folding.pe

    def process(self, layer: Layer, folding: Folding) -> Process:
        """A step a beat, through the tables and into the skid buffer."""
        beats, delay = self.cycles(layer, folding), ThresholdShape(layer, folding).delay
        order, source = Order.of_beats(beats), Input(beats)
        return Process(order, (source,), SKID, delay=delay, rigid=delay > 0)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(cheapest(ThresholdShape(layer, folding), family), family)

    def input_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE elements a beat."""
        return (Stream(folding.pe, layer.in_type.value.bits, self.cycles(layer, folding)),)

    def output_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE elements a beat."""
        return (Stream(folding.pe, layer.out_type.value.bits, self.cycles(layer, folding)),)

    @staticmethod
    def _is_too_large(layer: Layer) -> bool:
        tables = Tables.of(layer)
        return not tables.are_levels and tables.size(tables.most_low_bits) > _MAX_TABLE


def _is_small(layer: Layer) -> bool:
    """Whether a layer is a quantiser of few enough bits."""
    bits = layer.in_type.value.bits, layer.out_type.value.bits
    is_few = bits[0] <= MAX_IN_BITS and bits[1] <= MAX_OUT_BITS
    return isinstance(layer.op, Quantize) and is_few


def _has_tables(layer: Layer, folding: Folding) -> bool:
    """Whether codes come from tables, not from levels or functions of a few bits."""
    shape = ThresholdShape(layer, folding)
    if shape.tables.are_levels:
        return False
    few = shape.tables.in_bits <= MAX_FUNCTION_BITS and _fits_luts(layer)
    return shape.phases > 1 or not few


def _fits_luts(layer: Layer) -> bool:
    tables = Tables.of(layer)
    return tables.size(tables.most_low_bits) <= _MAX_LUT_TABLE
