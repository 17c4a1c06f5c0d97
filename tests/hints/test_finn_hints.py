# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Hints about FINN's folding files and exports for FINN, followed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.designs import Maker
from tests.finn_foldings import CNN, MLP, cnn, fault, matched, mlp, units
from tests.finn_nets import NETWORKS
from tests.hints.faults import hint
from tests.hints.follows import follows

from xnorflow.boards.read import load_board
from xnorflow.finn.export import export_finn
from xnorflow.hardware.folding import Folding
from xnorflow.ir.graph import Graph
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import BIPOLAR

FIRST = "MVAU_hls_0"
ONE = (1, 1)


def told(tmp_path: Path, code: str, content: Any, graph: Graph) -> str:
    found = fault(tmp_path, content, graph)
    assert found.code == code
    return found.hint


def changed(**settings: Any) -> dict[str, Any]:
    """The network's file with other settings of its first node."""
    return {**MLP, FIRST: {**MLP[FIRST], **settings}}


@follows("finn-file")
def test_a_node_that_is_no_node(tmp_path: Path) -> None:
    content = {"Defaults": {}, "first": {"PE": 16}}
    advice = told(tmp_path, "finn-file", content, mlp())
    (example,) = re.findall(r"e\.g\. (\{.*\})", advice)
    graph = Maker(49, BIPOLAR).dense("dense0", 16, ONE, raw=True).graph()
    file, _ = matched(tmp_path, json.loads(example), graph)
    assert file.layers == {"dense0": Folding(16, 49)}


@follows("finn-node")
def test_nodes_of_no_kind(tmp_path: Path) -> None:
    close = {**units((5, 6), (4, 2)), "MVAUU_hls_0": {"PE": 3, "SIMD": 4}}
    meant = told(tmp_path, "finn-node", close, mlp()).removeprefix("did you mean ")
    entry = {f"{meant.removesuffix('?')}_2": {"PE": 4, "SIMD": 2}}
    matched(tmp_path, {**units((3, 4), (5, 6), op_type=meant.removesuffix("?")), **entry}, mlp())
    far = {**MLP, "Softmax_hls_0": {}}
    assert told(tmp_path, "finn-node", far, mlp()).startswith("remove it, ")
    matched(tmp_path, MLP, mlp())


@follows("finn-node")
def test_a_chain_with_a_gap(tmp_path: Path) -> None:
    gap = {("MVAU_hls_3" if name == "MVAU_hls_2" else name): MLP[name] for name in MLP}
    assert told(tmp_path, "finn-node", gap, mlp()) == "give every node of the chain an entry"
    matched(tmp_path, MLP, mlp())
    mixed: dict[str, dict[str, int]] = {"MVAU_rtl_1": {}, "MVAU_rtl_0": {}, "MVAU_hls_0": {}}
    advice = told(tmp_path, "finn-node", mixed, mlp())
    assert advice == "put the entries in the order of the layers"
    matched(tmp_path, {"MVAU_rtl_0": {}, "MVAU_rtl_1": {}, "MVAU_hls_0": {}}, mlp())


@follows("finn-node")
def test_a_file_of_another_network(tmp_path: Path) -> None:
    advice = told(tmp_path, "finn-node", CNN, mlp())
    assert advice == "is the file for another network? then fold this one anew"
    matched(tmp_path, CNN, cnn())


@follows("finn-folding")
@pytest.mark.parametrize(
    ("wrong", "pattern"),
    [
        ({"runtime_writeable_weights": 1}, r"set (\w+) to (0)"),
        ({"mem_mode": "external"}, r'set (\w+) to "(\w+)"'),
        ({"PE": 4, "SIMD": 5}, r"(PE) (\d+), SIMD \d+"),
    ],
    ids=str,
)
def test_settings_that_a_layer_cannot_have(
    tmp_path: Path, wrong: dict[str, Any], pattern: str
) -> None:
    advice = told(tmp_path, "finn-folding", changed(**wrong), mlp())
    ((key, value),) = re.findall(pattern, advice)
    right = {key: int(value) if value.isdigit() else value}
    for simd in re.findall(r"SIMD (\d+)", advice):
        right["SIMD"] = int(simd)
    matched(tmp_path, changed(**{**wrong, **right}), mlp())


def generator(**settings: Any) -> dict[str, Any]:
    """The file of the network with windows, with other settings of its first generator."""
    names = (f"ConvolutionInputGenerator_rtl_{number}" for number in range(2))
    return {**CNN, **dict(zip(names, (settings, {}), strict=True))}


