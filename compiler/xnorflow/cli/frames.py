# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What commands share that run frames: where these come from, and faults of the hardware."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from xnorflow.cli.options import count

if TYPE_CHECKING:
    from xnorflow.accelerator import Accelerator
    from xnorflow.arrays import InputArrays

__all__ = ["FAILED", "add_frames", "frames", "or_failed"]

FAILED = 1
"""Exit code of a mismatch or a check that failed."""

_RANDOM_IMAGES = 20


def add_frames(parser: argparse.ArgumentParser) -> None:
    """The arguments --input and --images."""
    parser.add_argument(
        "--input",
        type=Path,
        metavar="X.npz",
        help="frames x; labels y and the model's output if known (random frames)",
    )
    parser.add_argument(
        "--images", type=count, metavar="N", help=f"how many frames (all; {_RANDOM_IMAGES} random)"
    )


def frames(args: argparse.Namespace, built: Accelerator) -> tuple[InputArrays, str]:
    """The frames to run, and what they are called.

    Raises:
        XnorflowError: ``input-file``.
    """
    from xnorflow.arrays import InputArrays, read_inputs

    if args.input is None:
        x = built.random_inputs(args.images or _RANDOM_IMAGES)
        return InputArrays(x, None), "random frames (the same ones each time)"
    return read_inputs(args.input, args.images), f"frames of {args.input.name}"


def or_failed(run: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    """Run a command; hardware at fault is a check that failed, not a user's mistake."""
    from xnorflow.cli.console import show_error
    from xnorflow.ir.diagnostics import XnorflowError
    from xnorflow.results import FAILED_CHECKS

    try:
        return run(args)
    except XnorflowError as error:
        if all(item.code in FAILED_CHECKS for item in error.diagnostics):
            show_error(error)
            return FAILED
        raise
