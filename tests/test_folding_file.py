# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Folding files are held against the model, and followed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.foldings import (
    CLOCK_MHZ,
    LARGE,
    bits,
    fold,
    pixels,
    refusal,
    single,
    with_luts,
)

from xnorflow.design.design import Design
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.folding.file import FoldingFile, read_folding
from xnorflow.hardware.folding import Folding
from xnorflow.ir.graph import Graph


def folded(graph: Graph, **layers: tuple[int, int] | tuple[int, int, str]) -> Design:
    file = FoldingFile(Path("f.json"), {name: Folding(*f) for name, f in layers.items()})
    return fold(graph, LARGE, CLOCK_MHZ, folding=file)


def faults(**layers: tuple[int, int] | tuple[int, int, str]) -> tuple[Diagnostic, ...]:
    with pytest.raises(XnorflowError) as caught:
        folded(pixels(), **layers)
    assert all(fault.origin.file == "f.json" for fault in caught.value.diagnostics)
    return caught.value.diagnostics


def test_a_file_is_followed_and_what_it_leaves_open_is_chosen() -> None:
    design = folded(pixels(), dense0=(2, 3, "bram"), dense1=(3, 1))
    names = {stage.layer.name: stage for stage in design.stages}
    assert names["dense0"].folding == Folding(2, 3, "bram")
    assert (names["dense1"].folding.pe, names["dense1"].folding.simd) == (3, 1)
    assert names["dense1"].folding.storage != "auto"
    assert design.interval_cycles == names["dense0"].cycles == names["dense1"].cycles == 4


def test_what_a_file_leaves_open_is_of_least_area() -> None:
    """LUTs alone would put each small table into a block RAM of its own."""
    files = [FoldingFile(Path("f.json"), {"dense0": Folding(8, 12)}) for _ in range(3)]
    graph = single(48, rows=32)
    found = {
        goal: fold(graph, LARGE, CLOCK_MHZ, folding=file, minimize=goal).resources()
        for file, goal in zip(files, (None, "area", "lut"), strict=True)
    }
    assert found[None] == found["area"] != found["lut"]
    assert found["lut"].lut < found["area"].lut
    assert found["area"].lut + 24 * found["area"].bram18 < (
        found["lut"].lut + 24 * found["lut"].bram18
    )


def test_a_file_for_every_layer() -> None:
    design = folded(pixels(), pixels=(6, 6), dense0=(4, 6), dense1=(1, 2), label=(1, 1))
    found = [(stage.folding.pe, stage.folding.simd) for stage in design.stages]
    assert found == [(6, 6), (4, 6), (1, 2), (1, 1)]
    assert design.interval_cycles == 6


def test_a_folding_that_does_not_fit_the_board() -> None:
    file = FoldingFile(Path("f.json"), {f"dense{n}": Folding(1, 1) for n in range(3)})
    fault = refusal(bits(), with_luts(10), CLOCK_MHZ, folding=file)
    assert (fault.code, fault.hint) == ("over-budget", "fold more, or change board")


def test_a_stale_file() -> None:
    layers = {"dense0": Folding(1, 1), "dense1": Folding(1, 1)}
    fold(pixels(), LARGE, CLOCK_MHZ, folding=FoldingFile(Path("f"), layers, model="0" * 64))
    stale = FoldingFile(Path("f"), layers, model="ab\n" * 20)
    fault = refusal(pixels(), LARGE, CLOCK_MHZ, folding=stale)
    assert fault.code == "folding-stale"
    assert fault.message == (
        "the folding must be for this model (sha256 000000000000...), not for another "
        "(sha256 ab\\nab\\nab\\n...)"
    )
    assert fault.hint == "fold this model anew, or remove model"


def test_an_unknown_layer() -> None:
    near, far = faults(dense0=(1, 1), dense1=(1, 1), dense7=(1, 1), zzz=(1, 1))
    rule = "a folded layer must be one of pixels, dense0, dense1, label, not"
    assert near.code == far.code == "folding-unknown-layer"
    assert (near.message, far.message) == (f"{rule} 'dense7'", f"{rule} 'zzz'")
    assert near.hint in ("did you mean dense0?", "did you mean dense1?")
    assert far.hint == "remove the entry"


def test_a_missing_layer() -> None:
    (fault,) = faults(dense1=(1, 1))
    assert fault.code == "folding-incomplete"
    assert fault.message == "every conv and dense layer must have a folding, not all but dense0"
    assert fault.hint == "add the missing layers"


