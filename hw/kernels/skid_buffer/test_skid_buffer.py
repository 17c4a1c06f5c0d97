# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from sim.job import Job
from sim.runner import run_kernel
from xnorflow.ir.types import Stream
from xnorflow.kernels.skid_buffer import SkidBuffer


@pytest.mark.parametrize("width", [1, 13, 130])
def test_beats_pass_unchanged_at_one_a_cycle(width: int) -> None:
    stream = Stream(lanes=width, bits=1, beats=7)
    kernel = SkidBuffer()
    instance = kernel.instance(stream, stream, 0)
    rng = np.random.default_rng(width)
    frames = [
        [int.from_bytes(rng.bytes(17), "little") % 2**width for _ in range(7)] for _ in range(6)
    ]
    latency = kernel.latency(stream, stream, 0)
    claims = {"cycles": 7, "first_output": latency, "latency": latency + 6}
    run_kernel(kernel, instance.module, instance.parameters, Job(frames, frames, claims))
