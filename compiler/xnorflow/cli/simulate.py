# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow simulate``: run frames and compare the hardware with the golden engine."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from xnorflow.cli.codes import FAILED
from xnorflow.cli.frames import add_frames, concluded, frames, or_failed
from xnorflow.cli.options import Subparsers, add_folder, whole

if TYPE_CHECKING:
    from xnorflow.accelerator import Accelerator
    from xnorflow.host.arrays import InputArrays
    from xnorflow.results import Prediction, Simulation

__all__ = ["add", "run"]


def add(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("simulate", help="run frames in Verilator, compare bit for bit")
    add_folder(parser)
    add_frames(parser)
    parser.add_argument(
        "--engine",
        choices=("verilator", "golden"),
        default="verilator",
        help="the RTL beside the golden integer engine, or that engine alone (verilator)",
    )
    parser.add_argument("--out", type=Path, metavar="Y.npz", help="write raw, output and label")
    parser.add_argument(
        "--stalls", action="store_true", help="stall both streams at random; cycles do not count"
    )
    parser.add_argument("--seed", type=whole, default=1, metavar="N", help="of the stalls (1)")
    return parser


def run(args: argparse.Namespace) -> int:
    """Simulate, compare, and say how it went."""
    return or_failed(_simulate, args)


def _simulate(args: argparse.Namespace) -> int:
    from xnorflow.api import load
    from xnorflow.builds.folder import require_output
    from xnorflow.cli.console import show

    built = load(args.folder)
    if args.out is not None:
        require_output(args.out, args.folder, args.input)
    arrays, source = frames(args, built)
    prediction: Prediction | None
    if args.engine == "golden":
        prediction, code = built.predict(arrays.x), 0
        show(f"golden engine: {len(prediction.label):,} {source}")
    else:
        prediction, code = _verilator(args, built, arrays, source)
    return max(code, concluded(args, built, arrays, prediction))


def _verilator(
    args: argparse.Namespace, built: Accelerator, arrays: InputArrays, source: str
) -> tuple[Prediction | None, int]:
    from xnorflow.cli.console import show, steps

    seed = args.seed if args.stalls else None
    with steps(args.quiet) as progress:
        found = built.simulate(arrays.x, stall_seed=seed, progress=progress)
    stalled = f", random stalls with seed {seed}" if args.stalls else ""
    show(f"Verilator against the golden engine: {found.frames:,} {source}{stalled}")
    show(f"mismatches: {found.mismatches:,}")
    if found.first is not None:
        show(f"first difference: {found.first}")
    elif not args.quiet and not args.stalls:
        show(_cycles(built, found))
    return found.prediction, FAILED if found.mismatches else 0


def _cycles(built: Accelerator, found: Simulation) -> str:
    from xnorflow.results import STEADY_FRAMES

    interval = found.interval_cycles
    steady = "not the same for all" if interval is None else f"{interval:,}"
    if found.frames < STEADY_FRAMES:
        steady = "not known from fewer than three frames"
    return (
        f"cycles from frame to frame: {steady} (estimated {built.design.interval_cycles:,})\n"
        f"cycles of a lone frame: {found.latency_cycles:,} "
        f"(estimated {built.design.latency_cycles:,})"
    )
