# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow boards``: the boards that a design can be folded for."""

from __future__ import annotations

import argparse

from xnorflow.cli.options import Subparsers

__all__ = ["add", "run"]


def add(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    return subparsers.add_parser("boards", help="list the boards")


def run(args: argparse.Namespace) -> int:
    """Show each board with its part and what that has; via: how bitstreams reach the outside."""
    from rich import box
    from rich.table import Table

    from xnorflow.boards.read import board_names, load_board
    from xnorflow.cli.console import show

    table = Table("board", "title", "part", "family", "via", box=box.SIMPLE_HEAD)
    for title in ("LUT", "FF", "BRAM18", "DSP", "shell LUT", "cap", "MHz"):
        table.add_column(title, justify="right")
    for board in map(load_board, board_names()):
        has = board.resources
        numbers = (has.lut, has.ff, has.bram18, has.dsp, board.shell.lut)
        table.add_row(
            board.name,
            board.title,
            board.part,
            board.family.name,
            "-" if board.uart is None else "uart",
            *(f"{number:,}" for number in numbers),
            f"{board.cap:.0%}",
            f"{board.clock_mhz:g}",
        )
    show(table)
    return 0
