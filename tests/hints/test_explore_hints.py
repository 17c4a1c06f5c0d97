# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Hints about explorations, followed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.explorations import network
from tests.hints.faults import hint
from tests.hints.follows import follows

from xnorflow.explore.exploration import plan
from xnorflow.explore.store import Store
from xnorflow.explore.work import estimate


@follows("explore-folder")
@pytest.mark.parametrize("fault", ["foreign", "damaged", "other"])
def test_a_folder_of_something_else(tmp_path: Path, fault: str) -> None:
    folder = tmp_path / "out"
    if fault == "foreign":
        folder.mkdir()
        (folder / "mine.txt").touch()
    else:
        Store(folder, replace(network(), clock_mhz=50.0))
        if fault == "damaged":
            manifest = folder / "explore.json"
            manifest.write_bytes(manifest.read_bytes()[:-5])
    told = hint("explore-folder", lambda: Store(folder, network()))
    assert told == "give another folder with -o, or remove this one"
    Store(tmp_path / "another", network())
    shutil.rmtree(folder)
    Store(folder, network())


@follows("explore-folder")
def test_a_point_that_is_cut_off(tmp_path: Path) -> None:
    store = Store(tmp_path / "out", network())
    first, second = (estimate(network(), point) for point in plan(network(), 2)[:2])
    store.put(first)
    store.put(second)
    path = tmp_path / "out" / "points" / f"{first.point.key}.json"
    path.write_bytes(path.read_bytes()[:-5])
    assert hint("explore-folder", store.known) == "remove it, and run again"
    path.unlink()
    assert store.known() == {second.point: second}
