# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow run``: frames on the board, its answers compared, its frame rate measured."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from xnorflow.cli.codes import FAILED
from xnorflow.cli.frames import add_frames, concluded, frames, or_failed
from xnorflow.cli.options import Subparsers, add_folder
from xnorflow.running import VIRTUAL

if TYPE_CHECKING:
    from xnorflow.deploy.overlay import Benchmark

__all__ = ["add", "run"]


def add(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("run", help="run frames on the board, or on a simulated one")
    add_folder(parser)
    add_frames(parser)
    parser.add_argument(
        "--port",
        default=VIRTUAL,
        metavar="P",
        help=f"the board's serial port, e.g. /dev/ttyUSB0; {VIRTUAL} simulates one ({VIRTUAL})",
    )
    parser.add_argument("--out", type=Path, metavar="Y.npz", help="write raw, output and label")
    return parser


def run(args: argparse.Namespace) -> int:
    """Run, compare, and say how it went."""
    return or_failed(_run, args)


def _run(args: argparse.Namespace) -> int:
    from xnorflow.api import load
    from xnorflow.builds.folder import require_output
    from xnorflow.cli.console import show, show_diagnostics, steps

    built = load(args.folder)
    if args.out is not None:
        require_output(args.out, args.folder, args.input)
    arrays, source = frames(args, built)
    with steps(args.quiet) as progress:
        found = built.run(arrays.x, port=args.port, progress=progress)
    where = "a simulated board" if args.port == VIRTUAL else f"the board at {args.port}"
    show(f"{where} against the golden engine: {found.frames:,} {source}")
    show(f"mismatches: {found.mismatches:,}; sent again: {found.resent:,}")
    seen = found.counters
    if seen.faults or seen.refused:
        show(f"the board has dropped {seen.faults:,} faulty packets and refused {seen.refused:,}")
    if found.first is not None:
        show(f"first difference: {found.first}")
    show_diagnostics(built.notes)
    if not args.quiet:
        show(_speed(found.benchmark))
        if args.port == VIRTUAL:
            show("not recorded: a board's figures are those of a real one (--port)")
    return max(FAILED if found.mismatches else 0, concluded(args, built, arrays, found.prediction))


def _speed(found: Benchmark) -> str:
    return (
        f"frames/s: {found.fps:,.0f} {found.evidence}, {found.interval_cycles:,.1f} cycles from "
        f"frame to frame, {found.latency_cycles:,} of a lone one; "
        f"the serial line takes no part in them"
    )
