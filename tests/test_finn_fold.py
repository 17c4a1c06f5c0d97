# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""FINN's settings become foldings of our layers, or say why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.designs import Maker
from tests.finn_foldings import ANY, CNN, MLP, cnn, fault, matched, mlp, units

from xnorflow.diagnostics import XnorflowError
from xnorflow.hardware.folding import Folding
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import BIPOLAR


def test_what_is_not_set_is_one_lane(tmp_path: Path) -> None:
    content = {**MLP, "MVAU_hls_1": {"ram_style": "block"}}
    assert matched(tmp_path, content, mlp())[0].layers["dense1"] == Folding(1, 1, "bram")


@pytest.mark.parametrize(
    ("settings", "storage"),
    [
        ({"ram_style": "auto"}, "auto"),
        ({"ram_style": "block"}, "bram"),
        ({"ram_style": "distributed", "mem_mode": "internal_decoupled"}, "lutram"),
        ({"ram_style": "distributed", "mem_mode": "decoupled"}, "lutram"),
        ({"ram_style": "block", "mem_mode": "internal_embedded"}, "const"),
        ({"mem_mode": "const"}, "const"),
    ],
)
def test_memories(tmp_path: Path, settings: dict[str, str], storage: str) -> None:
    content = {**MLP, "MVAU_hls_0": {"PE": 6, "SIMD": 6, **settings}}
    assert matched(tmp_path, content, mlp())[0].layers["dense0"] == Folding(6, 6, storage)


def test_whole_windows(tmp_path: Path) -> None:
    generators = {
        "ConvolutionInputGenerator_rtl_0": {"SIMD": 4, "parallel_window": 1, "M": 1},
        "ConvolutionInputGenerator_rtl_1": {"SIMD": 2, "parallel_window": 0},
    }
    layers = matched(tmp_path, {**CNN, **generators}, cnn())[0].layers
    assert layers["window0"] == Folding(16, 4)
    assert layers["window1"] == Folding(2, 2)


def test_a_storage_that_a_layer_cannot_have_is_left_open(tmp_path: Path) -> None:
    content = {**MLP, "MVAU_hls_0": {"PE": 1, "SIMD": 1, "mem_mode": "const"}}
    content["MVAU_hls_1"] = {"PE": 1, "SIMD": 1, "ram_style": "ultra"}
    file, notes = matched(tmp_path, content, mlp())
    assert file.layers["dense0"] == file.layers["dense1"] == Folding(1, 1)
    texts = " ".join(note.message for note in notes)
    assert "no kernel keeps that so at this folding: the memory of MVAU_hls_0" in texts
    assert "there is no UltraRAM: ram_style of MVAU_hls_1" in texts


def first(**settings: Any) -> dict[str, Any]:
    return {**CNN, "MVAU_hls_0": {"PE": 1, "SIMD": 1, **settings}}


def generator(**settings: Any) -> dict[str, Any]:
    zero = {"ConvolutionInputGenerator_rtl_0": settings}
    return {**CNN, **zero, "ConvolutionInputGenerator_rtl_1": {}}


FOLDING_FAULTS = [
    (
        first(PE=3, SIMD=5),
        "PE of MVAU_hls_0 must divide the 8 rows of conv0 and SIMD its 16 columns, not be 3 and 5",
        "the nearest are PE 2, SIMD 4",
    ),
    (first(mem_mode="external"), "weights of MVAU_hls_0 must be in the FPGA", "internal_decoupled"),
    (
        first(runtime_writeable_weights=1),
        "MVAU_hls_0 must have fixed values, not ones that are written at run time",
        "set runtime_writeable_weights to 0",
    ),
    (
        generator(SIMD=3),
        "SIMD of ConvolutionInputGenerator_rtl_0 must be a legal number of lanes for window0",
        "the nearest is 2",
    ),
    (generator(M=2), "must give one window at a time, not several", "set M to 1"),
    (
        generator(SIMD=2, parallel_window=1),
        "SIMD of ConvolutionInputGenerator_rtl_0 must be 4 where parallel_window is 1, not 2",
        "set SIMD to 4, or parallel_window to 0",
    ),
    (
        {**CNN, "LabelSelect_hls_0": {"PE": 4}},
        "PE of LabelSelect_hls_0 must be a legal number of lanes for argmax0",
        "the nearest is 5",
    ),
]


@pytest.mark.parametrize(("content", "text", "hint"), FOLDING_FAULTS)
def test_foldings_that_no_layer_can_have(
    tmp_path: Path, content: Any, text: str, hint: str
) -> None:
    found = fault(tmp_path, content, cnn())
    assert found.code == "finn-folding"
    assert text in found.message
    assert hint in found.hint
    assert found.origin.nodes


def test_windows_too_large_to_be_whole(tmp_path: Path) -> None:
    maker = Maker((3, 4, 8192), BIPOLAR, seed=2).window("window0", Sweep((2, 3)), ANY)
    maker.conv("conv0", 2, ANY).dense("dense1", 2, ANY, raw=True)
    content = units((1, 1), (1, 1)) | {
        "ConvolutionInputGenerator_rtl_0": {"SIMD": 8192, "parallel_window": 1}
    }
    graph = maker.graph()
    found = fault(tmp_path, content, graph)
    assert "must give the window of window0 in pieces, not at once: it is too large" in (
        found.message
    )


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(XnorflowError) as caught:
        matched(tmp_path, units((5, 5), (7, 7), (1, 1)), mlp())
    assert len(caught.value.diagnostics) == 2
