# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow compile``: from a model to a build folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from xnorflow.cli.options import Subparsers, add_input, input_options, positive

__all__ = ["add", "run"]


def add(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("compile", help="from a model to RTL, with estimates")
    parser.add_argument("model", metavar="MODEL.onnx", type=Path, help="a trained network in QONNX")
    parser.add_argument("--board", required=True, metavar="NAME", help="see `xnorflow boards`")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--target-fps",
        type=positive,
        metavar="N",
        help="frames per second to reach with as little hardware as possible (without a target "
        "or a folding: as many as fit the board)",
    )
    how.add_argument(
        "--folding", type=Path, metavar="FILE", help="PE and SIMD of each layer, JSON, also FINN's"
    )
    parser.add_argument(
        "--clock-mhz", type=positive, metavar="F", help="the accelerator's clock (the board's own)"
    )
    parser.add_argument(
        "--minimize",
        choices=("lut", "bram18", "area"),
        help="what to take least of (lut; for a folding file area: LUTs, BRAMs, DSPs at a price)",
    )
    add_input(parser)
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="the build folder"
    )
    parser.add_argument(
        "--dump-steps", action="store_true", help="also write each step as text to DIR/steps"
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Compile and show the estimates."""
    from xnorflow.cli.console import show, show_diagnostics, spinner

    with spinner("starting", args.quiet) as say:
        from xnorflow.api import compile as compile_model
        from xnorflow.report.terminal import render

        built = compile_model(
            args.model,
            args.board,
            target_fps=args.target_fps,
            folding=args.folding,
            clock_mhz=args.clock_mhz,
            minimize=args.minimize,
            **input_options(args),
            output=args.output,
            dump_steps=args.dump_steps,
            progress=say,
        )
    show_diagnostics(built.design.graph.notes)
    if not args.quiet:
        show(render(built.report, notes=False), f"\nbuild folder: {args.output}")
    show_diagnostics(built.notes)
    return 0
