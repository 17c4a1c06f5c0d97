# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Lattice ECP5: LUT4 and DP16KD."""

from __future__ import annotations

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import BlockRam, BlockRamPrice, Family, YosysTarget
from xnorflow.hardware.resources import Resources

__all__ = ["ECP5"]

_FREE = Resources()

ECP5 = Family(
    name="ecp5",
    vivado=False,
    fabric=Fabric.LUT4,
    # DP16KD: ECP5 Memory Usage Guide (FPGA-TN-02204). An LFE5U-85 has 402 LUTs a DP16KD, but
    # weights fill its block RAM first. What a LUT6 does takes three LUT4 in a choice among banks,
    # and five in distributed RAM, so these prices are three and five times those of 7 Series.
    block_ram=BlockRam(
        modes=((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)),
        joined=(),
        price=BlockRamPrice(area=24, bank=96, whole=640),
    ),
    dsp_price=540,
    yosys=YosysTarget(
        library="+/ecp5/cells_sim.v +/ecp5/cells_bb.v",
        defines=("XNORFLOW_LUT4",),
        command="synth_ecp5 -top {top}",
    ),
    nextpnr=True,
    # A CCU2C is the two LUT4 of a slice with their carry. A TRELLIS_DPR16X4 takes four LUT4 of
    # data and two for its write port (FPGA-TN-02204). PFUMX and L6MUX21 are muxes between LUTs.
    cells={
        "$scopeinfo": _FREE,  # names of flattened modules, no hardware
        **dict.fromkeys(("GND", "VCC"), _FREE),
        "LUT4": Resources(lut=1),
        "CCU2C": Resources(lut=2),
        "TRELLIS_DPR16X4": Resources(lut=6),
        **dict.fromkeys(("PFUMX", "L6MUX21"), _FREE),
        "TRELLIS_FF": Resources(ff=1),
        "DP16KD": Resources(bram18=1),
        "MULT18X18D": Resources(dsp=1),
        "EHXPLLL": _FREE,  # a clock's, which nothing else uses
    },
)
