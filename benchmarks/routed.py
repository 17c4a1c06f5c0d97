# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Routed designs of all kernels and many foldings: what a model of the clock is fitted to.

    python -m benchmarks.routed [--designs 40] [--seeds 3] [--seed 1] [-o FILE]

Draws points of each kernel's parameter grid in turn, routes each alone between skid buffers for a
ULX3S 85F, and writes clocks and critical paths, by default to benchmarks/routed_ecp5.json.
Evidence: routed by nextpnr; estimated and synthesized stand beside. Forty designs take about seven
minutes of one core.
"""

from __future__ import annotations

import argparse
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from sim.routing import Routed, route_case, small_cases
from xnorflow.boards.read import load_board
from xnorflow.hardware.family import Family
from xnorflow.toolchains.nextpnr import Hop

_DATA = Path(__file__).with_name("routed_ecp5.json")
_BOARD = "ulx3s-85f"
_LONGEST = 120
"""Characters of a parameter that are kept: tables of weights go."""


def main() -> None:
    """Draw, route and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--designs", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, default=_DATA)
    options = parser.parse_args()
    board, console = load_board(_BOARD), Console(highlight=False, soft_wrap=True)
    chosen = list(islice(small_cases(board.family, options.seed), options.designs))
    seeds = range(1, options.seeds + 1)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        routed = pool.map(lambda case: route_case(case, board, seeds), chosen)
        found = [
            _entry(one, board.family)
            for one in track(routed, "routing", len(chosen), console=console)
        ]
    command = f"python -m benchmarks.routed --designs {options.designs} --seeds {options.seeds}"
    data = {
        "evidence": "routed",
        "board": _BOARD,
        "part": board.part,
        "command": f"{command} --seed {options.seed}",
        "designs": found,
    }
    options.output.write_text(json.dumps(data, indent=1) + "\n")
    for one in found:
        console.print(f"{one['kernel']} {one['name']}: {max(one['fmax_mhz']):.1f} MHz")


def _entry(routed: Routed, family: Family) -> dict[str, Any]:
    case = routed.case
    best = max(routed.placements, key=lambda one: one.fmax_mhz)
    parameters = case.instance(family).parameters
    return {
        "kernel": case.kernel.name,
        "name": case.name,
        "parameters": {k: v for k, v in parameters.items() if len(v) <= _LONGEST},
        "sources": [asdict(stream) for stream in case.sources],
        "sinks": [asdict(stream) for stream in case.sinks],
        "estimated": asdict(case.estimate(family)),
        "synthesized": asdict(routed.synthesized),
        "nextpnr": best.version,
        "fmax_mhz": [one.fmax_mhz for one in routed.placements],
        "paths": [[_leg(hop) for hop in one.path] for one in routed.placements],
    }


def _leg(hop: Hop) -> list[str | float]:
    """Kind, delay in ns, and the wire or the cell in which it ends."""
    return [hop.kind, hop.delay_ns, hop.net or hop.cell]


if __name__ == "__main__":
    main()
