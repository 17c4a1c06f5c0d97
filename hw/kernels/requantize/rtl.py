# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""requantize in SystemVerilog."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.hw_common.memory import images, literal
from xnorflow.ir.layer import Layer
from xnorflow.kernels.requantize.shape import RequantizeShape
from xnorflow.kernels.requantize.words import line_words, start_words

__all__ = ["RequantizeRtl"]


class RequantizeRtl(RtlKernel):
    """Lines as a parameter, or as images of block RAM."""

    name = "requantize"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Widths, and the tables of lines and of where pieces start."""
        shape = RequantizeShape(layer, folding)
        parameters = _widths(shape)
        data: dict[str, bytes] = {}
        for name, table, words in (
            ("LINES", shape.lines, line_words(shape)),
            ("STARTS", shape.starts, start_words(shape)),
        ):
            if table is not None and table.in_block(family):
                file, files = images(f"{layer.name}_{name.lower()}", list(words))
                data |= files
                parameters |= {f"{name}_BLOCK": "1'b1", f"{name}_FILE": file}
            elif words.size:
                parameters[name] = literal(words.ravel())
        return Instance("requantize", parameters, data)


def _widths(shape: RequantizeShape) -> dict[str, str]:
    pieces = shape.pieces
    return {
        "PE": str(shape.lanes),
        "ELEMENTS": str(shape.layer.in_type.elements),
        "ROWS": str(shape.rows),
        "IN_W": str(shape.layer.in_type.value.bits),
        "DROP_W": str(pieces.drop),
        "K_W": str(pieces.entry.bits),
        "K_SIGNED": f"1'b{pieces.entry.signed:d}",
        "OUT_W": str(pieces.out.bits),
        "PIECES": str(pieces.count),
        "SLOPE_W": str(pieces.slope_bits),
        "ZEROS": str(pieces.zeros),
        "SHIFT": str(pieces.shift),
        "SUM_W": str(pieces.sum_bits),
        "TIES": f"1'b{pieces.ties:d}",
        "CLIPS_LOW": f"1'b{pieces.clips_low:d}",
        "LOW": str(pieces.low),
        "CLIPS_HIGH": f"1'b{pieces.clips_high:d}",
        "HIGH": str(pieces.high),
        "DSP": f"1'b{shape.multiplies:d}",
        "DELAY": str(shape.delay),
    }
