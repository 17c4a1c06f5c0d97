# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The accelerator behind a serial line: the shell of boards that have nothing else to reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from xnorflow.backends.bundle import Bundle
from xnorflow.backends.rtl import TOP
from xnorflow.boards.board import Board
from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.files.render import render
from xnorflow.hardware.sources import shell_sources
from xnorflow.hardware.stream import Stream
from xnorflow.version import __version__

__all__ = ["BOARD_TOP", "UART_TOP", "in_board", "in_uart"]

UART_TOP, BOARD_TOP = "xnorflow_uart", "xnorflow_board"
_LEAST_CYCLES, _MOST_CYCLES = 4, 1 << 17
"""That a bit on the line takes."""


def in_uart(bundle: Bundle, source: Stream, sink: Stream, sha256: str, baud: int) -> Bundle:
    """A generated accelerator with the serial line's shell around it; the top is ``UART_TOP``.

    Args:
        bundle: the accelerator.
        source: its input stream.
        sink: its output stream.
        sha256: of design and RTL, which the shell answers when asked what it holds.
        baud: bits a second on the line.

    Raises:
        XnorflowError: ``uart-baud``: the clock does not suit the line; ``rtl-file-clash``.
    """
    clock_hz = round(bundle.clock_mhz * 1e6)
    if not _LEAST_CYCLES * baud <= clock_hz <= _MOST_CYCLES * baud:
        raise XnorflowError(
            Diagnostic(
                "uart-baud",
                f"the clock must be {_LEAST_CYCLES} to {_MOST_CYCLES:,} cycles a bit of the serial "
                f"line's {baud:,} Bd, not {bundle.clock_mhz:g} MHz",
                f"compile with --clock-mhz {_LEAST_CYCLES * baud / 1e6:g} or more, or give "
                "another rate in board.toml",
            )
        )
    files = {path.name: path.read_bytes() for path in shell_sources("uart", "uart_bridge")}
    files |= {
        f"{UART_TOP}.v": render(
            "xnorflow.backends",
            f"{UART_TOP}.v.j2",
            version=__version__,
            top=TOP,
            baud=baud,
            clock_hz=clock_hz,
            step=round((baud << 24) / clock_hz),
            source=source,
            sink=sink,
            design=sha256,
        ).encode()
    }
    return _around(bundle, files, UART_TOP)


def in_board(bundle: Bundle, board: Board, pll: tuple[str, bytes] | None) -> Bundle:
    """The same on a board, with its clock; the top is ``BOARD_TOP``.

    Args:
        bundle: from ``in_uart``.
        board: one with a serial line.
        pll: name and source of the module that makes the clock; None where the board's own one
            is it.
    """
    assert board.uart is not None, "only a board with a serial line has this shell"
    files = {} if pll is None else {f"{pll[0]}.v": pll[1]}
    files |= {
        f"{BOARD_TOP}.v": render(
            "xnorflow.backends",
            f"{BOARD_TOP}.v.j2",
            version=__version__,
            title=board.title,
            oscillator_mhz=f"{board.uart.oscillator_mhz:g}",
            clock_mhz=f"{bundle.clock_mhz:g}",
            pll=None if pll is None else pll[0],
        ).encode()
    }
    return _around(bundle, files, BOARD_TOP)


def _around(bundle: Bundle, files: Mapping[str, bytes], top: str) -> Bundle:
    """A Bundle with more sources behind its own; those that it has already stay."""
    new = {name: data for name, data in files.items() if bundle.files.get(name) != data}
    clash = next((name for name in new if name in bundle.files), None)
    if clash is not None:
        raise XnorflowError(
            Diagnostic(
                "rtl-file-clash",
                f"a file of the accelerator must not be called as one of the shell, {clash}",
                "rename it in rtl/ and in what names it",
                Origin(file=clash),
            )
        )
    return replace(bundle, files={**bundle.files, **new}, sources=(*bundle.sources, *new), top=top)
