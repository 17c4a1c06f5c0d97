# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""cocotb tests that every stream kernel must pass; ``run_kernel`` runs them by default.

The job (see ``sim.job``) holds the frames sent, the frames expected from an independent golden,
and what the descriptor claims about cycles and latency.
"""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import cocotb

from sim.bench import Bench, Frames, Recording
from sim.job import Job, Pace
from sim.patterns import IDLE, STALL

__all__ = ["resync", "streams", "timing", "unmarked"]


def _check(trace: Recording, expected: Frames, what: str) -> None:
    """Bit-exact comparison of beats and tlast, naming the first difference."""
    wanted = [(beat, i == len(f) - 1) for f in expected for i, beat in enumerate(f)]
    pairs = enumerate(zip(trace.beats, wanted, strict=False))
    wrong = next((f"beat {i}: {got}, not {want}" for i, (got, want) in pairs if got != want), "")
    assert not wrong, f"{what}: first wrong (tdata, tlast) is {wrong}"
    assert len(trace.beats) == len(wanted), f"{what}: {len(trace.beats)} beats, not {len(wanted)}"


@cocotb.test()
async def streams(dut: Any) -> None:
    """Every idle pattern with every back-pressure pattern gives the expected beats.

    In which cycle each beat moves is held against the descriptor by ``sim.case``.
    """
    job = Job.load()
    bench = await Bench.start(dut)
    outputs = sum(map(len, job.expected))
    paces = []
    for idle, stall in product(IDLE, STALL):
        start = bench.edge
        what = f"idle {idle}, stall {stall}, seed {job.seed}"
        trace = await bench.run(
            job.frames,
            outputs,
            IDLE[idle](job.seed),
            STALL[stall](job.seed),
            probe_every=7,
        )
        _check(trace, job.expected, what)
        paces.append(Pace.of(what, trace, start))
    Pace.save(paces)


@cocotb.test()
async def timing(dut: Any) -> None:
    """Unblocked, the kernel takes exactly the cycles and latencies that its descriptor claims."""
    job = Job.load()
    bench = await Bench.start(dut)
    trace = await bench.run(job.frames[:1], len(job.expected[0]))
    _check(trace, job.expected[:1], "lone frame")
    start = trace.presented[0]
    for name, stamp in (("first_output", trace.offered[0]), ("latency", trace.offered[-1])):
        claim = job.claims.get(name)
        assert claim in (None, stamp - start), f"{name} is {stamp - start}, the claim {claim}"
    cycles = job.claims.get("cycles")
    if cycles is None:
        return
    assert len(job.frames) >= 4, "steady state needs at least four frames"
    trace = await bench.run(job.frames, sum(map(len, job.expected)))
    ends = [edge for edge, (_, last) in zip(trace.taken, trace.beats, strict=True) if last]
    gaps = [b - a for a, b in pairwise(ends)]
    assert set(gaps[2:] or gaps[-1:]) == {cycles}, f"frame intervals {gaps}, the claim {cycles}"
    if hasattr(dut, "busy"):
        steps = cycles * len(job.frames)
        assert len(trace.busy) == steps, f"busy in {len(trace.busy)} cycles, not in {steps}"


@cocotb.test()
async def resync(dut: Any) -> None:
    """After frames cut short, a whole frame gives what it should; so does one after a reset."""
    job = Job.load()
    bench = await Bench.start(dut)
    whole, wanted = job.frames[-1], job.expected[-1]
    quiet = 64 + 2 * (job.claims.get("latency", 0) + job.claims.get("cycles", 0))
    beats = len(whole)
    for length in sorted({1, 2, beats // 2, beats // 2 + 1, beats - 1}):
        if not 0 < length < beats:
            continue
        trace = await bench.run([whole[:length], whole, whole], None, extra=quiet)
        head, tail = trace.beats[: -2 * len(wanted)], trace.beats[-2 * len(wanted) :]
        assert not head or head[-1][1], f"a frame of {length} beats ends without tlast"
        _check(Recording(beats=tail), [wanted, wanted], f"after a frame of {length} beats")
        await bench.run([whole[:length]], 0)
        await bench.reset()
        trace = await bench.run([whole], len(wanted))
        _check(trace, [wanted], f"after {length} beats and a reset")


@cocotb.test()
async def unmarked(dut: Any) -> None:
    """Frames that follow each other without tlast are told apart by counting beats."""
    job = Job.load()
    bench = await Bench.start(dut)
    merged = [beat for frame in job.frames for beat in frame]
    wanted = [beat for frame in job.expected for beat in frame]
    trace = await bench.run([merged], len(wanted), stall=STALL["random"](job.seed))
    assert [data for data, _ in trace.beats] == wanted
