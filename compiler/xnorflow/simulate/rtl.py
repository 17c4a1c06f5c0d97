# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Simulate the whole generated network in Verilator and count its cycles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xnorflow.backends.bundle import IF_EDITED, Bundle
from xnorflow.design.design import Design
from xnorflow.design.netlist import Netlist
from xnorflow.design.stage import Stage
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.host.packing import pack, unpack
from xnorflow.ir.types import Ints
from xnorflow.simulate.library import SimulationRun, Status, VerilatedTop, failed_assertion
from xnorflow.timing.pace import HOST

__all__ = ["SimulationResult", "check_end", "patience_of", "simulate"]

Progress = Callable[[str, int, int], None]

_LEAST_PATIENCE_CYCLES = 10_000


@dataclass(frozen=True, eq=False)
class SimulationResult:
    """What the simulated hardware answered, and how long it took.

    Attributes:
        raw: int32 [frames, out elements].
        frames: how many frames went through.
        interval_cycles: cycles from one frame's last output beat to the next one's, over the
            second half of the frames, where it is the same for all of them; None where it is not,
            with fewer than three frames, or with stalls.
        interval_max_cycles: the longest of these intervals; None with too few frames or stalls.
        interval_mean_cycles: their mean; None with too few frames or stalls.
        latency_cycles: a lone frame without stalls, from its first beat accepted to its last
            output beat accepted.
        stage_cycles: busy cycles a frame of each stage; None for a stage that is not busy
            equally long in every frame.
        cycles_total: cycles from reset until all frames were out.
    """

    raw: Ints
    frames: int
    interval_cycles: int | None
    interval_max_cycles: int | None
    interval_mean_cycles: float | None
    latency_cycles: int
    stage_cycles: tuple[int | None, ...]
    cycles_total: int


def simulate(
    design: Design,
    bundle: Bundle,
    frames: Ints,
    *,
    stall_seed: int | None = None,
    progress: Progress | None = None,
) -> SimulationResult:
    """Run frames through the Verilated network, without Python in the loop of cycles.

    The first frame runs alone from reset, for the latency; then all run after another reset.

    Args:
        design: what the bundle was generated from.
        bundle: RTL with the monitor ports of the RTL backend.
        frames: int32 [n, elements] of the input tensor, n at least 1.
        stall_seed: seed of random stalls of both streams; None lets them flow.
        progress: called with a step's name, steps done and steps in all.

    Raises:
        XnorflowError: ``simulation-input``; ``simulation-stalled`` with the stream that is stuck;
            ``simulation-protocol``; ``simulation-assertion``; ``simulation-reset``; or what
            building the simulation raises.
    """
    say = progress or (lambda name, done, total: None)
    _check_input(design, frames)
    net = design.netlist
    source, sink = net.source, net.sink
    value = design.graph.tensors[design.graph.output].value
    words = pack(frames, source)
    patience = patience_of(design)
    say("building the simulation", 0, 1)
    with VerilatedTop(bundle, source, sink, len(design.stages), len(net.links)) as network:
        say("building the simulation", 1, 1)
        alone = network.run(words[:1], patience=patience)
        check_end(alone, net, patience, 1)
        whole = network.run(
            words,
            patience=patience,
            stall_seed=stall_seed,
            progress=lambda done: say("simulating", done, len(frames)),
        )
        check_end(whole, net, patience, len(frames))
    if not np.array_equal(alone.output[0], whole.output[0]):
        raise _error(
            "simulation-reset",
            "the first frame must give the same after any reset, not something else in a new run",
            f"a kernel keeps state that reset must clear; {IF_EDITED}",
        )
    interval = _intervals(whole) if stall_seed is None else np.empty(0, np.int64)
    return SimulationResult(
        raw=unpack(whole.output, sink, value),
        frames=len(frames),
        interval_cycles=_the_one(interval),
        interval_max_cycles=int(interval.max()) if len(interval) else None,
        interval_mean_cycles=float(interval.mean()) if len(interval) else None,
        latency_cycles=int(alone.last_out[0] - alone.first_in[0]),
        stage_cycles=tuple(b // len(frames) if b % len(frames) == 0 else None for b in whole.busy),
        cycles_total=int(whole.last_out[-1]) + 1,
    )


def _intervals(run: SimulationRun) -> npt.NDArray[np.int64]:
    return np.diff(run.last_out[len(run.last_out) // 2 :])


def _the_one(values: npt.NDArray[np.int64]) -> int | None:
    return int(values[0]) if len(values) and (values == values[0]).all() else None


def _check_input(design: Design, frames: Ints) -> None:
    kind = design.graph.tensors[design.graph.input]
    if frames.ndim != 2 or frames.shape[1] != kind.elements or len(frames) == 0:
        fault = f"of shape {frames.shape}"
    elif frames.dtype.kind not in "iu":
        fault = f"of type {frames.dtype}"
    elif frames.min() < kind.value.low or frames.max() > kind.value.high:
        fault = f"from {frames.min()} to {frames.max()}"
    else:
        return
    raise _error(
        "simulation-input",
        f"frames must be integers [n, {kind.elements}] from {kind.value.low} to "
        f"{kind.value.high}, not {fault}",
        "give one row a frame, n at least 1",
    )


def patience_of(design: Design) -> int:
    """Far more cycles than any frame may take from one beat to the next."""
    work = sum(
        stage.cycles + sum(stream.beats for stream in stage.input_streams)
        for stage in design.stages
    )
    waiting = sum(joint.source.beats + joint.depth for joint in design.joints)
    return _LEAST_PATIENCE_CYCLES + 4 * (work + waiting + design.latency_cycles)


def check_end(run: SimulationRun, net: Netlist, patience: int, frames: int) -> None:
    """Refuse a run that did not end with all frames out.

    Raises:
        XnorflowError: ``simulation-stalled``, ``simulation-protocol`` or ``simulation-assertion``.
    """
    if run.status is Status.STALLED:
        raise _error(
            "simulation-stalled",
            f"the simulated network must go on, not stand still for {patience} cycles after "
            f"{run.frames} of {frames} frames: {_stuck(run, net)}",
            f"a FIFO may be too shallow, or the kernel at fault; {IF_EDITED}",
        )
    if run.status is Status.PROTOCOL:
        raise _error(
            "simulation-protocol",
            f"the output stream must be AXI4-Stream, not break its rules: {run.text}",
            f"look at {net.parts[net.links[-1].source[0]].name}, which drives it; {IF_EDITED}",
        )
    if run.status is Status.STOPPED:
        raise failed_assertion(run.text)
    assert run.status is Status.DONE, "a run without a limit ends"


def _stuck(run: SimulationRun, net: Netlist) -> str:
    """The last stream with a beat that is not accepted, or that none has a beat."""
    held = [i for i, (v, r) in enumerate(zip(run.valid, run.ready, strict=True)) if v and not r]
    if held:
        link = net.links[held[-1]]
        before = "the input" if link.source == HOST else net.parts[link.source[0]].name
        behind = "the output" if link.sink == HOST else net.parts[link.sink[0]].name
        return f"{behind} does not accept the beat that {before} offers"
    lazy = [part.name for part in net.parts if isinstance(part.item, Stage)]
    return f"no stream holds a beat; one of {', '.join(lazy)} has lost some"


def _error(code: str, message: str, hint: str) -> XnorflowError:
    return XnorflowError(Diagnostic(code, message, hint))
