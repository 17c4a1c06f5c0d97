# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Build a Report from a Design, and add to it what simulation and synthesis found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from xnorflow.design.stage import Joint, Stage
from xnorflow.diagnostics import Diagnostic
from xnorflow.folding.verdict import Found, Verdict
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.ir.host import HostInput
from xnorflow.ir.input_spec import InputType
from xnorflow.report.model import (
    ASSUMED,
    MISSED,
    ROUTED,
    SCHEMA,
    AdapterEntry,
    Count,
    Counts,
    Cycles,
    Evidence,
    FoldingEntry,
    InputEntry,
    LayerEntry,
    LiftEntry,
    ModelEntry,
    NoteEntry,
    Power,
    Rate,
    Report,
    SearchEntry,
    Source,
    Throughput,
    Total,
    Totals,
    Verification,
)
from xnorflow.report.routing import best_of, bitstream_entry, routing_entry
from xnorflow.toolchains.nextpnr import Routing
from xnorflow.version import __version__

__all__ = [
    "estimated_report",
    "input_entry",
    "with_bitstream",
    "with_measurement",
    "with_routing",
    "with_synthesis",
    "with_timing",
    "with_verification",
]


def estimated_report(
    found: Found, toolchain: Mapping[str, str | None], design_sha256: str
) -> Report:
    """What the cost models say about a design; nothing simulated, synthesised or measured.

    Args:
        found: the design, and how good it is.
        toolchain: packages and their versions.
        design_sha256: of the file that the design is written to.
    """
    design = found.design
    family, part = design.board.family, design.board.resources
    total = design.resources()
    return Report(
        schema=SCHEMA,
        xnorflow=__version__,
        board=design.board.name,
        clock_mhz=design.clock_mhz,
        clock_evidence=ASSUMED,
        model=ModelEntry(
            design.graph.model.name, design.graph.model.sha256, design.graph.binary_macs
        ),
        input=input_entry(design.graph.input_type, design.graph.host_input),
        notes=tuple(map(_note, design.graph.notes)),
        layers=tuple(_layer(stage, family) for stage in design.stages),
        adapters=tuple(_adapter(joint, family) for joint in design.joints),
        shell=_estimated(design.board.shell),
        throughput=Throughput(
            Rate(estimated=design.fps),
            Cycles(estimated=design.interval_cycles),
            Cycles(estimated=design.latency_cycles),
        ),
        search=_search(found.verdict),
        resources=Totals(
            **{
                name: Total(getattr(total, name), None, None, getattr(part, name))
                for name in _NAMES
            }
        ),
        routing=None,
        bitstream=None,
        power_w=Power(),
        verification=Verification(),
        toolchain={**toolchain, "yosys": None, "verilator": None, "nextpnr": None},
        evidence=Evidence(estimated=Source(design_sha256)),
    )


def input_entry(kind: InputType, host: HostInput) -> InputEntry:
    """What enters a network."""
    levels = host.levels or (kind.value.low, kind.value.high)
    return InputEntry(
        type=str(kind),
        low=levels[0],
        high=levels[-1],
        scale=host.scale,
        mean=host.mean,
        std=host.std,
        known_by=host.known_by,
        assumed=host.assumed,
    )


def with_verification(report: Report, source: Source, found: Verification) -> Report:
    """The report after frames were compared bit for bit.

    What is known of the same design and RTL stays where the new run says less: that hardware was
    wrong whatever run does not show it, and that it was right for more frames.
    """
    known, of = report.verification, report.evidence.verified
    if of is not None and replace(of, frames_sha256=source.frames_sha256) == source:
        says_less = known.failed or found.images < known.images
        if says_less and not found.failed:
            return report
    return replace(report, verification=found, evidence=replace(report.evidence, verified=source))


def with_timing(
    report: Report,
    source: Source,
    stage_cycles: Mapping[str, int | None],
    interval_cycles: int | None,
    latency_cycles: int | None,
    verilator: str,
    *,
    steady: bool = True,
) -> Report:
    """The report with cycles counted in an unstalled simulation.

    Args:
        report: what is known so far.
        source: design and RTL that were simulated.
        stage_cycles: layer name -> its cycles per frame.
        interval_cycles: from frame to frame in steady state.
        latency_cycles: first beat in to last beat out of a lone frame.
        verilator: the simulator's version.
        steady: whether there were frames enough to look for an interval; where not, one that is
            known of the same RTL stays.
    """
    if not steady and report.evidence.simulated == source:
        interval_cycles = report.throughput.interval_cycles.simulated
    layers = tuple(
        replace(layer, cycles=replace(layer.cycles, simulated=stage_cycles.get(layer.name)))
        for layer in report.layers
    )
    speed = report.throughput
    fps = None if interval_cycles is None else report.clock_mhz * 1e6 / interval_cycles
    return replace(
        report,
        layers=layers,
        throughput=Throughput(
            replace(speed.fps, simulated=fps),
            replace(speed.interval_cycles, simulated=interval_cycles),
            replace(speed.latency_cycles, simulated=latency_cycles),
        ),
        toolchain={**report.toolchain, "verilator": verilator},
        evidence=replace(report.evidence, simulated=source),
    )


