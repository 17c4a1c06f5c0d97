# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What placement and routing found, as report.json has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xnorflow.hardware.resources import Resources
from xnorflow.toolchains.nextpnr import Hop, Routing

__all__ = [
    "BitstreamEntry",
    "HopEntry",
    "RoutingEntry",
    "SeedEntry",
    "best_of",
    "bitstream_entry",
    "routing_entry",
]


@dataclass(frozen=True)
class HopEntry:
    """One leg of a routed path.

    Attributes:
        kind: ``clk-to-q``, ``logic``, ``routing`` or ``setup``.
        delay_ns: of this leg.
        part: name of the layer or adapter in which it ends; nothing for the top module itself.
        kernel: of that part.
        signal: the wire, or the cell in which the leg ends, by its name in that part.
    """

    kind: str
    delay_ns: float
    part: str
    kernel: str
    signal: str


@dataclass(frozen=True)
class SeedEntry:
    """The fastest clock of the placement that a seed begins."""

    seed: int
    fmax_mhz: float


@dataclass(frozen=True)
class RoutingEntry:
    """Placement and routing of the accelerator, shell excluded.

    Attributes:
        fmax_mhz: the fastest clock of the best placement.
        seed: of that.
        tried: all placements, in the order of their seeds.
        path: its critical path, from register to register.
    """

    fmax_mhz: float
    seed: int
    tried: tuple[SeedEntry, ...]
    path: tuple[HopEntry, ...]


@dataclass(frozen=True)
class BitstreamEntry:
    """What configures a board: the accelerator in its shell, placed and routed.

    Attributes:
        file: its place in the build folder.
        sha256: of the file.
        fmax_mhz: the fastest clock of accelerator and shell.
        seed: of the placement.
        tried: all placements, in the order of their seeds.
        routed: what accelerator and shell use of the part.
    """

    file: str
    sha256: str
    fmax_mhz: float
    seed: int
    tried: tuple[SeedEntry, ...]
    routed: Resources


def best_of(found: Sequence[Routing]) -> Routing:
    """The fastest of some placements."""
    return max(found, key=lambda one: one.fmax_mhz)


def routing_entry(found: Sequence[Routing], kernels: Mapping[str, str]) -> RoutingEntry:
    """At least one placement, its path told by the parts whose ``kernels`` are given by name."""
    best = best_of(found)
    tried = tuple(SeedEntry(one.seed, one.fmax_mhz) for one in found)
    path = tuple(_hop(hop, kernels) for hop in best.path)
    return RoutingEntry(best.fmax_mhz, best.seed, tried, path)


def bitstream_entry(found: Sequence[Routing], file: str, sha256: str) -> BitstreamEntry:
    """A bitstream of the fastest of some placements."""
    best = best_of(found)
    tried = tuple(SeedEntry(one.seed, one.fmax_mhz) for one in found)
    return BitstreamEntry(file, sha256, best.fmax_mhz, best.seed, tried, best.resources)


def _hop(hop: Hop, kernels: Mapping[str, str]) -> HopEntry:
    """A leg and the part in which it ends; instances in the top module are named after these."""
    part = hop.cell.partition(".")[0]
    if part not in kernels:
        part = ""
    name = hop.net or hop.cell
    signal = name.removeprefix(f"{part}.") if part else name
    return HopEntry(hop.kind, hop.delay_ns, part, kernels.get(part, ""), signal)
