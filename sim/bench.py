# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""One stream in, one stream out: drives a kernel cycle by cycle and stamps every beat.

Imported inside the simulator. The bench toggles the clock itself: inputs change while the clock
is low and are sampled, settled, before it rises, so no race between clock and data can arise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cocotb.triggers import Timer

from sim.patterns import Pattern, always

__all__ = ["Bench", "Frames", "Recording"]

Frames = Sequence[Sequence[int]]
"""Frames of beats; each beat is the unsigned integer on tdata, the last of a frame has tlast."""


@dataclass
class Recording:
    """What one run saw, with the number of the clock edge for each event.

    Attributes:
        presented: edge at which each input beat could first have been accepted.
        accepted: edge at which each input beat was accepted.
        offered: edge at which each output beat could first have been accepted.
        taken: edge at which each output beat was accepted.
        beats: (tdata, tlast) of each output beat.
        ready: for each edge of the run, whether m_axis_tready was high.
        busy: edges at which the kernel's ``busy`` was high; empty for adapters.
    """

    presented: list[int] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)
    offered: list[int] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    beats: list[tuple[int, bool]] = field(default_factory=list)
    ready: list[bool] = field(default_factory=list)
    busy: list[int] = field(default_factory=list)

    def frames(self) -> list[list[int]]:
        """Output frames, cut at tlast; what follows the last tlast is a frame of its own."""
        frames: list[list[int]] = [[]]
        for data, last in self.beats:
            frames[-1].append(data)
            if last:
                frames.append([])
        return frames if frames[-1] else frames[:-1]


class _Source:
    """Offers beats on s_axis; a beat once offered stays until it is accepted."""

    def __init__(self, dut: Any, frames: Frames, pattern: Pattern, trace: Recording) -> None:
        self.dut, self.pattern, self.trace = dut, pattern, trace
        self.queue = [(beat, i == len(f) - 1) for f in frames for i, beat in enumerate(f)]
        self.pending = False

    @property
    def left(self) -> int:
        return len(self.queue) - len(self.trace.accepted)

    def drive(self, edge: int) -> None:
        if not self.pending and self.left and self.pattern(False):
            self.pending = True
            self.trace.presented.append(edge)
            data, last = self.queue[len(self.trace.accepted)]
            self.dut.s_axis_tdata.value = data
            self.dut.s_axis_tlast.value = last
        self.dut.s_axis_tvalid.value = self.pending

    def sample(self, edge: int) -> None:
        if self.pending and self.dut.s_axis_tready.value:
            self.trace.accepted.append(edge)
            self.pending = False


class _Sink:
    """Accepts beats on m_axis when its pattern says so, and stamps them."""

    def __init__(self, dut: Any, pattern: Pattern, trace: Recording) -> None:
        self.dut, self.pattern, self.trace = dut, pattern, trace
        self.ready = self.waiting = False

    def drive(self) -> None:
        self.ready = self.pattern(self.waiting)
        self.dut.m_axis_tready.value = self.ready

    def sample(self, edge: int) -> None:
        self.trace.ready.append(self.ready)
        valid = bool(self.dut.m_axis_tvalid.value)
        if valid and not self.waiting:
            self.trace.offered.append(edge)
        if valid and self.ready:
            self.trace.taken.append(edge)
            data, last = self.dut.m_axis_tdata.value, self.dut.m_axis_tlast.value
            self.trace.beats.append((int(data), bool(last)))
        self.waiting = valid and not self.ready


class Bench:
    """Drives ``clk``, ``rst``, ``s_axis`` and ``m_axis`` of one kernel."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.edge = 0
        self._busy = getattr(dut, "busy", None)

    @classmethod
    async def start(cls, dut: Any) -> Bench:
        """A bench on a kernel that has just been reset."""
        bench = cls(dut)
        await bench.reset()
        return bench

    async def reset(self, cycles: int = 4) -> None:
        """Hold rst for some cycles, with both streams quiet."""
        self.dut.s_axis_tvalid.value = 0
        self.dut.m_axis_tready.value = 0
        self.dut.rst.value = 1
        for _ in range(cycles):
            await self._settle()
            await self._rise()
        self.dut.rst.value = 0

    async def run(
        self,
        frames: Frames,
        outputs: int | None,
        idle: Pattern | None = None,
        stall: Pattern | None = None,
        *,
        patience: int = 20_000,
        extra: int = 16,
        probe_every: int = 0,
    ) -> Recording:
        """Send the frames, accept beats until there were ``outputs``, then watch for surplus.

        Args:
            frames: beats to send, frame by frame.
            outputs: number of beats expected; None: go on until nothing moves any more.
            idle: when the source offers its next beat; always if None.
            stall: when the sink is ready; always if None.
            patience: cycles without any transfer after which the run fails.
            extra: cycles to go on after the last expected beat, or without any transfer.
            probe_every: every so many cycles, prove that no combinational path leads from
                m_axis_tready to s_axis_tready, m_axis_tvalid or m_axis_tdata.

        Raises:
            AssertionError: the kernel stopped before all beats were through.
        """
        trace = Recording()
        source = _Source(self.dut, frames, idle or always(), trace)
        sink = _Sink(self.dut, stall or always(), trace)
        quiet = moved = surplus = 0
        while surplus < extra:
            source.drive(self.edge)
            sink.drive()
            await self._settle()
            if probe_every and self.edge % probe_every == 0:
                await self._probe(sink.ready)
            source.sample(self.edge)
            sink.sample(self.edge)
            if self._busy is not None and self._busy.value:
                trace.busy.append(self.edge)
            await self._rise()
            before, moved = moved, len(trace.accepted) + len(trace.taken)
            quiet = quiet + 1 if moved == before else 0
            if not source.left and len(trace.beats) >= (outputs or 0):
                surplus = quiet if outputs is None else surplus + 1
            assert quiet < patience, (
                f"no transfer in {patience} cycles: {source.left} beats left to send, "
                f"{len(trace.beats)} of {outputs} beats out"
            )
        return trace

    async def _settle(self) -> None:
        self.dut.clk.value = 0
        await Timer(1, "step")

    async def _rise(self) -> None:
        self.dut.clk.value = 1
        self.edge += 1
        await Timer(1, "step")

    async def _probe(self, ready: bool) -> None:
        watched = (self.dut.s_axis_tready, self.dut.m_axis_tvalid, self.dut.m_axis_tdata)
        before = [signal.value for signal in watched]
        self.dut.m_axis_tready.value = not ready
        await Timer(1, "step")
        after = [signal.value for signal in watched]
        self.dut.m_axis_tready.value = ready
        await Timer(1, "step")
        assert before == after, "a combinational path leads from m_axis_tready to an output"
