# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A layer folded onto a matrix-vector unit: what mvu_shell.sv is told, and takes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.banked_rom import BankedRom
from xnorflow.hw_common.mvu_start import Starts
from xnorflow.hw_common.mvu_steps import Steps
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.linear import Linear
from xnorflow.timing.process import Process

__all__ = ["STORAGES", "MvuShape", "dense_of", "sizes_of"]

STORAGES = ("const", "lutram", "bram")
"""Where weights may live, as STORAGE counts them."""


@dataclass(frozen=True, eq=False)
class MvuShape(ABC):
    """A product, and how it is folded; storage is one of STORAGES."""

    layer: Layer
    folding: Folding

    weight_bits: ClassVar[int] = 1
    """Of a weight in the table."""

    @property
    def op(self) -> Dense:
        """The product, where weights are binary."""
        return dense_of(self.layer)

    @property
    def pe(self) -> int:
        """Rows at a time."""
        return self.folding.pe

    @property
    def simd(self) -> int:
        """Columns at a time."""
        return self.folding.simd

    @property
    def storage(self) -> str:
        """Where its weights are."""
        return self.folding.storage

    @property
    def thresholded(self) -> bool | None:
        """Whether outputs are bits; None where a unit has no thresholds."""
        return self.op.thresholds is not None

    @property
    def in_bits(self) -> int:
        """Bits of an input."""
        return self.layer.in_type.value.bits

    @cached_property
    def input(self) -> Steps:
        """Its input side."""
        rows, columns = sizes_of(self.layer)
        beats, passes = columns // self.simd, rows // self.pe
        return Steps(self.simd * self.in_bits, beats, passes, self.layer.pixels)

    @property
    @abstractmethod
    def bits(self) -> npt.NDArray[np.uint8] | npt.NDArray[np.bool_]:
        """What its table of weights holds: bits [passes, PE, beats, SIMD * bits of a weight]."""

    @property
    @abstractmethod
    def acc_bits(self) -> int:
        """Bits of an accumulator."""

    @property
    @abstractmethod
    def starts(self) -> Starts:
        """Where its accumulators start."""

    @property
    @abstractmethod
    def delay(self) -> int:
        """Cycles from a step to the accumulators, mvu_shell's DELAY."""

    def table(self, family: Family) -> BankedRom:
        """The weights, where they are in block RAM."""
        return BankedRom(self.input.steps, self._word, family)

    @property
    def words(self) -> npt.NDArray[np.uint8]:
        """Bits [step, lane], step = pass * beats + beat, lane = row * SIMD + column."""
        words: npt.NDArray[np.uint8] = self.bits.transpose(0, 2, 1, 3).astype(np.uint8)
        return words.reshape(self.input.steps, self._word)

    @property
    def _word(self) -> int:
        """Bits of the weights of a step."""
        return self.pe * self.simd * self.weight_bits

    @property
    def process(self) -> Process:
        """When beats move: the output register is one cycle behind the accumulators."""
        return self.input.process(self.delay + 1)

    def shell(self, blocks: int, family: Family) -> Resources:
        """What the shell takes, but for the output's data.

        Args:
            blocks: of 64 start words, among which the accumulators choose in their adders' LUTs.
            family: whose primitives are counted.
        """
        return self.input.resources(family) + self.starts.resources(self.delay, blocks, family)


def dense_of(layer: Layer) -> Dense:
    """The product."""
    assert isinstance(layer.op, Dense)
    return layer.op


def sizes_of(layer: Layer) -> tuple[int, int]:
    """Rows and columns."""
    assert isinstance(layer.op, Dense | Linear)
    rows, columns = layer.op.weights.shape
    return int(rows), int(columns)
