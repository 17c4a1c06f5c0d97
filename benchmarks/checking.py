# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""How fast a network can be checked: golden engine and Verilator beside qonnx's executor.

    python benchmarks/checking.py MODEL.onnx [--input-scale S] [--board pynq-z1]
        [--target-fps N | --folding F.json] [--frames 1000] [--rtl-frames 20] [--reference 2]

All engines run one after the other in this process, on random inputs, and must agree. Prints
frames a second, each also as a multiple of the executor's. The Verilated network is built anew,
with an empty cache; a run simulates its first frame twice. Evidence: simulated.
"""

from __future__ import annotations

import argparse
import os
import time
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from qonnx.transformation.infer_shapes import InferShapes
from rich.console import Console
from rich.table import Table

import xnorflow


def main() -> None:
    """Compile, run and print."""
    options = _options()
    scale = float(options.input_scale)
    accelerator = xnorflow.compile(
        options.model,
        board=options.board,
        input_scale=scale,
        target_fps=options.target_fps,
        folding=options.folding,
    )
    x = accelerator.random_inputs(options.frames)
    start = time.perf_counter()
    prediction = accelerator.predict(x)
    golden_s = time.perf_counter() - start
    start = time.perf_counter()
    expected = _reference(options.model, x[: options.reference], scale)
    reference_s = (time.perf_counter() - start) / options.reference
    np.testing.assert_array_equal(
        prediction.output[: options.reference].reshape(expected.shape), expected
    )
    marks: dict[str, float] = {}

    def mark(name: str, done: int, _: int) -> None:
        marks.setdefault(f"{name} {done}", time.perf_counter())

    start = time.perf_counter()
    simulation = accelerator.simulate(x[: options.rtl_frames], progress=mark)
    end = time.perf_counter()
    assert simulation.mismatches == 0
    built = marks["building the simulation 1"]
    rtl_s = (end - built) / (options.rtl_frames + 1)
    table = Table(title=f"{options.model.name} on {options.board}")
    for heading in ("engine", "frames", "frames/s", "times the executor"):
        table.add_column(heading, justify="left" if heading == "engine" else "right")
    for name, frames, seconds in (
        ("qonnx executor", options.reference, reference_s),
        ("golden integers", options.frames, golden_s / options.frames),
        ("Verilator", options.rtl_frames, rtl_s),
    ):
        table.add_row(name, f"{frames:,}", f"{1 / seconds:,.1f}", f"{reference_s / seconds:,.1f}")
    console = Console()
    console.print(table)
    interval = accelerator.design.interval_cycles
    console.print(
        f"Verilator: built in {built - start:.1f} s; {interval / rtl_s:,.0f} cycles/s at "
        f"{interval:,} cycles a frame; {end - start:.1f} s in all"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--board", default="pynq-z1")
    parser.add_argument("--input-scale", type=Fraction, default=Fraction(1))
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--target-fps", type=float)
    choice.add_argument("--folding", type=Path)
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--rtl-frames", type=int, default=20)
    parser.add_argument("--reference", type=int, default=2)
    return parser.parse_args()


def _reference(path: Path, x: np.ndarray, scale: float) -> np.ndarray:
    """What qonnx's executor gives, frame by frame."""
    model = ModelWrapper(onnx.load(path)).transform(InferShapes())
    name, out = model.graph.input[0].name, model.graph.output[0].name
    frames = (x * scale).astype(np.float32)[:, np.newaxis]
    return np.concatenate([execute_onnx(model, {name: frame})[out] for frame in frames])


if __name__ == "__main__":
    with TemporaryDirectory(prefix="xnorflow-cache-") as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        main()
