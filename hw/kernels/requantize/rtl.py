# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""requantize in SystemVerilog."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.hw_common.memory import image, literal
from xnorflow.ir.layer import Layer
from xnorflow.kernels.requantize.corridor import Numbers
from xnorflow.kernels.requantize.shape import RequantizeShape

__all__ = ["RequantizeRtl"]

Bits = npt.NDArray[np.uint8]


class RequantizeRtl(RtlKernel):
    """Lines as a parameter, or as images of block RAM."""

    name = "requantize"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Widths, and the tables of lines and of where pieces start."""
        shape = RequantizeShape(layer, folding)
        parameters, data = _widths(shape), {}
        for name, table, words in (
            ("LINES", shape.lines, _lines(shape)),
            ("STARTS", shape.starts, _starts(shape)),
        ):
            if table is not None and table.in_block(family):
                file = f"{layer.name}_{name.lower()}"
                data |= {f"{file}_{n:03}.hex": image(own) for n, own in enumerate(words)}
                parameters |= {f"{name}_BLOCK": "1'b1", f"{name}_FILE": f'"{file}"'}
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


def _lines(shape: RequantizeShape) -> Bits:
    """Words {offset, slope} of each memory [memories, words, bits], as requantize.sv has them."""
    pieces = shape.pieces
    offset_bits = pieces.sum_bits - pieces.zeros
    offsets = _bits(pieces.offsets >> pieces.zeros, offset_bits)
    lines = _in_turn(np.concatenate([_bits(pieces.slopes, pieces.slope_bits), offsets], -1), shape)
    phases, lanes, count, width = lines.shape
    if count == 1:
        return lines.reshape(1, phases, lanes * width)
    last = np.repeat(lines[:, :, -1:], (1 << pieces.piece_bits) - count, axis=2)
    return np.concatenate([lines, last], 2).swapaxes(0, 1).reshape(lanes, -1, width)


def _starts(shape: RequantizeShape) -> Bits:
    """The starts of all lanes' pieces, beat by beat [1, words, bits]."""
    pieces = shape.pieces
    bits = _in_turn(_bits(pieces.starts - pieces.entry.low, pieces.entry.bits), shape)
    return bits.reshape(1, shape.phases, -1)


def _in_turn(rows: Bits, shape: RequantizeShape) -> Bits:
    """Rows [rows, ...] in the order in which beats take them [phases, lanes, ...]; one if it is all."""
    lanes = 1 if shape.rows == 1 else shape.lanes
    order = np.arange(shape.phases * lanes) % len(rows)
    return rows[order].reshape(shape.phases, lanes, *rows.shape[1:])


def _bits(numbers: Numbers, width: int) -> Bits:
    """Bits of numbers [..., bit], bit 0 first."""
    bits: Bits = ((numbers[..., np.newaxis] >> np.arange(width)) & 1).astype(np.uint8)
    return bits
