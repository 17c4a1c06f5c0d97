# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""multithreshold: a function of single integers, one a channel, by a search in its thresholds."""

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
from xnorflow.ir.ops.multi_threshold import MultiThreshold
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import bits_for_range
from xnorflow.kernels.multithreshold.cost import estimate
from xnorflow.kernels.multithreshold.levels import Levels
from xnorflow.kernels.multithreshold.shape import MultithresholdShape
from xnorflow.kernels.threshold.shape import MAX_IN_BITS
from xnorflow.timing.process import SKID, Input, Order, Process

__all__ = ["Multithreshold"]

_MAX_OUT_BITS = 8
_MAX_LUT_BITS = 1 << 18
"""Of tables in LUTs, some 5,000 of them."""
_MAX_BITS = 1 << 22
"""Of all tables: 228 BRAM18, four fifths of what a pynq-z1 has."""
_BLOCK_BITS = 1 << 13
"""Tables that large are in block RAM, where they are no constants."""

_LEAST = Folding(1, 1)
"""The folding of the fewest tables."""


class Multithreshold(Kernel):
    """A binary search, a stage for each bit of the output."""

    name = "multithreshold"
    summary = "quantiser of integers of up to 32 bits, one a channel: rising or falling"

    def matches(self, layer: Layer) -> bool:
        """Up to 8 bits out and room for the tables; of a Quantize if its rows rise or fall."""
        if not isinstance(layer.op, MultiThreshold | Quantize) or _out_bits(layer) > _MAX_OUT_BITS:
            return False
        if isinstance(layer.op, Quantize) and not (
            _is_wide(layer) and _is_one_a_channel(layer, layer.op) and Levels.of(layer) is not None
        ):
            return False
        return _has_room(MultithresholdShape(layer, _LEAST))

    def refusal(self, layer: Layer) -> Diagnostic | None:
        """Outputs that are too wide, and thresholds that fit nowhere."""
        if not isinstance(layer.op, MultiThreshold) or self.matches(layer):
            return None
        what = f"{layer.name} ({layer.in_type} -> {layer.out_type})"
        rule = (
            f"{what} must give integers of at most {_MAX_OUT_BITS} bits, not from {layer.op.low} "
            f"to {layer.op.high}"
        )
        if _out_bits(layer) <= _MAX_OUT_BITS:
            size = sum(_sizes(MultithresholdShape(layer, _LEAST)))
            rule = f"the thresholds of {what} must take at most {_MAX_BITS} bits, not {size}"
        return Diagnostic("quantiser-tables", rule, "quantise to fewer bits", layer.origin)

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the number of elements, as both pe and simd, of not too many tables."""
        found = (Folding(k, k) for k in divisors(layer.in_type.elements))
        return tuple(f for f in found if _has_room(MultithresholdShape(layer, f)))

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """One a beat."""
        return layer.in_type.elements // folding.pe

    def process(self, layer: Layer, folding: Folding) -> Process:
        """A step a beat, through the stages into the skid buffer."""
        beats, delay = self.cycles(layer, folding), MultithresholdShape(layer, folding).stages
        return Process(Order.of_beats(beats), (Input(beats),), SKID, delay=delay, rigid=True)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(MultithresholdShape(layer, folding), family)

    def input_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE elements a beat."""
        return (Stream(folding.pe, layer.in_type.value.bits, self.cycles(layer, folding)),)

    def output_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE elements a beat."""
        return (Stream(folding.pe, layer.out_type.value.bits, self.cycles(layer, folding)),)


def _is_wide(layer: Layer) -> bool:
    """Whether threshold is not made for such inputs, and outputs are more than a bit."""
    return layer.in_type.value.bits > MAX_IN_BITS and _out_bits(layer) > 1


def _is_one_a_channel(layer: Layer, op: Quantize) -> bool:
    """Whether integers are quantised by one table, or by one a channel."""
    rows = (1, layer.in_type.channels)
    return layer.in_type.value.is_plain and len(op.table) in rows


def _out_bits(layer: Layer) -> int:
    """Bits of the outputs that there are."""
    op = layer.op
    assert isinstance(op, Quantize | MultiThreshold)
    if isinstance(op, Quantize):
        return bits_for_range(int(op.table.min()), int(op.table.max())).bits
    return bits_for_range(op.low, op.high).bits


def _sizes(shape: MultithresholdShape) -> list[int]:
    """Bits of each stage's table, of one lane."""
    return [shape.depth(stage) * shape.levels.bits for stage in range(shape.stages)]


def _has_room(shape: MultithresholdShape) -> bool:
    """Whether tables are no more than fit into block RAM, and into LUTs those that are there."""
    sizes, lanes = _sizes(shape), shape.row_lanes
    is_block = shape.phases > 1 and shape.stages * shape.lanes <= MAX_FILES
    small = sum(size for size in sizes if not is_block or size < _BLOCK_BITS)
    return lanes * small <= _MAX_LUT_BITS and lanes * sum(sizes) <= _MAX_BITS
