# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The Design: which kernel does each layer, how it is folded, and what joins neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from xnorflow.boards.board import Board
from xnorflow.hardware.catalog import adapters, kernels
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Adapter, Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Layer
from xnorflow.timing.pace import Dataflow
from xnorflow.timing.process import Process

__all__ = ["Design", "Joint", "Stage"]


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
    def input_stream(self) -> Stream:
        """The stream read."""
        return self.kernel.input_stream(self.layer, self.folding)

    @property
    def output_stream(self) -> Stream:
        """The stream written."""
        return self.kernel.output_stream(self.layer, self.folding)

    @cached_property
    def process(self) -> Process:
        """When beats move."""
        return self.kernel.process(self.layer, self.folding)

    def resources(self, family: str) -> Resources:
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

    def resources(self, family: str) -> Resources:
        """Estimated primitives."""
        return self.adapter.resources(self.source, self.sink, self.depth, family)


HOST = ""
"""In place of a stage's name: what offers frames, and what takes their results."""


@dataclass(frozen=True)
class Port:
    """One of the inputs, or of the outputs, of a stage.

    Attributes:
        stage: the layer's name, or ``HOST``.
        number: which, from 0.
    """

    stage: str
    number: int = 0


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


@dataclass(frozen=True)
class Design:
    """Everything the backends need: stages, and the connections between them.

    Attributes:
        graph: the network.
        board: what it is for.
        clock_mhz: the accelerator's clock.
        stages: each behind those that it reads.
        connections: by the stage that each enters, in the order of stages and their inputs; the
            one that leaves the accelerator comes last.
    """

    graph: Graph
    board: Board
    clock_mhz: float
    stages: tuple[Stage, ...]
    connections: tuple[Connection, ...]

    @property
    def joints(self) -> tuple[Joint, ...]:
        """All adapters, in the order of connections."""
        return tuple(joint for connection in self.connections for joint in connection.joints)

    @property
    def interval_cycles(self) -> int:
        """Estimated cycles from frame to frame in steady state: the slowest stage."""
        return max(stage.cycles for stage in self.stages)

    @property
    def fps(self) -> float:
        """Estimated frames per second."""
        return self.clock_mhz * 1e6 / self.interval_cycles

    @cached_property
    def latency_cycles(self) -> int:
        """Estimated cycles from the first beat in to the last beat out of a lone frame."""
        return int(dataflow(links(self)).run(1).ends[0])

    def resources(self) -> Resources:
        """Estimated primitives of the accelerator, shell excluded."""
        parts: tuple[Stage | Joint, ...] = (*self.stages, *self.joints)
        return sum((part.resources(self.board.family) for part in parts), Resources())
