# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Export designs for FINN, have FINN+ estimate them, and compare layer by layer.

    python benchmarks/finn_export.py MODELS [--environment DIR] [--torch REQUIREMENT]
        [--work DIR] [--only NAME ...]

MODELS is the folder of zoo_tfc_1w1a.onnx, lfc_w1a1_mnist.onnx and cnv_w1a1_cifar10.onnx. The
environment is made if it is not there: Python 3.11 or later, 2.5 GB, no Vivado; pip has to find
torch's build for CPUs, else name another. Prints tables in Markdown. Fails if FINN+ names its nodes
otherwise than the export does, if its graph computes other numbers, or if a matrix unit takes other
cycles. Evidence: estimated, by both.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

import xnorflow
from xnorflow.design.design import Design
from xnorflow.finn.export import export_finn
from xnorflow.finn.folding import finn_units
from xnorflow.ir.ops.dense import Dense

_FINN = "finn-plus==1.6.1"
_UNUSED = ("brevitas",)
"""Required by FINN+, but not imported on the way to estimates; it wants older tools than torch."""
_UNDECLARED = ("psutil",)
_TORCH = "torch==2.13.0+cpu"
_HERE = Path(__file__).parent
_SECONDS = 1200

Folds = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Case:
    """A network and how it is folded: as FINN's (PE, SIMD) of each matrix unit, or for a speed."""

    name: str
    model: str
    folds: Folds = ()
    target_fps: float | None = None
    input_scale: float = 1.0


_TFC, _LFC, _CNV = "zoo_tfc_1w1a.onnx", "lfc_w1a1_mnist.onnx", "cnv_w1a1_cifar10.onnx"
_CNV_FOLDS = (
    *((16, 3), (32, 32), (16, 32), (16, 32), (4, 32), (1, 32)),
    *((1, 4), (1, 8), (5, 1)),
)
CASES = (
    Case("TFC, FINN's folding", _TFC, ((16, 49), (8, 8), (8, 8), (10, 8)), input_scale=1 / 255),
    Case("LFC, FINN's folding", _LFC, ((32, 49), (64, 32), (32, 64), (10, 8))),
    Case("CNV, FINN's folding", _CNV, _CNV_FOLDS),
    *(
        Case(f"TFC, {fps:,} frames/s", _TFC, target_fps=fps, input_scale=1 / 255)
        for fps in (100_000, 1_000_000, 1_562_500)
    ),
    *(Case(f"LFC, {fps:,} frames/s", _LFC, target_fps=fps) for fps in (100_000, 195_312)),
    *(Case(f"CNV, {fps:,} frames/s", _CNV, target_fps=fps) for fps in (1_000, 3_000, 10_000)),
)


@dataclass(frozen=True)
class Row:
    """A layer, by both."""

    name: str
    folding: str
    cycles: tuple[int, int]
    lut: tuple[int, int]
    bram18: tuple[int, int]


