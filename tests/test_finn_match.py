# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""FINN's nodes are matched with our layers, or it is said why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.finn_foldings import CNN, MLP, cnn, fault, matched, mlp, units

from xnorflow.diagnostics import Severity
from xnorflow.hardware.folding import Folding


@pytest.mark.parametrize(
    "op_type", ["MVAU_hls", "MVAU_rtl", "MVAU", "MatrixVectorActivation", "StreamingFCLayer_Batch"]
)
def test_matrix_units_of_every_release(tmp_path: Path, op_type: str) -> None:
    file, notes = matched(tmp_path, units((3, 4), (5, 6), (4, 2), op_type=op_type), mlp())
    assert file.layers == {
        "dense0": Folding(3, 4),
        "dense1": Folding(5, 6),
        "dense2": Folding(4, 2),
    }
    assert notes == ()


def test_units_are_taken_by_number_not_by_place(tmp_path: Path) -> None:
    turned = dict(reversed(MLP.items()))
    assert matched(tmp_path, turned, mlp())[0].layers["dense0"] == Folding(3, 4)


def test_units_of_two_types_are_taken_by_place(tmp_path: Path) -> None:
    content = {
        "MVAU_rtl_0": {"PE": 3, "SIMD": 4},
        "MVAU_hls_0": {"PE": 5, "SIMD": 6},
        "MVAU_hls_1": {"PE": 4, "SIMD": 2},
    }
    assert matched(tmp_path, content, mlp())[0].layers["dense1"] == Folding(5, 6)


def test_all_of_a_network_and_what_is_left_out(tmp_path: Path) -> None:
    content = {
        "Defaults": {"ram_style": ["distributed", ["ConvolutionInputGenerator_rtl"]]},
        "ConvolutionInputGenerator_rtl_0": {"SIMD": 2},
        **{name: {**entry, "resType": "dsp"} for name, entry in CNN.items()},
        "ConvolutionInputGenerator_rtl_1": {"SIMD": 8},
        "Pool_hls_0": {"PE": 8},
        "ConvolutionInputGenerator_rtl_2": {"SIMD": 4},
        "ConvolutionInputGenerator_rtl_3": {"SIMD": 1},
        "StreamingFIFO_rtl_0": {"depth": 32},
        "StreamingDataWidthConverter_rtl_0": {},
        "FMPadding_rtl_0": {"SIMD": 2},
        "LabelSelect_hls_0": {"PE": 5},
    }
    file, notes = matched(tmp_path, content, cnn())
    assert file.layers == {
        "window0": Folding(2, 2, "lutram"),
        "conv0": Folding(4, 8),
        "pool0": Folding(8, 8),
        "window1": Folding(4, 4, "lutram"),
        "conv1": Folding(2, 16),
        "conv2": Folding(3, 9),
        "dense3": Folding(5, 4),
        "argmax0": Folding(5, 5),
    }
    assert {note.code for note in notes} == {"finn-left-out"}
    assert {note.severity for note in notes} == {Severity.NOTE}
    assert sorted(note.message for note in notes) == [
        f"left out of FINN's file, since {text}"
        for text in (
            "binary products are LUTs: resType of MVAU_hls_0, resType of MVAU_hls_1, "
            "resType of MVAU_hls_2, resType of MVAU_hls_3",
            "fifos are sized from the schedule: StreamingFIFO_rtl_0",
            "it goes with a pool, or sees the whole image: ConvolutionInputGenerator_rtl_1, "
            "ConvolutionInputGenerator_rtl_3",
            "width converters are put in where they are needed: StreamingDataWidthConverter_rtl_0",
            "windows pad by themselves: FMPadding_rtl_0",
        )
    ]


def test_generators_of_releases_without_one_for_each_pool(tmp_path: Path) -> None:
    content = {
        **CNN,
        **{f"ConvolutionInputGenerator_{i}": {"SIMD": simd} for i, simd in enumerate((2, 4, 1))},
        "StreamingMaxPool_Batch_0": {},
    }
    layers = matched(tmp_path, content, cnn())[0].layers
    assert (layers["window0"], layers["window1"]) == (Folding(2, 2), Folding(4, 4))
    assert "pool0" not in layers


THREE = {f"ConvolutionInputGenerator_{i}": {"SIMD": simd} for i, simd in enumerate((2, 4, 1))}


