# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The smallest and the fastest designs of a network: what the search finds, proves, and takes.

    python benchmarks/smallest.py MODEL.onnx [--input-scale S] [--board pynq-z1]
        [--target-fps N ...] [--fastest] [--unlimited] [--synth] [--frames 10]

Prints a row a target, and one for the fastest design that fits; with --unlimited the board has as
much of everything as it takes. Evidence: estimated; with --synth
also counted by Yosys and simulated in Verilator with random frames. The time is that of the whole
search, fifos included, in a process that has compiled a design before.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from xnorflow.api import write_build
from xnorflow.boards.read import load_board
from xnorflow.folding.search import fold
from xnorflow.frontend.load import load_model
from xnorflow.hardware.resources import Resources
from xnorflow.ir.input_spec import InputSpec
from xnorflow.passes.pipeline import run_passes

_HEADS = ("wanted", "frames/s", "cycles", "LUT", "FF", "BRAM18", "gap", "search, s")
_FOUND = ("cycles sim.", "mismatches", "LUT syn.", "FF syn.", "BRAM18 syn.")


def main() -> None:
    """Search, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--board", default="pynq-z1")
    parser.add_argument("--input-scale", type=Fraction, default=Fraction(1))
    parser.add_argument("--target-fps", type=float, nargs="*", default=[])
    parser.add_argument("--fastest", action="store_true")
    parser.add_argument("--unlimited", action="store_true")
    parser.add_argument("--synth", action="store_true")
    parser.add_argument("--frames", type=int, default=10)
    options = parser.parse_args()
    targets = [*options.target_fps, *([None] if options.fastest else [])]
    if not targets:
        parser.error("give --target-fps or --fastest")
    board = load_board(options.board)
    if options.unlimited:
        board = replace(board, resources=Resources(*[10**9] * 4))
    graph = run_passes(load_model(options.model, InputSpec(scale=float(options.input_scale))))
    fold(graph, board, board.clock_mhz, target_fps=1.0)
    table = Table(title=f"{options.model.name} on {board.name}")
    for head in (*_HEADS, *(_FOUND if options.synth else ())):
        table.add_column(head, justify="right")
    for target in targets:
        began = time.perf_counter()
        found = fold(graph, board, board.clock_mhz, target_fps=target)
        seconds = time.perf_counter() - began
        used = found.design.resources()
        cells = [
            "fastest" if target is None else f"{target:,.0f}",
            f"{found.design.fps:,.0f}",
            f"{found.design.interval_cycles:,}",
            f"{used.lut:,}",
            f"{used.ff:,}",
            str(used.bram18),
            f"{found.verdict.gap:.1%}",
            f"{seconds:.1f}",
        ]
        if options.synth:
            with TemporaryDirectory(prefix="xnorflow-") as folder:
                built = write_build(found, Path(folder) / "build")
                simulation = built.simulate(images=options.frames)
                counted = built.synth().resources
            cells += [
                f"{simulation.interval_cycles:,}",
                f"{simulation.mismatches} of {simulation.frames}",
                f"{counted.lut.synthesized:,}",
                f"{counted.ff.synthesized:,}",
                str(counted.bram18.synthesized),
            ]
        table.add_row(*cells)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
