# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What mvu_steps.sv needs to know, and takes: the input side of a matrix-vector unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import block_pays, block_ring, ring_lut
from xnorflow.timing.process import REGISTER, SKID, Input, Order, Process

__all__ = ["Steps"]


@dataclass(frozen=True)
class Steps:
    """Pixels of ``beats`` beats of ``width`` bits, each gone through ``passes`` times."""

    width: int
    beats: int
    passes: int
    pixels: int

    @property
    def steps(self) -> int:
        """Steps a pixel: words of weights."""
        return self.beats * self.passes

    @property
    def word(self) -> int:
        """Bits of a word in the ring: with several pixels a frame, whether tlast was seen."""
        return self.width + (self.pixels > 1)

    @property
    def depth(self) -> int:
        """Beats that the replay buffer stores; 0 where there is none.

        Vectors come at an even pace from a matrix-vector unit in front, so that there is room for
        a second one. Pixels come from a window that has whole ones ready: room for one will do.
        """
        if self.passes == 1 or self.beats == 1:
            return 0
        wanted = self.beats if self.pixels > 1 else 2 * self.beats
        return max(32, 1 << (wanted - 1).bit_length())

    def block(self, family: Family) -> bool:
        """Whether the ring is in block RAM."""
        lut = ring_lut(self.depth, self.word, family.fabric)
        return self.depth > 0 and block_pays(lut, self.depth, self.word, family)

    def process(self, delay: int) -> Process:
        """Of a matrix-vector unit whose results come to its last register so many cycles later.

        A pixel's first pass waits for the input, its last one frees it beat by beat. Of the passes
        between, only the end is of interest. A pixel of one beat frees its place as it moves on to
        where it is held through its passes.
        """
        beats, once = np.arange(1, self.beats + 1), np.ones(self.beats, np.int64)
        last = beats == self.beats
        if self.passes == 1:
            each = np.stack([beats, beats, last, once], axis=1)
        elif self.beats == 1:
            each = np.tile([[1, 1, 1, 1]], (self.passes, 1))
        else:
            first = np.stack([beats, 0 * beats, last, once], axis=1)
            between = np.tile([[self.beats, 0, 1, self.beats]], (self.passes - 2, 1))
            final = np.stack([self.beats * once, beats, last, once], axis=1)
            each = np.concatenate([first, between, final])
        order = Order(each, np.array([[0, len(each), self.pixels, 0, self.beats]]))
        room = self.depth or (SKID.beats if self.passes == 1 else 1)
        return Process(order, (Input(self.beats * self.pixels, room),), REGISTER, delay=delay)

    def parameters(self, family: Family) -> dict[str, str]:
        """RING and RING_BLOCK of a matrix-vector unit, where it has a ring."""
        if not self.depth:
            return {}
        return {"RING": str(self.depth), "RING_BLOCK": f"1'b{int(self.block(family))}"}

    def resources(self, family: Family) -> Resources:
        """Memory, skid buffer or registers, and control, fitted to synthesis."""
        beat, cuts = (self.beats - 1).bit_length(), int(self.pixels > 1)
        if self.passes == 1 and self.beats == 1:
            return Resources(lut=self.width + 3 + cuts, ff=3 * self.width + 2 + 3 * cuts)
        if self.passes == 1:
            return Resources(lut=self.width + 8 + beat, ff=3 * self.width + 4 + beat)
        if self.beats == 1:
            step = (self.passes - 1).bit_length()
            return Resources(lut=4 + step, ff=2 * self.width + 2 * cuts + 1 + step)
        step, place = (self.steps - 1).bit_length(), self.depth.bit_length()
        uneven = beat + 4 if self.beats & (self.beats - 1) else 0
        lut = 6 + 4 * place + step + uneven
        ff = self.word + 4 * place + step + 2 * beat
        if self.block(family):
            return Resources(lut, ff - self.word) + block_ring(self.depth, self.word, family)
        return Resources(lut + ring_lut(self.depth, self.word, family.fabric), ff)
