# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The streams of a kernel, and what goes through one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["ONE_EACH", "Frames", "Ports"]

Frames = Sequence[Sequence[int]]
"""Frames of beats; each beat is the unsigned integer on tdata, the last of a frame has tlast."""


@dataclass(frozen=True)
class Ports:
    """The streams of a kernel.

    Attributes:
        inputs: bits of tdata of each stream read.
        outputs: bits of tdata of each stream written.
    """

    inputs: Sequence[int]
    outputs: Sequence[int]


ONE_EACH = Ports((0,), (0,))
"""One stream on either side; how wide it is does not matter."""