def with_synthesis(
    report: Report,
    source: Source,
    parts: Mapping[str, Resources],
    total: Resources,
    yosys: str,
) -> Report:
    """The report with counted primitives.

    Args:
        report: what is known so far.
        source: design and RTL that were synthesised.
        parts: layer or adapter name -> its primitives; one that is not there stays unknown.
        total: the whole accelerator.
        yosys: the synthesiser's version.
    """
    return replace(
        report,
        layers=tuple(
            replace(entry, resources=_synthesized(entry.resources, parts.get(entry.name)))
            for entry in report.layers
        ),
        adapters=tuple(
            replace(entry, resources=_synthesized(entry.resources, parts.get(entry.name)))
            for entry in report.adapters
        ),
        resources=Totals(
            **{
                name: replace(getattr(report.resources, name), synthesized=getattr(total, name))
                for name in _NAMES
            }
        ),
        toolchain={**report.toolchain, "yosys": yosys},
        evidence=replace(report.evidence, synthesized=source),
    )


def with_routing(report: Report, source: Source, found: Sequence[Routing]) -> Report:
    """The report with what placement and routing found.

    Args:
        report: what is known so far.
        source: design and RTL that were routed.
        found: at least one placement; the fastest one counts.
    """
    best = best_of(found)
    kernels = {layer.name: layer.kernel for layer in report.layers}
    kernels |= {adapter.name: adapter.kernel for adapter in report.adapters}
    totals = {
        name: replace(getattr(report.resources, name), routed=getattr(best.resources, name))
        for name in _NAMES
    }
    return replace(
        report,
        clock_evidence=ROUTED if best.fmax_mhz >= report.clock_mhz else MISSED,
        resources=Totals(**totals),
        routing=routing_entry(found, kernels),
        toolchain={**report.toolchain, "nextpnr": best.version},
        evidence=replace(report.evidence, routed=source),
    )


def with_bitstream(
    report: Report, source: Source, found: Sequence[Routing], file: str, sha256: str
) -> Report:
    """The report with a bitstream.

    Args:
        report: what is known so far.
        source: design and RTL that are in it.
        found: placements of accelerator and shell; the fastest one is in it.
        file: its place in the build folder.
        sha256: of the file.
    """
    return replace(
        report,
        bitstream=bitstream_entry(found, file, sha256),
        toolchain={**report.toolchain, "nextpnr": found[0].version},
        evidence=replace(report.evidence, packed=source),
    )


def with_measurement(report: Report, source: Source, fps: float) -> Report:
    """The report with the frame rate of the accelerator on its board, as that counted cycles."""
    speed = report.throughput
    return replace(
        report,
        throughput=replace(speed, fps=replace(speed.fps, measured=fps)),
        evidence=replace(report.evidence, measured=source),
    )


_MOST_NAMES = 100
"""Of the nodes of a note; of a network with a layer for each of thousands, these are the first."""

_NAMES = tuple(field.name for field in fields(Counts))


def _layer(stage: Stage, family: Family) -> LayerEntry:
    folding = stage.folding
    storage = None if folding.storage == "auto" else folding.storage
    return LayerEntry(
        name=stage.layer.name,
        kernel=stage.kernel_name,
        folding=FoldingEntry(folding.pe, folding.simd, storage),
        cycles=Cycles(estimated=stage.cycles),
        resources=_estimated(stage.resources(family)),
    )


def _adapter(joint: Joint, family: Family) -> AdapterEntry:
    cost = _estimated(joint.resources(family))
    return AdapterEntry(joint.name, joint.adapter_name, joint.depth, cost)


def _note(note: Diagnostic) -> NoteEntry:
    origin = note.origin
    return NoteEntry(
        note.code,
        note.severity.value,
        note.message,
        note.hint,
        origin.nodes[:_MOST_NAMES],
        origin.modules[:_MOST_NAMES],
    )


def _search(verdict: Verdict) -> SearchEntry:
    return SearchEntry(
        goal=verdict.goal,
        found=verdict.found,
        bound=verdict.bound,
        gap=verdict.gap,
        within_file=verdict.within_file,
        slowest=verdict.slowest,
        lifts=tuple(LiftEntry(lift.fps, lift.more) for lift in verdict.lifts),
    )


def _estimated(cost: Resources) -> Counts:
    return Counts(**{name: Count(estimated=getattr(cost, name)) for name in _NAMES})


def _synthesized(counts: Counts, cost: Resources | None) -> Counts:
    return Counts(
        **{
            name: Count(
                getattr(counts, name).estimated, None if cost is None else getattr(cost, name)
            )
            for name in _NAMES
        }
    )