def main() -> int:
    """Make the environment, run all cases, print tables; 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", type=Path)
    parser.add_argument("--environment", type=Path, default=Path("build/finn-environment"))
    parser.add_argument("--work", type=Path, default=Path("build/finn"))
    parser.add_argument("--only", nargs="*", default=None, help="beginnings of names of cases")
    parser.add_argument("--torch", default=_TORCH, metavar="REQUIREMENT")
    options = parser.parse_args()
    console = Console(soft_wrap=True, highlight=False, markup=False)
    # FINN+ runs in a folder of its own: what is named from here must be found from there
    work = options.work.resolve()
    python = _environment(options.environment.resolve(), options.torch)
    faults: list[str] = []
    for case in CASES:
        if options.only is None or case.name.startswith(tuple(options.only)):
            for line in _run(case, options.models.resolve(), work, python, faults):
                console.print(line)
    for fault in faults:
        console.print(f"differs: {fault}")
    return int(bool(faults))


def _environment(folder: Path, torch: str) -> Path:
    """The interpreter of an environment with FINN+, made if it is not there."""
    python = folder / "bin" / "python"
    begun, done = folder / "finn-begun", folder / "finn-installed"
    if done.exists():
        return python
    if folder.exists() and not begun.exists() and (folder.is_file() or any(folder.iterdir())):
        raise SystemExit(
            f"{folder} must be new, empty or an environment that this script began; name another "
            "folder with --environment"
        )
    venv.create(folder, with_pip=True, clear=True)
    begun.touch()
    pip = [str(python), "-E", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", _FINN], check=True)
    ask = "import json, importlib.metadata as m; print(json.dumps(m.requires('finn-plus')))"
    found = subprocess.run([python, "-E", "-c", ask], check=True, capture_output=True)
    needed = [
        text
        for text in json.loads(found.stdout)
        if "extra ==" not in text and not text.startswith(_UNUSED)
    ]
    subprocess.run([*pip, *needed, *_UNDECLARED, torch], check=True)
    done.touch()
    return python


def _run(case: Case, models: Path, work: Path, python: Path, faults: list[str]) -> Iterator[str]:
    folder = work / "".join(c if c.isalnum() else "_" for c in case.name)
    folder.mkdir(parents=True, exist_ok=True)
    design = _design(case, models, folder)
    export = folder / "export"
    export_finn(design, export)
    script = [_HERE / "finn_without_vivado.py", export / "build.py", folder / "temporary"]
    done = subprocess.run(
        [python, "-E", *script], capture_output=True, check=False, timeout=_SECONDS, cwd=folder
    )
    if done.returncode != 0:
        faults.append(
            f"{case.name}: the build fails\n{(done.stdout + done.stderr).decode()[-2000:]}"
        )
        return
    reports = export / "finn_output" / "report"
    cycles = json.loads((reports / "estimate_layer_cycles.json").read_text())
    resources = json.loads((reports / "estimate_layer_resources.json").read_text())
    units = finn_units(design)
    named = [name for own in units.values() for name in own]
    if named != list(cycles):
        faults.append(f"{case.name}: FINN has {list(cycles)}, not {named}")
        return
    rows = list(_rows(design, units, cycles, resources))
    for stage, row in zip(design.stages, rows, strict=True):
        if isinstance(stage.layer.op, Dense) and row.cycles[0] != row.cycles[1]:
            faults.append(f"{case.name}: {row.name} takes {row.cycles} cycles")
    yield from _table(case, design, rows, resources["total"])


def _design(case: Case, models: Path, folder: Path) -> Design:
    """Compiled; FINN's folding goes in as FINN's file."""
    folding = None
    if case.folds:
        nodes = {
            f"MVAU_hls_{i}": {"PE": pe, "SIMD": simd} for i, (pe, simd) in enumerate(case.folds)
        }
        folding = folder / "folding.json"
        folding.write_text(json.dumps({"Defaults": {}, **nodes}))
    made = xnorflow.compile(
        models / case.model,
        board="pynq-z1",
        folding=folding,
        target_fps=case.target_fps,
        input_scale=case.input_scale,
    )
    return made.design


def _rows(
    design: Design, units: dict[str, Any], cycles: dict[str, int], resources: dict[str, Any]
) -> Iterator[Row]:
    """A pool's generator and padding unit count with the pool; the slowest tells the cycles."""
    for stage in design.stages:
        own, here = units[stage.layer.name], stage.resources(design.board.family)
        yield Row(
            stage.layer.name,
            f"{stage.folding.pe} x {stage.folding.simd}",
            (stage.cycles, max(cycles[name] for name in own)),
            (here.lut, round(sum(resources[name].get("LUT", 0) for name in own))),
            (here.bram18, round(sum(resources[name].get("BRAM_18K", 0) for name in own))),
        )


def _table(case: Case, design: Design, rows: list[Row], total: dict[str, Any]) -> Iterator[str]:
    yield f"\n{case.name}\n"
    yield "| layer | PE x SIMD | cycles: here, FINN | LUT: here, FINN | BRAM18: here, FINN |"
    yield "|---|---|---|---|---|"
    for row in rows:
        numbers = " | ".join(f"{a:,}, {b:,}" for a, b in (row.cycles, row.lut, row.bram18))
        yield f"| {row.name} | {row.folding} | {numbers} |"
    here = design.resources()
    slowest = max(row.cycles[1] for row in rows)
    lut, bram18 = round(total.get("LUT", 0)), round(total.get("BRAM_18K", 0))
    yield (
        f"| all, adapters included here | | {design.interval_cycles:,}, {slowest:,} | "
        f"{here.lut:,}, {lut:,} | {here.bram18:,}, {bram18:,} |"
    )


if __name__ == "__main__":
    sys.exit(main())
