# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The folder of an export: its files, its folding, and nobody's own files lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.designs import Maker
from tests.finn_nets import NETWORKS, pictures

from xnorflow.finn.export import FILES, export_finn
from xnorflow.finn.folding import finn_folding, finn_units
from xnorflow.finn.read import hold_against, read_any_folding
from xnorflow.ir.diagnostics import XnorflowError
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
    file, _ = hold_against(read, design.graph)
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
    names = {}
    compiled = compile(script, "build.py", "exec")
    for line in script.splitlines():
        key, _, value = line.partition(" = ")
        if key in ("MODEL_NAME", "FULL_BUILD"):
            names[key] = value
    assert names == {"MODEL_NAME": json.dumps(odd.name), "FULL_BUILD": "False"}
    assert "build_dataflow_cfg" in compiled.co_names
    assert 'fpga_part="xc7z020clg400-1"' in script
    assert 'board="Pynq-Z1"' in script
    assert "synth_clk_period_ns=10.0" in script
    readme = (tmp_path / "finn" / "README.md").read_text()
    assert "Input `global_in`: 1x9x9x4 of binary" in readme
    assert "| conv0 | 256 | MVAU_hls_0 |" in readme
    assert (
        "popcounts; the integer that xnorflow's accelerator gives is 2 x popcount - 12." in readme
    )


def test_output_folders(tmp_path: Path) -> None:
    design = NETWORKS["bits"].build()
    target = tmp_path / "deep" / "finn"
    export_finn(design, target)
    (target / "finn_output").mkdir()
    (target / "build.py").write_text("changed")
    export_finn(design, target)  # an earlier export, with what FINN wrote there
    assert (target / "finn_output").is_dir()
    assert "DataflowBuildConfig" in (target / "build.py").read_text()
    (tmp_path / "empty").mkdir()
    export_finn(design, tmp_path / "empty")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "build.py").write_text("mine")
    for path, text in (
        (tmp_path / "mine", "a folder with other files in it"),
        (tmp_path / "mine" / "build.py", "a file"),
    ):
        with pytest.raises(XnorflowError, match=f"an earlier export, not {text}") as caught:
            export_finn(design, path)
        assert caught.value.diagnostics[0].code == "output-folder"
    assert (tmp_path / "mine" / "build.py").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(XnorflowError) as caught:
        export_finn(NETWORKS["bits"].build(), tmp_path / "file" / "finn")
    assert caught.value.diagnostics[0].code == "not-writable"
