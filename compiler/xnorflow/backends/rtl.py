# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The RTL backend: a Design as a Verilog top module with all it needs beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from xnorflow.backends.bundle import SOURCES, Bundle
from xnorflow.design.design import Design
from xnorflow.design.netlist import Netlist, Part
from xnorflow.design.stage import Stage
from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.files.render import render
from xnorflow.hardware.catalog import rtl_adapters, rtl_kernels
from xnorflow.hardware.family import Family
from xnorflow.hardware.rtl import Instance
from xnorflow.hardware.sources import COMMON, folder_of, module_sources
from xnorflow.hardware.stream import Stream
from xnorflow.timing.pace import HOST
from xnorflow.version import __version__

__all__ = ["MONITOR", "TOP", "generate", "wires"]

TOP = "xnorflow_top"
MONITOR = "XNORFLOW_MONITOR"
"""Macro that adds the ports mon_busy, mon_tvalid and mon_tready to the top module."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
# IEEE 1800-2017 annex B, as far as an identifier could be one by accident.
_KEYWORDS = """
    alias always and assert assign assume automatic before begin bind bins bit break buf byte
    case cell chandle checker class clocking cmos config const constraint context continue cover
    cross deassign default defparam design disable dist do edge else end enum event eventually
    expect export extends extern final first_match for force foreach forever fork function
    generate genvar global highz0 highz1 if iff ifnone implements implies import incdir include
    initial inout input inside instance int integer interconnect interface intersect join large
    let liblist library local localparam logic longint macromodule matches medium modport module
    nand negedge nettype new nexttime nmos nor not null or output package packed parameter pmos
    posedge primitive priority program property protected pull0 pull1 pulldown pullup pure rand
    randc randcase randsequence rcmos real realtime ref reg release repeat restrict return rnmos
    rpmos rtran scalared sequence shortint shortreal signed small soft solve specify specparam
    static string strong strong0 strong1 struct super supply0 supply1 table tagged task this
    throughout time timeprecision timeunit tran tri tri0 tri1 triand trior trireg type typedef
    union unique unique0 unsigned until untyped use uwire var vectored virtual void wait wand weak
    weak0 weak1 while wildcard wire with within wor xnor xor
