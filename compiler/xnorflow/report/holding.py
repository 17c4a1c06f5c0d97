# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A report without the figures that no longer hold."""

from __future__ import annotations

from dataclasses import fields, replace

from xnorflow.report.model import ASSUMED, Counts, Report, Throughput, Totals, Verification

__all__ = ["holding"]


def holding(report: Report) -> Report:
    """As if nobody had found what is outdated; estimates stay, since nothing is without them."""
    gone = {item.evidence for item in report.outdated}
    if "simulated" in gone:
        report = _not_simulated(report)
    if "verified" in gone:
        report = replace(report, verification=Verification())
    if "synthesized" in gone:
        report = _not_synthesized(report)
    if "routed" in gone:
        report = _not_routed(report)
    if "packed" in gone:
        report = replace(report, bitstream=None)
    if "measured" in gone:
        speed = report.throughput
        report = replace(report, throughput=replace(speed, fps=replace(speed.fps, measured=None)))
    return report


def _not_simulated(report: Report) -> Report:
    speed = report.throughput
    return replace(
        report,
        layers=tuple(
            replace(layer, cycles=replace(layer.cycles, simulated=None)) for layer in report.layers
        ),
        throughput=Throughput(
            replace(speed.fps, simulated=None),
            replace(speed.interval_cycles, simulated=None),
            replace(speed.latency_cycles, simulated=None),
        ),
    )


def _not_routed(report: Report) -> Report:
    totals = {
        item.name: replace(getattr(report.resources, item.name), routed=None)
        for item in fields(Totals)
    }
    return replace(report, clock_evidence=ASSUMED, resources=Totals(**totals), routing=None)


def _not_synthesized(report: Report) -> Report:
    totals = {
        item.name: replace(getattr(report.resources, item.name), synthesized=None)
        for item in fields(Totals)
    }
    return replace(
        report,
        layers=tuple(
            replace(entry, resources=_uncounted(entry.resources)) for entry in report.layers
        ),
        adapters=tuple(
            replace(entry, resources=_uncounted(entry.resources)) for entry in report.adapters
        ),
        resources=Totals(**totals),
    )


def _uncounted(counts: Counts) -> Counts:
    return Counts(
        **{
            item.name: replace(getattr(counts, item.name), synthesized=None)
            for item in fields(Counts)
        }
    )
