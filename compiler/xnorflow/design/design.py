# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The Design: which kernel does each layer, how it is folded, and what joins them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from xnorflow.boards.board import Board
from xnorflow.design.netlist import Netlist, netlist
from xnorflow.design.stage import Connection, Joint, Stage
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.graph import Graph
from xnorflow.timing.runs import End

__all__ = ["Design"]


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

    @cached_property
    def netlist(self) -> Netlist:
        """The parts and the links between them.

        Raises:
            XnorflowError: ``design-connections`` or ``stream-mismatch``.
        """
        return netlist(self.stages, self.connections)

    def check(self) -> None:
        """Check that parts fit together.

        Raises:
            XnorflowError: ``design-connections`` or ``stream-mismatch``.
        """
        _ = self.netlist

    @property
    def input_stream(self) -> Stream:
        """The accelerator's input stream."""
        return self.netlist.source

    @property
    def output_stream(self) -> Stream:
        """The accelerator's output stream."""
        return self.netlist.sink

    @cached_property
    def latency_cycles(self) -> int:
        """Estimated cycles from the first beat in to the last beat out of a lone frame.

        Raises:
            XnorflowError: ``design-stuck``: its branches wait for each other for ever.
        """
        run = self.netlist.dataflow.run(1)
        if run.end is not End.ENDED:
            raise XnorflowError(
                Diagnostic(
                    "design-stuck",
                    "a frame must pass through all branches of the design, not get stuck where "
                    "one waits for another",
                    "compile the model again, so that fifos are deep enough",
                )
            )
        return int(run.ends[0])

    @property
    def interval_cycles(self) -> int:
        """Estimated cycles from frame to frame in steady state: the slowest stage."""
        return max(stage.cycles for stage in self.stages)

    @property
    def slowest(self) -> tuple[str, ...]:
        """The layers whose cycles are the interval."""
        interval = self.interval_cycles
        return tuple(stage.layer.name for stage in self.stages if stage.cycles == interval)

    @property
    def fps(self) -> float:
        """Estimated frames per second."""
        return self.clock_mhz * 1e6 / self.interval_cycles

    def resources(self) -> Resources:
        """Estimated primitives of the accelerator, shell excluded."""
        parts: tuple[Stage | Joint, ...] = (*self.stages, *self.joints)
        return sum((part.resources(self.board.family) for part in parts), Resources())
