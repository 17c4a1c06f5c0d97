# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A kernel with one set of parameters: what tests simulate, lint and synthesise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sim.job import Job, Pace
from sim.ports import Frames, Ports
from sim.runner import run_kernel
from xnorflow.hardware.catalog import rtl_adapters, rtl_kernels
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Adapter, Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.rtl import Instance
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.timing.pace import Dataflow
from xnorflow.timing.process import Process

__all__ = ["Case", "joint_case", "stage_case", "unclaimed_case"]


@dataclass(frozen=True)
class Case:
    """One parameter set of one kernel.

    Attributes:
        name: for messages and test identifiers.
        kernel: the descriptor.
        sources: the streams read.
        sinks: the streams written.
        instance: the instance for a device family.
        estimate: the descriptor's estimate of primitives for a device family.
        process: what the descriptor says about when beats move.
        claims: what the descriptor says about cycles and latency, as in ``Job``.
    """

    name: str
    kernel: Kernel | Adapter
    sources: tuple[Stream, ...]
    sinks: tuple[Stream, ...]
    instance: Callable[[Family], Instance]
    estimate: Callable[[Family], Resources]
    process: Process
    claims: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    @property
    def source(self) -> Stream:
        """The first stream read."""
        return self.sources[0]

    @property
    def sink(self) -> Stream:
        """The first stream written."""
        return self.sinks[0]

    @property
    def ports(self) -> Ports:
        """All streams."""
        widths = ([stream.width for stream in own] for own in (self.sources, self.sinks))
        return Ports(*widths)

    def run(
        self,
        frames: Frames,
        expected: Frames,
        *,
        further_frames: Sequence[Frames] = (),
        further_expected: Sequence[Frames] = (),
        seed: int = 1,
        options: Mapping[str, Any] | None = None,
        **how: Any,
    ) -> None:
        """Simulate the kernel on these beats, as in ``Job``; ``how`` goes to ``run_kernel``."""
        instance = self.instance(XC7)
        further = (further_frames, further_expected)
        job = Job(frames, expected, self.claims, seed, options or {}, self.ports, *further)
        data = instance.data
        paces = run_kernel(self.kernel, instance.module, instance.parameters, job, data=data, **how)
        for pace in paces:
            self._check_pace(pace, seed)

    def _check_pace(self, pace: Pace, seed: int) -> None:
        """Every beat is accepted, offered and taken exactly when the descriptor says."""
        frames = len(pace.accepted[0]) // self.process.inputs[0].beats
        found = Dataflow.lone(self.process).trace(
            frames,
            [np.array(port, np.int64) for port in pace.presented],
            [np.array(port, np.bool_) for port in pace.ready],
        )
        for name in ("accepted", "offered", "taken"):
            message = f"cycles in which beats are {name}: {pace.what}, seed {seed}"
            for real, claimed in zip(getattr(pace, name), getattr(found, name), strict=True):
                np.testing.assert_array_equal(real, claimed, message)


def stage_case(name: str, kernel: Kernel, layer: Layer, folding: Folding) -> Case:
    """The case of a layer folded so, with the kernel's claims."""
    claims = {
        "cycles": kernel.cycles(layer, folding),
        "latency": kernel.latency(layer, folding),
        "first_output": kernel.first_output(layer, folding),
    }
    return replace(unclaimed_case(name, kernel, layer, folding), claims=claims)


def unclaimed_case(name: str, kernel: Kernel, layer: Layer, folding: Folding) -> Case:
    """The case of a layer folded so, to be synthesised: claims take a run of the whole frame."""
    return Case(
        name,
        kernel,
        kernel.input_streams(layer, folding),
        kernel.output_streams(layer, folding),
        lambda family: rtl_kernels()[kernel.name].instance(layer, folding, family),
        lambda family: kernel.resources(layer, folding, family),
        kernel.process(layer, folding),
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
        (source,),
        (sink,),
        lambda family: rtl_adapters()[adapter.name].instance(source, sink, depth, family),
        lambda family: adapter.resources(source, sink, depth, family),
        adapter.process(source, sink, depth),
        claims=claims or {},
    )
