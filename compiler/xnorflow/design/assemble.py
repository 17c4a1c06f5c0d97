# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Graph + one folding a layer -> Design: joints wherever neighbours' streams differ."""

from __future__ import annotations

from collections.abc import Sequence

from xnorflow.boards.board import Board
from xnorflow.design.design import Design, Joint, Stage
from xnorflow.hardware.stream import Stream
from xnorflow.ir.graph import Graph

__all__ = ["assemble", "joint_between"]


def joint_between(source: Stream, sink: Stream, before: int) -> Joint | None:
    """What makes a stream of one stage fit the next; None where they agree."""
    if source == sink:
        return None
    return Joint(f"convert{before}", "width_converter", before, source, sink)


def assemble(graph: Graph, board: Board, clock_mhz: float, stages: Sequence[Stage]) -> Design:
    """The Design of a chain of stages. Kernels that replay their input buffer it themselves."""
    joints = (
        joint_between(stages[index - 1].output_stream, stages[index].input_stream, index)
        for index in range(1, len(stages))
    )
    return Design(graph, board, clock_mhz, tuple(stages), tuple(j for j in joints if j))
