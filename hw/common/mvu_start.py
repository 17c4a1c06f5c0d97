# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What mvu_start.sv needs to know, and takes: what accumulators start at, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import (
    Bits,
    bits_of,
    block_pays,
    bram18,
    images,
    literal,
    rom_lut,
    table_lut,
)
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense

__all__ = ["Kinds", "Starts"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Kinds:
    """Which pixels of a frame have thresholds, or offsets, of their own: by the layer alone.

    Attributes:
        rows: int64 [kinds]: a row of these for each kind, all of them different.
        grid: int64 [rows of pixels, pixels in a row]: the kind of each pixel.
    """

    rows: Ints
    grid: Ints

    @classmethod
    def of(cls, layer: Layer) -> Kinds:
        """The kinds of a Dense layer; those with equal thresholds or offsets become one."""
        assert isinstance(layer.op, Dense)
        shape = layer.in_type.shape
        image_like = len(shape) == 3 and shape[0] * shape[1] == layer.pixels
        return _kinds(layer.op, shape[:2] if image_like else (1, layer.pixels))

    @cached_property
    def classes(self) -> tuple[Ints, Ints, Ints]:
        """Class of each row of pixels, class of each column, and the kind of each pair of these."""
        rows, of_row = np.unique(self.grid, axis=0, return_inverse=True)
        kinds, of_column = np.unique(rows, axis=1, return_inverse=True)
        return of_row.ravel(), of_column.ravel(), kinds

    @property
    def widths(self) -> tuple[int, int, int]:
        """Bits of a row's class, of a column's class and of a kind."""
        rows, columns = self.classes[2].shape
        r_w, c_w, k_w = ((size - 1).bit_length() for size in (rows, columns, len(self.rows)))
        return max(1, r_w), max(1, c_w), k_w

    @cached_property
    def tables(self) -> tuple[Bits, Bits, Bits]:
        """Bits [depth, width] of each row's class, each column's class, and each pair's kind."""
        of_row, of_column, kinds = self.classes
        r_w, c_w, k_w = self.widths
        pairs = np.zeros((1 << r_w, 1 << c_w), np.int64)
        pairs[: kinds.shape[0], : kinds.shape[1]] = kinds
        return bits_of(of_row, r_w), bits_of(of_column, c_w), bits_of(pairs.ravel(), k_w)


@lru_cache(maxsize=64)
def _tables_lut(kinds: Kinds, fabric: Fabric) -> int:
    """LUTs of the tables that tell a pixel's kind."""
    return sum(table_lut(table, fabric) for table in kinds.tables)


@lru_cache(maxsize=64)
def _kinds(op: Dense, grid: tuple[int, int]) -> Kinds:
    if op.kinds is None:
        return Kinds(np.zeros(1, np.int64), np.zeros(grid, np.int64))
    rows = op.offsets if op.thresholds is None else op.thresholds
    assert rows is not None, "kinds come with one of both"
    used, of_pixel = np.unique(op.kinds, return_inverse=True)
    _, first, merged = np.unique(rows[used], axis=0, return_index=True, return_inverse=True)
    return Kinds(used[first].astype(np.int64), merged.reshape(-1)[of_pixel].reshape(grid))


@dataclass(frozen=True, eq=False)
class Starts:
    """Start values of all rows for each kind of pixel.

    Attributes:
        kinds: of pixels.
        passes: over a pixel.
        pe: rows at a time.
        bits: of an accumulator.
        values: int64 [rows of thresholds, of offsets or 1, rows]: what accumulators start at.
    """

    kinds: Kinds
    passes: int
    pe: int
    bits: int
    values: Ints

    @property
    def width(self) -> int:
        """Bits of a word of the table."""
        return self.pe * self.bits

    @property
    def depth(self) -> int:
        """Words of the table; a kind's begin at a multiple of a power of two."""
        return ((len(self.kinds.rows) - 1) << (self.passes - 1).bit_length()) + self.passes

    @cached_property
    def lanes(self) -> Ints:
        """Words that are used, as unsigned integers [kinds * passes, pe]."""
        return self.values[self.kinds.rows].reshape(-1, self.pe) & ((1 << self.bits) - 1)

    @cached_property
    def ones(self) -> int:
        """Bits of a word that are 1 in any word: one that never is needs no adder of its own."""
        return int(np.bitwise_count(np.bitwise_or.reduce(self.lanes, axis=0)).sum())

    @cached_property
    def _varying(self) -> npt.NDArray[np.bool_]:
        """Which bits of a word [width] are not the same in all words."""
        differing = np.bitwise_or.reduce(self.lanes ^ self.lanes[0], axis=0)
        bits: npt.NDArray[np.bool_] = (differing[:, np.newaxis] >> np.arange(self.bits)) & 1 > 0
        return bits.ravel()

    @property
    def functions(self) -> int:
        """Different functions of the word's number that its bits are, up to the sign."""
        bits = (self.lanes[..., np.newaxis] >> np.arange(self.bits)) & 1
        changes = (bits ^ bits[0]).reshape(len(bits), -1)
        return len(np.unique(changes[:, changes.any(axis=0)], axis=1).T)

    @property
    def choices(self) -> int:
        """Start values that there are to choose from; 1 if all words are the same."""
        return self.depth if self._varying.any() else 1

    def block(self, family: Family) -> bool:
        """Whether the table is in block RAM."""
        lut = rom_lut(self.depth, int(self._varying.sum()), family.fabric)
        return self._in_table and block_pays(lut, self.depth, self.width, family)

    @property
    def _in_table(self) -> bool:
        return self.depth > 8

    def parameters(self, name: str, family: Family) -> tuple[dict[str, str], dict[str, bytes]]:
        """Parameters of a matrix-vector unit, and its data file if there is one.

        Args:
            name: how the name of the memory image begins.
            family: whose memories it is made of.
        """
        grid = self.kinds.grid
        parameters = {"PIXELS": str(grid.size), "COLUMNS": str(grid.shape[1])}
        if len(self.kinds.rows) > 1:
            r_w, c_w, _ = self.kinds.widths
            row_class, column_class, kind = self.kinds.tables
            parameters |= {
                "KINDS": str(len(self.kinds.rows)),
                "R_W": str(r_w),
                "C_W": str(c_w),
                "ROW_CLASS": literal(row_class.ravel()),
                "COLUMN_CLASS": literal(column_class.ravel()),
                "KIND": literal(kind.ravel()),
            }
        words = self._words
        if not self.block(family):
            return parameters | {"START": literal(words.ravel())}, {}
        file, files = images(name, [words])
        return parameters | {"START_BLOCK": "1'b1", "START_FILE": file}, files

    @cached_property
    def _words(self) -> npt.NDArray[np.uint8]:
        """Bits [depth, width]: number {kind, pass}, low bit of the first row first."""
        kinds, stride = len(self.kinds.rows), 1 << (self.passes - 1).bit_length()
        table = np.zeros((kinds, stride, self.pe), np.int64)
        table[:, : self.passes] = self.lanes.reshape(kinds, self.passes, self.pe)
        bits = (table[..., np.newaxis] >> np.arange(self.bits)) & 1
        return bits.astype(np.uint8).reshape(-1, self.width)[: self.depth]

    def resources(self, delay: int, blocks: int, family: Family) -> Resources:
        """Table, counters and flags.

        Args:
            delay: the parameter DELAY.
            blocks: of 64 words, among which the accumulators choose in the LUTs of their adders.
            family: whose primitives are counted.
        """
        # `valid` and `ends_pass` in DELAY places each; `opens`, `done`, `ends_frame` and one bit of
        # `pass`; and the output's tvalid and tlast.
        total = Resources(lut=5, ff=2 * delay + 6)
        if self.passes > 1:
            # `ends_pixel` is then no copy of `ends_pass`. The constant was fitted along with those
            # of Steps.resources: it takes off what these count too much.
            counted = self.choices > 1
            total += Resources(ff=delay + counted * (self.passes - 1).bit_length() - 6)
        if self.kinds.grid.size > 1:
            total += self._place(delay, family)
        if not self._in_table:
            return total
        if self.block(family):
            rams = bram18(self.depth, self.width, family)
            return total + Resources(ff=self.width, bram18=rams)
        if family.fabric is Fabric.LUT4:
            lanes = int(self._varying.sum())
            return total + Resources(lut=rom_lut(self.depth, lanes, family.fabric))
        return total + Resources(lut=table_lut(self._words, family.fabric, free=blocks))

    def _place(self, delay: int, family: Family) -> Resources:
        """Counters of pixels, and the tables that tell a pixel's kind."""
        rows, columns = self.kinds.grid.shape
        many = len(self.kinds.rows) > 1
        sizes = (rows, columns) if many else (rows * columns,)
        bits = sum((size - 1).bit_length() for size in sizes)
        total = Resources(lut=3 * bits // 2 + 2, ff=bits + delay - 1)
        if many:
            total += Resources(lut=_tables_lut(self.kinds, family.fabric))
        return total
