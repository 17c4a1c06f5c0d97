# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow train``: train one of the project's own networks and export it."""

from __future__ import annotations

import argparse
from pathlib import Path

from xnorflow.cli.options import Subparsers, count, whole

__all__ = ["add", "run"]


def add(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("train", help="train a network by recipe, export it as QONNX")
    parser.add_argument("recipe", metavar="RECIPE", help="what to train: tfc-mnist or cnv-mnist")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="where to (a folder named as the recipe)"
    )
    parser.add_argument("--epochs", type=count, metavar="N", help="passes over the data (recipe's)")
    parser.add_argument("--seed", type=whole, default=0, metavar="N", help="of every choice (0)")
    parser.add_argument("--resume", action="store_true", help="go on from the folder's checkpoint")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="the data set's files (fetched with npm)"
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Train, export, and say how good it became."""
    from xnorflow.cli.console import show
    from xnorflow.train.run import train

    made = train(
        args.recipe,
        args.output or Path(args.recipe),
        epochs=args.epochs,
        seed=args.seed,
        resume=args.resume,
        data=args.data,
        quiet=args.quiet,
    )
    show(
        f"{made.recipe}: {made.correct:,} of {made.tested:,} test images right "
        f"({made.accuracy:.2%}), {made.epochs} epochs, seed {made.seed}, {made.seconds:,.0f} s\n"
        f"{made.model}"
    )
    return 0
