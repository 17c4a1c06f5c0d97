# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Render a Report as tables for a terminal, from its data alone."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from xnorflow.hardware.resources import Resources
from xnorflow.report.holding import holding
from xnorflow.report.model import (
    ON_BOARD,
    Count,
    Counts,
    InputEntry,
    LayerEntry,
    NoteEntry,
    Outdated,
    Report,
    SearchEntry,
    Total,
    Totals,
)
from xnorflow.report.routing import BitstreamEntry, RoutingEntry, SeedEntry

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult

__all__ = ["input_line", "render"]

_BAR = 20


def render(report: Report, *, notes: bool = True) -> RenderableType:
    """All that is known and what no longer holds, with the model's notes if wanted."""
    verified = _verified(report)
    outdated = [_outdated(item) for item in report.outdated if item.evidence != "verified"]
    told = [*map(_note, report.notes)] if notes else []
    report = holding(report)
    parts: list[RenderableType] = [_heading(report), input_line(report.input)]
    parts += [_Layers(report), _budget(report), *_speed(report), *_search(report.search)]
    if report.routing is not None:
        parts += _routed(report.routing, report.resources)
    if report.bitstream is not None:
        parts.append(_packed(report.bitstream, report.clock_mhz))
    parts += [verified, *outdated, *told, _legend(report)]
    return Group(*parts)


def _heading(report: Report) -> Text:
    macs = f"{report.model.binary_macs_per_frame:,} binary MACs a frame"
    return Text.assemble(
        (report.model.name, "bold"),
        f" on {report.board} at {report.clock_mhz:g} MHz ({report.clock_evidence}), {macs}",
    )


def input_line(entry: InputEntry) -> Text:
    """What enters, what it is worth, and how that is known."""
    between = ", " if entry.type == "bipolar" else ".."
    text = f"input: {entry.type} {entry.low}{between}{entry.high}"
    if entry.scale != 1 or entry.type != "bipolar":
        text += f", one step is {_fraction(entry.scale)}"
    for numbers, what in ((entry.mean, "less"), (entry.std, "divided by")):
        if numbers:
            text += f", {what} {', '.join(f'{number:g}' for number in numbers)}"
    return Text.assemble(text, (f" ({entry.known_by})", "yellow" if entry.assumed else ""))


def _fraction(number: float) -> str:
    """A number, or one by a whole number where it is that."""
    count = round(1 / number) if abs(number) > 1e-9 else 0
    is_part = abs(count) > 1 and abs(count * number - 1) < 1e-6
    return f"{'-' * (count < 0)}1/{abs(count)}" if is_part else f"{number:g}"


