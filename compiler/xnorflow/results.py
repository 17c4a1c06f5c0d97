# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What an accelerator's methods give: answers, and how they compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

if TYPE_CHECKING:
    from xnorflow.deploy.overlay import Benchmark
    from xnorflow.deploy.packets import Counters
    from xnorflow.host.answers import Agreement
    from xnorflow.simulate.streams import PartFault
    from xnorflow.verify.parting import LayerParting

__all__ = [
    "FAILED_CHECKS",
    "STEADY_FRAMES",
    "BoardRun",
    "Mismatch",
    "Prediction",
    "Simulation",
    "Verification",
]

FAILED_CHECKS = frozenset(
    {
        *(f"simulation-{fault}" for fault in ("stalled", "protocol", "assertion", "reset")),
        "clock-missed",
    }
)
"""Diagnostics of hardware at fault, not of a user's mistake."""

STEADY_FRAMES = 3
"""With fewer, nothing is known of the interval from frame to frame."""

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Prediction:
    """What an accelerator answers, for each frame.

    Attributes:
        raw: its integers [frames, elements].
        output: what the ONNX graph would return, host-side scale applied.
        label: the class, int64 [frames].
    """

    raw: Array
    output: Array
    label: Array


@dataclass(frozen=True)
class Mismatch:
    """The first difference between hardware and golden engine."""

    frame: int
    element: int
    golden: int
    hardware: int

    def __str__(self) -> str:
        return (
            f"frame {self.frame}, element {self.element}: the accelerator must give "
            f"{self.golden}, not {self.hardware}"
        )


@dataclass(frozen=True, eq=False)
class Simulation:
    """A run of the Verilated accelerator beside the golden engine.

    Attributes:
        raw: the hardware's integers [frames, elements].
        prediction: what they mean; None where hardware at fault gave some without meaning.
        frames: how many were compared.
        mismatches: how many frames differed in any bit.
        first: the first difference, if there is one.
        interval_cycles: cycles from frame to frame in steady state; None with fewer than three
            frames, with stalls, or where frames differ.
        latency_cycles: cycles from a lone frame's first beat in to its last beat out.
    """

    raw: Array
    prediction: Prediction | None
    frames: int
    mismatches: int
    first: Mismatch | None
    interval_cycles: int | None
    latency_cycles: int


@dataclass(frozen=True, eq=False)
class BoardRun:
    """Frames on a board beside the golden engine.

    Attributes:
        raw: the board's integers [frames, elements].
        prediction: what they mean; None where hardware at fault gave some without meaning.
        frames: how many were compared.
        mismatches: how many frames differed in any bit.
        first: the first difference, if there is one.
        benchmark: how fast the accelerator is.
        resent: packets that were sent again, damaged on the way or without an answer.
        counters: what the board has seen since it was configured.
    """

    raw: Array
    prediction: Prediction | None
    frames: int
    mismatches: int
    first: Mismatch | None
    benchmark: Benchmark
    resent: int
    counters: Counters


@dataclass(frozen=True, eq=False)
class Verification:
    """The model itself beside the golden engine, and that beside the Verilated accelerator.

    Attributes:
        output: what the ONNX model returned [frames, ...].
        prediction: what the golden engine answers.
        agreement: how far the two agree.
        parting: the first layer in which they part, if they do anywhere.
        simulation: the hardware beside the golden engine.
        fault: where that differs, the first layer or adapter whose integers are wrong; None also
            where the top module was rewritten so that nobody can tell.
    """

    output: Array
    prediction: Prediction
    agreement: Agreement
    parting: LayerParting | None
    simulation: Simulation
    fault: PartFault | None

    @property
    def ok(self) -> bool:
        """Whether all labels are the model's, and all of the hardware's integers are right."""
        return bool(self.agreement.labels.all()) and self.simulation.mismatches == 0
