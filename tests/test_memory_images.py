# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Memory images that are missing, damaged, or not read: an error everywhere, and never zeros."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.qonnx_net import Net, signs
from tests.serial_net import refused_by

import xnorflow
from xnorflow.accelerator import Accelerator
from xnorflow.backends.load import load_bundle
from xnorflow.backends.rtl import TOP
from xnorflow.cli import main
from xnorflow.hw_common.memory import damage_of, images
from xnorflow.simulate.rtl import simulate
from xnorflow.toolchains.memories import MemoryMissingError, check_memories
from xnorflow.toolchains.yosys import synthesize

FOLDING = {
    "layers": {name: {"pe": 1, "simd": 4, "storage": "bram"} for name in ("dense0", "dense1")}
}


def built(folder: Path, board: str = "pynq-z1", seed: int = 1) -> Accelerator:
    """Two layers with weights in block RAM."""
    net, rng = Net((1, 32), dtype="BIPOLAR"), np.random.default_rng(seed)
    net.dense(signs(rng, 32, 16))
    net.bipolar()
    net.dense(signs(rng, 16, 3))
    path = folder / "folding.json"
    path.write_text(json.dumps(FOLDING))
    return xnorflow.compile(net.save(folder), board=board, folding=path, output=folder / "b")


def image_of(made: Accelerator, layer: str = "dense0") -> Path:
    (path,) = (made.folder / "rtl").glob(f"{layer}_weights_*_000.hex")
    return path


def cut(path: Path) -> None:
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def flip(path: Path) -> None:
    first, second, *rest = path.read_text().splitlines(keepends=True)
    path.write_text("".join([first, f"{int(second, 16) ^ 1:x}\n", *rest]))


def swap(path: Path) -> None:
    first, second, third, *rest = path.read_text().splitlines(keepends=True)
    assert second != third
    path.write_text("".join([first, third, second, *rest]))


def no_checksum(path: Path) -> None:
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))


def letters(path: Path) -> None:
    path.write_text(path.read_text().replace("0", "x"))


COMMANDS = " as its first line, their checksum"
SIMULATORS = "must have the checksum in its first line, not "


