# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Drives a kernel's streams cycle by cycle, each at its own pace, and stamps every beat.

Imported inside the simulator. The bench toggles the clock itself: inputs change while the clock
is low and are sampled, settled, before it rises, so no race between clock and data can arise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cocotb.triggers import Timer

from sim.patterns import Pattern, always
from sim.ports import ONE_EACH, Frames, Ports
from sim.recording import Received, Recording, Sent

__all__ = ["Bench"]


class _Source:
    """Offers beats of one input; a beat once offered stays until it is accepted."""

    def __init__(self, frames: Frames, pattern: Pattern, trace: Sent) -> None:
        self.pattern, self.trace = pattern, trace
        self.queue = [(beat, i == len(f) - 1) for f in frames for i, beat in enumerate(f)]
        self.pending = False
        self.shown = (0, False)

    @property
    def left(self) -> int:
        return len(self.queue) - len(self.trace.accepted)

    def drive(self, edge: int) -> bool:
        """Whether another beat is shown."""
        if self.pending or not self.left or not self.pattern(False):
            return False
        self.pending = True
        self.trace.presented.append(edge)
        self.shown = self.queue[len(self.trace.accepted)]
        return True

    def sample(self, edge: int, ready: bool) -> None:
        if self.pending and ready:
            self.trace.accepted.append(edge)
            self.pending = False


class _Sink:
    """Accepts beats of one output when its pattern says so, and stamps them."""

    def __init__(self, pattern: Pattern, trace: Received) -> None:
        self.pattern, self.trace = pattern, trace
        self.ready = self.waiting = False

    def drive(self) -> None:
        self.ready = self.pattern(self.waiting)

    def sample(self, edge: int, valid: bool, data: int, last: bool) -> None:
        self.trace.ready.append(self.ready)
        if valid and not self.waiting:
            self.trace.offered.append(edge)
        if valid and self.ready:
            self.trace.taken.append(edge)
            self.trace.beats.append((data, last))
        self.waiting = valid and not self.ready