@follows("finn-folding")
def test_windows_are_given_one_at_a_time(tmp_path: Path) -> None:
    assert told(tmp_path, "finn-folding", generator(M=2), cnn()) == "set M to 1"
    matched(tmp_path, generator(M=1), cnn())


@follows("finn-folding")
def test_whole_windows_have_all_channels(tmp_path: Path) -> None:
    wrong = {"SIMD": 2, "parallel_window": 1}
    advice = told(tmp_path, "finn-folding", generator(**wrong), cnn())
    assert advice == "set SIMD to 4, or parallel_window to 0"
    for right in ({"SIMD": 4}, {"parallel_window": 0}):
        matched(tmp_path, generator(**{**wrong, **right}), cnn())


@follows("finn-folding")
def test_large_windows_come_in_pieces(tmp_path: Path) -> None:
    maker = Maker((3, 4, 8192), BIPOLAR, seed=2).window("window0", Sweep((2, 3)), ONE)
    graph = maker.conv("conv0", 2, ONE).dense("dense1", 2, ONE, raw=True).graph()

    def whole(parallel: int) -> dict[str, Any]:
        settings = {"SIMD": 8192, "parallel_window": parallel}
        return {**units((1, 1), (1, 1)), "ConvolutionInputGenerator_rtl_0": settings}

    assert told(tmp_path, "finn-folding", whole(1), graph) == "set parallel_window to 0"
    matched(tmp_path, whole(0), graph)


@follows("finn-left-out")
def test_what_is_left_out_asks_for_nothing(tmp_path: Path) -> None:
    file, (note,) = matched(tmp_path, {**MLP, "StreamingFIFO_rtl_0": {"depth": 32}}, mlp())
    assert (note.code, note.hint) == ("finn-left-out", "")
    assert file.layers == matched(tmp_path, MLP, mlp())[0].layers


@follows("finn-export")
def test_a_board_that_finn_does_not_know(tmp_path: Path) -> None:
    design = NETWORKS["bits"].build()
    other = replace(design, board=load_board("ulx3s-85f"))
    advice = hint("finn-export", lambda: export_finn(other, tmp_path / "finn"))
    name = advice.removeprefix("compile for a board whose part FINN knows, such as ")
    export_finn(replace(design, board=load_board(name)), tmp_path / "finn")


@follows("finn-export")
def test_a_pool_that_finn_has_no_unit_for(tmp_path: Path) -> None:
    def pooled(stride: int) -> Maker:
        sweep = Sweep((2, 2), (stride, stride))
        maker = Maker((7, 7, 2), BIPOLAR, 3).pool("pool0", sweep, ONE)
        return maker.dense("dense1", 3, ONE, raw=True)

    advice = hint("finn-export", lambda: export_finn(pooled(3).build(), tmp_path / "finn"))
    assert advice == "FINN has no pool that skips pixels"
    export_finn(pooled(2).build(), tmp_path / "finn")


@follows("finn-export")
def test_kernels_as_thin_as_the_image(tmp_path: Path) -> None:
    def thin(kernel: int, width: int = 1, pads: int = 1) -> Maker:
        sweep = Sweep((3, kernel), (1, 1), (1, pads, 1, pads))
        maker = Maker((6, width, 4), BIPOLAR, 3).window("window0", sweep, ONE)
        return maker.conv("conv0", 3, ONE).dense("dense1", 3, ONE, raw=True)

    advice = hint("finn-export", lambda: export_finn(thin(3).build(), tmp_path / "finn"))
    assert advice == (
        "leave out of the kernel what sees only padding, or make the image at least 2 wide"
    )
    export_finn(thin(1, pads=0).build(), tmp_path / "finn")
    export_finn(thin(3, width=2).build(), tmp_path / "wide")


@follows("finn-export")
def test_thresholds_are_the_same_for_all_pixels(tmp_path: Path) -> None:
    def padded(kinds: int) -> Maker:
        sweep = Sweep((3, 3), (1, 1), (1, 1, 1, 1))
        maker = Maker((6, 6, 2), BIPOLAR, 3).window("window0", sweep, ONE)
        return maker.conv("conv0", 4, ONE, kinds=kinds).dense("dense1", 3, ONE, raw=True)

    advice = hint("finn-export", lambda: export_finn(padded(3).build(), tmp_path / "finn"))
    assert advice == "FINN has one threshold a channel; pad binary images with zeros or with -1"
    export_finn(padded(1).build(), tmp_path / "finn")
