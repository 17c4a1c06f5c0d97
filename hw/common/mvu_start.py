# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What mvu_start.sv needs to know, and takes: what accumulators start at, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xnorflow.hw_common.memory import block_pays, bram18, image, literal, rom_lut
from xnorflow.ir.kernel import Family, Resources
from xnorflow.ir.layer import Dense, Layer

__all__ = ["Starts"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Starts:
    """Start values of all rows for each kind of pixel, and which pixel is of which kind.

    Attributes:
        values: int64 [kinds, rows], every kind another one.
        kinds: int64 [rows of pixels, pixels in a row].
        pe: rows at a time.
        bits: of an accumulator.
    """

    values: Ints
    kinds: Ints
    pe: int
    bits: int

    @classmethod
    def of(cls, layer: Layer, values: Ints, pe: int, bits: int) -> Starts:
        """Start values [rows of thresholds or 1, rows] of a Dense layer; equal kinds become one."""
        assert isinstance(layer.op, Dense)
        of_pixel = np.zeros(layer.pixels, np.int64) if layer.op.kinds is None else layer.op.kinds
        used, of_pixel = np.unique(of_pixel, return_inverse=True)
        distinct, merged = np.unique(values[used], axis=0, return_inverse=True)
        shape = layer.in_type.shape
        image_like = len(shape) == 3 and shape[0] * shape[1] == layer.pixels
        grid = shape[:2] if image_like else (1, layer.pixels)
        return cls(distinct, merged.reshape(-1)[of_pixel].reshape(grid), pe, bits)

    @property
    def passes(self) -> int:
        """Passes over a pixel."""
        return int(self.values.shape[1]) // self.pe

    @property
    def width(self) -> int:
        """Bits of a word of the table."""
        return self.pe * self.bits

    @property
    def depth(self) -> int:
        """Words of the table; a kind's begin at a multiple of a power of two."""
        return ((len(self.values) - 1) << (self.passes - 1).bit_length()) + self.passes

    @property
    def block(self) -> bool:
        """Whether the table is in block RAM."""
        return self._in_table and block_pays(
            rom_lut(self.depth, self.width, "xc7"), self.depth, self.width
        )

    @property
    def _in_table(self) -> bool:
        return self.depth > 8

    def parameters(self, file: str, inverted: int = 0) -> tuple[dict[str, str], dict[str, bytes]]:
        """Parameters of a matrix-vector unit, and its data file if there is one.

        Args:
            file: first part of the data file's name.
            inverted: bits to be inverted in every value.
        """
        parameters = {"PIXELS": str(self.kinds.size), "COLUMNS": str(self.kinds.shape[1])}
        if len(self.values) > 1:
            parameters |= self._classes()
        words = self._words(inverted)
        if not self.block:
            return parameters | {"START": literal(words.ravel())}, {}
        parameters |= {"START_BLOCK": "1'b1", "START_FILE": f'"{file}"'}
        return parameters, {f"{file}_000.hex": image(words)}

    def _words(self, inverted: int) -> npt.NDArray[np.uint8]:
        """Bits [depth, width]: number {kind, pass}, low bit of the first row first."""
        stride = 1 << (self.passes - 1).bit_length()
        table = np.zeros((len(self.values), stride, self.pe), np.int64)
        table[:, : self.passes] = self.values.reshape(-1, self.passes, self.pe)
        bits = ((table ^ inverted)[..., np.newaxis] >> np.arange(self.bits)) & 1
        return bits.astype(np.uint8).reshape(-1, self.width)[: self.depth]

    def _classes(self) -> dict[str, str]:
        """The grid of kinds as classes of rows, classes of columns, and the kind of each pair."""
        rows, of_row = np.unique(self.kinds, axis=0, return_inverse=True)
        classes, of_column = np.unique(rows, axis=1, return_inverse=True)
        r_w, c_w = (max(1, (size - 1).bit_length()) for size in classes.shape)
        k_w = (len(self.values) - 1).bit_length()
        kind = np.zeros((1 << r_w, 1 << c_w), np.int64)
        kind[: classes.shape[0], : classes.shape[1]] = classes
        return {
            "KINDS": str(len(self.values)),
            "R_W": str(r_w),
            "C_W": str(c_w),
            "ROW_CLASS": _table(of_row.ravel(), r_w),
            "COLUMN_CLASS": _table(of_column.ravel(), c_w),
            "KIND": _table(kind.ravel(), k_w),
        }

    def resources(self, delay: int, family: Family) -> Resources:
        """Table, counters and flags; ``delay`` is the parameter DELAY."""
        flags = Resources(lut=6, ff=3 * delay // 2 + 6)
        if not self._in_table:
            return flags
        if self.block:
            return flags + Resources(ff=self.width, bram18=bram18(self.depth, self.width))
        return flags + Resources(lut=rom_lut(self.depth, self.width, family))


def _table(numbers: npt.NDArray[np.int64], bits: int) -> str:
    return literal(((numbers[:, np.newaxis] >> np.arange(bits)) & 1).astype(np.uint8).ravel())
