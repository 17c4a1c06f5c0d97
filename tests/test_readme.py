# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What the README shows of the demo is what compiling it gives today."""

from __future__ import annotations

import re
from pathlib import Path

import xnorflow

ROOT = Path(__file__).parent.parent


def test_the_demo_s_estimates_are_those_of_today() -> None:
    shown = (ROOT / "README.md").read_text().partition("<!-- demo output -->")[2].split("```")[1]
    model = ROOT / "models" / "tfc-mnist" / "model.onnx"
    report = xnorflow.compile(model, board="pynq-z1", target_fps=1_000_000).report
    for layer in report.layers:
        folding, used = layer.folding, layer.resources
        cells = [layer.name, layer.kernel, str(folding.pe), str(folding.simd)]
        cells += [folding.storage or "-", f"{layer.cycles.estimated:,}"]
        row = re.search(rf"^ {' +'.join(map(re.escape, cells))} .*$", shown, re.M)
        assert row, f"the README must show {' '.join(cells)}"
        numbers = row[0].split()[len(cells) + 1 :]  # behind the simulated cycles
        counts = (used.lut, used.ff, used.bram18)
        assert numbers[:6:2] == [f"{count.estimated:,}" for count in counts], layer.name
    total = report.resources
    accelerator = re.search(r"^ accelerator +(.*)$", shown, re.M)
    assert accelerator
    assert accelerator[1].split()[:3:2] == [f"{n.estimated:,}" for n in (total.lut, total.ff)]
    assert f"{report.throughput.interval_cycles.estimated:,} estimated" in shown
    assert f"{report.throughput.latency_cycles.estimated:,} estimated" in shown
