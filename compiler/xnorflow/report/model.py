# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The report: numbers with their evidence. Field names are report.json's keys, in its order.

A number's key says how it was found (estimated, simulated, synthesized, routed, measured);
evidence is never mixed in one number, and None says that nobody has looked.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from xnorflow.builds.manifest import REPORT
from xnorflow.files.codec import SIGNED, STORED, decode, encode
from xnorflow.files.strict import Strict
from xnorflow.hardware.resources import Resources
from xnorflow.report.routing import BitstreamEntry, RoutingEntry

__all__ = [
    "ASSUMED",
    "MISSED",
    "ON_BOARD",
    "ROUTED",
    "SCHEMA",
    "AdapterEntry",
    "Count",
    "Counts",
    "Cycles",
    "Evidence",
    "FoldingEntry",
    "InputEntry",
    "LayerEntry",
    "LiftEntry",
    "ModelEntry",
    "NoteEntry",
    "Outdated",
    "Power",
    "Rate",
    "Report",
    "SearchEntry",
    "Source",
    "Throughput",
    "Total",
    "Totals",
    "Verification",
]

_HINT = "make it again with `xnorflow compile`"
SCHEMA = 4

ASSUMED = "assumed"
"""Of a clock that nobody has routed for: rates are cycles times it."""
ROUTED = "routed"
"""Of a clock that the routed design reaches."""
MISSED = "missed"
"""Of a clock that is faster than the routed design allows."""


@dataclass(frozen=True)
class Cycles:
    """Clock cycles."""

    estimated: int | None = None
    simulated: int | None = None


@dataclass(frozen=True)
class Count:
    """How many of one resource a part takes."""

    estimated: int | None = None
    synthesized: int | None = None


@dataclass(frozen=True)
class Counts:
    """What a part takes of each resource; a BRAM36 counts as two bram18."""

    lut: Count
    ff: Count
    bram18: Count
    dsp: Count


@dataclass(frozen=True)
class FoldingEntry:
    """A layer's folding.

    Attributes:
        pe: elements out at once.
        simd: elements in at once.
        storage: where the weights are kept, or what a window still needs of its image; None for a
            layer that keeps neither.
    """

    pe: int
    simd: int
    storage: str | None


@dataclass(frozen=True)
class LayerEntry:
    """One layer and the hardware stage that computes it."""

    name: str
    kernel: str
    folding: FoldingEntry
    cycles: Cycles
    resources: Counts


@dataclass(frozen=True)
class AdapterEntry:
    """Plumbing between two layers; depth in beats, 0 where it stores none."""

    name: str
    kernel: str
    depth: int
    resources: Counts


@dataclass(frozen=True)
class ModelEntry:
    """Which model this is."""

    name: str
    sha256: str
    binary_macs_per_frame: int


@dataclass(frozen=True)
class InputEntry:
    """What enters: the graph gets (x * scale - mean) / std.

    Attributes:
        type: what the input arrays hold: ``uint8``, ``bipolar``, ...
        low: their smallest value.
        high: their largest.
        scale: what one step is worth to the graph.
        mean: nothing, one number or one a channel.
        std: likewise.
        known_by: how type and scale are known.
        assumed: whether one of both is neither given nor stated by the model.
    """

    type: str
    low: int = field(metadata={SIGNED: True})
    high: int = field(metadata={SIGNED: True})
    scale: float = field(metadata={SIGNED: True})
    mean: tuple[float, ...] = field(metadata={SIGNED: True})
    std: tuple[float, ...]
    known_by: str
    assumed: bool


@dataclass(frozen=True)
class NoteEntry:
    """What the user should know of the model, as a Diagnostic that is no error."""

    code: str
    severity: str
    message: str
    hint: str
    nodes: tuple[str, ...]
    modules: tuple[str, ...]


@dataclass(frozen=True)
class Rate:
    """Frames per second: the clock over the cycles estimated or simulated; or measured."""

    estimated: float | None = None
    simulated: float | None = None
    measured: float | None = None


@dataclass(frozen=True)
class Throughput:
    """Speed of the whole accelerator in steady state, and of a lone frame."""

    fps: Rate
    interval_cycles: Cycles
    latency_cycles: Cycles


@dataclass(frozen=True)
class Total:
    """One resource over the whole accelerator, shell excluded, and what the part has."""

    estimated: int | None
    synthesized: int | None
    routed: int | None
    budget: int


@dataclass(frozen=True)
class Totals:
    """Each resource over the whole accelerator."""

    lut: Total
    ff: Total
    bram18: Total
    dsp: Total


@dataclass(frozen=True)
class Power:
    """Watts of the whole chip."""

    estimated: float | None = None
    measured: float | None = None


ON_BOARD = "board"
"""What ran the hardware, where that was a real one."""


