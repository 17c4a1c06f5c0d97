# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Graph + one folding a layer -> Design: adapters wherever neighbours' streams differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from xnorflow.boards.board import Board
from xnorflow.design.design import Design
from xnorflow.design.stage import HOST, Connection, Joint, Port, Stage
from xnorflow.hardware.stream import Stream
from xnorflow.ir.graph import Graph

__all__ = ["assemble", "joint_between"]


def joint_between(source: Stream, sink: Stream, name: str) -> Joint | None:
    """What makes a stream of one stage fit the next; None where they agree."""
    return None if source == sink else Joint(name, "width_converter", source, sink)


def assemble(graph: Graph, board: Board, clock_mhz: float, stages: Sequence[Stage]) -> Design:
    """The Design of stages that read each other as the graph's layers do.

    Kernels that replay their input buffer it themselves. A stage that writes several streams gives
    them to its readers in their order.
    """
    made = {graph.input: HOST} | {s.layer.output: Port(s.layer.name) for s in stages}
    streams = {Port(s.layer.name, n): t for s in stages for n, t in enumerate(s.output_streams)}
    read: Counter[str] = Counter()

    def connect(tensor: str, sink: Port, wanted: Stream | None, name: str) -> Connection:
        source = replace(made[tensor], number=read[tensor])
        read[tensor] += 1
        given = streams.get(source)
        joint = None
        if given is not None and wanted is not None:
            joint = joint_between(given, wanted, name)
        return Connection(source, sink, () if joint is None else (joint,))

    connections = []
    for index, stage in enumerate(stages):
        for number, (tensor, wanted) in enumerate(
            zip(stage.layer.inputs, stage.input_streams, strict=True)
        ):
            name = f"convert{index}" + (f"_{number}" if number else "")
            connections.append(connect(tensor, Port(stage.layer.name, number), wanted, name))
    connections.append(connect(graph.output, HOST, None, ""))
    return Design(graph, board, clock_mhz, tuple(stages), tuple(connections))
