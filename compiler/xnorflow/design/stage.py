# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Stages, and the connections between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from xnorflow.hardware.catalog import adapters, kernels
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Adapter, Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.timing.process import Process

__all__ = ["HOST", "Connection", "Joint", "Port", "Stage"]


@dataclass(frozen=True)
class Stage:
    """A layer with the kernel that computes it and its folding, storage resolved."""

    layer: Layer
    kernel_name: str
    folding: Folding

    @property
    def kernel(self) -> Kernel:
        """The kernel's descriptor."""
        return kernels()[self.kernel_name]

    @property
    def cycles(self) -> int:
        """Estimated cycles per frame."""
        return self.kernel.cycles(self.layer, self.folding)

    @property
    def input_streams(self) -> tuple[Stream, ...]:
        """The streams read."""
        return self.kernel.input_streams(self.layer, self.folding)

    @property
    def output_streams(self) -> tuple[Stream, ...]:
        """The streams written."""
        return self.kernel.output_streams(self.layer, self.folding)

    @cached_property
    def process(self) -> Process:
        """When beats move."""
        return self.kernel.process(self.layer, self.folding)

    def resources(self, family: Family) -> Resources:
        """Estimated primitives."""
        return self.kernel.resources(self.layer, self.folding, family)


@dataclass(frozen=True)
class Joint:
    """An adapter on a connection.

    Attributes:
        name: unique in the design, an identifier.
        source: the stream that enters.
        sink: the stream that leaves.
        depth: beats stored, for a fifo; 0 where the adapter has no depth.
    """

    name: str
    adapter_name: str
    source: Stream
    sink: Stream
    depth: int = 0

    @property
    def adapter(self) -> Adapter:
        """The adapter's descriptor."""
        return adapters()[self.adapter_name]

    @cached_property
    def process(self) -> Process:
        """When beats move."""
        return self.adapter.process(self.source, self.sink, self.depth)

    def resources(self, family: Family) -> Resources:
        """Estimated primitives."""
        return self.adapter.resources(self.source, self.sink, self.depth, family)


@dataclass(frozen=True)
class Port:
    """One of the inputs, or of the outputs, of a stage.

    Attributes:
        stage: the layer's name; none of ``HOST``.
        number: which, from 0.
    """

    stage: str
    number: int = 0


HOST = Port("")
"""What offers frames, and what takes their results."""


@dataclass(frozen=True)
class Connection:
    """A stream's way from one stage to another.

    Attributes:
        source: the output that it leaves.
        sink: the input that it enters.
        joints: what it passes, in order.
    """

    source: Port
    sink: Port
    joints: tuple[Joint, ...] = ()
