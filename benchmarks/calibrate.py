# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The cost models beside Yosys's counts, over points drawn from each kernel's grid.

    python -m benchmarks.calibrate [--kernel K ...] [--family xc7] [--points 50] [--seed 1]
        [--verbose]

Prints how far each kernel's estimates are off, and exits with 1 where that is further than the
targets allow. Evidence: estimated, and synthesized by Yosys. All kernels take some two hours of one
core; points that were synthesised before come from the cache.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from statistics import fmean

from rich.console import Console

from sim.calibration import LARGE, TARGETS, Point, measure
from sim.grid import draw, draws
from xnorflow.hardware.families import families
from xnorflow.hardware.families.xc7 import XC7

_HEAD = (
    f"| kernel | points, above {LARGE} LUT | LUT of these: mean, worst | LUT of the others: worst "
    f"| FF above {LARGE}: worst | FF of the others: worst | BRAM18 and DSP exact |\n"
    "|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Draw, synthesise and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kernel", nargs="*", default=list(draws()), choices=list(draws()))
    parser.add_argument("--family", default=XC7.name, choices=list(families()))
    parser.add_argument("--points", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if options.points < 1:
        parser.error("--points must be at least 1")
    console = Console(highlight=False, soft_wrap=True)
    family = families()[options.family]
    target = TARGETS[family.fabric]
    rows, missed = [], []
    for kernel in options.kernel:
        points = measure(draw(kernel, options.points, options.seed), family)
        rows.append(_row(kernel, points))
        far = [point for point in points if not point.meets(target)]
        for point in points if options.verbose else far:
            console.print(f"{kernel} {point}")
        missed += far
    console.print("\n".join([_HEAD, *rows]))
    sys.exit(1 if missed else 0)


def _row(kernel: str, points: Sequence[Point]) -> str:
    """How a kernel's points do; the worst of each sort is the one furthest off."""
    large = [point.lut_share for point in points if point.synthesized.lut > LARGE]
    many = [point.ff_share for point in points if point.synthesized.ff > LARGE]
    small = [point.lut for point in points if point.synthesized.lut <= LARGE]
    few = [point.ff for point in points if point.synthesized.ff <= LARGE]
    cells = [
        kernel,
        f"{len(points)}, {len(large)}",
        f"{fmean(map(abs, large)):.1%}, {max(large, key=abs):+.1%}" if large else "",
        f"{max(small, key=abs):+d}" if small else "",
        f"{max(many, key=abs):+.1%}" if many else "",
        f"{max(few, key=abs):+d}" if few else "",
        f"{sum(point.is_exact_in_ram for point in points)} of {len(points)}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
