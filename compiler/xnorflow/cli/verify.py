# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow verify``: the model itself beside the golden engine and the hardware."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from xnorflow.cli.codes import FAILED
from xnorflow.cli.frames import add_frames, compared, frames, or_failed
from xnorflow.cli.options import Subparsers, add_folder

if TYPE_CHECKING:
    from xnorflow.results import Verification

__all__ = ["add", "run"]


def add(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("verify", help="run the model itself beside the accelerator")
    parser.add_argument("model", metavar="MODEL.onnx", type=Path, help="what was compiled")
    add_folder(parser)
    add_frames(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Run all three, compare, and say where they part."""
    return or_failed(_verify, args)


def _verify(args: argparse.Namespace) -> int:
    from xnorflow.api import load
    from xnorflow.cli.console import show, steps

    built = load(args.folder)
    arrays, source = frames(args, built)
    with steps(args.quiet) as progress:
        found = built.verify(args.model, arrays.x, progress=progress)
    show(
        f"{args.model.name} by qonnx's executor beside the accelerator: {len(arrays.x):,} {source}"
    )
    show(_summary(found))
    if found.parting is not None:
        inside = found.agreement.close.all() and found.agreement.labels.all()
        hidden = ", inside, which changes no answer" if inside else ""
        show(f"first difference from the model{hidden}: {found.parting}")
    if found.simulation.first is not None:
        show(f"first difference in Verilator: {found.fault or found.simulation.first}")
    code = compared(built, arrays, found.prediction)
    return code if found.ok else FAILED


def _summary(found: Verification) -> str:
    agreement, simulation = found.agreement, found.simulation
    exact, total = f"{agreement.exact.sum():,}", f"{len(agreement.exact):,}"
    return (
        f"golden engine and model: {agreement}; outputs of {exact} of {total} are equal\n"
        f"Verilator and golden engine: {simulation.frames - simulation.mismatches:,} of "
        f"{simulation.frames:,} frames agree bit for bit"
    )
