# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a kernel tells the compiler about itself: one class in each kernel's own folder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from xnorflow.diagnostics import Diagnostic
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.timing.pace import Dataflow
from xnorflow.timing.process import Process

__all__ = ["Adapter", "Kernel"]


class Kernel(ABC):
    """A hardware stage that implements one kind of layer; what a backend makes of it is apart."""

    name: ClassVar[str]
    summary: ClassVar[str]

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

    @abstractmethod
    def input_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """What each input carries, in the order of the layer's."""

    @abstractmethod
    def output_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """What each output carries."""

    def first_output(self, layer: Layer, folding: Folding) -> int:
        """Cycles from a lone frame's first input beat accepted to its first beat offered."""
        return int(Dataflow.lone(self.process(layer, folding)).trace(1).offered[0][0])

    def latency(self, layer: Layer, folding: Folding) -> int:
        """Cycles from a lone frame's first input beat accepted to its last beat offered."""
        return int(Dataflow.lone(self.process(layer, folding)).trace(1).offered[0][-1])

    @abstractmethod
    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """Estimated primitives."""


class Adapter(ABC):
    """A kernel that joins two streams of the same tensor and computes nothing."""

    name: ClassVar[str]
    summary: ClassVar[str]

    @abstractmethod
    def matches(self, source: Stream, sink: Stream, depth: int) -> bool:
        """Whether it joins these streams of the same tensor, storing so many beats."""

    @abstractmethod
    def resources(self, source: Stream, sink: Stream, depth: int, family: Family) -> Resources:
        """Estimated primitives; depth counts beats stored, where the adapter stores any."""

    @abstractmethod
    def process(self, source: Stream, sink: Stream, depth: int) -> Process:
        """When beats move, as of a Kernel."""
