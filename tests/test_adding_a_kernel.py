# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""docs/adding-a-kernel.md, carried out: one new folder, and a network compiles with it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.installed import CLEAN, ROOT, install, run
from tests.qonnx_net import Net, signs

PAGE = ROOT / "docs" / "adding-a-kernel.md"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is installed, and the folder that the page describes."""
    tree = tmp_path_factory.mktemp("tree")
    install(tree)
    page = PAGE.read_text()
    files = re.findall(r"^`hw/kernels/(serial_mvu/\S+)`:\n\n```\w+\n(.*?)^```$", page, re.M | re.S)
    assert [name for name, _ in files] == [
        "serial_mvu/serial_mvu.sv",
        "serial_mvu/__init__.py",
        "serial_mvu/rtl.py",
        "serial_mvu/test_serial_mvu.py",
        "serial_mvu/grid.py",
    ]
    for name, content in files:
        path = tree / "xnorflow" / "kernels" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    return tree


def test_the_kernel_is_found(tree: Path) -> None:
    assert "matrix-vector unit for integer inputs, one input a cycle" in run(
        tree, "-m", "xnorflow", "kernels"
    )


def test_its_own_tests_pass(tree: Path) -> None:
    summary = run(tree, "-m", "pytest", "-p", "no:xdist", "xnorflow/kernels/serial_mvu")
    assert "6 passed" in summary


def test_its_grid_is_found(tree: Path) -> None:
    script = (
        "from sim.grid import draw; print(*{case.kernel.name for case in draw('serial_mvu', 5, 1)})"
    )
    assert run(tree, "-c", script) == "serial_mvu\n"


def test_a_network_compiles_with_it(tree: Path) -> None:
    rng = np.random.default_rng(3)
    net = Net((1, 20), dtype="UINT4")
    net.dense(signs(rng, 20, 12))
    net.bipolar()
    net.dense(signs(rng, 12, 5))
    net.save(tree, "integers.onnx")
    (folding,) = re.findall(r"^```json\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    (tree / "folding.json").write_text(folding)
    where = ("--board", "pynq-z1", "--folding", "folding.json", "-o", "build")
    assert "serial_mvu" in run(tree, "-m", "xnorflow", "compile", "integers.onnx", *where)
    for stalls in ([], ["--stalls"]):
        simulated = run(tree, "-m", "xnorflow", "simulate", "build", "--images", "50", *stalls)
        assert "mismatches: 0\n" in simulated
    assert "syn." in run(tree, "-m", "xnorflow", "synth", "build")


def test_a_second_kernel_of_the_same_name_is_refused(tree: Path) -> None:
    kernels = tree / "xnorflow" / "kernels"
    shutil.copytree(kernels / "serial_mvu", kernels / "twin_mvu", ignore=CLEAN)
    try:
        said = run(tree, "-m", "xnorflow", "kernels", code=2)
    finally:
        shutil.rmtree(kernels / "twin_mvu")
    assert said.startswith(
        "error[kernel-duplicate]: kernel names must be unique, but serial_mvu and twin_mvu both "
        "call themselves 'serial_mvu'\n"
    )


def test_the_page_keeps_to_the_style(tree: Path) -> None:
    pytest.importorskip("ruff")
    folder = tree / "xnorflow" / "kernels" / "serial_mvu"
    config = ["--config", str(ROOT / "pyproject.toml")]
    ignored = ["--extend-ignore", "I001,D100,D103,INP001"]
    run(tree, "-m", "ruff", "check", *config, *ignored, str(folder))
    run(tree, "-m", "ruff", "format", "--check", *config, str(folder))
