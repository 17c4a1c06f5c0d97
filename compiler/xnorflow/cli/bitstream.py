# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow bitstream``: what configures the board, if the routed design holds its clock."""

from __future__ import annotations

import argparse

from xnorflow.cli.frames import or_failed
from xnorflow.cli.options import Subparsers, add_folder, add_seeds

__all__ = ["add", "run"]


def add(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "bitstream", help="make what configures the board (ECP5): Yosys, nextpnr, ecppack"
    )
    add_folder(parser)
    add_seeds(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Synthesise, route and pack; 1 where the design misses its clock."""
    return or_failed(_bitstream, args)


def _bitstream(args: argparse.Namespace) -> int:
    from xnorflow.cli.console import show, show_diagnostics, steps

    with steps(args.quiet) as progress:
        from xnorflow.api import load
        from xnorflow.report.terminal import render

        built = load(args.folder)
        report = built.bitstream(args.seeds, progress=progress)
    uart, made = built.design.board.uart, report.bitstream
    if not args.quiet:
        show(render(report))
        if uart is not None and made is not None:
            show(f"load it     {uart.load} {built.folder / made.file}")
    show_diagnostics(built.notes)
    return 0
