# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Boards: data read from boards/<name>/board.toml."""

from __future__ import annotations

from dataclasses import dataclass

from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources

__all__ = ["Board", "Uart"]


@dataclass(frozen=True)
class Uart:
    """How a board without a processor is reached: by a serial line.

    Attributes:
        oscillator_mhz: the clock that the board gives.
        baud: bits a second on the line.
        load: the command that loads a bitstream, whose file's name follows.
    """

    oscillator_mhz: float
    baud: int
    load: str


@dataclass(frozen=True)
class Board:
    """A board and the budget its part gives.

    Attributes:
        name: folder name, e.g. ``pynq-z1``.
        title: the vendor's name of the board.
        part: the FPGA's ordering code.
        family: what its part is made of.
        resources: what the part has.
        shell: what the shell around the accelerator takes of it.
        cap: the share of the part that may be filled, 0 to 1.
        clock_mhz: default clock of the accelerator.
        uart: its serial line; None for a board that is reached otherwise.
    """

    name: str
    title: str
    part: str
    family: Family
    resources: Resources
    shell: Resources
    cap: float
    clock_mhz: float
    uart: Uart | None = None
