# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A Design written to a folder and read back; damaged and hostile folders are refused."""

from __future__ import annotations

import copy
import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.designs import Maker
from tests.layer_ops import op_of
from tests.stored import edit, image, outcome, put, refused, small

from xnorflow.backends.rtl import generate
from xnorflow.design.design import Design
from xnorflow.design.store import load, save
from xnorflow.diagnostics import XnorflowError
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.text import text_of
from xnorflow.ir.types import BIPOLAR


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(small(), tmp_path)
    return tmp_path


def test_a_stored_design_generates_the_same_bytes(folder: Path) -> None:
    before, after = small(), load(folder)
    assert generate(after).files == generate(before).files
    assert (after.board, after.clock_mhz) == (before.board, before.clock_mhz)
    assert after.stages[0].folding == before.stages[0].folding
    assert after.connections == before.connections


def test_a_stored_graph_comes_back_whole(folder: Path) -> None:
    before, after = small().graph, load(folder).graph
    assert after.model == before.model
    assert after.tensors == before.tensors
    assert after.notes == before.notes
    assert [layer.origin for layer in after.layers] == [layer.origin for layer in before.layers]
    for old, new in (
        (before.host_input, after.host_input),
        (before.host_output, after.host_output),
    ):
        for field in dataclasses.fields(old):
            a, b = getattr(old, field.name), getattr(new, field.name)
            assert np.array_equal(a, b), field.name
            assert type(a) is type(b)
    for old_layer, new_layer in zip(before.layers, after.layers, strict=True):
        old_op, new_op = op_of(old_layer, Dense), op_of(new_layer, Dense)
        assert np.array_equal(old_op.weights, new_op.weights)
        old_limits, new_limits = np.asarray(old_op.thresholds), np.asarray(new_op.thresholds)
        assert np.array_equal(old_limits, new_limits)


def test_all_kinds_of_layers_are_stored(tmp_path: Path) -> None:
    from xnorflow.ir.types import ValueType

    maker = Maker(6, ValueType(4)).quantize("quantize", (1, 1), uniform=False)
    design = maker.dense("dense", 4, (2, 3), raw=True).label("label", (1, 1)).build()
    save(design, tmp_path)
    assert generate(load(tmp_path)).files == generate(design).files


def test_designs_of_images_are_stored(tmp_path: Path) -> None:
    design = image()
    save(design, tmp_path)
    assert text_of(load(tmp_path).graph) == text_of(design.graph)
    assert generate(load(tmp_path)).files == generate(design).files


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            put("layers", 2, "op", "kernel", value=[1000, 1000]),
            "layer pool0: the padded image must not be smaller than the kernel",
        ),
        (put("layers", 2, "op", "pads", value=[2, 0, 0, 0]), "layer pool0: pads must be smaller"),
        (put("layers", 2, "op", "stride", value=[1, 1]), "layer pool0: output must be"),
        (put("layers", 2, "name", value="conv0"), "conv0"),
    ],
)
def test_an_operation_must_fit_its_image(
    tmp_path: Path, change: Callable[[Any], object], text: str
) -> None:
    save(image(), tmp_path)
    edit(tmp_path, change)
    found = refused(tmp_path)
    assert found.code == "build-folder-design"
    assert text in found.message


@pytest.mark.parametrize(
    ("sides", "kernel", "stride", "made"),
    [
        ([1 << 13, 1 << 13, 1], [2, 2], [1, 1], [(1 << 13) - 1, (1 << 13) - 1, 4]),
        ([1 << 14, 1 << 14, 1], [1, 1], [1 << 14, 1 << 14], [1, 1, 1]),
    ],
)
def test_a_window_beyond_reason_is_refused_at_once(
    tmp_path: Path, sides: list[int], kernel: list[int], stride: list[int], made: list[int]
) -> None:
    save(Maker((6, 7, 1), BIPOLAR).window("window0", Sweep((2, 2)), (1, 1)).build(), tmp_path)
    edit(tmp_path, put("tensors", "x", "shape", value=sides))
    edit(tmp_path, put("tensors", "window0_out", "shape", value=made))
    edit(tmp_path, put("layers", 0, "op", "kernel", value=kernel))
    edit(tmp_path, put("layers", 0, "op", "stride", value=stride))
    edit(tmp_path, put("host_input", "shape", value=sides))
    edit(tmp_path, put("host_output", "shape", value=made))
    started = time.process_time()
    found = refused(tmp_path)
    assert time.process_time() - started < 2
    assert found.code == "build-folder-design"
    assert "layers[0].kernel must be a kernel that implements layer window0" in found.message


