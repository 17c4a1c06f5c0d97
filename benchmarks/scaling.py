# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""How compiling and the accelerator grow with the network: CNV, wider and deeper.

    python -m benchmarks.scaling [--factors 1 2 4 8] [--fps 1000] [--frames 4] [--synth]

For each factor one network of so many times CNV's weights with more channels in all layers, and
one of so many times its convolutions, with random weights; folded for one speed on a PYNQ-Z1 of
unlimited size, each in a process of its own. Evidence: seconds and memory measured, cycles
simulated in Verilator, LUTs estimated, with --synth also counted by Yosys.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from math import sqrt
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from rich.console import Console
from rich.table import Table
from tests.qonnx_net import Net, signs

from xnorflow.api import write_build
from xnorflow.boards.read import load_board
from xnorflow.folding.search import fold
from xnorflow.frontend.load import load_model
from xnorflow.hardware.resources import Resources
from xnorflow.passes.pipeline import run_passes

_HEADS = ("network", "weights", "MACs a frame", "reading, s", "folding, s", "writing, s", "peak MB")
_FOUND = ("cycles est.", "sim.", "latency est.", "sim.", "building, s", "LUT est.", "BRAM18 est.")


def main() -> None:
    """Measure each network in a process of its own, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--factors", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--fps", type=float, default=1000)
    parser.add_argument("--frames", type=int, default=4)
    parser.add_argument("--synth", action="store_true")
    parser.add_argument("--one", nargs=2, metavar=("WIDER", "DEEPER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        wider, deeper = (int(text) for text in options.one)
        print(json.dumps(_measured(options, wider, deeper)))  # noqa: T201 - to the process above
        return
    table = Table(title=f"CNV grown, {options.fps:,.0f} frames/s at 100 MHz")
    heads = (*_HEADS, *_FOUND, *(("LUT syn.",) if options.synth else ()))
    for head in heads:
        table.add_column(head, justify="right")
    pairs = [(f, 1) for f in options.factors] + [(1, f) for f in options.factors if f > 1]
    for wider, deeper in pairs:
        command = [sys.executable, "-m", "benchmarks.scaling", *sys.argv[1:]]
        command += ["--one", str(wider), str(deeper)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        name = f"{wider} x weights" if wider > 1 else f"{deeper} x convolutions"
        table.add_row("CNV" if wider == deeper == 1 else name, *json.loads(done.stdout))
    Console(width=200).print(table)


def _measured(options: argparse.Namespace, wider: int, deeper: int) -> list[str]:
    with TemporaryDirectory(prefix="xnorflow-") as name:
        model, build = Path(name) / "model.onnx", Path(name) / "build"
        onnx.save(_cnv(sqrt(wider), deeper), model)
        build.mkdir()
        marks = [time.perf_counter()]
        graph = run_passes(load_model(model))
        marks.append(time.perf_counter())
        board = replace(load_board("pynq-z1"), resources=Resources(*[10**9] * 4))
        found = fold(graph, board, 100.0, target_fps=options.fps)
        marks.append(time.perf_counter())
        built = write_build(found, build)
        marks.append(time.perf_counter())
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        design = found.design
        steps: dict[str, float] = {}

        def begun(step: str, *_: int) -> None:
            steps.setdefault(step, time.perf_counter())

        simulation = built.simulate(images=options.frames, progress=begun)
        assert simulation.mismatches == 0, "the simulation must agree with the golden engine"
        first, *others = steps.values()
        weights = sum(getattr(s.layer.op, "weights", np.empty(0)).size for s in design.stages)
        cells = [
            f"{weights:,}",
            f"{graph.binary_macs:,}",
            *(f"{after - before:.1f}" for before, after in pairwise(marks)),
            f"{peak_mb:,.0f}",
            f"{design.interval_cycles:,}",
            f"{simulation.interval_cycles:,}",
            f"{design.latency_cycles:,}",
            f"{simulation.latency_cycles:,}",
            f"{(others[0] if others else time.perf_counter()) - first:.0f}",
            f"{design.resources().lut:,}",
            f"{design.resources().bram18:,}",
        ]
        if options.synth:
            cells.append(f"{built.synth().resources.lut.synthesized:,}")
    return cells


def _cnv(wider: float, deeper: int) -> onnx.ModelProto:
    """CNV with so many times the channels, in eights, and each convolution so many times."""
    random = np.random.default_rng(1)
    net = Net((1, 3, 32, 32), dtype="UINT8")
    channels = 3

    def threshold(out: int, *axes: int) -> None:
        net.add("Sub", (random.integers(-9, 9, (out, *axes)) + 0.5).astype(np.float32))
        net.bipolar()

    for out in (64, 64, 0, 128, 128, 0, 256, 256):
        if not out:
            net.max_pool(2, 2, strides=[2, 2])
            continue
        out = round(out * wider / 8) * 8
        for number in range(deeper):
            pads = [0 if number == 0 else 1] * 4
            net.conv(signs(random, out, channels, 3, 3), pads=pads)
            threshold(out, 1, 1)
            channels = out
    net.reshape(1, channels)
    for out in (512, 512, 10):
        out = round(out * wider / 8) * 8 if out > 10 else out
        net.dense(signs(random, channels, out))
        if out > 10:
            threshold(out)
        channels = out
    return net.model()


if __name__ == "__main__":
    main()
