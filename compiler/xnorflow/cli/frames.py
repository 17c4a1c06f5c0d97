# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What commands share that run frames: where these come from, and faults of the hardware."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from xnorflow.cli.codes import FAILED
from xnorflow.cli.options import count

if TYPE_CHECKING:
    from xnorflow.accelerator import Accelerator
    from xnorflow.host.arrays import InputArrays
    from xnorflow.results import Prediction

__all__ = ["add_frames", "compared", "concluded", "frames", "or_failed"]

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
        XnorflowError: ``input-file``; also where labels or answers are not of this network, which
            is better found now than after a long run.
    """
    from xnorflow.diagnostics import XnorflowError
    from xnorflow.host.answers import check_answers
    from xnorflow.host.arrays import InputArrays, read_inputs
    from xnorflow.host.meaning import check_labels

    if args.input is None:
        x = built.random_inputs(args.images or _RANDOM_IMAGES)
        return InputArrays(x, None), "random frames (the same ones each time)"
    arrays, graph = read_inputs(args.input, args.images), built.design.graph
    if arrays.y is not None:
        check_labels(graph.host_output, graph.tensors[graph.output].elements, arrays.y)
    if arrays.answers is not None:
        try:
            check_answers(graph.host_output, len(arrays.answers.output), arrays.answers.output)
        except XnorflowError as error:
            raise error.in_file(args.input) from error
    return arrays, f"frames of {args.input.name}"


def concluded(
    args: argparse.Namespace,
    built: Accelerator,
    arrays: InputArrays,
    prediction: Prediction | None,
) -> int:
    """What answers mean: compare them with the input file's, and write them where --out says.

    Args:
        args: of a command with frames and ``--out``.
        built: what answered.
        arrays: the frames, and what the file says of them.
        prediction: the answers; None where hardware at fault gave integers without meaning.

    Returns:
        The exit code.
    """
    from xnorflow.cli.console import show
    from xnorflow.host.arrays import write_outputs

    if prediction is None:
        show("the hardware's integers have no meaning for this network: no labels, no --out")
        return 0
    code = compared(built, arrays, prediction)
    if args.out is not None:
        write_outputs(
            args.out, raw=prediction.raw, output=prediction.output, label=prediction.label
        )
    return code


def compared(built: Accelerator, arrays: InputArrays, prediction: Prediction) -> int:
    """Say how far the accelerator agrees with the input file's answers and labels, if any.

    Returns:
        The exit code.
    """
    from xnorflow.cli.console import show

    code = 0
    if arrays.answers is not None:
        found = built.compare(prediction, arrays.answers.output)
        show(f"the file's {arrays.answers.name}: {found}")
        if found.first is not None:
            show(f"first difference: {found.first}")
        code = 0 if found.labels.all() else FAILED
    if arrays.y is not None:
        right, total = int((prediction.label == arrays.y).sum()), len(arrays.y)
        show(f"accuracy: {right:,} of {total:,} labels ({right / total:.2%})")
    return code


def or_failed(run: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    """Run a command; hardware at fault is a check that failed, not a user's mistake."""
    from xnorflow.cli.console import show_error
    from xnorflow.diagnostics import XnorflowError
    from xnorflow.results import FAILED_CHECKS

    try:
        return run(args)
    except XnorflowError as error:
        if all(item.code in FAILED_CHECKS for item in error.diagnostics):
            show_error(error)
            return FAILED
        raise