def test_generators_that_may_be_those_of_pools_are_not_guessed(tmp_path: Path) -> None:
    """Three fit with one for the pool, or with one for the conv of the whole image."""
    found = fault(tmp_path, {**CNN, **THREE}, cnn())
    assert found.code == "finn-node"
    assert found.message == (
        "the file must have an entry for each pool, not none: its 3 window generators fit the "
        "layers in more than one way"
    )
    assert '"Pool_hls_0": {}' in found.hint
    assert '"StreamingMaxPool_Batch_0": {}' in found.hint


@pytest.mark.parametrize(("pool", "lanes"), [("Pool_hls_0", 1), ("StreamingMaxPool_Batch_0", 4)])
def test_the_pools_entry_tells_whose_generators_they_are(
    tmp_path: Path, pool: str, lanes: int
) -> None:
    layers = matched(tmp_path, {**CNN, **THREE, pool: {}}, cnn())[0].layers
    assert (layers["window0"].simd, layers["window1"].simd) == (2, lanes)


def test_thresholds_of_their_own(tmp_path: Path) -> None:
    first = {"Thresholding_rtl_0": {"PE": 4, "runtime_writeable_weights": 0}}
    assert matched(tmp_path, MLP | first, mlp())[0].layers["quantize0"] == Folding(4, 4)
    every = first | {f"Thresholding_rtl_{i}": {"PE": 2} for i in (1, 2)}
    file, notes = matched(tmp_path, MLP | every, mlp())
    assert file.layers["quantize0"] == Folding(4, 4)
    assert [note.message for note in notes] == [
        "left out of FINN's file, since thresholds are part of the matrix unit: "
        "Thresholding_rtl_1, Thresholding_rtl_2"
    ]


NODE_FAULTS = [
    (
        {**MLP, "MVA_hls_3": {}},
        "every node must be of a kind that a layer here has, such as MVAU, "
        "ConvolutionInputGenerator or Thresholding, not MVA_hls_3",
        "did you mean MVAU?",
    ),
    ({**MLP, "DuplicateStreams_hls_0": {}}, "not DuplicateStreams_hls_0", "remove it"),
    (
        units((3, 4), (5, 6)),
        "the file must have 3 nodes of the kind matrix unit (dense0, dense1, dense2), not 2",
        "another network?",
    ),
    (units(*[(1, 1)] * 4), "the file must have 3 nodes of the kind matrix unit", "anew"),
    ({"Defaults": {}, "Thresholding_rtl_0": {}}, "kind matrix unit", "anew"),
    ({**MLP, "Pool_hls_0": {}}, "the file must have 0 nodes of the kind pool, not 1", "anew"),
    (
        {**MLP, "ConvolutionInputGenerator_rtl_0": {}},
        "the file must have 0 nodes of the kind window generator, not 1",
        "anew",
    ),
    (
        {**MLP, "Thresholding_rtl_0": {}, "Thresholding_rtl_1": {}},
        "the file must have 1 nodes of the kind threshold unit (quantize0), not 2",
        "anew",
    ),
    (
        {"MVAU_hls_0": {}, "MVAU_hls_1": {}, "MVAU_hls_3": {}},
        "nodes must be numbered from 0 on without a gap, not have MVAU_hls_3 in place of "
        "MVAU_hls_2",
        "give every node",
    ),
    (
        {"MVAU_hls_1": {}, "MVAU_hls_0": {}, "MVAU_rtl_0": {}},
        "nodes of several types must stand in the order of the chain, not MVAU_hls_1 before "
        "MVAU_hls_0",
        "order of the layers",
    ),
]


@pytest.mark.parametrize(("content", "text", "hint"), NODE_FAULTS)
def test_nodes_of_another_network(tmp_path: Path, content: Any, text: str, hint: str) -> None:
    found = fault(tmp_path, content, mlp())
    assert found.code == "finn-node"
    assert text in found.message
    assert hint in found.hint


def test_names_in_the_file_reach_the_terminal_harmless(tmp_path: Path) -> None:
    odd = "\x1b[31m" + "long" * 100
    content = {"Defaults": {odd: [1, "all"]}, **MLP}
    _, notes = matched(tmp_path, content, mlp())
    (note,) = notes
    assert "\\x1b[31mlonglong" in note.message
    assert note.message.isprintable()
    assert len(note.message) < 400
