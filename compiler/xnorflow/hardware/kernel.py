# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a kernel tells the compiler about itself: one class in each kernel's own folder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.timing.pace import Chain
from xnorflow.timing.process import Process

__all__ = ["Adapter", "Instance", "Kernel"]


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


class Kernel(ABC):
    """A hardware stage that implements one kind of layer.

    Every module has ports clk, rst, s_axis_tdata/tvalid/tready/tlast and
    m_axis_tdata/tvalid/tready/tlast, and ``busy``: high in each cycle in which the kernel makes
    one of the steps that ``cycles`` counts (left open in hardware, counted in simulation).
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    sources: ClassVar[tuple[str, ...]]
    """SystemVerilog files needed, in compile order: own ones, ``common/...`` for hw/common, and
    ``<kernel>/...`` for another kernel's."""

    @abstractmethod
    def matches(self, layer: Layer) -> bool:
        """Whether this kernel implements the layer."""

    def refusal(self, layer: Layer) -> Diagnostic | None:
        """Why it does not implement a layer of its kind, where it can tell; else None."""
        return None

    @abstractmethod
    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """All legal foldings, storage left ``auto``."""

    def storages(self, layer: Layer, folding: Folding) -> tuple[str, ...]:
        """Where the weights may live, a choice of the search; none for a kernel without any."""
        return ()

    @abstractmethod
    def cycles(self, layer: Layer, folding: Folding) -> int:
        """Cycles per frame in steady state, unblocked; exact."""

    @abstractmethod
    def process(self, layer: Layer, folding: Folding) -> Process:
        """When beats move, to the cycle, with any pauses of both neighbours."""

    def first_output(self, layer: Layer, folding: Folding) -> int:
        """Cycles from a lone frame's first input beat accepted to its first beat offered."""
        return int(Chain([self.process(layer, folding)]).trace(1).offered[0])

    def latency(self, layer: Layer, folding: Folding) -> int:
        """Cycles from a lone frame's first input beat accepted to its last beat offered."""
        return int(Chain([self.process(layer, folding)]).trace(1).offered[-1])

    @abstractmethod
    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """Estimated primitives."""

    @abstractmethod
    def input_stream(self, layer: Layer, folding: Folding) -> Stream:
        """The stream this kernel reads."""

    @abstractmethod
    def output_stream(self, layer: Layer, folding: Folding) -> Stream:
        """The stream this kernel writes."""

    @abstractmethod
    def golden(self, layer: Layer, x: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Integers out [frames, out elements] for integers in [frames, in elements]."""

    @abstractmethod
    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Module, parameters and data files."""


class Adapter(ABC):
    """A kernel that joins two streams of the same tensor and computes nothing."""

    name: ClassVar[str]
    summary: ClassVar[str]
    sources: ClassVar[tuple[str, ...]]

    @abstractmethod
    def matches(self, source: Stream, sink: Stream, depth: int) -> bool:
        """Whether it joins these streams of the same tensor, storing so many beats."""

    @abstractmethod
    def resources(self, source: Stream, sink: Stream, depth: int, family: Family) -> Resources:
        """Estimated primitives; depth counts beats stored, where the adapter stores any."""

    @abstractmethod
    def process(self, source: Stream, sink: Stream, depth: int) -> Process:
        """When beats move, as of a Kernel."""

    @abstractmethod
    def instance(self, source: Stream, sink: Stream, depth: int) -> Instance:
        """Module and parameters."""
