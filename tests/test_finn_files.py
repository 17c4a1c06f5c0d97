# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The folder of an export: its files, its folding, and nobody's own files lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
from tests.designs import Maker
from tests.finn_nets import NETWORKS, pictures

from xnorflow.builds.folder import new_build_folder
from xnorflow.cli import main
from xnorflow.design.store import save
from xnorflow.diagnostics import XnorflowError
from xnorflow.finn.export import FILES, export_finn
from xnorflow.finn.folding import finn_folding, finn_units
from xnorflow.folding_files import held_against, read_any_folding
from xnorflow.ir.types import ValueType


def test_the_folding_is_under_finns_names() -> None:
    assert finn_folding(pictures().build()) == {
        "Defaults": {},
        "ConvolutionInputGenerator_rtl_0": {
            "SIMD": 2,
            "parallel_window": 0,
            "ram_style": "distributed",
        },
        "MVAU_hls_0": {
            "PE": 4,
            "SIMD": 8,
            "mem_mode": "internal_decoupled",
            "ram_style": "distributed",
            "resType": "lut",
        },
        "ConvolutionInputGenerator_rtl_1": {"SIMD": 8, "parallel_window": 0, "ram_style": "auto"},
        "Pool_hls_0": {"PE": 8},
        "ConvolutionInputGenerator_rtl_2": {
            "SIMD": 8,
            "parallel_window": 1,
            "ram_style": "auto",
        },
        "MVAU_hls_1": {
            "PE": 2,
            "SIMD": 16,
            "mem_mode": "internal_decoupled",
            "ram_style": "block",
            "resType": "lut",
        },
        "MVAU_hls_2": {
            "PE": 12,
            "SIMD": 54,
            "mem_mode": "internal_embedded",
            "resType": "lut",
        },
        "MVAU_hls_3": {
            "PE": 5,
            "SIMD": 4,
            "mem_mode": "internal_embedded",
            "resType": "lut",
        },
    }


def test_padding_units_and_quantisers_count_for_themselves() -> None:
    units = finn_units(NETWORKS["padded bits"].build())
    assert [list(own) for own in units.values()] == [
        ["FMPadding_rtl_0", "ConvolutionInputGenerator_rtl_0"],
        ["MVAU_hls_0"],
        ["FMPadding_rtl_1", "ConvolutionInputGenerator_rtl_1", "Pool_hls_0"],
        ["MVAU_hls_1"],
    ]
    assert units["window0"]["FMPadding_rtl_0"] == {"SIMD": 2}
    assert finn_units(NETWORKS["pixels"].build())["quantize0"] == {"Thresholding_rtl_0": {"PE": 4}}


def test_lanes_of_a_quantiser_divide_the_channels_for_finn() -> None:
    maker = Maker((4, 4, 6), ValueType(8), 3).quantize("quantize0", (4, 4))
    design = maker.dense("dense0", 4, (1, 1), raw=True).build()
    assert finn_units(design)["quantize0"] == {"Thresholding_rtl_0": {"PE": 6}}


@pytest.mark.parametrize("name", NETWORKS)
def test_an_export_is_read_back_as_the_same_folding(tmp_path: Path, name: str) -> None:
    design = NETWORKS[name].build()
    export_finn(design, tmp_path / "finn")
    read = read_any_folding(tmp_path / "finn" / "folding.json")
    file, _ = held_against(read, design.graph)
    assert file is not None
    file.check(design.graph)
    for stage in design.stages:
        assert file.layers[stage.layer.name] == stage.folding


def test_the_files(tmp_path: Path) -> None:
    design = NETWORKS["pictures"].build()
    odd = replace(design.graph.model, name='a"\n| `name`')
    design = replace(design, graph=replace(design.graph, model=odd))
    export_finn(design, tmp_path / "finn")
    assert {path.name for path in (tmp_path / "finn").iterdir()} == set(FILES)
    script = (tmp_path / "finn" / "build.py").read_text()
    assert 'fpga_part="xc7z020clg400-1"' in script
    assert 'board="Pynq-Z1"' in script
    assert "synth_clk_period_ns=10.0" in script
    readme = (tmp_path / "finn" / "README.md").read_text()
    assert "run-docker.sh build_custom THIS_FOLDER build_hardware" in readme
    assert "Input `global_in`: 1x9x9x4 of BINARY" in readme
    assert "| conv0 | 256 | MVAU_hls_0 |" in readme
    assert (
        "popcounts; the integer that xnorflow's accelerator gives is 2 x popcount - 12." in readme
    )


FAKE_FINN = {
    "build_dataflow.py": """
        def build_dataflow_cfg(model, config):
            print(model, config["steps"], config["generate_outputs"])
            results = pathlib.Path(config["output_dir"]) / "verification_output"
            results.mkdir(parents=True)
            (results / "verify_streamlined_SUCCESS.npy").touch()
            return 0
    """,
    "build_dataflow_config.py": """
        DataflowBuildConfig = dict
        default_build_dataflow_steps, estimate_only_dataflow_steps = "all steps", "estimates only"
        class DataflowOutputType(enum.Enum):
            ESTIMATE_REPORTS, STITCHED_IP, OOC_SYNTH, BITFILE, PYNQ_DRIVER = range(5)
            DEPLOYMENT_PACKAGE = 5
        class ShellFlowType(enum.Enum):
            VIVADO_ZYNQ = 0
        class VerificationStepType(enum.Enum):
            TIDY_UP_PYTHON, STREAMLINED_PYTHON = range(2)
    """,
}


