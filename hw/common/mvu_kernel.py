# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What the descriptors of all matrix-vector units say alike."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.hardware.stream import Stream
from xnorflow.hw_common.mvu_shape import STORAGES, MvuShape, sizes_of
from xnorflow.ir.layer import Layer
from xnorflow.timing.process import Process

__all__ = ["MvuKernel"]


class MvuKernel(Kernel):
    """A unit around whose datapath mvu_shell.sv is built."""

    constant_steps: ClassVar[int]
    """Steps a pixel up to which weights may be constants of the datapath."""

    @abstractmethod
    def shape(self, layer: Layer, folding: Folding) -> MvuShape:
        """What the layer becomes, folded so."""

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the rows times every divisor of the columns."""
        rows, columns = sizes_of(layer)
        return tuple(Folding(pe, simd) for pe in divisors(rows) for simd in divisors(columns))

    def storages(self, layer: Layer, folding: Folding) -> tuple[str, ...]:
        """Constants only where a pixel has few steps."""
        return STORAGES if _steps(layer, folding) <= self.constant_steps else STORAGES[1:]

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """(rows / PE) * (columns / SIMD) * pixels."""
        return _steps(layer, folding) * layer.pixels

    def process(self, layer: Layer, folding: Folding) -> Process:
        """Input, datapath, accumulator, and the register behind it."""
        return self.shape(layer, folding).process

    def input_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """SIMD elements a beat."""
        bits = layer.in_type.value.bits
        return (Stream(folding.simd, bits, layer.in_type.elements // folding.simd),)

    def output_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE elements a beat."""
        bits = layer.out_type.value.bits
        return (Stream(folding.pe, bits, layer.out_type.elements // folding.pe),)


def _steps(layer: Layer, folding: Folding) -> int:
    """Steps a pixel."""
    rows, columns = sizes_of(layer)
    return (rows // folding.pe) * (columns // folding.simd)
