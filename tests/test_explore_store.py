# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The folder of an exploration: what it takes up again, what it refuses, what it removes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.explorations import network, refusal

from xnorflow.diagnostics import XnorflowError
from xnorflow.explore.outcome import Layer, Outcome, Point
from xnorflow.explore.store import Store


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(XnorflowError) as caught:
        Store(tmp_path, network())
    fault = refusal(caught)
    assert fault.code == "explore-folder"
    assert fault.message == (
        "the folder of an exploration must be new, empty or an earlier exploration, "
        "not something else"
    )


@pytest.mark.parametrize(
    ("key", "other"),
    [
        ("clock_mhz", 7),
        ("board", 7),
        ("model", 7),
        ("input_scale", 7),
        ("board_sha256", 7),
    ],
)
def test_a_folder_of_another_exploration_is_refused(tmp_path: Path, key: str, other: int) -> None:
    Store(tmp_path, network())
    manifest = json.loads((tmp_path / "explore.json").read_text())
    (tmp_path / "explore.json").write_text(json.dumps(manifest | {key: other}))
    with pytest.raises(XnorflowError) as caught:
        Store(tmp_path, network())
    fault = refusal(caught)
    assert fault.message == (
        f"the folder of an exploration must be for the same {key} ({manifest[key]}), "
        "not for another (7)"
    )


@pytest.mark.parametrize("content", ["{", "[]", '{"point": 3}', '{"point": {}, "fits": 1}'])
def test_a_broken_point_is_named(tmp_path: Path, content: str) -> None:
    store = Store(tmp_path, network())
    path = tmp_path / "points" / "7_7.json"
    path.write_text(content)
    with pytest.raises(XnorflowError) as caught:
        store.known()
    fault = refusal(caught)
    assert fault.code == "explore-folder"
    assert fault.origin.file == str(path)


def outcome(cycles: int, lut: int = 5) -> Outcome:
    layers = (Layer("dense0", "xnor_mvu", 1, 1, "lutram"),)
    return Outcome(Point(cycles, 0), True, 1.0, cycles, 9, lut, layers=layers)


def test_another_scale_or_another_budget_is_another_exploration(tmp_path: Path) -> None:
    net = network()
    Store(tmp_path, net)
    graph = replace(net.graph, host_input=replace(net.graph.host_input, scale=0.5))
    board = replace(net.board, cap=0.5)
    for other, key in (
        (replace(net, graph=graph), "input_scale"),
        (replace(net, board=board), "board_sha256"),
    ):
        with pytest.raises(XnorflowError) as caught:
            Store(tmp_path, other)
        assert f"must be for the same {key} (" in refusal(caught).message


def test_a_folder_whose_run_was_killed_at_its_start_is_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.mkdir

    def killed(path: Path, *given: Any, **options: Any) -> None:
        real(path, *given, **options)
        if path.name == "points":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", killed)
        with pytest.raises(KeyboardInterrupt):
            Store(tmp_path / "out", network())
    assert Store(tmp_path / "out", network()).known() == {}


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "loop", "file/below"])
def test_a_folder_that_cannot_be_made_is_a_diagnostic(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    with pytest.raises(XnorflowError) as caught:
        Store(tmp_path / name, network())
    assert refusal(caught).code == "not-writable"


def test_a_folder_whose_run_was_killed_in_its_first_file_is_taken_up(tmp_path: Path) -> None:
    (tmp_path / ".xnorflow-0123456789abcdef").write_text("{")
    assert Store(tmp_path, network()).known() == {}


def test_a_point_in_the_file_of_another_is_named(tmp_path: Path) -> None:
    store = Store(tmp_path, network())
    store.put(outcome(8))
    path = tmp_path / "points" / "9_0.json"
    (tmp_path / "points" / "8_0.json").rename(path)
    with pytest.raises(XnorflowError) as caught:
        store.known()
    fault = refusal(caught)
    assert fault.message == "the point 8_0 must be in a file of that name, not another"
    assert fault.hint == "remove it, and run again"
    assert fault.origin.file == str(path)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"lut": -1}, "point.lut must be a whole number from 0 to"),
        ({"gap": -0.5}, "point.gap must be a finite number from 0"),
        ({"layers": ()}, "if it fits of a speed, LUTs and layers, not of 0"),
        ({"fps": 0.0}, "if it fits of a speed, LUTs and layers, not of 0"),
        (
            {"layers": (Layer("dense0", "xnor_mvu", -4, 1, "lutram"),)},
            "point.layers[0].pe must be a whole",
        ),
    ],
)
def test_a_point_with_numbers_that_none_has_is_named(
    tmp_path: Path, change: dict[str, Any], rule: str
) -> None:
    store = Store(tmp_path, network())
    store.put(replace(outcome(8), **change))
    with pytest.raises(XnorflowError) as caught:
        store.known()
    assert rule in refusal(caught).message


def test_foldings_that_are_no_more_of_the_front_go_and_what_is_not_ours_stays(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path, network())
    first, second = outcome(8), outcome(9)
    store.put(first)
    store.put(second)
    store.put_front([first], 2)
    mine = tmp_path / "foldings" / "7_7.json"
    mine.write_text("{}")
    store.put_front([second], 2)
    assert {path.name for path in mine.parent.iterdir()} == {"9_0.json", "7_7.json"}


def test_an_earlier_picture_goes(tmp_path: Path) -> None:
    store = Store(tmp_path, network())
    store.put_picture(b"picture")
    assert (tmp_path / "front.png").read_bytes() == b"picture"
    store.put_picture(None)
    assert not (tmp_path / "front.png").exists()