@dataclass(frozen=True)
class Verification:
    """The bit-exact comparison that says most of this design and RTL.

    Attributes:
        engine: what ran the RTL: ``verilator``, or ``ON_BOARD``.
        images: frames that entered.
        mismatches: frames that differed; None where none were compared.
        fault: the Diagnostic's code where the hardware gave no answers to compare.
    """

    engine: str | None = None
    images: int = 0
    mismatches: int | None = None
    fault: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the hardware is known to be wrong."""
        return bool(self.mismatches) or self.fault is not None


@dataclass(frozen=True)
class Source:
    """What figures were found from, each by its SHA-256.

    Attributes:
        design_sha256: of design.json, which has that of its arrays.
        rtl_sha256: of the files in rtl/, as ``backends.load.rtl_sha256`` takes it; None where
            nobody looked at it.
        frames_sha256: of the frames compared, int32 [frames, elements] in little-endian order; None
            where the figures do not depend on them.
    """

    design_sha256: str
    rtl_sha256: str | None = None
    frames_sha256: str | None = None

    @property
    def sha256(self) -> str:
        """One SHA-256 of design and RTL, by which a board knows what it holds."""
        return hashlib.sha256(f"{self.design_sha256}{self.rtl_sha256}".encode()).hexdigest()


@dataclass(frozen=True)
class Evidence:
    """What each kind of figure was found from; None for what nobody has looked for.

    Attributes:
        estimated: all that is estimated.
        simulated: cycles counted in simulation.
        verified: the verification.
        synthesized: resources counted after synthesis.
        routed: the clock reached and resources used after placement and routing.
        packed: the bitstream.
        measured: frames per second on the board.
    """

    estimated: Source
    simulated: Source | None = None
    verified: Source | None = None
    synthesized: Source | None = None
    routed: Source | None = None
    packed: Source | None = None
    measured: Source | None = None


@dataclass(frozen=True)
class Outdated:
    """Figures that are not of what the build folder holds now.

    Attributes:
        evidence: which, by a name of ``Evidence``.
        cause: what they are of.
        remedy: the command that finds them anew.
    """

    evidence: str
    cause: str
    remedy: str


@dataclass(frozen=True)
class LiftEntry:
    """A faster design, and what it takes more. All estimated, fifos not counted.

    Attributes:
        fps: frames per second that it gives.
        more: of each resource, than the board leaves if the fastest design was sought, else than
            this design.
    """

    fps: float
    more: Resources


@dataclass(frozen=True)
class SearchEntry:
    """How good the folding is among all that the kernels allow. All estimated.

    Attributes:
        goal: what was sought: fps (the most), lut, bram18 or area (the least; an area is LUTs
            with block RAMs and DSP slices at the family's prices).
        found: what the design has of it.
        bound: what no design can better, fifos not counted.
        gap: by what share of the bound the design may miss the best; 0 where it is proven to be it.
        within_file: whether only designs that a folding file leaves open were looked at.
        slowest: the layers whose cycles are the interval.
        lifts: faster designs; empty where ``slowest`` has a layer that cannot be faster, or where
            the fastest was not sought and nothing faster fits the board.
    """

    goal: str
    found: float
    bound: float
    gap: float
    within_file: bool
    slowest: tuple[str, ...]
    lifts: tuple[LiftEntry, ...]


@dataclass(frozen=True)
class Report:
    """Everything known about a build. Accelerator numbers exclude the shell.

    Attributes:
        clock_mhz: the clock that all rates are for.
        clock_evidence: how it is known that the accelerator reaches it: ``assumed`` until it is
            routed, then ``routed``, or ``missed`` where it does not.
        routing: what placement and routing found, if they were tried.
        bitstream: what configures the board, if it was made.
        evidence: what the numbers were found from.
        outdated: those that no longer hold, as the folder is now; it has no key in the file.
    """

    schema: int
    xnorflow: str
    board: str
    clock_mhz: float
    clock_evidence: str
    model: ModelEntry
    input: InputEntry
    notes: tuple[NoteEntry, ...]
    layers: tuple[LayerEntry, ...]
    adapters: tuple[AdapterEntry, ...]
    shell: Counts
    throughput: Throughput
    search: SearchEntry
    resources: Totals
    routing: RoutingEntry | None
    bitstream: BitstreamEntry | None
    power_w: Power
    verification: Verification
    toolchain: dict[str, str | None]
    evidence: Evidence
    outdated: tuple[Outdated, ...] = field(default=(), metadata={STORED: False})

    def to_json(self) -> dict[str, object]:
        """As JSON values."""
        data: dict[str, object] = encode(self)
        return data

    @classmethod
    def from_json(cls, data: object, file: str = REPORT) -> Report:
        """From parsed JSON; ``file`` is only named.

        Raises:
            XnorflowError: ``report-file``: another schema, a key missing or unknown, a value of
                another type.
        """
        entry = Strict(data, "report", Path(file), "report-file", _HINT)
        if isinstance(data, dict) and data.get("schema") != SCHEMA:
            raise entry.error(f"of schema {SCHEMA}, not {data.get('schema')!a:.60}")
        report = decode(cls, entry)
        routing, packed = report.routing, report.bitstream
        counts = (getattr(report.resources, name).routed for name in ("lut", "ff", "bram18", "dsp"))
        if routing is not None and (not routing.tried or None in counts):
            raise entry.error("complete, not of a routing without placements or resources")
        if packed is not None and not packed.tried:
            raise entry.error("complete, not of a bitstream without placements")
        return report
