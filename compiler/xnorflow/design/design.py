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
    """An adapter that stands before stage number ``before`` (after those listed earlier).

    Attributes:
        name: unique in the design, an identifier.
        depth: beats stored, for a fifo; 0 where the adapter has no depth.
    """

    name: str
    adapter_name: str
    before: int
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


@dataclass(frozen=True)
class Design:
    """Everything the backends need; a chain of stages in order, joints between them."""

    graph: Graph
    board: Board
    clock_mhz: float
    stages: tuple[Stage, ...]
    joints: tuple[Joint, ...]

    @property
    def input_stream(self) -> Stream:
        """The accelerator's input stream."""
        return self.stages[0].input_stream

    @property
    def output_stream(self) -> Stream:
        """The accelerator's output stream."""
        return self.stages[-1].output_stream

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
        return int(self.chain.run(1).ends[0])

    @cached_property
    def chain(self) -> Dataflow:
        """All stages and joints, as a frame passes them."""
        processes: list[Process] = []
        for index, stage in enumerate(self.stages):
            processes += [joint.process for joint in self.joints_before(index)]
            processes.append(stage.process)
        return Dataflow.chain(processes)

    def joints_before(self, index: int) -> tuple[Joint, ...]:
        """The adapters between stage index - 1 and stage index."""
        return tuple(joint for joint in self.joints if joint.before == index)

    def resources(self) -> Resources:
        """Estimated primitives of the accelerator, shell excluded."""
        parts: tuple[Stage | Joint, ...] = (*self.stages, *self.joints)
        return sum((part.resources(self.board.family) for part in parts), Resources())
