# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""cocotb tests that every stream kernel must pass; ``run_kernel`` runs them by default.

The job (see ``sim.job``) holds the frames sent, the frames expected from an independent golden,
and what the descriptor claims about cycles and latency.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import Any

import cocotb

from sim.bench import Bench
from sim.job import Job, Pace
from sim.patterns import IDLE, STALL, Pattern
from sim.ports import Frames
from sim.recording import Recording

__all__ = ["resync", "streams", "timing", "unmarked"]

Beats = Sequence[tuple[int, bool]]

_APART = 1000
"""Between the seeds of two streams' patterns."""


def _check(beats: Beats, expected: Frames, what: str) -> None:
    """Bit-exact comparison of beats and tlast, naming the first difference."""
    wanted = [(beat, i == len(f) - 1) for f in expected for i, beat in enumerate(f)]
    pairs = enumerate(zip(beats, wanted, strict=False))
    wrong = next((f"beat {i}: {got}, not {want}" for i, (got, want) in pairs if got != want), "")
    assert not wrong, f"{what}: first wrong (tdata, tlast) is {wrong}"
    assert len(beats) == len(wanted), f"{what}: {len(beats)} beats, not {len(wanted)}"


def _check_all(trace: Recording, wanted: Sequence[Frames], what: str) -> None:
    """The beats of every output."""
    for number, (received, expected) in enumerate(zip(trace.outputs, wanted, strict=True)):
        _check(received.beats, expected, what + (f", output {number}" if number else ""))


def _counts(wanted: Sequence[Frames]) -> list[int]:
    return [sum(map(len, frames)) for frames in wanted]


def _mixes(names: Sequence[str], streams: int) -> Iterator[Sequence[str]]:
    """The same pattern for all streams, and, where there are several, another one for each."""
    for number, name in enumerate(names):
        yield [name] * streams
        if streams > 1:
            yield [names[(number + stream) % len(names)] for stream in range(streams)]


def _patterns(
    kinds: Mapping[str, Callable[[int], Pattern]], names: Sequence[str], seed: int
) -> list[Pattern]:
    return [kinds[name](seed + _APART * stream) for stream, name in enumerate(names)]


@cocotb.test()
async def streams(dut: Any) -> None:
    """Every idle pattern with every back-pressure pattern gives the expected beats.

    In which cycle each beat moves is held against the descriptor by ``sim.case``.
    """
    job = Job.load()
    bench = await Bench.start(dut, job.ports)
    idles, stalls = list(IDLE), list(STALL)
    mixes = _mixes(idles, len(job.sent)), _mixes(stalls, len(job.wanted))
    paces = []
    for idle, stall in product(*mixes):
        start = bench.edge
        what = f"idle {' '.join(idle)}, stall {' '.join(stall)}, seed {job.seed}"
        trace = await bench.run_ports(
            job.sent,
            _counts(job.wanted),
            _patterns(IDLE, idle, job.seed),
            _patterns(STALL, stall, job.seed),
            probe_every=7,
        )
        _check_all(trace, job.wanted, what)
        paces.append(Pace.of(what, trace, start))
    Pace.save(paces)


@cocotb.test()
async def timing(dut: Any) -> None:
    """Unblocked, the kernel takes exactly the cycles and latencies that its descriptor claims."""
    job = Job.load()
    bench = await Bench.start(dut, job.ports)
    lone = [frames[:1] for frames in job.wanted]
    trace = await bench.run_ports([frames[:1] for frames in job.sent], _counts(lone))
    _check_all(trace, lone, "lone frame")
    start, offered = trace.sent.presented[0], trace.received.offered
    for name, stamp in (("first_output", offered[0]), ("latency", offered[-1])):
        claim = job.claims.get(name)
        assert claim in (None, stamp - start), f"{name} is {stamp - start}, the claim {claim}"
    cycles = job.claims.get("cycles")
    if cycles is None:
        return
    assert len(job.frames) >= 4, "steady state needs at least four frames"
    trace = await bench.run_ports(job.sent, _counts(job.wanted))
    for received in trace.outputs:
        moved = zip(received.taken, received.beats, strict=True)
        gaps = [b - a for a, b in pairwise(edge for edge, (_, last) in moved if last)]
        assert set(gaps[2:] or gaps[-1:]) == {cycles}, f"frame intervals {gaps}, the claim {cycles}"
    if hasattr(dut, "busy"):
        steps = cycles * len(job.frames)
        assert len(trace.busy) == steps, f"busy in {len(trace.busy)} cycles, not in {steps}"


@cocotb.test()
async def resync(dut: Any) -> None:
    """After frames cut short, a whole frame gives what it should; so does one after a reset.

    Of several inputs all are cut alike, and each alone.
    """
    job = Job.load()
    bench = await Bench.start(dut, job.ports)
    whole = [frames[-1] for frames in job.sent]
    wanted = [frames[-1] for frames in job.wanted]
    quiet = 64 + 2 * (job.claims.get("latency", 0) + job.claims.get("cycles", 0))
    for cut in _cuts(whole):
        what = " and ".join(str(len(frame)) for frame in cut)
        frames = [[short, full, full] for short, full in zip(cut, whole, strict=True)]
        trace = await bench.run_ports(frames, None, extra=quiet)
        for received, full in zip(trace.outputs, wanted, strict=True):
            head, tail = received.beats[: -2 * len(full)], received.beats[-2 * len(full) :]
            assert not head or head[-1][1], f"a frame of {what} beats ends without tlast"
            _check(tail, [full, full], f"after a frame of {what} beats")
        await bench.run_ports([[short] for short in cut], [0] * len(wanted))
        await bench.reset()
        trace = await bench.run_ports([[full] for full in whole], list(map(len, wanted)))
        _check_all(trace, [[full] for full in wanted], f"after {what} beats and a reset")


def _cuts(whole: Sequence[Sequence[int]]) -> Iterator[Sequence[Sequence[int]]]:
    """A frame of each input, cut short at several places."""
    beats = len(whole[0])
    for length in sorted({1, 2, beats // 2, beats // 2 + 1, beats - 1}):
        if not 0 < length < beats:
            continue
        short = [frame[: max(1, length * len(frame) // beats)] for frame in whole]
        yield short
        if len(whole) > 1:
            for number in range(len(whole)):
                yield [*whole[:number], short[number], *whole[number + 1 :]]


@cocotb.test()
async def unmarked(dut: Any) -> None:
    """Frames that follow each other without tlast are told apart by counting beats."""
    job = Job.load()
    bench = await Bench.start(dut, job.ports)
    merged = [[[beat for frame in frames for beat in frame]] for frames in job.sent]
    stall = _patterns(STALL, ["random"] * len(job.wanted), job.seed)
    trace = await bench.run_ports(merged, _counts(job.wanted), stall=stall)
    for received, frames in zip(trace.outputs, job.wanted, strict=True):
        assert [data for data, _ in received.beats] == [beat for f in frames for beat in f]
