# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow simulate``: run frames and compare the hardware with the golden engine."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xnorflow.cli.frames import FAILED, add_frames, frames, or_failed
from xnorflow.cli.options import Subparsers, add_folder, whole

if TYPE_CHECKING:
    import numpy.typing as npt

    from xnorflow.accelerator import Accelerator
    from xnorflow.arrays import InputArrays, StoredAnswers
    from xnorflow.results import Prediction, Simulation
    from xnorflow.simulate.answers import Agreement

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
    from xnorflow.arrays import write_outputs
    from xnorflow.cli.console import show
    from xnorflow.folder import require_output
    from xnorflow.simulate.host import check_labels

    built = load(args.folder)
    if args.out is not None:
        require_output(args.out, args.folder, args.input)
    arrays, source = frames(args, built)
    if arrays.y is not None:
        graph = built.design.graph
        check_labels(graph.host_output, graph.tensors[graph.output].elements, arrays.y)
    if arrays.answers is not None:
        _check(built, arrays.answers, args.input)
    prediction: Prediction | None
    if args.engine == "golden":
        prediction, code = built.predict(arrays.x), 0
        show(f"golden engine: {len(prediction.label):,} {source}")
    else:
        prediction, code = _verilator(args, built, arrays, source)
    if prediction is None:
        show("the hardware's integers have no meaning for this network: no labels, no --out")
        return code
    if arrays.answers is not None:
        found = built.compare(prediction, arrays.answers.output)
        code = max(code, _answers(found, arrays.answers.name))
    if arrays.y is not None:
        show(_accuracy(prediction, arrays.y))
    if args.out is not None:
        write_outputs(
            args.out, raw=prediction.raw, output=prediction.output, label=prediction.label
        )
    return code


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


def _check(built: Accelerator, answers: StoredAnswers, path: Path) -> None:
    """Refuse answers of another network now, not after a long run."""
    from xnorflow.ir.diagnostics import XnorflowError
    from xnorflow.simulate.answers import check_answers

    host = built.design.graph.host_output
    try:
        check_answers(host, len(answers.output), answers.output)
    except XnorflowError as error:
        raise error.in_file(path) from error


def _answers(found: Agreement, name: str) -> int:
    """Say how far the accelerator agrees with the model's answers in the input file."""
    from xnorflow.cli.console import show

    show(f"the file's {name}: {found}")
    if found.first is not None:
        show(f"first difference: {found.first}")
    return 0 if found.labels.all() else FAILED


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


def _accuracy(prediction: Prediction, labels: npt.NDArray[Any]) -> str:
    right, total = int((prediction.label == labels).sum()), len(labels)
    return f"accuracy: {right:,} of {total:,} labels ({right / total:.2%})"
