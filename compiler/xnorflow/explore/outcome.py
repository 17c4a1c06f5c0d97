# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A point of the exploration and what became of it. Field names are the keys of its JSON file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xnorflow.files.codec import decode, encode
from xnorflow.files.strict import Strict

__all__ = ["Check", "Layer", "Outcome", "Point", "front"]


@dataclass(frozen=True, order=True)
class Point:
    """What is asked for: the fewest LUTs.

    Attributes:
        cycles: at most so many from frame to frame.
        bram18: with at most so many block RAMs.
    """

    cycles: int
    bram18: int

    @property
    def key(self) -> str:
        """A name for files."""
        return f"{self.cycles}_{self.bram18}"


@dataclass(frozen=True)
class Layer:
    """A layer's folding, as a folding file has it."""

    name: str
    kernel: str
    pe: int
    simd: int
    storage: str


@dataclass(frozen=True)
class Check:
    """What Yosys counted and Verilator ran."""

    lut_synthesized: int
    ff_synthesized: int
    bram18_synthesized: int
    dsp_synthesized: int
    interval_cycles_simulated: int | None
    frames: int
    mismatches: int


@dataclass(frozen=True)
class Outcome:
    """The design found for a point, estimated; or, with ``fits`` false, that there is none.

    Attributes:
        point: what was asked for.
        fits: whether a design was found.
        fps: frames per second.
        interval_cycles: from frame to frame.
        latency_cycles: of a lone frame.
        lut: LUTs without the shell, and so on.
        gap: by what part it may miss the fewest LUTs.
        layers: its folding.
        check: what became of it in Yosys and Verilator, if it was chosen for that.
    """

    point: Point
    fits: bool
    fps: float = 0.0
    interval_cycles: int = 0
    latency_cycles: int = 0
    lut: int = 0
    ff: int = 0
    bram18: int = 0
    dsp: int = 0
    gap: float = 0.0
    layers: tuple[Layer, ...] = ()
    check: Check | None = None

    @property
    def disproved(self) -> bool:
        """Whether simulation gave another answer or another interval than it should."""
        return self.check is not None and (
            self.check.mismatches > 0
            or self.check.interval_cycles_simulated != self.interval_cycles
        )

    def to_json(self) -> dict[str, object]:
        """As JSON values."""
        data: dict[str, object] = encode(self)
        return data

    @classmethod
    def read(cls, entry: Strict) -> Outcome:
        """From parsed JSON.

        Raises:
            XnorflowError: a key missing or unknown, a value of another type, or a number that no
                point has.
        """
        outcome = decode(cls, entry)
        sizes = (outcome.fps, outcome.interval_cycles, outcome.lut, len(outcome.layers))
        if outcome.point.cycles == 0 or (outcome.fits and 0 in sizes):
            raise entry.error(
                "of some cycles, and if it fits of a speed, LUTs and layers, not of 0"
            )
        return outcome

    def folding_file(self, model: str) -> dict[str, object]:
        """What a folding file says for this design; ``model`` is the model's SHA-256."""
        layers = {
            layer.name: {"pe": layer.pe, "simd": layer.simd, "kernel": layer.kernel}
            | ({} if layer.storage == "auto" else {"storage": layer.storage})
            for layer in self.layers
        }
        return {"model": model, "layers": layers}


def front(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Those that no other beats in FPS, LUTs and block RAMs at once, the slowest first."""
    able = sorted((o for o in outcomes if o.fits), key=lambda o: (-o.fps, o.lut, o.bram18))
    kept: list[Outcome] = []
    for one in able:  # none that comes later is faster
        if not any(other.lut <= one.lut and other.bram18 <= one.bram18 for other in kept):
            kept.append(one)
    return tuple(reversed(kept))
