# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A cocotb test that changes pins while a beat waits, to see which protocol assertions fire."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import Timer

from sim.bench import Bench
from sim.job import Job

__all__ = ["change"]


@cocotb.test()
async def change(dut: Any) -> None:
    """Offer a beat of zeros to the input ``port``, then set ``pins`` of ``s_axis``.

    The kernel must not accept the beat at once.
    """
    options = Job.load().options
    await Bench.start(dut)
    offered = {"tvalid": 1 << options["port"], "tdata": 0, "tlast": 0}
    for pins in (offered, options["pins"], {}):
        for pin, value in pins.items():
            getattr(dut, f"s_axis_{pin}").value = value
        for level in (0, 1):
            dut.clk.value = level
            await Timer(1, "step")
