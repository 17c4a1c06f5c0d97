# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""docs/adding-a-family.md, carried out: one new file, one board, and networks compile for it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from tests.installed import ROOT, install, run
from tests.qonnx_net import Net, signs

PAGE = ROOT / "docs" / "adding-a-family.md"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is installed, with the family and the board that the page describes."""
    tree = tmp_path_factory.mktemp("tree")
    install(tree)
    files = re.findall(r"^`(\S+)`:\n\n```\w+\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    places = {
        "compiler/xnorflow/hardware/families/xc6s.py": "xnorflow/hardware/families/xc6s.py",
        "boards/pipistrello/board.toml": "xnorflow/board_files/pipistrello/board.toml",
    }
    assert [name for name, _ in files] == list(places)
    for name, content in files:
        path = tree / places[name]
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    return tree


def estimates(build: Path) -> dict[str, int]:
    resources = json.loads((build / "report.json").read_text())["resources"]
    return {name: resources[name]["estimated"] for name in ("lut", "ff", "bram18", "dsp")}


def test_the_family_and_its_board_are_found(tree: Path) -> None:
    assert "xc6slx45-3csg324" in run(tree, "-m", "xnorflow", "boards")
    code = "from xnorflow.hardware.families import families; print(*families())"
    assert run(tree, "-c", code) == "ecp5 xc6s xc7\n"


def test_a_board_of_an_unknown_family_is_told_all_there_are(tree: Path) -> None:
    code = (
        "from pathlib import Path; from xnorflow.boards.read import parse_board\n"
        "path = Path('xnorflow/board_files/pipistrello/board.toml')\n"
        "content = path.read_bytes().replace(b'\"xc6s\"', b'\"xc5\"')\n"
        "try:\n    parse_board('b', content, path)\n"
        "except Exception as error:\n    print(error)\n"
    )
    assert "family must be one of ecp5, xc6s, xc7, not 'xc5'" in run(tree, "-c", code)


def test_a_trained_model_compiles_for_it(tree: Path) -> None:
    """With the same LUTs as for 7 Series, whose fabric it has."""
    model = str(ROOT / "models" / "tfc-mnist" / "model.onnx")
    found = {}
    for board in ("pipistrello", "pynq-z1"):
        where = ("--board", board, "--clock-mhz", "50", "--target-fps", "20000", "-o", board)
        run(tree, "-m", "xnorflow", "compile", model, *where)
        found[board] = estimates(tree / board)
    assert found["pipistrello"] == found["pynq-z1"]


def test_a_small_network_is_synthesised_for_it(tree: Path) -> None:
    rng = np.random.default_rng(3)
    net = Net((1, 20), dtype="UINT4")
    net.dense(signs(rng, 20, 12))
    net.bipolar()
    net.dense(signs(rng, 12, 5))
    net.save(tree, "integers.onnx")
    where = ("--board", "pipistrello", "--target-fps", "400000", "-o", "build")
    run(tree, "-m", "xnorflow", "compile", "integers.onnx", *where)
    assert "mismatches: 0\n" in run(tree, "-m", "xnorflow", "simulate", "build", "--images", "50")
    assert "syn." in run(tree, "-m", "xnorflow", "synth", "build")
    assert "-family xc6s" in (tree / "build" / "synth" / "synth.ys").read_text()
    lut = json.loads((tree / "build" / "report.json").read_text())["resources"]["lut"]
    assert lut["synthesized"] == pytest.approx(lut["estimated"], rel=0.1)


def test_the_page_keeps_to_the_style(tree: Path) -> None:
    pytest.importorskip("ruff")
    file = str(tree / "xnorflow" / "hardware" / "families" / "xc6s.py")
    config = ["--config", str(ROOT / "pyproject.toml")]
    run(tree, "-m", "ruff", "check", *config, "--extend-ignore", "I001,INP001", file)
    run(tree, "-m", "ruff", "format", "--check", *config, file)
