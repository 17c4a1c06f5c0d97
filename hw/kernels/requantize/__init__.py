# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""requantize: a function of single integers, one a channel, by shifted and clipped lines."""

from __future__ import annotations

from xnorflow.diagnostics import Diagnostic
from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.kernels.requantize.cost import estimate
from xnorflow.kernels.requantize.pieces import MAX_PIECES, Pieces
from xnorflow.kernels.requantize.shape import RequantizeShape
from xnorflow.kernels.threshold.shape import MAX_IN_BITS, MAX_OUT_BITS
from xnorflow.timing.process import SKID, Input, Order, Process

__all__ = ["Requantize"]

_MAX_BITS = 16


class Requantize(Kernel):
    """A product and a sum for each lane, or a comparator for each level."""

    name = "requantize"
    summary = "quantiser of integers, one a channel: scaled, rounded and clipped, or by levels"

    def matches(self, layer: Layer) -> bool:
        """Up to 16 bits, of tables that a few lines give."""
        return _is_one_a_channel(layer) and _is_small(layer) and Pieces.of(layer) is not None

    def refusal(self, layer: Layer) -> Diagnostic | None:
        """Inputs that are too wide, and tables that take too many lines."""
        entry, out = layer.in_type.value, layer.out_type.value
        if not _is_one_a_channel(layer) or _is_of_threshold(layer):
            return None
        if max(entry.bits, out.bits) > _MAX_BITS:
            return Diagnostic(
                "quantiser-tables",
                f"{layer.name} ({layer.in_type} -> {layer.out_type}) must read and give integers "
                f"of at most {_MAX_BITS} bits, not of {entry.bits} and {out.bits}",
                "quantise to fewer bits in front of it, or split the sum that it reads",
                layer.origin,
            )
        if not _is_small(layer) or Pieces.of(layer) is not None:
            return None
        return Diagnostic(
            "quantiser-tables",
            f"the tables of {layer.name} ({layer.in_type} -> {layer.out_type}) must each be given "
            f"by at most {MAX_PIECES} lines, shifted and clipped, not by more",
            "use activations of a few straight parts (ReLU, PReLU, Clip), or fewer levels",
            layer.origin,
        )

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the number of elements, as both pe and simd."""
        return tuple(Folding(k, k) for k in divisors(layer.in_type.elements))

    def storages(self, layer: Layer, folding: Folding) -> tuple[str, ...]:
        """What multiplies, where slopes are more than signs."""
        return ("lut", "dsp") if RequantizeShape(layer, folding).pieces.multiplies else ()

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """One a beat."""
        return layer.in_type.elements // folding.pe

    def process(self, layer: Layer, folding: Folding) -> Process:
        """A step a beat, through tables, product and sum into the skid buffer."""
        beats, delay = self.cycles(layer, folding), RequantizeShape(layer, folding).delay
        order, source = Order.of_beats(beats), Input(beats)
        return Process(order, (source,), SKID, delay=delay, rigid=delay > 0)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(RequantizeShape(layer, folding), family)

    def input_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE elements a beat."""
        return (Stream(folding.pe, layer.in_type.value.bits, self.cycles(layer, folding)),)

    def output_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE elements a beat."""
        return (Stream(folding.pe, layer.out_type.value.bits, self.cycles(layer, folding)),)


def _is_one_a_channel(layer: Layer) -> bool:
    """Whether a layer is a quantiser of integers by one table, or by one a channel.

    Or of bits that threshold cannot make so many bits of.
    """
    value = layer.in_type.value
    is_bit = value.is_bit and not _is_of_threshold(layer)
    if not isinstance(layer.op, Quantize) or not (value.is_plain or is_bit):
        return False
    return layer.op.is_uniform or len(layer.op.table) == layer.in_type.channels


def _is_small(layer: Layer) -> bool:
    """Whether widths are in range; single bits of narrow inputs are left to threshold."""
    entry, out = layer.in_type.value, layer.out_type.value
    if max(entry.bits, out.bits) > _MAX_BITS:
        return False
    return out.bits > 1 or not _is_of_threshold(layer)


def _is_of_threshold(layer: Layer) -> bool:
    """Whether threshold is made for such widths; why it cannot do, it says by itself."""
    entry, out = layer.in_type.value, layer.out_type.value
    return entry.bits <= MAX_IN_BITS and out.bits <= MAX_OUT_BITS