"""
_RESERVED = frozenset(_KEYWORDS.split())


def generate(design: Design) -> Bundle:
    """The top module ``xnorflow_top``, the kernels' sources and the memory images.

    Ports: clk, rst, s_axis_* and m_axis_* as AXI4-Stream, a beat in the low bits of a tdata of
    whole bytes; with the macro XNORFLOW_MONITOR also ``mon_busy`` (a bit a stage) and
    ``mon_tvalid``/``mon_tready`` (a bit a stream, input first).

    Raises:
        XnorflowError: parts that do not fit together, kernels that this backend cannot make, names
            that Verilog cannot take, or files of two kernels that clash.
    """
    net = design.netlist
    _check_names(net)
    _check_kernels(net)
    files: dict[str, bytes] = {}
    sources = tuple(path.name for path in _sources(design))
    for path in (*_headers(), *_sources(design)):
        _add(files, path.name, path.read_bytes())
    instances = [_instance(part, design.board.family) for part in net.parts]
    for instance in instances:
        for name, content in instance.data.items():
            _add(files, name, content)
    _add(files, f"{TOP}.v", _top(design, net, instances).encode())
    ordered = (*sources, f"{TOP}.v")
    _add(files, SOURCES, "".join(f"{name}\n" for name in ordered).encode())
    return Bundle(files, ordered, TOP, design.clock_mhz)


def _sources(design: Design) -> Iterator[Path]:
    """HDL files of all kernels and adapters, each once, each after those it needs."""
    names = [stage.kernel_name for stage in design.stages]
    names += [joint.adapter_name for joint in design.joints]
    yield from dict.fromkeys(path for name in names for path in module_sources(name))


def _headers() -> list[Path]:
    return sorted(folder_of(COMMON).glob("*.svh"))


def _instance(part: Part, family: Family) -> Instance:
    item = part.item
    if isinstance(item, Stage):
        return rtl_kernels()[item.kernel_name].instance(item.layer, item.folding, family)
    made = rtl_adapters()[item.adapter_name]
    return made.instance(item.source, item.sink, item.depth, family)


def _add(files: dict[str, bytes], name: str, content: bytes) -> None:
    if not _FILE_NAME.fullmatch(name):
        raise XnorflowError(
            Diagnostic(
                "rtl-file-name",
                f"the name of a generated file must be letters, digits, '_', '-' and '.', "
                f"not {name!r}",
                "rename it in the kernel's descriptor",
            )
        )
    if files.setdefault(name, content) != content:
        raise XnorflowError(
            Diagnostic(
                "rtl-file-clash",
                f"generated files must have different names, but two of them are called {name}",
                "name a kernel's files after the kernel, and its memory images after the layer",
                Origin(file=name),
            )
        )


def _check_kernels(net: Netlist) -> None:
    """Refuse kernels and adapters that have no rtl.py."""
    made = {*rtl_kernels(), *rtl_adapters()}
    faults = {
        name: Diagnostic(
            "rtl-kernel",
            f"a kernel that is made in SystemVerilog must have an rtl.py, not {name}, which has a "
            "descriptor alone",
            "write it (docs/adding-a-kernel.md), or name another kernel in a folding file",
            part.item.layer.origin if isinstance(part.item, Stage) else Origin(),
        )
        for part in net.parts
        if (name := _kernel_name(part)) not in made
    }
    if faults:
        raise XnorflowError(*faults.values())


def _kernel_name(part: Part) -> str:
    item = part.item
    return item.kernel_name if isinstance(item, Stage) else item.adapter_name


def _check_names(net: Netlist) -> None:
    """Refuse names that are no identifiers, are reserved words, or occur twice."""
    taken = {f"{side}_axis_{pin}" for side in "sm" for pin in _PINS}
    taken |= {"clk", "rst", "mon_busy", "mon_tvalid", "mon_tready", "unused_padding"}
    taken |= {f"{wires(index)}_{pin}" for index in range(len(net.links)) for pin in _PINS}
    for part in net.parts:
        name = part.name
        if _IDENTIFIER.fullmatch(name) and name not in _RESERVED | taken:
            taken.add(name)
            continue
        raise XnorflowError(
            Diagnostic(
                "rtl-name",
                f"the name of a layer must be a Verilog identifier that nothing else in "
                f"{TOP} has, not {name!r}",
                "rename the layer",
                part.item.layer.origin if isinstance(part.item, Stage) else Origin(),
            )
        )


_PINS = ("tdata", "tvalid", "tready", "tlast")


def wires(index: int) -> str:
    """What the top module calls the stream of link ``index`` inside it."""
    return f"stream{index}"


def _top(design: Design, net: Netlist, instances: Sequence[Instance]) -> str:
    links = [wires(number) for number in range(len(net.links))]
    (entry,) = (number for number, link in enumerate(net.links) if link.source == HOST)
    (end,) = (number for number, link in enumerate(net.links) if link.sink == HOST)
    busy = [index for index, part in enumerate(net.parts) if isinstance(part.item, Stage)]
    return render(
        "xnorflow.backends",
        "xnorflow_top.v.j2",
        version=__version__,
        top=TOP,
        model=f"{_printable(design.graph.model.name)}, sha256 {design.graph.model.sha256}",
        board=design.board.name,
        clock_mhz=f"{design.clock_mhz:g}",
        interval=design.interval_cycles,
        table=_table(net),
        input=net.source,
        output=net.sink,
        sides=[_side("s", wires(entry), net.source), _side("m", wires(end), net.sink)],
        busy=busy,
        links=[{"name": wires(n), "width": x.stream.width} for n, x in enumerate(net.links)],
        parts=[
            {
                "name": part.name,
                "module": instance.module,
                "parameters": _parameters(instance),
                "ports": list(_ports(net, index, links)),
                "busy": busy.index(index) if index in busy else None,
            }
            for index, (part, instance) in enumerate(zip(net.parts, instances, strict=True))
        ],
    )


def _side(letter: str, inside: str, stream: Stream) -> dict[str, Any]:
    """A port of the top module: its name, the wires behind it, and what it pads."""
    padded = 8 * stream.bytes
    return {
        "name": f"{letter}_axis",
        "inside": inside,
        "width": stream.width,
        "padded": padded,
        "padding": padded - stream.width,
    }


def _ports(net: Netlist, index: int, links: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """A part's streams in and out as its module calls them, and the wires of each, last first."""
    part = net.parts[index]
    for side, count in (("s", len(part.sources)), ("m", len(part.sinks))):
        ends = [link.sink if side == "s" else link.source for link in net.links]
        found = dict(zip(ends, links, strict=True))
        yield f"{side}_axis", [found[index, port] for port in reversed(range(count))]


def _parameters(instance: Instance) -> dict[str, str]:
    """The instance's parameters; one that names memory images finds them from any folder."""
    return {
        name: f"`XNORFLOW_DATA({value})" if name.endswith("_FILE") else value
        for name, value in instance.parameters.items()
    }


def _table(net: Netlist) -> list[str]:
    """One line a part for the header: name, kernel, folding or depth, cycles."""
    rows: list[tuple[Any, ...]] = [("layer", "kernel", "pe", "simd", "storage", "cycles", "stream")]
    for part in net.parts:
        stream = " + ".join(map(str, part.sinks))
        if isinstance(part.item, Stage):
            fold = part.item.folding
            storage = "" if fold.storage == "auto" else fold.storage
            how = (fold.pe, fold.simd, storage, part.item.cycles)
            rows.append((part.name, part.item.kernel_name, *how, stream))
        else:
            depth = f"depth {part.item.depth}" if part.item.depth else ""
            rows.append((part.name, part.item.adapter_name, "", "", depth, "", stream))
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in texts) for column in range(len(rows[0]))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in texts
    )
    return [line.rstrip() for line in lines]


def _printable(text: str) -> str:
    """A model's name on one line of a comment, whatever characters it has."""
    return text.encode("unicode_escape").decode("ascii")
