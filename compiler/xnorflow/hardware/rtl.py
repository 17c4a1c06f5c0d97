# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What the RTL backend needs of a kernel: one class in rtl.py of each kernel's own folder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer

__all__ = ["Instance", "RtlAdapter", "RtlKernel"]


@dataclass(frozen=True)
class Instance:
    """How the RTL backend instantiates a kernel.

    Attributes:
        module: SystemVerilog module name.
        parameters: name -> Verilog literal or expression, in order. One whose name ends in _FILE
            is a string that names memory images, or begins their names.
        data: name of a file to be written beside the RTL -> its bytes (memory images).
    """

    module: str
    parameters: dict[str, str]
    data: dict[str, bytes] = field(default_factory=dict)


class RtlKernel(ABC):
    """A kernel in SystemVerilog.

    Every module has ports clk, rst, s_axis_tdata/tvalid/tready/tlast and
    m_axis_tdata/tvalid/tready/tlast, and ``busy``: high in each cycle in which the kernel makes
    one of the steps that its ``cycles`` counts (left open in hardware, counted in simulation).
    Several streams on a side stand side by side in the bits of these ports, the first in the low
    bits.
    """

    name: ClassVar[str]
    """The kernel's, and that of its module; sources are found from there."""

    @abstractmethod
    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Module, parameters and data files."""


class RtlAdapter(ABC):
    """An adapter in SystemVerilog."""

    name: ClassVar[str]
    """The adapter's, and that of its module."""

    @abstractmethod
    def instance(self, source: Stream, sink: Stream, depth: int, family: Family) -> Instance:
        """Module and parameters."""
