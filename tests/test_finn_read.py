# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""FINN's folding files are read strictly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.designs import Maker
from tests.finn_foldings import ANY, MLP, fault, matched, mlp, written

from xnorflow.finn.config import FinnConfig, is_finn_config
from xnorflow.finn.nodes import Kind, is_finn_name, parse_name
from xnorflow.folding_files import held_against, read_any_folding
from xnorflow.hardware.folding import Folding
from xnorflow.ir.types import BIPOLAR


def test_defaults(tmp_path: Path) -> None:
    defaults = {
        "PE": [2, ["MVAU_hls", "Thresholding_rtl"], 1, ["LabelSelect_hls"]],
        "inFIFODepths": [[32], "all"],
    }
    nodes = {f"MVAU_hls_{i}": {"SIMD": 2} for i in range(3)}
    nodes["MVAU_hls_2"]["PE"] = 4
    file, notes = matched(tmp_path, {"Defaults": defaults, **nodes}, mlp())
    assert [fold.pe for fold in file.layers.values()] == [2, 2, 4]
    assert "fifos are sized from the schedule: inFIFODepths of MVAU_hls_0" in str(notes)


def test_our_own_form_is_read_as_before(tmp_path: Path) -> None:
    own = {"layers": {f"dense{i}": {"pe": 2, "simd": 2} for i in range(3)}}
    assert matched(tmp_path, own, mlp())[0].layers["dense0"] == Folding(2, 2)
    assert held_against(None, mlp())[0] is None


def test_the_form_is_recognised() -> None:
    assert is_finn_config({"Defaults": {}})
    assert is_finn_config({"MVAU_hls_0": {}})
    assert not is_finn_config({"layers": {}, "MVAU_hls_0": {}})
    assert not is_finn_config({"dense0": {}})
    assert not is_finn_config([])
    assert is_finn_name("StreamingDataflowPartition_1_MVAU_hls_0")
    assert not is_finn_name("MVAU_hls_0\n")
    name = parse_name("StreamingFCLayer_Batch_12")
    assert name is not None
    assert (name.op_type, name.number) == ("StreamingFCLayer_Batch", 12)
    assert name.kind is Kind.MATRIX
    assert parse_name("MVAU_hls") is None


FORM = "write FINN's form"


FILE_FAULTS = [
    ({"Defaults": {}}, "the file must be of 1 to 10000 nodes, not 0"),
    ({"MVAU_hls_0": {}, "conv": {}}, "names such as MVAU_hls_0, not 'conv'"),
    ({"MVAU_hls_0": []}, "MVAU_hls_0 must be an object, not []"),
    ({"MVAU_hls_0": {"PE": 0}}, "MVAU_hls_0.PE must be a whole number from 1 to 16777216, not 0"),
    ({"MVAU_hls_0": {"PE": True}}, "MVAU_hls_0.PE must be a whole number"),
    ({"MVAU_hls_0": {"SIMD": "4"}}, "MVAU_hls_0.SIMD must be a whole number"),
    ({"MVAU_hls_0": {"ram_style": "gold"}}, "MVAU_hls_0.ram_style must be one of auto, block"),
    ({"MVAU_hls_0": {"mem_mode": 1}}, "MVAU_hls_0.mem_mode must be one of const, decoupled"),
    ({"MVAU_hls_0": {"runtime_writeable_weights": 2}}, "must be a whole number from 0 to 1, not 2"),
    ({"MVAU_hls_0": {str(i): 0 for i in range(101)}}, "at most 100 settings, not 101"),
    ({"Defaults": [], "MVAU_hls_0": {}}, "Defaults must be an object, not []"),
    ({"Defaults": {"PE": 1}, "MVAU_hls_0": {}}, "Defaults.PE must be a list, not 1"),
    ({"Defaults": {"PE": [1]}, "MVAU_hls_0": {}}, "Defaults.PE must be pairs of a value and"),
    ({"Defaults": {"PE": [1, "some"]}, "MVAU_hls_0": {}}, "Defaults.PE[1] must be a list"),
    ({"Defaults": {"PE": [1, [2]]}, "MVAU_hls_0": {}}, "Defaults.PE[1][0] must be a text"),
    (
        {"Defaults": {str(i): [] for i in range(101)}, "MVAU_hls_0": {}},
        "Defaults must be of at most 100 settings, not 101",
    ),
]


@pytest.mark.parametrize(("content", "text"), FILE_FAULTS)
def test_broken_files(tmp_path: Path, content: Any, text: str) -> None:
    graph = Maker(4, BIPOLAR, seed=1).dense("dense0", 2, ANY, raw=True).graph()
    found = fault(tmp_path, content, graph)
    assert found.code == "finn-file"
    assert text in found.message
    assert FORM in found.hint


def test_files_that_are_no_json(tmp_path: Path) -> None:
    found = fault(tmp_path, '{"MVAU_hls_0": {"PE": 1}', mlp())
    assert found.code == "folding-file"
    found = fault(tmp_path, '{"MVAU_hls_0": {"PE": 1, "PE": 2}}', mlp())
    assert "the key 'PE' stands there twice" in found.message


def test_many_defaults_and_nodes_are_quick(tmp_path: Path) -> None:
    content = {
        "Defaults": {f"a{i}": [0, "all"] for i in range(100)},
        **{f"StreamingFIFO_rtl_{i}": {} for i in range(9_000)},
        **MLP,
    }
    file = read_any_folding(written(tmp_path, content))
    assert isinstance(file, FinnConfig)
    _, notes = held_against(file, mlp())
    assert "and 8992 more" in str(notes)


@pytest.mark.parametrize(
    "content",
    [
        {"Defaults": {"\x1b[31m" * 50: 1}, "MVAU_hls_0": {}},
        {"MVAU_hls_0": {"PE": "\x1b[31m" * 50}},
        {"\x1b[31m" * 50: {}, "MVAU_hls_0": {}},
        {"MVAU" + "_hls" * 5000 + "_1": {}},
    ],
)
def test_faults_quote_the_file_harmless(tmp_path: Path, content: Any) -> None:
    found = fault(tmp_path, content, mlp())
    assert found.message.isprintable()
    assert len(found.message) < 300
