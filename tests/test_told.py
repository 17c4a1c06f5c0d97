# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What is known of a model's input, and noted of the model, from there to what users read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.qonnx_net import Net, signs
from tests.rng import generator

import xnorflow
from xnorflow.cli import main

RNG = generator(7)
MEANS, STDS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def inexact(folder: Path) -> Path:
    """Weights of 0.1, whose sums of 0 float32 does not give."""
    net = Net((1, 16), dtype="BIPOLAR")
    net.add("MatMul", signs(RNG, 16, 30) * np.float32(0.1), name="product")
    net.bipolar()
    net.dense(signs(RNG, 30, 4))
    return net.save(folder, "inexact.onnx")


def coloured(folder: Path) -> Path:
    """A network of three channels."""
    net = Net((1, 3, 4, 4))
    net.bipolar()
    net.add("Conv", signs(RNG, 4, 3, 2, 2))
    net.add("Flatten")
    return net.save(folder, "coloured.onnx")


def compiled(model: Path, *options: str) -> dict[str, Any]:
    """What the report of a new build b beside the model holds."""
    build = model.with_name("b")
    command = ["compile", str(model), "--board", "pynq-z1", "--target-fps", "1000"]
    assert main([*command, *options, "-q", "-o", str(build)]) == 0
    data: dict[str, Any] = json.loads((build / "report.json").read_text())
    return data


def test_a_warning_reaches_all_who_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (note,) = compiled(inexact(tmp_path))["notes"]
    assert (note["code"], note["severity"]) == ("inexact-sums", "warning")
    assert note["message"].startswith("dense0: 30 of 30 neurons decide at a sum that the model")
    assert "powers of two (0.125, not 0.1)" in note["hint"]
    assert note["nodes"][0] == "product"
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"warning[inexact-sums]: {note['message']}\n")
    assert f"\n  fix: {note['hint']}\n" in err
    assert main(["report", str(tmp_path / "b")]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert f"warning {note['message']} ({', '.join(note['nodes'])}); {note['hint']}" in shown


def test_a_network_of_exact_sums_gets_no_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = Net((1, 16), dtype="BIPOLAR")
    net.dense(signs(RNG, 16, 4))
    assert compiled(net.save(tmp_path))["notes"] == []
    assert main(["report", str(tmp_path / "b")]) == 0
    out, err = capsys.readouterr()
    assert "warning" not in out
    assert err == ""


def test_what_enters_reaches_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--input-type", "uint8", "--input-scale", "1/255", "--input-mean")
    data = compiled(coloured(tmp_path), *options, "0.485,0.456,0.406", "--input-std", "0.25")
    assert data["input"] == {
        **{"type": "uint8", "low": 0, "high": 255, "scale": 1 / 255},
        **{"mean": list(MEANS), "std": [0.25], "known_by": "given", "assumed": False},
    }
    assert main(["report", str(tmp_path / "b")]) == 0
    assert (
        "input: uint8 0..255, one step is 1/255, less 0.485, 0.456, 0.406, divided by 0.25 (given)"
    ) in capsys.readouterr().out


def test_what_is_assumed_reaches_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = Net((1, 6))
    net.add("Sub", 127.5)
    net.bipolar()
    net.dense(signs(RNG, 6, 4))
    data = compiled(net.save(tmp_path))
    assert data["input"] == {
        **{"type": "uint8", "low": 0, "high": 255, "scale": 1.0, "mean": [], "std": []},
        **{"known_by": "assumed to be pixels", "assumed": True},
    }
    assert main(["report", str(tmp_path / "b")]) == 0
    told = "input: uint8 0..255, one step is 1 (assumed to be pixels)"
    assert told in capsys.readouterr().out


def test_means_and_deviations_reach_the_network(tmp_path: Path) -> None:
    acc = xnorflow.compile(
        coloured(tmp_path),
        board="pynq-z1",
        target_fps=1000,
        input_type="uint8",
        input_scale=1 / 255,
        input_mean=MEANS,
        input_std=STDS,
    )
    entry = acc.report.input
    assert (entry.mean, entry.std) == (MEANS, STDS)
    x = RNG.integers(0, 256, (5, 3, 4, 4)).astype(np.uint8)
    bits = np.where(x / 255 >= np.reshape(MEANS, (3, 1, 1)), 1, -1)
    whole = xnorflow.compile(tmp_path / "coloured.onnx", board="pynq-z1", input_type="bipolar")
    np.testing.assert_array_equal(acc.predict(x).output, whole.predict(bits).output)
    assert len(np.unique(acc.predict(x).output)) > 1
