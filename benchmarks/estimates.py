# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Estimated LUT, FF and block RAM beside Yosys's counts, layer by layer.

    python benchmarks/estimates.py MODEL.onnx [--input-scale S] [--board pynq-z1]
        [--target-fps N ...] [--folding F.json ...]

Each target and each folding file is one design; prints a table and, last, the largest error among
layers of more than 300 LUT. Evidence: estimated, and synthesized by Yosys.
"""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path

from rich.console import Console
from rich.table import Table

import xnorflow
from xnorflow.report.model import Report

_FLOOR_LUT = 300


def main() -> None:
    """Compile, synthesise and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--board", default="pynq-z1")
    parser.add_argument("--input-scale", type=Fraction, default=Fraction(1))
    parser.add_argument("--target-fps", type=float, nargs="*", default=[])
    parser.add_argument("--folding", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    if not options.target_fps and not options.folding:
        parser.error("give at least one --target-fps or --folding")
    console = Console()
    table = Table(title=f"{options.model.name} on {options.board}: estimated / synthesized")
    for heading in ("design", "layer", "PE x SIMD", "LUT", "error", "FF", "BRAM18"):
        table.add_column(heading, justify="left" if heading in ("design", "layer") else "right")
    wanted = [{"target_fps": fps} for fps in options.target_fps]
    wanted += [{"folding": path} for path in options.folding]
    errors = []
    for choice in wanted:
        accelerator = xnorflow.compile(
            options.model, board=options.board, input_scale=float(options.input_scale), **choice
        )
        report = accelerator.synth()
        label = "".join(str(value) for value in choice.values())
        errors += _rows(table, Path(label).name, report)
    console.print(table)
    worst = max(errors, key=abs, default=0.0)
    console.print(f"largest LUT error of {len(errors)} layers above {_FLOOR_LUT}: {worst:+.1%}")


def _rows(table: Table, label: str, report: Report) -> list[float]:
    errors = []
    for layer in report.layers:
        lut = layer.resources.lut
        assert lut.estimated is not None
        assert lut.synthesized is not None
        error = lut.estimated / lut.synthesized - 1 if lut.synthesized else 0.0
        if lut.synthesized > _FLOOR_LUT:
            errors.append(error)
        ff, bram = layer.resources.ff, layer.resources.bram18
        table.add_row(
            label,
            layer.name,
            f"{layer.folding.pe} x {layer.folding.simd} {layer.folding.storage or ''}",
            f"{lut.estimated} / {lut.synthesized}",
            f"{error:+.1%}",
            f"{ff.estimated} / {ff.synthesized}",
            f"{bram.estimated} / {bram.synthesized}",
        )
    total = report.resources.lut
    table.add_row(label, "whole design", "", f"{total.estimated} / {total.synthesized}", "", "", "")
    table.add_section()
    return errors


if __name__ == "__main__":
    main()
