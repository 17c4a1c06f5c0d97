# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A kernel with one set of parameters: what tests simulate, lint and synthesise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.job import Job, Pace
from sim.runner import run_kernel
from xnorflow.ir.kernel import Adapter, Family, Folding, Instance, Kernel, Resources
from xnorflow.ir.layer import Layer
from xnorflow.ir.schedule import Flow, Times
from xnorflow.ir.types import Stream

__all__ = ["Case", "joint_case", "stage_case"]


@dataclass(frozen=True)
class Case:
    """One parameter set of one kernel.

    Attributes:
        name: for messages and test identifiers.
        kernel: the descriptor.
        source: the stream read.
        sink: the stream written.
        instance: the instance for a device family.
        estimate: the descriptor's estimate of primitives for a device family.
        schedule: when beats leave and room is given back, for beats offered at these cycles.
        capacity: beats for which the descriptor claims room, if it claims any.
        claims: what the descriptor says about cycles and latency, as in ``Job``.
    """

    name: str
    kernel: Kernel | Adapter
    source: Stream
    sink: Stream
    instance: Callable[[Family], Instance]
    estimate: Callable[[Family], Resources]
    schedule: Callable[[Times], Flow]
    capacity: int | None = None
    claims: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def run(
        self,
        frames: Sequence[Sequence[int]],
        expected: Sequence[Sequence[int]],
        *,
        seed: int = 1,
        options: Mapping[str, Any] | None = None,
        **how: Any,
    ) -> None:
        """Simulate the kernel on these beats; ``how`` goes to ``run_kernel``."""
        instance = self.instance("xc7")
        job = Job(frames, expected, self.claims, seed, options or {})
        data = instance.data
        paces = run_kernel(self.kernel, instance.module, instance.parameters, job, data=data, **how)
        for pace in paces:
            self._check_pace(pace, f"idle {pace.idle}, seed {seed}")

    def _check_pace(self, pace: Pace, what: str) -> None:
        """Output beats come exactly when the schedule says; input beats wait for room alone."""
        flow = self.schedule(np.array(pace.presented, np.int64))
        np.testing.assert_array_equal(pace.offered, flow.produced, f"{what}: output beats")
        if self.capacity is None:
            return
        room = np.concatenate([np.zeros(self.capacity, np.int64), flow.released])
        latest = np.maximum(pace.presented, room[: len(pace.presented)])
        late = np.flatnonzero(pace.accepted > latest)
        assert late.size == 0, f"{what}: input beats {late[:9]} wait longer than room for them"


def stage_case(name: str, kernel: Kernel, layer: Layer, folding: Folding) -> Case:
    """The case of a layer folded so, with the kernel's claims."""
    return Case(
        name,
        kernel,
        kernel.input_stream(layer, folding),
        kernel.output_stream(layer, folding),
        lambda family: kernel.instance(layer, folding, family),
        lambda family: kernel.resources(layer, folding, family),
        lambda arrivals: kernel.schedule(layer, folding, arrivals),
        kernel.capacity(layer, folding),
        {
            "cycles": kernel.cycles(layer, folding),
            "latency": kernel.latency(layer, folding),
            "first_output": kernel.first_output(layer, folding),
        },
    )


def joint_case(
    name: str,
    adapter: Adapter,
    source: Stream,
    sink: Stream,
    depth: int = 0,
    claims: Mapping[str, int] | None = None,
) -> Case:
    """The case of an adapter between two streams."""
    return Case(
        name,
        adapter,
        source,
        sink,
        lambda family: adapter.instance(source, sink, depth),
        lambda family: adapter.resources(source, sink, depth, family),
        lambda arrivals: adapter.schedule(source, sink, depth, arrivals),
        claims=claims or {},
    )
