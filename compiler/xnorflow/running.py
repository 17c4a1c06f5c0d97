# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Run a build on its board, or on a simulated one behind the same serial line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xnorflow.diagnostics import Diagnostic, XnorflowError

if TYPE_CHECKING:
    from xnorflow.backends.bundle import Bundle
    from xnorflow.deploy.overlay import Shape
    from xnorflow.deploy.serial_board import SerialBoard
    from xnorflow.design.design import Design

__all__ = ["VIRTUAL", "connected", "shape_of"]

VIRTUAL = "virtual"
"""The port of a board that is simulated."""

_CYCLES_A_BIT = 4
"""On a simulated line, so that simulation takes no longer than it must."""
_SIMULATED_SILENCE_S = 600.0
"""A simulated line loses nothing, and a simulation that ends takes its port along."""


@contextmanager
def connected(design: Design, bundle: Bundle, sha256: str, port: str) -> Iterator[SerialBoard]:
    """The board at a port, holding the design.

    Args:
        design: what the board must hold.
        bundle: its RTL, for a simulated board.
        sha256: of design and RTL, by which the board knows it.
        port: what the system calls it, or ``VIRTUAL``.

    Raises:
        XnorflowError: ``board-tool``: a board of this kind has no serial line; or as from
            ``SerialBoard``, and from building a simulation.
    """
    from xnorflow.deploy.overlay import SIMULATED
    from xnorflow.deploy.serial_board import Patience, SerialBoard

    shape = shape_of(design, sha256)
    if port != VIRTUAL:
        uart = design.board.uart
        if uart is None:
            raise XnorflowError(
                Diagnostic(
                    "board-tool",
                    f"a board must have a serial line in its board.toml to be reached by one, not "
                    f"none like {design.board.name}",
                    f"compile for another board (`xnorflow boards`), or give --port {VIRTUAL}",
                )
            )
        with SerialBoard(port, uart.baud, shape) as board:
            yield board
        return
    from xnorflow.backends.uart import in_uart
    from xnorflow.simulate.board import SimulatedBoard

    baud = shape.clock_hz // _CYCLES_A_BIT
    whole = in_uart(bundle, shape.source, shape.sink, sha256, baud)
    patience = Patience(silence_s=_SIMULATED_SILENCE_S, tries=1, absence_s=0.0)
    with (
        SimulatedBoard(whole, _CYCLES_A_BIT) as simulated,
        SerialBoard(simulated.port, baud, shape, patience, SIMULATED) as board,
    ):
        yield board


def shape_of(design: Design, sha256: str) -> Shape:
    """What goes in and comes out of a design's board, which knows it by its hash."""
    from xnorflow.deploy.overlay import Shape

    graph, net = design.graph, design.netlist
    return Shape(
        net.source,
        net.sink,
        graph.tensors[graph.output].value,
        sha256,
        round(design.clock_mhz * 1e6),
        design.interval_cycles,
        design.latency_cycles,
    )
