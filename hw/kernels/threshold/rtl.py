# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""threshold in SystemVerilog."""

from __future__ import annotations

import numpy as np

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.hw_common.memory import bits_of, images, literal
from xnorflow.ir.layer import Layer
from xnorflow.ir.types import Ints
from xnorflow.kernels.threshold.cost import cheapest
from xnorflow.kernels.threshold.shape import ThresholdShape

__all__ = ["ThresholdRtl"]


class ThresholdRtl(RtlKernel):
    """Tables as a parameter, or as images of block RAM."""

    name = "threshold"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """The tables, or the levels, as a parameter, or as memory images for block RAM."""
        shape, source = cheapest(ThresholdShape(layer, folding), family), layer.in_type.value
        parameters = {
            "PE": str(folding.pe),
            "ELEMENTS": str(layer.in_type.elements),
            "ROWS": str(shape.rows),
            "IN_W": str(source.bits),
            "IN_SIGNED": f"1'b{source.signed:d}",
            "OUT_W": str(shape.tables.bits),
        }
        if shape.tables.are_levels:
            levels = shape.tables.levels
            inverts = bool(levels.max() >> source.bits)
            parameters |= {"COMPARES": "1'b1", "INVERTS": f"1'b{inverts:d}"}
            table = bits_of(levels[shape.order], source.bits + inverts)
            return Instance("threshold", parameters | {"TABLE": literal(table.ravel())})
        parameters |= {"LOW_W": str(shape.low_bits), "DELAY": str(shape.delay)}
        bits = bits_of(_in_turn(shape), shape.word_bits)
        if shape.in_block:
            tables = [np.concatenate(own) for own in bits]
            file, data = images(f"{layer.name}_table", tables)
            return Instance("threshold", parameters | {"BLOCK": "1'b1", "TABLE_FILE": file}, data)
        ordered = bits.swapaxes(2, 3) if shape.has_functions else bits
        parameters |= {
            "CUTS": f"1'b{shape.are_cut(family.fabric):d}",
            "TABLE": literal(ordered.ravel()),
        }
        return Instance("threshold", parameters)


def _in_turn(shape: ThresholdShape) -> Ints:
    """The words of each lane's tables in turn [lanes, tables, places]; of one lane if all share."""
    words = shape.tables.words(shape.low_bits)
    if shape.layer.in_type.value.signed:
        words = np.roll(words, words.shape[1] // 2, axis=1)  # as two's complement counts
    turns: Ints = words[shape.order].swapaxes(0, 1)
    return turns