@pytest.mark.parametrize(
    ("wanted", "near"), [((3, 6), (2, 6)), ((4, 5), (4, 6)), ((5, 4), (4, 3)), ((99, 99), (4, 6))]
)
def test_an_illegal_folding(wanted: tuple[int, int], near: tuple[int, int]) -> None:
    (fault,) = faults(dense0=wanted, dense1=(1, 1))
    assert fault.code == "folding-illegal"
    assert fault.message == (
        "the folding of dense0 (bipolar[6] -> bipolar[4]) must be legal for xnor_mvu, not "
        f"PE {wanted[0]}, SIMD {wanted[1]}"
    )
    assert fault.hint == f"the nearest legal one is PE {near[0]}, SIMD {near[1]}"
    assert fault.origin.nodes == ("/dense0/node",)


@pytest.mark.parametrize(
    ("wanted", "options"),
    [
        ((1, 1, "const"), "auto or lutram or bram, not 'const'"),
        ((4, 6, "disk"), "auto or const or lutram or bram, not 'disk'"),
    ],
)
def test_a_storage_that_the_kernel_has_not(wanted: tuple[int, int, str], options: str) -> None:
    (fault,) = faults(dense0=wanted, dense1=(1, 1))
    assert fault.code == "folding-storage"
    assert fault.message == (
        f"the storage of dense0 at PE {wanted[0]}, SIMD {wanted[1]} must be {options}"
    )
    assert fault.origin.nodes == ("/dense0/node",)


def test_all_faults_of_a_file_at_once() -> None:
    codes = [fault.code for fault in faults(dense0=(3, 3), label=(2, 2), other=(1, 1))]
    assert sorted(codes) == sorted(
        ["folding-unknown-layer", "folding-incomplete", "folding-illegal", "folding-illegal"]
    )


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    entries = {"a": {"pe": 2, "simd": 3}, "b": {"pe": 4, "simd": 5, "storage": "bram"}}
    path.write_text(json.dumps({"layers": entries, "model": "00"}))
    layers = {"a": Folding(2, 3, "auto"), "b": Folding(4, 5, "bram")}
    assert read_folding(path) == FoldingFile(path, layers, "00")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "the file must be an object, not []"),
        ("{}", "the file must be an object of layers, not without 'layers'"),
        ('{"layers": {}, "pe": 1}', "the file must be an object of layers, not with an unknown"),
        ('{"layers": []}', "layers must be an object, not []"),
        ('{"layers": {"a": {"pe": 1}}}', "layers.a must be an object of pe, simd, not without"),
        ('{"layers": {"a": {"pe": 0, "simd": 1}}}', "layers.a.pe must be a whole number from 1"),
        ('{"layers": {"a": {"pe": true, "simd": 1}}}', "layers.a.pe must be a whole number from 1"),
        ('{"layers": {"a": {"pe": 1, "simd": 2.0}}}', "layers.a.simd must be a whole number"),
        ('{"layers": {"a": {"pe": 1, "simd": 1e999}}}', "layers.a.simd must be a whole number"),
        ('{"layers": {"a": {"pe": 1, "simd": NaN}}}', "NaN is not a JSON number"),
        (
            '{"layers": {"a": {"pe": 1, "simd": 1, "storage": 3}}}',
            "layers.a.storage must be a text, not 3",
        ),
        ('{"layers": {}, "model": 5}', "model must be a text, not 5"),
        ("[" * 100_000, "the folding file must be complete JSON, not fail with: "),
        (
            '{"layers": {"dense0": {"pe": 1, "simd": 1}, "dense0": {"pe": 2, "simd": 1}}}',
            "the folding file must be complete JSON, not fail with: the key 'dense0' stands there "
            "twice",
        ),
        (" " * (1 << 20) + "{}", "the folding file must be at most 1048576 bytes, not more"),
    ],
)
def test_a_file_that_is_not_well_formed(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "f.json"
    path.write_text(content)
    with pytest.raises(XnorflowError) as caught:
        read_folding(path)
    (fault,) = caught.value.diagnostics
    assert fault.code == "folding-file"
    assert message in fault.message
    assert fault.hint.startswith('write {"layers": {"dense0": {"pe": 4, "simd": 8}}}')
    assert fault.origin.file == str(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(XnorflowError, match="the folding file must be readable, not fail with: No"):
        read_folding(tmp_path / "gone.json")
