# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""When beats move: cycle numbers of whole streams, without data.

A stage states when it offers its output beats and when it gives room back, for input beats offered
at given cycles, as if nothing behind it ever stopped it. Everything else about streams (latency,
interval, how deep a fifo must be) follows from that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Flow", "Times", "in_order"]

Times = npt.NDArray[np.int64]
"""A cycle number for each beat of one or more frames in a row, in order."""


@dataclass(frozen=True, eq=False)
class Flow:
    """What a stage or an adapter does with a stream.

    Attributes:
        released: int64 [input beats]: the cycle from which the room of an input beat is free.
        produced: int64 [output beats]: the cycle at which an output beat is offered.
    """

    released: Times
    produced: Times


def in_order(ready: Times, place: Times | None = None) -> Times:
    """When steps happen that come in order, each not before it is ready.

    Args:
        ready: int64 [n]: the earliest cycle of each step.
        place: int64 [n], ascending: cycles since the first step if nothing is waited for; one
            step a cycle if left out.

    Returns:
        int64 [n]: the earliest cycles t with t[i] >= ready[i], t[i] - t[i-1] >= place[i] -
        place[i-1].
    """
    steps = np.arange(len(ready), dtype=np.int64) if place is None else place
    times: Times = np.maximum.accumulate(ready - steps) + steps
    return times
