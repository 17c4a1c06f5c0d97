# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Hints about bitstreams and about boards at a serial port, followed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.hints.faults import compiled, hint, tiny
from tests.hints.follows import follows
from tests.serial_net import fake_board

from xnorflow.accelerator import Accelerator
from xnorflow.backends.load import load_bundle
from xnorflow.backends.rtl import TOP
from xnorflow.backends.uart import in_uart
from xnorflow.cli import main
from xnorflow.deploy import serial_board
from xnorflow.deploy.serial_board import Patience
from xnorflow.report.sources import source_of
from xnorflow.simulate.board import SimulatedBoard
from xnorflow.toolchains import nextpnr, trellis

BOARD = "ulx3s-85f"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Accelerator:
    folder = tmp_path_factory.mktemp("built")
    return compiled(tiny(folder), folder / "b", board=BOARD, target_fps=1e6)


@contextmanager
def board_of(made: Accelerator) -> Iterator[str]:
    """The port of a simulated board that a build's bitstream was loaded into."""
    design, source = made.design, source_of(made.folder)
    net, uart = design.netlist, design.board.uart
    assert uart is not None
    bundle = load_bundle(made.folder / "rtl", TOP, design.clock_mhz)
    whole = in_uart(bundle, net.source, net.sink, source.sha256, uart.baud)
    with SimulatedBoard(whole, design.clock_mhz * 1e6 / uart.baud) as simulated:
        yield simulated.port


def clock_in(told: str) -> float:
    found = re.search(r"--clock-mhz ([0-9.]+)", told)
    assert found is not None, told
    return float(found[1])


@follows("board-tool")
def test_a_board_of_another_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = compiled(tiny(tmp_path), tmp_path / "b")
    told = hint("board-tool", made.bitstream)
    assert "`xnorflow boards`" in told
    assert main(["boards"]) == 0
    assert "uart" in capsys.readouterr().out
    other = compiled(tmp_path / "tiny.onnx", tmp_path / "c", board=BOARD)
    assert other.bitstream().bitstream is not None


@follows("clock-missed")
def test_a_clock_that_is_missed(tmp_path: Path) -> None:
    made = compiled(tiny(tmp_path), tmp_path / "b", board=BOARD, clock_mhz=400.0)
    told = hint("clock-missed", made.bitstream)
    slower = compiled(
        tmp_path / "tiny.onnx",
        tmp_path / "c",
        board=BOARD,
        clock_mhz=clock_in(told) * 0.8 // 25 * 25,
    )
    assert slower.bitstream().bitstream is not None


@follows("pll-clock")
def test_a_clock_that_no_pll_makes(tmp_path: Path) -> None:
    made = compiled(tiny(tmp_path), tmp_path / "b", board=BOARD, clock_mhz=60.7)
    told = hint("pll-clock", made.bitstream)
    other = compiled(tmp_path / "tiny.onnx", tmp_path / "c", board=BOARD, clock_mhz=clock_in(told))
    assert other.bitstream().bitstream is not None


@follows("uart-baud")
def test_a_clock_too_slow_for_the_line(tmp_path: Path) -> None:
    made = compiled(tiny(tmp_path), tmp_path / "b", board=BOARD, clock_mhz=11.0)
    told = hint("uart-baud", made.bitstream)
    other = compiled(
        tmp_path / "tiny.onnx", tmp_path / "c", board=BOARD, clock_mhz=clock_in(told) + 0.5
    )
    assert other.bitstream().bitstream is not None


@follows("route-failed")
def test_a_router_that_fails(built: Accelerator, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(nextpnr, "_MAIN", "print('ERROR: rtl was edited'); raise SystemExit(1)")
        told = hint("route-failed", built.route)
    assert "if rtl/ was edited" in told
    assert Path(told.rpartition("the whole log is ")[2]).parent.is_dir()
    folder = built.folder
    again = compiled(folder.parent / "tiny.onnx", folder, board=BOARD, target_fps=1e6)
    assert again.route().routing is not None


@follows("pack-failed")
def test_a_packer_that_fails(built: Accelerator, monkeypatch: pytest.MonkeyPatch) -> None:
    real = trellis._MAIN
    with monkeypatch.context() as patch:
        fails = f"import sys; 'ecppack' in sys.argv[1] and sys.exit(3); {real}"
        patch.setattr(trellis, "_MAIN", fails)
        told = hint("pack-failed", built.bitstream)
    assert told.startswith("run it again")
    assert Path(told.rpartition("the whole log is ")[2]).is_file()
    assert built.bitstream().bitstream is not None


@follows("serial-port", "board-silent", "board-design")
def test_a_port_without_the_board_that_was_meant(
    built: Accelerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = Patience(silence_s=0.05, tries=3)
    other = compiled(tiny(tmp_path), tmp_path / "b", board=BOARD, clock_mhz=25.0)
    with board_of(built) as port:
        told = hint("serial-port", lambda: built.run(images=2, port=f"{port}0"))
        assert "give its port with --port" in told
        with monkeypatch.context() as patch, fake_board(lambda packet: b"") as wrong:
            patch.setattr(serial_board, "Patience", lambda: quick)
            told = hint("board-silent", lambda: built.run(images=2, port=wrong))
        assert "give the port of that board" in told
        told = hint("board-design", lambda: other.run(images=2, port=port))
        assert "make a bitstream of this build folder and load it" in told
        assert built.run(images=2, port=port).mismatches == 0
    with board_of(other) as port:
        assert other.run(images=2, port=port).mismatches == 0
