# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""From a build folder's RTL to counts, to a routed design, and to what configures a board."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from xnorflow.backends.rtl import TOP
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.report.assemble import with_bitstream, with_routing, with_synthesis
from xnorflow.report.routing import best_of

if TYPE_CHECKING:
    from xnorflow.boards.board import Uart
    from xnorflow.design.design import Design
    from xnorflow.open_build import OpenBuild
    from xnorflow.report.model import Report
    from xnorflow.toolchains.nextpnr import Routing

__all__ = ["BITSTREAM", "bitstream", "route", "synth"]

Progress = Callable[[str, int, int], None]
_Add = Callable[["Report"], "Report"]

_MOST_SEEDS = 1000

BITSTREAM = "xnorflow.bit"
"""In the build folder's ``bitstream``."""


def synth(build: OpenBuild, design: Design) -> Report:
    """See ``Accelerator.synth``."""
    from xnorflow.toolchains.yosys import synthesize

    source, bundle = build.rtl()

    def run(work: Path) -> _Add:
        bundle.write(work / "rtl")
        family = design.board.family
        found = synthesize(work, bundle.sources, TOP, family, home=build.folder)
        return lambda report: with_synthesis(
            report, source, found.parts, found.total, found.version
        )

    return build.implemented("synth", source, run)


def route(build: OpenBuild, design: Design, seeds: int, progress: Progress | None) -> Report:
    """See ``Accelerator.route``."""
    from xnorflow.toolchains.nextpnr import Job, device_of, require_nextpnr
    from xnorflow.toolchains.nextpnr import route as run_nextpnr
    from xnorflow.toolchains.yosys import NETLIST

    device, numbers = device_of(design.board), _numbers(seeds)
    require_nextpnr()
    source, _ = build.rtl()
    place = f"synth/{NETLIST}"
    if not build.holds(source, place):
        tell = progress or (lambda name, done, total: None)
        tell("synthesising", 0, 1)
        synth(build, design)
        tell("synthesising", 1, 1)

    def run(work: Path) -> _Add:
        shutil.copyfile(build.folder / place, work / NETLIST)
        job = Job(TOP, device, design.clock_mhz)
        found = run_nextpnr(work, job, numbers, home=build.folder, progress=progress)
        return lambda report: with_routing(report, source, found)

    return build.implemented("route", source, run)


def bitstream(build: OpenBuild, design: Design, seeds: int, progress: Progress | None) -> Report:
    """See ``Accelerator.bitstream``."""
    from xnorflow.backends.uart import BOARD_TOP, in_board, in_uart
    from xnorflow.boards.read import constraints_of
    from xnorflow.toolchains.nextpnr import Job, device_of, require_nextpnr
    from xnorflow.toolchains.nextpnr import route as run_nextpnr
    from xnorflow.toolchains.trellis import make_pll, pack
    from xnorflow.toolchains.yosys import NETLIST, synthesize

    board, clock, net = design.board, design.clock_mhz, design.netlist
    device, uart, numbers = device_of(board), _uart(design), _numbers(seeds)
    require_nextpnr()
    source, bundle = build.rtl()
    shell = in_uart(bundle, net.source, net.sink, source.sha256, uart.baud)
    tell = progress or (lambda name, done, total: None)

    def run(work: Path) -> _Add:
        pll = None
        if clock != uart.oscillator_mhz:
            pll = make_pll(work, uart.oscillator_mhz, clock)
        least = clock if pll is None else max(clock, pll.mhz)
        whole = in_board(shell, board, None if pll is None else (pll.module, pll.source))
        whole.write(work / "rtl")
        tell("synthesising", 0, 1)
        synthesize(
            work, whole.sources, BOARD_TOP, board.family, home=build.folder, log="board-yosys"
        )
        tell("synthesising", 1, 1)
        shutil.copyfile(work / "synth" / NETLIST, work / NETLIST)
        job = Job(BOARD_TOP, device, clock, constraints_of(board), log="board-nextpnr")
        found = run_nextpnr(work, job, numbers, home=build.folder, progress=progress)
        best = best_of(found)
        if best.fmax_mhz < least:
            raise _missed(least, found)
        folder = work / "bitstream"
        folder.mkdir()
        tell("packing", 0, 1)
        pack(work, best.seed, folder / BITSTREAM, home=build.folder)
        tell("packing", 1, 1)
        sha256 = hashlib.sha256((folder / BITSTREAM).read_bytes()).hexdigest()
        file = f"bitstream/{BITSTREAM}"
        return lambda report: with_bitstream(report, source, found, file, sha256)

    return build.implemented("bitstream", source, run)


def _numbers(seeds: int) -> range:
    """So many seeds.

    Raises:
        XnorflowError: ``bad-number``.
    """
    if 1 <= seeds <= _MOST_SEEDS:
        return range(1, seeds + 1)
    fault = f"placements must be from 1 to {_MOST_SEEDS}, not {seeds}"
    raise XnorflowError(Diagnostic("bad-number", fault, "give another number with --seeds"))


def _uart(design: Design) -> Uart:
    """The serial line of a design's board.

    Raises:
        XnorflowError: ``board-tool``.
    """
    board = design.board
    if board.uart is not None:
        return board.uart
    raise XnorflowError(
        Diagnostic(
            "board-tool",
            f"a board must have a serial line in its board.toml to get the shell with which "
            f"accelerators are reached, not none like {board.name}",
            "compile for another board (`xnorflow boards`)",
        )
    )


def _missed(clock_mhz: float, found: tuple[Routing, ...]) -> XnorflowError:
    best = max(one.fmax_mhz for one in found)
    tried = f"the best of {len(found)} placements" if len(found) > 1 else "its placement"
    return XnorflowError(
        Diagnostic(
            "clock-missed",
            f"the routed design must reach its clock of {clock_mhz:g} MHz, not {best:.1f} MHz as "
            f"{tried} does: there is no bitstream",
            f"try more placements with --seeds, or compile with --clock-mhz {int(best)}",
        )
    )
