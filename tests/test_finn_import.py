# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""FINN's folding files become foldings of our layers, or say why not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.designs import Maker

from xnorflow.finn.config import FinnConfig, is_finn_config
from xnorflow.finn.nodes import Kind, is_finn_name, parse_name
from xnorflow.finn.read import hold_against, read_any_folding
from xnorflow.folding.file import FoldingFile
from xnorflow.ir.diagnostics import Diagnostic, Severity, XnorflowError
from xnorflow.ir.graph import Graph
from xnorflow.ir.kernel import Folding
from xnorflow.ir.sweep import Sweep
from xnorflow.ir.types import BINARY, ValueType

ANY = (1, 1)


def mlp() -> Graph:
    """An input quantiser, 12 -> 6 -> 10 -> 4."""
    maker = Maker(12, ValueType(8), seed=1).quantize("quantize0", ANY).dense("dense0", 6, ANY)
    return maker.dense("dense1", 10, ANY).dense("dense2", 4, ANY, raw=True).graph()


def cnn() -> Graph:
    """A window, a conv, a pool, a second of each, a conv of the whole image, a class."""
    maker = Maker((9, 9, 4), BINARY, seed=2).window("window0", Sweep((2, 2)), ANY)
    maker.conv("conv0", 8, ANY).pool("pool0", Sweep((2, 2), (2, 2)), ANY)
    maker.window("window1", Sweep((2, 2)), ANY).conv("conv1", 6, ANY)
    maker.dense("conv2", 12, ANY).dense("dense3", 5, ANY, raw=True).label("argmax0", ANY)
    return maker.graph()


def written(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "finn.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def matched(tmp_path: Path, content: Any, graph: Graph) -> tuple[FoldingFile, Graph]:
    file, noted = hold_against(read_any_folding(written(tmp_path, content)), graph)
    assert file is not None
    file.check(graph)
    return file, noted


def fault(tmp_path: Path, content: Any, graph: Graph) -> Diagnostic:
    with pytest.raises(XnorflowError) as caught:
        matched(tmp_path, content, graph)
    found = caught.value.diagnostics[0]
    assert found.origin.file == str(tmp_path / "finn.json")
    return found


def units(*folds: tuple[int, int], op_type: str = "MVAU_hls") -> dict[str, Any]:
    return {f"{op_type}_{i}": {"PE": pe, "SIMD": simd} for i, (pe, simd) in enumerate(folds)}


MLP = units((3, 4), (5, 6), (4, 2))
CNN = units((4, 8), (2, 16), (3, 9), (5, 4))


@pytest.mark.parametrize(
    "op_type", ["MVAU_hls", "MVAU_rtl", "MVAU", "MatrixVectorActivation", "StreamingFCLayer_Batch"]
)
def test_matrix_units_of_every_release(tmp_path: Path, op_type: str) -> None:
    file, graph = matched(tmp_path, units((3, 4), (5, 6), (4, 2), op_type=op_type), mlp())
    assert file.layers == {
        "dense0": Folding(3, 4),
        "dense1": Folding(5, 6),
        "dense2": Folding(4, 2),
    }
    assert graph.notes == ()


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
    file, graph = matched(tmp_path, content, cnn())
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
    assert {note.code for note in graph.notes} == {"finn-left-out"}
    assert {note.severity for note in graph.notes} == {Severity.NOTE}
    assert sorted(note.message for note in graph.notes) == [
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


def test_whole_windows(tmp_path: Path) -> None:
    generators = {
        "ConvolutionInputGenerator_rtl_0": {"SIMD": 4, "parallel_window": 1, "M": 1},
        "ConvolutionInputGenerator_rtl_1": {"SIMD": 2, "parallel_window": 0},
    }
    layers = matched(tmp_path, {**CNN, **generators}, cnn())[0].layers
    assert layers["window0"] == Folding(16, 4)
    assert layers["window1"] == Folding(2, 2)


def test_thresholds_of_their_own(tmp_path: Path) -> None:
    first = {"Thresholding_rtl_0": {"PE": 4, "runtime_writeable_weights": 0}}
    assert matched(tmp_path, MLP | first, mlp())[0].layers["quantize0"] == Folding(4, 4)
    every = first | {f"Thresholding_rtl_{i}": {"PE": 2} for i in (1, 2)}
    file, graph = matched(tmp_path, MLP | every, mlp())
    assert file.layers["quantize0"] == Folding(4, 4)
    assert [note.message for note in graph.notes] == [
        "left out of FINN's file, since thresholds are part of the matrix unit: "
        "Thresholding_rtl_1, Thresholding_rtl_2"
    ]


def test_a_storage_that_a_layer_cannot_have_is_left_open(tmp_path: Path) -> None:
    content = {**MLP, "MVAU_hls_0": {"PE": 1, "SIMD": 1, "mem_mode": "const"}}
    content["MVAU_hls_1"] = {"PE": 1, "SIMD": 1, "ram_style": "ultra"}
    file, graph = matched(tmp_path, content, mlp())
    assert file.layers["dense0"] == file.layers["dense1"] == Folding(1, 1)
    texts = " ".join(note.message for note in graph.notes)
    assert "no kernel keeps that so at this folding: the memory of MVAU_hls_0" in texts
    assert "there is no UltraRAM: ram_style of MVAU_hls_1" in texts


def test_defaults(tmp_path: Path) -> None:
    defaults = {
        "PE": [2, ["MVAU_hls", "Thresholding_rtl"], 1, ["LabelSelect_hls"]],
        "inFIFODepths": [[32], "all"],
    }
    content = {"Defaults": defaults, **{f"MVAU_hls_{i}": {"SIMD": 2} for i in range(3)}}
    content["MVAU_hls_2"]["PE"] = 4
    file, graph = matched(tmp_path, content, mlp())
    assert [fold.pe for fold in file.layers.values()] == [2, 2, 4]
    assert "fifos are sized from the schedule: inFIFODepths of MVAU_hls_0" in str(graph.notes)


def test_our_own_form_is_read_as_before(tmp_path: Path) -> None:
    own = {"layers": {f"dense{i}": {"pe": 2, "simd": 2} for i in range(3)}}
    assert matched(tmp_path, own, mlp())[0].layers["dense0"] == Folding(2, 2)
    assert hold_against(None, mlp())[0] is None


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
    graph = Maker(4, BINARY, seed=1).dense("dense0", 2, ANY, raw=True).graph()
    found = fault(tmp_path, content, graph)
    assert found.code == "finn-file"
    assert text in found.message
    assert FORM in found.hint


def test_files_that_are_no_json(tmp_path: Path) -> None:
    found = fault(tmp_path, '{"MVAU_hls_0": {"PE": 1}', mlp())
    assert found.code == "folding-file"
    found = fault(tmp_path, '{"MVAU_hls_0": {"PE": 1, "PE": 2}}', mlp())
    assert "the key 'PE' stands there twice" in found.message


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
    maker = Maker((3, 4, 8192), BINARY, seed=2).window("window0", Sweep((2, 3)), ANY)
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


def test_many_defaults_and_nodes_are_quick(tmp_path: Path) -> None:
    content = {
        "Defaults": {f"a{i}": [0, "all"] for i in range(100)},
        **{f"StreamingFIFO_rtl_{i}": {} for i in range(9_000)},
        **MLP,
    }
    file = read_any_folding(written(tmp_path, content))
    assert isinstance(file, FinnConfig)
    _, graph = hold_against(file, mlp())
    assert "and 8992 more" in str(graph.notes)
