# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow explore``: speed against LUTs and block RAMs, over many foldings."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xnorflow.cli.codes import FAILED, USER_MISTAKE
from xnorflow.cli.options import Subparsers, add_input, count, input_options, positive, whole

if TYPE_CHECKING:
    from rich.table import Table

    from xnorflow.explore import Exploration
    from xnorflow.explore.outcome import Outcome

__all__ = ["add", "run"]

_SPEEDS = 20
_CHECKS = 3


def add(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("explore", help="the front of speed against LUT and block RAM")
    parser.add_argument("model", metavar="MODEL.onnx", type=Path, help="a trained network in QONNX")
    parser.add_argument("--board", required=True, metavar="NAME", help="see `xnorflow boards`")
    parser.add_argument(
        "--clock-mhz", type=positive, metavar="F", help="the accelerator's clock (the board's own)"
    )
    add_input(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="results; a run that was ended goes on where it was",
    )
    parser.add_argument(
        "--speeds", type=count, default=_SPEEDS, metavar="N", help=f"speeds to try ({_SPEEDS})"
    )
    parser.add_argument(
        "--check",
        type=whole,
        default=_CHECKS,
        metavar="N",
        help=f"designs of the front to put through Yosys and Verilator ({_CHECKS})",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--workers", type=count, metavar="N", help="local processes (as many as processors)"
    )
    where.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask scheduler; trust it and its workers"
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Explore, and show the front and what went wrong."""
    from xnorflow.cli.console import show, show_diagnostics, steps
    from xnorflow.explore import explore
    from xnorflow.results import FAILED_CHECKS

    with steps(args.quiet) as progress:
        found = explore(
            args.model,
            args.board,
            args.output,
            speeds=args.speeds,
            checks=args.check,
            clock_mhz=args.clock_mhz,
            **input_options(args),
            scheduler=args.scheduler,
            workers=args.workers,
            progress=progress,
        )
    if found.best and not args.quiet:
        show(_table(found.title, found.best))
    show(_summary(found, args.output))
    show_diagnostics(found.faults)
    wrong = any(one.disproved for one in found.best)
    if wrong or any(fault.code in FAILED_CHECKS for fault in found.faults):
        return FAILED
    return USER_MISTAKE if found.faults else 0


def _summary(found: Exploration, folder: Path) -> str:
    """What there is, and where."""
    fitting = sum(outcome.fits for outcome in found.outcomes)
    lines = [
        f"{len(found.outcomes)} points, {fitting} with a design that fits, "
        f"{len(found.best)} of the front"
    ]
    wrong = [one for one in found.best if one.disproved]
    if wrong:
        names = ", ".join(one.point.key for one in wrong)
        lines.append(f"not as estimated in simulation: {names}")
    files = "front.json, foldings"
    if (folder / "front.png").is_file():
        files += ", front.png"
    elif found.best:
        files += "; a plot as well with matplotlib: pip install 'xnorflow[explore]'"
    else:
        files += "; no plot, since nothing fits"
    return "\n".join([*lines, f"{folder}: {files}"])


def _table(title: str, best: Sequence[Outcome]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
    heads = (
        *("frames/s\nest.", "cycles\nest.", "\nsim.", "LUT\nest.", "\nsyn.", "FF\nest."),
        *("BRAM18\nest.", "\nsyn.", "LUT may be\nlower by", "mismatches"),
    )
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("folding", no_wrap=True)
    for one in best:
        check = one.check
        simulated = None if check is None else check.interval_cycles_simulated
        table.add_row(
            f"{one.fps:,.0f}",
            f"{one.interval_cycles:,}",
            _number(simulated),
            f"{one.lut:,}",
            _number(None if check is None else check.lut_synthesized),
            f"{one.ff:,}",
            f"{one.bram18:,}",
            _number(None if check is None else check.bram18_synthesized),
            f"{one.gap:.1%}",
            "-" if check is None else f"{check.mismatches} of {check.frames}",
            f"foldings/{one.point.key}.json",
        )
    return table


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"