class _Layers:
    """The table of layers: in one piece where it fits, else foldings first, then resources."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        whole = _layers(self._report, folding=True, resources=True)
        room = options.update(max_width=1000)
        if Measurement.get(console, room, whole).maximum <= options.max_width:
            yield whole
        else:
            yield _layers(self._report, folding=True, resources=False)
            yield _layers(self._report, folding=False, resources=True)


def _layers(report: Report, *, folding: bool, resources: bool) -> Table:
    synthesized = report.resources.lut.synthesized is not None
    simulated = any(layer.cycles.simulated is not None for layer in report.layers)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for title in ("layer", "kernel") if folding else ("layer",):
        table.add_column(title, no_wrap=True)
    numbers = ["PE", "SIMD", "storage", "cycles\nest.", *(["\nsim."] if simulated else [])]
    for title in numbers if folding else []:
        side: JustifyMethod = "left" if title == "storage" else "right"
        table.add_column(title, justify=side, no_wrap=True)
    for title in ("LUT", "FF", "BRAM18", "DSP") if resources else ():
        table.add_column(f"{title}\nest.", justify="right", no_wrap=True)
        if synthesized:
            table.add_column("\nsyn.", justify="right", no_wrap=True)

    def add(name: str, folds: list[str], counts: Counts, style: str | None = None) -> None:
        folds = folds if folding else []
        counted = _counts(counts, synthesized) if resources else []
        table.add_row(name, *folds, *counted, style=style)

    for layer in report.layers:
        add(layer.name, _folding(layer, simulated), layer.resources)
    if resources:
        blank = [""] * (len(numbers) + 1)
        if report.adapters:
            joined = _sum(adapter.resources for adapter in report.adapters)
            add(f"adapters ({len(report.adapters)})", blank, joined)
        table.add_section()
        add("accelerator", blank, _totals(report), "bold")
        add("shell, not included", blank, report.shell)
    return table


def _folding(layer: LayerEntry, simulated: bool) -> list[str]:
    folding, cycles = layer.folding, layer.cycles
    cells = [layer.kernel, str(folding.pe), str(folding.simd), folding.storage or "-"]
    counted = [cycles.estimated, *([cycles.simulated] if simulated else [])]
    return cells + [_number(number) for number in counted]


def _budget(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for name in ("lut", "ff", "bram18", "dsp"):
        total: Total = getattr(report.resources, name)
        shell: Count = getattr(report.shell, name)
        own = total.estimated if total.synthesized is None else total.synthesized
        if own is None:
            continue
        used = own + (shell.estimated or 0)
        share = used / total.budget if total.budget else float(used > 0)
        bar = _Bar(share)
        evidence = "estimated" if total.synthesized is None else "synthesized"
        text = f"{used:,} of {total.budget:,} with the shell"
        text += f" ({own:,} {evidence} + {shell.estimated or 0:,} estimated)"
        table.add_row(name.upper(), bar, f"{share:.1%}", text)
    return table


class _Bar:
    """How much of the part is used."""

    def __init__(self, share: float) -> None:
        self._share = share

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        full, empty = "#." if options.ascii_only else "█░"
        filled = max(0, min(_BAR, round(self._share * _BAR)))
        colour = "green" if self._share <= 0.8 else "yellow" if self._share <= 1 else "red"
        yield Text.assemble((full * filled, colour), (empty * (_BAR - filled), "dim"))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(_BAR, _BAR)


def _speed(report: Report) -> list[Text]:
    speed = report.throughput
    fps = speed.fps
    interval, latency = speed.interval_cycles, speed.latency_cycles
    return [
        Text(""),
        Text(
            f"throughput  {_marked(fps.estimated, 'estimated')}, "
            f"{_marked(fps.simulated, 'simulated')}, {_marked(fps.measured, 'measured')}"
            "  frames/s"
        ),
        Text(
            f"interval    {_marked(interval.estimated, 'estimated')}, "
            f"{_marked(interval.simulated, 'simulated')}  cycles"
        ),
        Text(
            f"latency     {_marked(latency.estimated, 'estimated')}, "
            f"{_marked(latency.simulated, 'simulated')}  cycles"
        ),
    ]


_TITLES = {"lut": "LUT", "ff": "FF", "bram18": "BRAM18", "dsp": "DSP"}


def _search(search: SearchEntry) -> list[Text]:
    """How good the folding is, which layers hold it back, and what more would give."""
    if search.goal == "fps":
        sought, miss = "most frames/s on the board", "less than what may be possible"
    else:
        where = "that the file leaves open" if search.within_file else "at this speed"
        sought = f"least {_TITLES.get(search.goal, search.goal)} {where}"
        miss = "more than the least possible"
    off = abs(search.found - search.bound)
    shown = f"{off:,.0f}" if off >= 1 else f"{off:.2g}"
    proof = f"at most {shown} ({search.gap:.1%}) {miss}" if off else "proven"
    lines = [
        Text(f"folding     {sought}, {proof}"),
        Text(f"slowest     {', '.join(search.slowest)}"),
    ]
    ways: dict[float, list[str]] = {}
    for lift in search.lifts:
        ways.setdefault(lift.fps, []).append(_more(lift.more))
    for fps, each in ways.items():
        lines.append(Text(f"faster      {fps:,.0f} frames/s with {' or '.join(each)} more"))
    return lines


def _more(more: Resources) -> str:
    counts = ((getattr(more, name), title) for name, title in _TITLES.items())
    return " and ".join(f"{count:,} {title}" for count, title in counts if count)


def _routed(found: RoutingEntry, totals: Totals) -> list[Text]:
    """The clock that the routed design reaches, what it uses, and its critical path."""
    used = (f"{getattr(totals, name).routed:,} {title}" for name, title in _TITLES.items())
    lines = [Text(f"routed      {_reached(found.fmax_mhz, found.tried)}, {', '.join(used)}")]
    logic = sum(hop.delay_ns for hop in found.path if hop.kind != "routing")
    wires = sum(hop.delay_ns for hop in found.path if hop.kind == "routing")
    title = f"critical path, {logic:.2f} ns in cells, {wires:.2f} ns of wires"
    for hop in found.path:
        where = f"{hop.part} ({hop.kernel})  " if hop.part else ""
        lines.append(Text(f"            {hop.delay_ns:6.2f} ns {hop.kind:<9} {where}{hop.signal}"))
    return [*lines[:1], Text(f"            {title}:"), *lines[1:]]


def _reached(fmax_mhz: float, tried: tuple[SeedEntry, ...]) -> str:
    seeds = [one.fmax_mhz for one in tried]
    if len(seeds) == 1:
        return f"{fmax_mhz:.1f} MHz"
    among = f"best of {len(seeds)} seeds, median {median(seeds):.1f}, least {min(seeds):.1f}"
    return f"{fmax_mhz:.1f} MHz ({among})"


def _packed(found: BitstreamEntry, clock_mhz: float) -> Text:
    """The bitstream, and what accelerator and shell use together."""
    used = (f"{getattr(found.routed, name):,} {title}" for name, title in _TITLES.items())
    reached = _reached(found.fmax_mhz, found.tried)
    runs = f"runs at {clock_mhz:g} MHz, with its shell it could at {reached}"
    return Text(f"bitstream   {found.file}: {runs}; {', '.join(used)}")


def _verified(report: Report) -> Text:
    found = report.verification
    if found.engine is None:
        return Text("verified    not yet: run `xnorflow simulate`")
    told = found.fault or f"{found.mismatches or 0:,} mismatches"
    where = "on the board" if found.engine == ON_BOARD else f"in {found.engine}"
    text = f"{found.images:,} frames {where}, {told}"
    for item in report.outdated:
        if item.evidence == "verified":
            text += f", but {item.cause}: run `{item.remedy}` again"
            return Text.assemble("verified    ", (text, "yellow"))
    colour = "red" if found.failed else "green"
    return Text.assemble("verified    ", (text, colour))


def _note(note: NoteEntry) -> Text:
    names = note.modules or note.nodes
    where = f" ({', '.join(names)})" if names else ""
    colour = "yellow" if note.severity == "warning" else "cyan"
    text = f"{note.message}{where}; {note.hint}"
    return Text.assemble((f"{note.severity:<12}", colour), text)


_FIGURES = {
    "estimated": "all estimates",
    "simulated": "the cycles counted in simulation",
    "synthesized": "the resources counted after synthesis",
    "routed": "clock and resources after placement and routing",
    "packed": "clock and resources of the bitstream",
    "measured": "frames a second measured on the board",
}


def _outdated(item: Outdated) -> Text:
    text = f"{_FIGURES[item.evidence]} are {item.cause}: run `{item.remedy}` again"
    return Text.assemble("outdated    ", (text, "yellow"))


def _legend(report: Report) -> Text:
    parts = [f"frames/s: at the {report.clock_evidence} clock", "est.: estimated by xnorflow"]
    if report.throughput.latency_cycles.simulated is not None:
        parts.append(f"sim.: counted in Verilator {report.toolchain.get('verilator')}")
    if report.resources.lut.synthesized is not None:
        parts.append(f"syn.: counted after synthesis by {report.toolchain.get('yosys')}")
    if report.routing is not None:
        parts.append(f"routed: without shell, by nextpnr {report.toolchain.get('nextpnr')}")
    return Text("; ".join(parts), style="dim")


def _marked(value: float | None, evidence: str) -> str:
    return f"not {evidence}" if value is None else f"{value:,.0f} {evidence}"


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _counts(counts: Counts, synthesized: bool) -> list[str]:
    cells = []
    for count in (counts.lut, counts.ff, counts.bram18, counts.dsp):
        cells.append(_number(count.estimated))
        if synthesized:
            cells.append(_number(count.synthesized))
    return cells


def _sum(parts: Iterable[Counts]) -> Counts:
    listed = list(parts)

    def total(name: str) -> Count:
        counts: list[Count] = [getattr(part, name) for part in listed]
        return Count(
            _added(count.estimated for count in counts),
            _added(count.synthesized for count in counts),
        )

    return Counts(total("lut"), total("ff"), total("bram18"), total("dsp"))


def _added(values: Iterable[int | None]) -> int | None:
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _totals(report: Report) -> Counts:
    def count(total: Total) -> Count:
        return Count(total.estimated, total.synthesized)

    totals = report.resources
    return Counts(count(totals.lut), count(totals.ff), count(totals.bram18), count(totals.dsp))