SPOILT: dict[Callable[[Path], None], tuple[str, str]] = {
    Path.unlink: ("not without its memory image", "must be there, not missing"),
    **dict.fromkeys((flip, swap, cut, no_checksum), (COMMANDS, SIMULATORS)),
    letters: ("must have words of hexadecimal digits, one a line", SIMULATORS),
}
"""What commands say of an image that was spoilt, and what a simulator of the user's own does."""


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_no_command_goes_on_with_an_image_that_is_not_what_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], None]
) -> None:
    made = built(tmp_path, "ulx3s-85f")
    path, before = image_of(made), made.report
    spoil(path)
    for command in ("simulate", "synth", "route", "bitstream", "run"):
        assert main([command, str(made.folder)]) == 2, command
        told = capsys.readouterr().err
        assert told.startswith("error[rtl-folder]: the "), told
        assert path.name in told
        assert SPOILT[spoil][0] in told
    assert made.report.evidence == before.evidence


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_simulation_ends_where_an_image_is_not_what_it_was(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    made = built(tmp_path)
    path = image_of(made)
    spoil(path)
    bundle = load_bundle(made.folder / "rtl", TOP, 100.0)
    frames = made._frames(made.random_inputs(3))
    fault = refused_by(lambda: simulate(made.design, bundle, frames))
    assert fault.code == "simulation-assertion"
    assert path.name in fault.message
    assert SPOILT[spoil][1] in fault.message


@pytest.mark.parametrize("board", ["pynq-z1", "ulx3s-85f"])
def test_synthesis_ends_where_an_image_is_missing(tmp_path: Path, board: str) -> None:
    made = built(tmp_path, board)
    path = image_of(made, "dense1")
    path.unlink()
    bundle = load_bundle(made.folder / "rtl", TOP, 100.0)
    work = tmp_path / "work"
    bundle.write(work / "rtl")
    family = made.design.board.family
    fault = refused_by(lambda: synthesize(work, bundle.sources, TOP, family))
    assert fault.code == "yosys-failed"
    assert path.name in fault.message


@pytest.mark.parametrize("board", ["pynq-z1", "ulx3s-85f"])
def test_synthesis_ends_where_images_are_not_read(tmp_path: Path, board: str) -> None:
    """As a tool does that goes on without them."""
    made = built(tmp_path, board)
    bank = made.folder / "rtl" / "block_bank.sv"
    text = bank.read_text()
    assert text.count("$readmemh") == 2, "for synthesis, and for simulation"
    bank.write_text(re.sub(r"if \(FILE != \"\"\) \$readmemh.*", "", text))
    fault = refused_by(made.synth)
    assert fault.code == "yosys-failed"
    assert "in the netlist" in fault.message


def test_an_image_of_another_design_has_another_name(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, same = built(tmp_path / "one"), images("dense0_weights", [np.eye(4, dtype=np.uint8)])
    two = built(tmp_path / "two", seed=2)
    assert image_of(one).name != image_of(two).name
    assert same == images("dense0_weights", [np.eye(4, dtype=np.uint8)])


def test_numbers_of_images_follow_their_tables() -> None:
    tables = [np.zeros((2, 5), np.uint8), np.ones((3, 9), np.uint8)]
    file, files = images("layer", tables)
    stem = file.strip('"')
    assert [*files] == [f"{stem}_000.hex", f"{stem}_001.hex"]
    assert files[f"{stem}_001.hex"].decode().splitlines()[1:] == ["1ff"] * 3


@pytest.mark.parametrize("word", [b"0x12", b"00_2", b"-002", b" 002", b"", b"00F2"])
def test_words_that_simulators_read_otherwise_are_refused(word: bytes) -> None:
    (content,) = images("a", [np.ones((3, 16), np.uint8)])[1].values()
    assert damage_of(content) is None
    first, _, *rest = content.splitlines()
    lacks = damage_of(b"\n".join([first, word, *rest]))
    assert lacks == "words of hexadecimal digits, one a line, and nothing else"


def test_words_may_be_stored_in_any_order() -> None:
    words = np.random.default_rng(1).integers(0, 2, (70, 45), dtype=np.uint8)
    assert images("a", [np.asfortranarray(words)]) == images("a", [words])
    assert images("a", [words[::-1]]) == images("a", [words[::-1].copy()])


def ram(**parameters: str) -> dict[str, dict[str, str]]:
    return {"parameters": {"MODE": "1", **parameters}}


VARIES, SAME = b"// 0\n1\n0\n", b"// 0\n1\n1\n"


def netlist(**cells: dict[str, dict[str, str]]) -> dict[str, object]:
    named = {name.replace("__", "."): cell for name, cell in cells.items()}
    return {"modules": {"m": {"cells": named}}}


def test_a_netlist_with_all_memories_passes() -> None:
    found = netlist(a__image__0__0=ram(INIT_00="0", INIT_01="0100"), a__image__0__1=ram(INIT="0"))
    check_memories(found, {"a_000.hex": VARIES, "b_000.hex": SAME})
    check_memories(netlist(fifo__words__0__0=ram(INIT="xx")), {})
    check_memories({"modules": {}}, {"b_000.hex": SAME})


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (netlist(), "a_000.hex, or another of 1 memory images, is not in the netlist"),
        (netlist(a__image__0__0=ram(INIT="000x")), "the memory a is empty in the netlist"),
        (netlist(fifo__words__0__0=ram(INIT="1")), "a_000.hex, or another of 1 memory images"),
    ],
)
def test_a_netlist_without_one_does_not(found: object, told: str) -> None:
    with pytest.raises(MemoryMissingError, match=told):
        check_memories(found, {"a_000.hex": VARIES})