class Bench:
    """Drives ``clk``, ``rst``, ``s_axis`` and ``m_axis`` of one kernel.

    Streams of a kernel that has several stand side by side in the bits of these ports, the first in
    the low bits.
    """

    def __init__(self, dut: Any, ports: Ports = ONE_EACH) -> None:
        self.dut = dut
        self.edge = 0
        self._ports = ports
        self._busy = getattr(dut, "busy", None)

    @classmethod
    async def start(cls, dut: Any, ports: Ports = ONE_EACH) -> Bench:
        """A bench on a kernel that has just been reset."""
        bench = cls(dut, ports)
        await bench.reset()
        return bench

    async def reset(self, cycles: int = 4) -> None:
        """Hold rst for some cycles, with all streams quiet."""
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
    ) -> Recording:
        """As ``run_ports``, of a kernel with one stream on either side."""
        count = None if outputs is None else [outputs]
        idles, stalls = ([one] if one else [] for one in (idle, stall))
        return await self.run_ports([frames], count, idles, stalls)

    async def run_ports(
        self,
        frames: Sequence[Frames],
        outputs: Sequence[int] | None,
        idle: Sequence[Pattern] = (),
        stall: Sequence[Pattern] = (),
        *,
        patience: int = 20_000,
        extra: int = 16,
        probe_every: int = 0,
    ) -> Recording:
        """Send the frames, accept beats until there were ``outputs``, then watch for surplus.

        Args:
            frames: beats to send into each input, frame by frame.
            outputs: number of beats expected of each output; None: go on until nothing moves any
                more.
            idle: when each source offers its next beat; always if empty.
            stall: when each sink is ready; always if empty.
            patience: cycles without any transfer after which the run fails.
            extra: cycles to go on after the last expected beat, or without any transfer.
            probe_every: every so many cycles, prove that no combinational path leads from
                m_axis_tready to s_axis_tready, m_axis_tvalid or m_axis_tdata.

        Raises:
            AssertionError: the kernel stopped before all beats were through.
        """
        ports = self._ports
        trace = Recording([Sent() for _ in ports.inputs], [Received() for _ in ports.outputs])
        sources = [
            _Source(own, pattern, sent)
            for own, pattern, sent in zip(
                frames, idle or [always() for _ in frames], trace.inputs, strict=True
            )
        ]
        sinks = [
            _Sink(pattern, received)
            for pattern, received in zip(
                stall or [always() for _ in ports.outputs], trace.outputs, strict=True
            )
        ]
        quiet = moved = surplus = 0
        while surplus < extra:
            self._drive(sources, sinks)
            await self._settle()
            if probe_every and self.edge % probe_every == 0:
                await self._probe(sinks)
            self._sample(sources, sinks)
            if self._busy is not None and self._busy.value:
                trace.busy.append(self.edge)
            await self._rise()
            before, moved = moved, trace.moved
            quiet = quiet + 1 if moved == before else 0
            left = sum(source.left for source in sources)
            if not left and _are_out(trace, outputs):
                surplus = quiet if outputs is None else surplus + 1
            out = _shown([len(received.beats) for received in trace.outputs])
            assert quiet < patience, (
                f"no transfer in {patience} cycles: {left} beats left to send, "
                f"{out} of {_shown(outputs)} beats out"
            )
        return trace

    def _drive(self, sources: Sequence[_Source], sinks: Sequence[_Sink]) -> None:
        another = [source.drive(self.edge) for source in sources]
        if any(another):
            shown = [source.shown for source in sources]
            self.dut.s_axis_tdata.value = _joined([d for d, _ in shown], self._ports.inputs)
            self.dut.s_axis_tlast.value = _flags(last for _, last in shown)
        self.dut.s_axis_tvalid.value = _flags(source.pending for source in sources)
        for sink in sinks:
            sink.drive()
        self.dut.m_axis_tready.value = _flags(sink.ready for sink in sinks)

    def _sample(self, sources: Sequence[_Source], sinks: Sequence[_Sink]) -> None:
        ready = int(self.dut.s_axis_tready.value)
        for number, source in enumerate(sources):
            source.sample(self.edge, bool(ready >> number & 1))
        valid = int(self.dut.m_axis_tvalid.value)
        data = int(self.dut.m_axis_tdata.value) if valid else 0
        last = int(self.dut.m_axis_tlast.value) if valid else 0
        widths = self._ports.outputs
        for number, (sink, own) in enumerate(zip(sinks, _parted(data, widths), strict=True)):
            sink.sample(self.edge, bool(valid >> number & 1), own, bool(last >> number & 1))

    async def _settle(self) -> None:
        self.dut.clk.value = 0
        await Timer(1, "step")

    async def _rise(self) -> None:
        self.dut.clk.value = 1
        self.edge += 1
        await Timer(1, "step")

    async def _probe(self, sinks: Sequence[_Sink]) -> None:
        """Turn each sink's tready over, and see whether any output follows."""
        watched = (self.dut.s_axis_tready, self.dut.m_axis_tvalid, self.dut.m_axis_tdata)
        before = [signal.value for signal in watched]
        ready = _flags(sink.ready for sink in sinks)
        for number in range(len(sinks)):
            self.dut.m_axis_tready.value = ready ^ 1 << number
            await Timer(1, "step")
            after = [signal.value for signal in watched]
            assert before == after, "a combinational path leads from m_axis_tready to an output"
        self.dut.m_axis_tready.value = ready
        await Timer(1, "step")


def _are_out(trace: Recording, outputs: Sequence[int] | None) -> bool:
    """Whether all beats expected came."""
    if outputs is None:
        return True
    found = zip(trace.outputs, outputs, strict=True)
    return all(len(received.beats) >= count for received, count in found)


def _flags(bits: Iterable[bool]) -> int:
    """A bit each, the first in the lowest."""
    return sum(bool(bit) << number for number, bit in enumerate(bits))


def _joined(words: Sequence[int], widths: Sequence[int]) -> int:
    """Words side by side, the first in the low bits."""
    found, at = 0, 0
    for word, width in zip(words, widths, strict=True):
        found, at = found | word << at, at + width
    return found


def _parted(joined: int, widths: Sequence[int]) -> list[int]:
    """The words that stand side by side; the last has all that is left."""
    found = []
    for width in widths[:-1]:
        found.append(joined & (1 << width) - 1)
        joined >>= width
    return [*found, joined]


def _shown(counts: Sequence[int] | None) -> str:
    return "None" if counts is None else " and ".join(map(str, counts))
