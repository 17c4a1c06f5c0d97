# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Route one kernel at a time, between registers: which clock it reaches, and by which path."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.case import Case
from sim.grid import draw, draws
from sim.runner import include_folder
from xnorflow.boards.board import Board
from xnorflow.files.render import render
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.sources import module_sources
from xnorflow.toolchains.nextpnr import Job, Routing, device_of, route
from xnorflow.toolchains.yosys import NETLIST, synthesize

__all__ = ["Routed", "route_case", "small_cases"]

_TOP = "routed_top"
_CLOCK_MHZ = 100.0
"""nextpnr aims at it, and reaches what it reaches."""
_MOST_LUT, _MOST_TABLE = 1000, 10_000
"""Estimated LUTs and digits of parameters; larger ones say no more of a kernel, and take long."""


@dataclass(frozen=True)
class Routed:
    """A kernel that was routed.

    Attributes:
        case: its parameter set.
        synthesized: primitives of the kernel alone.
        placements: one a seed; their resources have the skid buffers around it too.
    """

    case: Case
    synthesized: Resources
    placements: tuple[Routing, ...]


def route_case(case: Case, board: Board, seeds: Sequence[int]) -> Routed:
    """Synthesise and route a kernel; its instance has its name and `_0`.

    Raises:
        XnorflowError: a tool is missing or fails.
    """
    instance = case.instance(board.family)
    with tempfile.TemporaryDirectory(prefix="xnorflow-route-") as name:
        folder = Path(name)
        rtl = folder / "rtl"
        rtl.mkdir()
        paths = dict.fromkeys((*module_sources("skid_buffer"), *module_sources(case.kernel.name)))
        for path in [*include_folder().glob("*.svh"), *paths]:
            shutil.copyfile(path, rtl / path.name)
        for file_name, content in instance.data.items():
            (rtl / file_name).write_bytes(content)
        text = render(
            "sim",
            "routed.v.j2",
            top=_TOP,
            kernel=case.kernel.name,
            sources=case.sources,
            sinks=case.sinks,
            instance=instance,
        )
        (rtl / f"{_TOP}.v").write_text(text)
        sources = [*(path.name for path in paths), f"{_TOP}.v"]
        made = synthesize(folder, sources, _TOP, board.family)
        shutil.copyfile(folder / "synth" / NETLIST, folder / NETLIST)
        placements = route(folder, Job(_TOP, device_of(board), _CLOCK_MHZ), seeds)
    return Routed(case, made.parts[f"{case.kernel.name}_0"], placements)


def small_cases(family: Family, seed: int) -> Iterator[Case]:
    """Points of all kernels' grids, one of each kernel in turn, without an end."""
    count = 1
    while True:
        for kernel in draws():
            small = [case for case in draw(kernel, 8 * count, seed) if _is_small(case, family)]
            if len(small) >= count:
                yield small[count - 1]
        count += 1


def _is_small(case: Case, family: Family) -> bool:
    if case.estimate(family).lut > _MOST_LUT:
        return False
    return sum(map(len, case.instance(family).parameters.values())) <= _MOST_TABLE
