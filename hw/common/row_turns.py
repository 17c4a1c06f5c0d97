# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A quantiser whose lanes take rows of a table in turn: which ones, and what counts them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import lcm

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.folding import Folding
from xnorflow.hardware.resources import Resources
from xnorflow.ir.layer import Layer

__all__ = ["RowTurns"]


@dataclass(frozen=True)
class RowTurns(ABC):
    """A layer with a row for each of some elements, which further ones take again."""

    layer: Layer
    folding: Folding

    @property
    @abstractmethod
    def period(self) -> int:
        """Rows until they repeat."""

    @property
    def lanes(self) -> int:
        """Elements a beat."""
        return self.folding.pe

    @property
    def rows(self) -> int:
        """Rows of whole beats until they repeat; one if it serves all elements."""
        return 1 if self.period == 1 else lcm(self.period, self.lanes)

    @property
    def phases(self) -> int:
        """Beats until the same rows are taken again."""
        return max(1, self.rows // self.lanes)

    @property
    def phase_bits(self) -> int:
        """Bits of a counter of these beats."""
        return (self.phases - 1).bit_length()

    @property
    def row_lanes(self) -> int:
        """Lanes with rows of their own."""
        return 1 if self.rows == 1 else self.lanes

    @property
    def order(self) -> npt.NDArray[np.int64]:
        """Which row each lane takes in each beat [phases, lanes with rows of their own]."""
        whole = np.arange(self.phases * self.row_lanes, dtype=np.int64) % self.period
        return whole.reshape(self.phases, self.row_lanes)

    @property
    def counter(self) -> Resources:
        """What row_phase.sv takes, and the handshake."""
        bits = self.phase_bits
        return Resources(lut=bits + 2 if bits else 1, ff=bits)
