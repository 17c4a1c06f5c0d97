# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Networks trained by others, from the command line to Verilator and Yosys."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xnorflow.cli import main
from xnorflow.frontend.load import load_model
from xnorflow.host.frames import to_frames
from xnorflow.host.meaning import from_raw
from xnorflow.passes.pipeline import run_passes
from xnorflow.simulate.golden import run_graph

pytestmark = pytest.mark.needs_shared

TFC, LFC, CNV = "zoo_tfc_1w1a", "lfc_w1a1_mnist", "cnv_w1a1_cifar10"
RESIDUAL = "resnet_w1a1_cifar10"


@dataclass(frozen=True)
class Yardstick:
    """A network as FINN folds it, and limits: cycles, then LUTs and block RAMs by Yosys."""

    model: str
    folding: dict[str, tuple[int, int]]
    interval: int
    latency: int
    lut: int
    bram18: int


YARDSTICKS = (
    Yardstick(  # FINN measures 70 cycles
        TFC,
        {"dense0": (16, 49), "dense1": (8, 8), "dense2": (8, 8), "dense3": (10, 8)},
        *(64, 207, 1800, 26),
    ),
    Yardstick(  # FINN measures 34,145 cycles and a latency of 134,471
        CNV,
        {"conv0": (16, 3), "conv1": (32, 32), "conv2": (16, 32), "conv3": (16, 32)}
        | {
            "conv4": (4, 32),
            "conv5": (1, 32),
            "dense6": (1, 4),
            "dense7": (1, 8),
            "dense8": (5, 1),
        },
        *(32_768, 134_471, 6000, 147),
    ),
)


def predictions(model: Path, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outputs and labels by the golden engine."""
    graph = run_passes(load_model(model))
    frames = to_frames(graph.host_input, graph.tensors[graph.input], x)
    return from_raw(graph.host_output, run_graph(graph, frames))


@pytest.mark.parametrize(("model", "right"), [(CNV, 83), (RESIDUAL, 181)])
def test_the_stored_images_give_the_stored_logits(
    shared_models: Path, model: str, right: int
) -> None:
    with np.load(shared_models / f"{model}.npz") as stored:
        output, label = predictions(shared_models / f"{model}.onnx", stored["x"])
        np.testing.assert_array_equal(output, stored["logits"])
        assert np.count_nonzero(label == stored["y"]) == right


@pytest.mark.parametrize(
    ("model", "count", "right"),
    [
        (CNV, 10_000, 7922),
        (RESIDUAL, 1_000, 874),
        pytest.param(RESIDUAL, 10_000, 8632, marks=pytest.mark.slow, id="10000-residual"),
    ],
)
def test_images_of_the_test_set_give_the_stored_logits(
    shared_models: Path,
    cifar10_test_set: tuple[np.ndarray, np.ndarray],
    model: str,
    count: int,
    right: int,
) -> None:
    images, labels = (array[:count] for array in cifar10_test_set)
    output, label = predictions(shared_models / f"{model}.onnx", images)
    with np.load(shared_models / f"{model}.full_test_logits.npz") as stored:
        np.testing.assert_array_equal(output, stored["logits"][:count])
        np.testing.assert_array_equal(labels, stored["y"][:count])
    assert np.count_nonzero(label == labels) == right


def compiled(model: Path, folder: Path, *how: str) -> Path:
    scale = ("--input-scale", "1/255") if model.stem == TFC else ()
    options = ("--board", "pynq-z1", "-o", str(folder / "b"), "--quiet")
    assert main(["compile", str(model), *options, *scale, *how]) == 0
    return folder / "b"


def folding_file(folder: Path, folding: dict[str, tuple[int, int]]) -> str:
    layers = {name: {"pe": pe, "simd": simd} for name, (pe, simd) in folding.items()}
    (folder / "finn.json").write_text(json.dumps({"layers": layers}))
    return str(folder / "finn.json")


def report(build: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((build / "report.json").read_text())
    return data


@pytest.mark.parametrize(("model", "answers"), [(TFC, "out"), (LFC, "logits")])
def test_a_hundred_images_are_bit_exact_with_and_without_stalls(
    shared_models: Path, tmp_path: Path, model: str, answers: str
) -> None:
    build = compiled(shared_models / f"{model}.onnx", tmp_path, "--target-fps", "20000")
    images = shared_models / f"{model}.npz"
    for number, stalls in enumerate(([], ["--stalls", "--seed", "7"])):
        out = tmp_path / f"{number}.npz"
        assert (
            main(["simulate", str(build), "--input", str(images), "--out", str(out), *stalls]) == 0
        )
        with np.load(images) as expected, np.load(out) as got:
            np.testing.assert_array_equal(got["output"], expected[answers])
            if model == TFC:
                np.testing.assert_array_equal(got["raw"], expected["acc"])
    data = report(build)
    assert data["verification"] == {
        "engine": "verilator",
        "images": 100,
        "mismatches": 0,
        "fault": None,
    }
    cycles = data["throughput"]["interval_cycles"]
    assert cycles["simulated"] == cycles["estimated"] <= 5000


@pytest.mark.parametrize("yardstick", YARDSTICKS, ids=lambda y: y.model)
def test_finns_folding_takes_fewer_cycles_and_a_fraction_of_the_luts(
    shared_models: Path, tmp_path: Path, yardstick: Yardstick
) -> None:
    folding = folding_file(tmp_path, yardstick.folding)
    build = compiled(shared_models / f"{yardstick.model}.onnx", tmp_path, "--folding", folding)
    images = str(shared_models / f"{yardstick.model}.npz")
    simulate = ["simulate", str(build), "--input", images, "--quiet"]
    assert main([*simulate, "--images", "20", "--stalls"]) == 0
    assert main(simulate) == 0
    assert main(["synth", str(build), "--quiet"]) == 0
    data = report(build)
    assert data["verification"] == {
        "engine": "verilator",
        "images": 100,
        "mismatches": 0,
        "fault": None,
    }
    interval = {"estimated": yardstick.interval, "simulated": yardstick.interval}
    assert data["throughput"]["interval_cycles"] == interval
    latency = data["throughput"]["latency_cycles"]
    assert latency["simulated"] == latency["estimated"] <= yardstick.latency
    folds = {
        layer["name"]: (layer["folding"]["pe"], layer["folding"]["simd"])
        for layer in data["layers"]
    }
    assert folds | yardstick.folding == folds
    assert data["resources"]["lut"]["synthesized"] <= yardstick.lut
    assert data["resources"]["bram18"]["synthesized"] <= yardstick.bram18
    assert data["resources"]["dsp"]["synthesized"] == 0
    for layer in data["layers"]:
        lut = layer["resources"]["lut"]
        if lut["synthesized"] > 300:
            assert abs(lut["estimated"] - lut["synthesized"]) <= 0.15 * lut["synthesized"]
        assert (
            layer["resources"]["bram18"]["estimated"] == layer["resources"]["bram18"]["synthesized"]
        )