def test_the_same_design_gives_the_same_files(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    save(load(folder), other)
    for name in ("design.json", "design.npz"):
        assert (folder / name).read_bytes() == (other / name).read_bytes()


def test_design_json_is_for_people(folder: Path) -> None:
    record = json.loads((folder / "design.json").read_text())
    assert record["schema"] == 5
    assert record["layers"][0] == {
        "name": "dense0",
        "op": {
            "kind": "dense",
            "shape": [9, 20],
            "thresholds": 1,
            "offsets": 0,
            "factor": 1,
            "kinds": False,
        },
        "inputs": ["x"],
        "output": "dense0_out",
        "kernel": "xnor_mvu",
        "folding": {"pe": 3, "simd": 5, "storage": "bram"},
        "origin": {"nodes": ["/dense0/node"], "file": "", "modules": []},
    }


def test_an_unwritable_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(XnorflowError, match=r"error\[not-writable\]"):
        save(small(), tmp_path / "file")


FAULTS = {
    "unknown key": (put("extra", value=1), "must be an object of", "with an unknown 'extra'"),
    "missing key": (lambda r: r.pop("connections"), "the file must be", "without 'connections'"),
    "nested key": (
        put("layers", 0, "folding", "speed", value=1),
        "layers[0].folding must be an object of pe, simd, storage",
        "with an unknown 'speed'",
    ),
    "clock": (
        put("clock_mhz", value=-1),
        "clock_mhz must be a number above 0 and at most 1000",
        "not -1",
    ),
    "clock text": (put("clock_mhz", value="fast"), "clock_mhz must be a number", "'fast'"),
    "bits": (
        put("tensors", "x", "bits", value=99),
        "tensors.x.bits must be a whole number from 1 to 32, not 99",
        "",
    ),
    "flag": (put("tensors", "x", "signed", value=0), "tensors.x.signed must be true or false", ""),
    "side": (
        put("tensors", "x", "shape", value=[0]),
        "tensors.x.shape[0] must be a whole number from 1 to",
        "not 0",
    ),
    "huge": (
        put("layers", 0, "op", "shape", value=[1 << 20, 1 << 20]),
        "layers[0].op.shape[1] must be a whole number from 1 to 20, not 1048576",
        "",
    ),
    "axes": (
        put("layers", 0, "op", "shape", value=[180]),
        "layers[0].op.shape must be of 2 numbers, not 1",
        "",
    ),
    "operation": (
        put("layers", 0, "op", "kind", value="conv"),
        "layers[0].op.kind must be one of add, argmax, concat, dense, fork, linear, maxpool, "
        "quantize, slice, sumpool, window, "
        "not 'conv'",
        "",
    ),
    "kernel": (
        put("layers", 0, "kernel", value="mystery"),
        "layers[0].kernel must be one of",
        "not 'mystery'",
    ),
    "other kernel": (
        put("layers", 0, "kernel", value="label_select"),
        "layers[0].kernel must be a kernel that implements layer dense0, not label_select",
        "",
    ),
    "folding": (
        put("layers", 0, "folding", "simd", value=7),
        "layers[0].folding must be legal for xnor_mvu, not pe 3 and simd 7",
        "",
    ),
    "storage": (
        put("layers", 0, "folding", "storage", value="tape"),
        "layers[0].folding.storage must be one of",
        "not 'tape'",
    ),
    "tensor": (put("layers", 1, "inputs", value=["y"]), "layers[1].inputs[0] must be one of", ""),
    "no tensor": (
        put("layers", 1, "inputs", value=[]),
        "must be a list of 1, not of 0",
        "",
    ),
    "wiring": (
        put("layers", 1, "inputs", value=["x"]),
        "the network must keep the compiler's rules, not break one: layer dense1",
        "",
    ),
    "dtype": (put("host_output", "dtype", value="object"), "host_output.dtype must be one of", ""),
    "order": (put("host_output", "order", value=1), "host_output.order must be true or false", ""),
    "adapter": (
        put("connections", 1, "joints", 0, "adapter", value="glue"),
        "connections[1].joints[0].adapter must be one of",
        "",
    ),
    "joint elements": (
        put("connections", 1, "joints", 0, "sink", "beats", value=7),
        "joints[0] must be between streams of the same elements",
        "",
    ),
    "joint depth": (
        put("connections", 1, "joints", 0, "depth", value=5),
        "joints[0] must be what width_converter can be, not 5 deep from",
        "",
    ),
    "severity": (
        put("notes", 0, "severity", value="fun"),
        "must be one of error, note, warning",
        "",
    ),
    "twice named": (
        put("layers", 1, "name", value="dense0"),
        "layers must be of different names, not two with 'dense0.weights'",
        "",
    ),
    "too much": (
        put("host_output", "table", value=[1, 1 << 24, 16]),
        "arrays must be at most 1073741824 bytes, not more",
        "",
    ),
    "not a list": (put("layers", value={}), "layers must be a list, not {}", ""),
    "file name": (
        put("arrays", "file", value="../../etc/passwd"),
        "arrays.file must be one of design.npz, not '../../etc/passwd'",
        "",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_design_json_is_named(folder: Path, name: str) -> None:
    change, *texts = FAULTS[name]
    edit(folder, change)
    found = refused(folder)
    assert found.code == "build-folder-design"
    assert found.origin.file == str(folder / "design.json")
    assert found.hint == "make the build folder again with `xnorflow compile`"
    for text in texts:
        assert text in found.message


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        (put("schema", value=1), "build-folder-version", "must be of schema 5, not 1"),
        (put("board", value="zx81"), "unknown-board", "not 'zx81'"),
        (put("board", value="../boards"), "unknown-board", "not '../boards'"),
        (put("connections", 0, "sink", "stage", value="none"), "design-connections", "must enter"),
        (
            put("connections", 1, "joints", value=[]),
            "stream-mismatch",
            "the stream into dense1 must be",
        ),
        (
            put("arrays", "sha256", value="0"),
            "build-folder-arrays",
            "must be those that design.json was written with, not others",
        ),
    ],
)
def test_other_faults_have_their_own_code(
    folder: Path, change: Callable[[Any], object], code: str, text: str
) -> None:
    edit(folder, change)
    found = refused(folder)
    assert found.code == code
    assert text in found.message


def test_a_file_cut_off_anywhere_is_refused(folder: Path) -> None:
    for name, code in (("design.json", "design"), ("design.npz", "arrays")):
        path = folder / name
        content = path.read_bytes()
        for length in (0, 1, len(content) // 2, len(content) - 2):
            path.write_bytes(content[:length])
            assert refused(folder).code == f"build-folder-{code}"
        path.unlink()
        assert refused(folder).code == f"build-folder-{code}"
        path.write_bytes(content)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"schema": NaN}', '{"schema": 1e999}', "[]", "7"])
def test_odd_json_is_refused(folder: Path, text: str) -> None:
    (folder / "design.json").write_text(text)
    assert refused(folder).code in ("build-folder-design", "build-folder-version")


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))


@pytest.mark.parametrize("make", [small, image])
def test_no_odd_value_anywhere_crashes_the_reader(
    tmp_path: Path, make: Callable[[], Design]
) -> None:
    folder = tmp_path
    save(make(), folder)
    original = json.loads((folder / "design.json").read_text())
    odd: list[Any] = [None, True, -1, 0, 3, 1 << 70, 1e300, "", "x", [], [[]], {}, {"a": 1}]
    refusals = 0
    for path in places(original):
        for value in odd:
            record = copy.deepcopy(original)
            put(*path, value=value)(record)
            (folder / "design.json").write_text(json.dumps(record))
            refusals += outcome(folder) != ""
    assert refusals > 1000