@pytest.mark.parametrize(
    ("script", "steps", "bitfile"),
    [("build.py", "estimates only", False), ("build_hardware.py", "all steps", True)],
)
def test_scripts_need_no_change(tmp_path: Path, script: str, steps: str, bitfile: bool) -> None:
    """`finn run` takes executable scripts only and hands no arguments on: one for each purpose."""
    folder = tmp_path / "finn out"
    export_finn(NETWORKS["bits"].build(), folder)
    package = tmp_path / "path" / "finn" / "builder"
    package.mkdir(parents=True)
    for name, text in FAKE_FINN.items():
        (package / name).write_text("import enum, pathlib\n" + dedent(text))
    assert os.access(folder / script, os.X_OK)
    done = subprocess.run(
        [sys.executable, script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "path")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(folder / "model.onnx") in done.stdout
    assert steps in done.stdout
    assert ("BITFILE" in done.stdout) == bitfile


def test_an_export_over_an_earlier_one(tmp_path: Path) -> None:
    design = NETWORKS["bits"].build()
    target = tmp_path / "deep" / "finn"
    export_finn(design, target)
    (target / "finn_output").mkdir()
    (target / "finn_output" / "report").write_text("of hours")
    (target / "input.npy").unlink()
    (target / "build.py").unlink()
    (target / "folding.json").write_text("changed")
    export_finn(design, target)
    assert (target / "finn_output" / "report").read_text() == "of hours"
    assert {path.name for path in target.iterdir()} == {*FILES, "finn_output"}
    assert json.loads((target / "folding.json").read_text()) == finn_folding(design)
    assert os.access(target / "build.py", os.X_OK)


def test_places_that_hold_something_else(tmp_path: Path) -> None:
    design = NETWORKS["bits"].build()
    (tmp_path / "empty").mkdir()
    export_finn(design, tmp_path / "empty")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("mine")
    export_finn(design, tmp_path / "mine")
    (tmp_path / "mine" / "build.py").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "copied").mkdir()
    (tmp_path / "copied" / "model.onnx").write_text("mine")
    shutil.copy(tmp_path / "empty" / "README.md", tmp_path / "copied")
    for name, text, hint in (
        ("photos", "a folder without build.py and build_hardware.py of an export", "give"),
        ("copied", "a folder without build.py and build_hardware.py of an export", "give"),
        ("mine", "one with a build.py that export-finn did not write", "move build.py away, or"),
        ("file", "a file", "give another folder with -o"),
    ):
        with pytest.raises(XnorflowError, match=f"an earlier export, not {text}") as caught:
            export_finn(design, tmp_path / name)
        assert caught.value.diagnostics[0].code == "output-folder"
        assert caught.value.diagnostics[0].hint.startswith(hint)
    assert (tmp_path / "mine" / "build.py").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("given", ["b", "b/", ".", "../b"])
def test_the_folder_is_beside_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    """No compile touches what FINN makes of an export."""
    with new_build_folder(tmp_path / "b") as work:
        save(NETWORKS["bits"].build(), work)
    monkeypatch.chdir(tmp_path / "b" if given.startswith(".") else tmp_path)
    assert main(["export-finn", given, "--quiet"]) == 0
    assert (tmp_path / "b-finn" / "model.onnx").is_file()
    assert not (tmp_path / "b" / "finn").exists()


def test_a_compile_leaves_exports_within_the_build_alone(tmp_path: Path) -> None:
    for run in ("first", "again"):
        with new_build_folder(tmp_path / "b") as work:
            (work / "rtl").mkdir()
            (work / "design.json").touch()
        export_finn(NETWORKS["bits"].build(), tmp_path / "b" / "finn")
        (tmp_path / "b" / "finn" / "finn_output").mkdir(exist_ok=True)
        (tmp_path / "b" / "finn" / "finn_output" / run).touch()
    left = {path.name for path in (tmp_path / "b" / "finn" / "finn_output").iterdir()}
    assert left == {"first", "again"}


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(XnorflowError) as caught:
        export_finn(NETWORKS["bits"].build(), tmp_path / "file" / "finn")
    assert caught.value.diagnostics[0].code == "not-writable"


def test_odd_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    design = NETWORKS["bits"].build()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(XnorflowError, match="not a link that leads in circles"):
        export_finn(design, tmp_path / "loop")
    for name in ("x" * 300, "a\0b"):
        with pytest.raises(XnorflowError, match=r"error\[not-writable\]"):
            export_finn(design, tmp_path / name)
    export_finn(design, tmp_path / ("x" * 255))
    (tmp_path / "link").symlink_to("linked")
    export_finn(design, tmp_path / "link")
    assert (tmp_path / "linked" / "model.onnx").is_file()
    assert main(["export-finn", "/"]) == 2
    assert "error[build-folder]" in capsys.readouterr().err
