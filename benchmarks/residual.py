# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""How long a residual network is searched, and how good what is found is.

    python -m benchmarks.residual [--blocks 4] [--channels 64 128 256] [--size 32] [--fps 0 100]

Three stages of so many blocks (fork, sign, window, product, table, sum), with random weights, on a
PYNQ-Z1: the fastest design that fits (0), or the smallest for a speed. Evidence: seconds measured,
in one process; all else estimated.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from rich.console import Console
from rich.table import Table
from tests.branched import PADDED
from tests.designs import Maker

from xnorflow.boards.read import load_board
from xnorflow.diagnostics import XnorflowError
from xnorflow.folding.search import fold
from xnorflow.ir.graph import Graph
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import TensorType, ValueType

_HALVING = Sweep((3, 3), (2, 2), (1, 1, 0, 0))
_ANY = (1, 1)
_BITS = 8
"""Of a table's results."""
_MOST_BITS = 12
"""That a table takes; wider sums become signs instead."""


def main() -> None:
    """Search, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--blocks", type=int, default=4)
    parser.add_argument("--channels", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--fps", type=float, nargs="+", default=[0, 100])
    options = parser.parse_args()
    graph = residual(options.blocks, options.channels, options.size)
    table = Table(title=f"{len(graph.layers)} layers, {graph.binary_macs:,} binary MACs a frame")
    for head in ("asked", "seconds", "frames/s", "LUT", "BRAM18", "sought", "bound", "gap"):
        table.add_column(head, justify="right")
    for fps in options.fps:
        table.add_row(f"{fps:,.0f} FPS" if fps else "fastest", *_searched(graph, fps))
    Console(width=200).print(table)


def _searched(graph: Graph, fps: float) -> list[str]:
    start = time.perf_counter()
    try:
        found = fold(graph, load_board("pynq-z1"), 100.0, target_fps=fps or None)
    except XnorflowError as error:
        return [f"{time.perf_counter() - start:.1f}", error.diagnostics[0].message]
    seconds, verdict, used = time.perf_counter() - start, found.verdict, found.design.resources()
    return [
        f"{seconds:.1f}",
        f"{found.design.fps:,.0f}",
        f"{used.lut:,}",
        f"{used.bram18:,}",
        f"{verdict.found:,.0f} {verdict.goal}",
        f"{verdict.bound:,.0f}",
        f"{verdict.gap:.1%}",
    ]


def residual(blocks: int, channels: list[int], size: int) -> Graph:
    """A stage for each number of channels, each with a quarter of the pixels of the one before."""
    made = Maker((size, size, 3), ValueType(4)).window("window", PADDED, _ANY)
    _table(made.conv("conv", channels[0], _ANY, raw=True), "table")
    for stage, out in enumerate(channels):
        if stage:
            made.quantize(f"sign{stage}", _ANY).window(f"window{stage}", _HALVING, _ANY)
            _table(made.conv(f"conv{stage}", out, _ANY, raw=True), f"table{stage}")
        for block in range(blocks):
            name = f"{stage}_{block}"
            made.fork(f"fork{name}", 2, _ANY).quantize(f"sign{name}", _ANY)
            made.window(f"window{name}", PADDED, _ANY)
            if (9 * out).bit_length() < _MOST_BITS:
                _table(made.conv(f"conv{name}", out, _ANY, raw=True), f"table{name}")
            else:
                made.conv(f"conv{name}", out, _ANY)
            made.sum(f"add{name}", f"fork{name}_out", _ANY)
    made.quantize("sign", _ANY).dense("scores", 10, _ANY, raw=True)
    return made.label("label", _ANY).graph()


def _table(made: Maker, name: str) -> None:
    """The upper bits of what is there."""
    before, kind = made.tensors[made.last], ValueType(_BITS, signed=True)
    values = np.arange(before.value.low, before.value.high + 1)
    upper = np.clip(values >> max(0, before.value.bits - _BITS), kind.low, kind.high)
    table = upper.astype(np.int32)[np.newaxis]
    made.add(name, Quantize(table), TensorType(before.shape, kind), _ANY)


if __name__ == "__main__":
    main()
