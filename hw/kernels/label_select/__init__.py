# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""label_select: the index of the largest class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Instance, Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.types import ValueType, bits_for_range
from xnorflow.kernels.label_select.cost import LabelSelectShape, estimate
from xnorflow.timing.process import SKID, Order, Process

__all__ = ["LabelSelect"]


class LabelSelect(Kernel):
    """Adds a constant to each class and gives the index of the first maximum."""

    name = "label_select"
    summary = "index of the largest class, first maximum wins"
    sources = (
        "common/table_lut.sv",
        "common/dual_lut.sv",
        "common/lut_rom.sv",
        "skid_buffer/skid_buffer.sv",
        "label_select.sv",
    )

    def matches(self, layer: Layer) -> bool:
        """Every ArgMax."""
        return isinstance(layer.op, ArgMax)

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the number of classes, as both pe and simd."""
        classes = layer.in_type.elements
        return tuple(Folding(k, k) for k in divisors(classes))

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """One a beat."""
        return layer.in_type.elements // folding.pe

    def process(self, layer: Layer, folding: Folding) -> Process:
        """The adder, the tree and the best so far, which wait for the skid buffer behind them."""
        beats, levels = self.cycles(layer, folding), (folding.pe - 1).bit_length()
        delay = int(_values(layer).has_offsets) + levels + int(beats > 1)
        return Process(Order.of_last(beats), beats, SKID, delay=delay, rigid=True)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        values, source = _values(layer), layer.in_type.value
        beats, offsets = self.cycles(layer, folding), None
        if values.has_offsets:
            table = np.array(values.offsets)[:, np.newaxis] >> np.arange(values.bits)
            offsets = (table & 1).astype(np.uint8).reshape(beats, folding.pe, -1)
        shape = LabelSelectShape(
            pe=folding.pe,
            beats=beats,
            value_bits=values.bits if values.has_offsets else source.bits,
            index_bits=layer.out_type.value.bits,
            offsets=offsets,
            source=source,
        )
        return estimate(shape, family)

    def input_stream(self, layer: Layer, folding: Folding) -> Stream:
        """PE values a beat."""
        return Stream(folding.pe, layer.in_type.value.bits, self.cycles(layer, folding))

    def output_stream(self, layer: Layer, folding: Folding) -> Stream:
        """One index a frame."""
        return Stream(1, layer.out_type.value.bits, 1)

    def golden(self, layer: Layer, x: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """numpy's argmax, which takes the first maximum too."""
        sums = x.astype(np.int64) + _argmax(layer).offsets.astype(np.int64)
        labels: npt.NDArray[np.int32] = sums.argmax(axis=1, keepdims=True).astype(np.int32)
        return labels

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Offsets as a parameter, moved together towards 0, which no maximum notices."""
        values = _values(layer)
        classes, source = layer.in_type.elements, layer.in_type.value
        parameters = {
            "PE": str(folding.pe),
            "CLASSES": str(classes),
            "IN_W": str(source.bits),
            "IN_SIGNED": "1'b1" if source.signed else "1'b0",
            "VALUE_W": str(values.bits),
            "IDX_W": str(layer.out_type.value.bits),
            "HAS_OFFSETS": "1'b1" if values.has_offsets else "1'b0",
        }
        if not values.has_offsets:
            return Instance("label_select", parameters)
        mask = (1 << values.bits) - 1
        table = sum((o & mask) << (values.bits * i) for i, o in enumerate(values.offsets))
        offsets = f"{classes * values.bits}'h{table:x}"
        return Instance("label_select", parameters | {"OFFSETS": offsets})


@dataclass(frozen=True)
class _Values:
    """What is compared: the offsets, centred, and the signed bits of every sum."""

    offsets: tuple[int, ...]
    bits: int

    @property
    def has_offsets(self) -> bool:
        return any(self.offsets)


def _values(layer: Layer) -> _Values:
    given = [int(offset) for offset in _argmax(layer).offsets]
    middle = (min(given) + max(given)) // 2
    offsets = tuple(offset - middle for offset in given)
    source: ValueType = layer.in_type.value
    sums = bits_for_range(min(source.low + min(offsets), -1), source.high + max(offsets))
    return _Values(offsets, sums.bits)


def _argmax(layer: Layer) -> ArgMax:
    assert isinstance(layer.op, ArgMax)
    return layer.op
