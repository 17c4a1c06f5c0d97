# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Boards are data: what ships is right, and what is wrong is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from xnorflow.boards.board import Uart
from xnorflow.boards.read import board_names, constraints_of, load_board, parse_board
from xnorflow.diagnostics import XnorflowError
from xnorflow.hardware.families.ecp5 import ECP5
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.resources import Resources

GOOD = """
title = "A board"
part = "xc7a35t"
family = "xc7"
cap = 0.5
clock_mhz = 100
[resources]
lut = 20800
ff = 41600
bram18 = 100
dsp = 90
source = "data sheet"
[shell]
lut = 100
ff = 100
bram18 = 0
dsp = 0
evidence = "estimated"
source = "counted"
"""


def refusal(text: str) -> str:
    with pytest.raises(XnorflowError) as caught:
        parse_board("b", text.encode(), Path("b/board.toml"))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "board-file"
    assert diagnostic.origin.file == "b/board.toml"
    return diagnostic.message


def test_shipped_boards_have_their_parts_resources() -> None:
    assert board_names() == ("colorlight-i5", "pynq-z1", "ulx3s-85f")
    zynq = load_board("pynq-z1")
    assert (zynq.part, zynq.family, zynq.clock_mhz) == ("xc7z020clg400-1", XC7, 100.0)
    assert zynq.resources == Resources(lut=53200, ff=106400, bram18=280, dsp=220)
    lattice = load_board("ulx3s-85f")
    assert (lattice.part, lattice.family) == ("LFE5U-85F-6BG381C", ECP5)
    assert lattice.resources == Resources(lut=83640, ff=83640, bram18=208, dsp=156)
    small = load_board("colorlight-i5")
    assert (small.part, small.family) == ("LFE5U-25F-6BG381C", ECP5)
    assert small.resources == Resources(lut=24288, ff=24288, bram18=56, dsp=28)


@pytest.mark.parametrize("name", board_names())
def test_boards_with_a_serial_line_say_where_it_is(name: str) -> None:
    board = load_board(name)
    if board.uart is None:
        with pytest.raises(XnorflowError, match=r"pins\.lpf|must be there"):
            constraints_of(board)
        return
    placed = constraints_of(board).decode()
    for pin in ("clk_in", "rx", "tx"):
        assert f'LOCATE COMP "{pin}" SITE ' in placed
    assert f'FREQUENCY PORT "clk_in" {board.uart.oscillator_mhz:g} MHZ;' in placed
    assert board.clock_mhz * 1e6 >= 4 * board.uart.baud


UART = """
[uart]
oscillator_mhz = 25
baud = 3000000
load = "load"
source = "a sheet"
"""


def test_a_serial_line_may_be_there() -> None:
    board = parse_board("b", (GOOD + UART).encode(), Path("x"))
    assert board.uart == Uart(oscillator_mhz=25.0, baud=3_000_000, load="load")
    assert "uart.baud must be a whole number" in refusal(GOOD + UART.replace("3000000", "0"))
    assert "not without 'load'" in refusal(GOOD + UART.replace('load = "load"', ""))


@pytest.mark.parametrize("name", board_names())
def test_every_board_leaves_room_for_an_accelerator(name: str) -> None:
    board = load_board(name)
    assert 0 < board.cap <= 1
    assert board.shell.lut < board.cap * board.resources.lut / 2


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("pynq", "did you mean pynq-z1?"),
        ("ULX3S", "`xnorflow boards` shows them"),
        ("../pynq-z1", "did you mean pynq-z1?"),
        ("", "`xnorflow boards` shows them"),
    ],
)
def test_unknown_board_lists_the_known_ones(name: str, hint: str) -> None:
    with pytest.raises(XnorflowError) as caught:
        load_board(name)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "unknown-board"
    expected = f"the board must be one of colorlight-i5, pynq-z1, ulx3s-85f, not {name!r}"
    assert diagnostic.message == expected
    assert diagnostic.hint == hint


def test_a_good_board_is_read() -> None:
    board = parse_board("b", GOOD.encode(), Path("x"))
    assert (board.name, board.cap, board.clock_mhz) == ("b", 0.5, 100.0)
    assert board.shell == Resources(lut=100, ff=100)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cap = 0.5", "cap = 0.5\nspeed = 1", "not with an unknown 'speed'"),
        ("cap = 0.5", "", "not without 'cap'"),
        ("cap = 0.5", "cap = 1.5", "cap must be a number above 0 and at most 1, not 1.5"),
        ("cap = 0.5", "cap = nan", "cap must be a number above 0 and at most 1, not nan"),
        ("cap = 0.5", "cap = true", "cap must be a number above 0 and at most 1, not True"),
        ("clock_mhz = 100", "clock_mhz = 0", "clock_mhz must be a number above 0"),
        ('"xc7"', '"xc8"', "family must be one of ecp5, xc7, not 'xc8'"),
        ('"A board"', "3", "title must be a text, not 3"),
        (
            "lut = 20800",
            "lut = -1",
            "lut must be a whole number from 0 to 2147483648, not -1",
        ),
        (
            "lut = 20800",
            "lut = 2.5",
            "lut must be a whole number from 0 to 2147483648, not 2.5",
        ),
        (
            "dsp = 90",
            "dsp = 90\nuram = 4",
            "source, not with an unknown 'uram'",
        ),
        ('evidence = "estimated"', "", "not without 'evidence'"),
        ("[shell]", "[shell", "the file must be TOML, not text with this fault"),
    ],
)
def test_a_faulty_board_is_refused(old: str, new: str, message: str) -> None:
    assert old in GOOD
    assert message in refusal(GOOD.replace(old, new, 1))


def test_hostile_bytes_are_refused() -> None:
    with pytest.raises(XnorflowError, match="must be TOML"):
        parse_board("b", b"\xff\xfe\x00", Path("x"))
    with pytest.raises(XnorflowError, match="at most 65536 bytes"):
        parse_board("b", b"#" * 70000, Path("x"))
