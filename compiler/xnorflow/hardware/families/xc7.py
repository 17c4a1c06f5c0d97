# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""AMD 7 Series, Zynq-7000 included: LUT6, RAMB18E1 and RAMB36E1."""

from __future__ import annotations

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import BlockRam, BlockRamPrice, Family, YosysTarget
from xnorflow.hardware.resources import Resources

__all__ = ["XC7"]

_FREE, _LUT, _FF = Resources(), Resources(lut=1), Resources(ff=1)

XC7 = Family(
    name="xc7",
    vivado=True,
    fabric=Fabric.LUT6,
    # RAMB18 and RAMB36: 7 Series Memory Resources (UG473). A Zynq 7020 has 190 LUTs a RAMB18.
    block_ram=BlockRam(
        modes=((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)),
        joined=((1024, 36), (2048, 18), (4096, 9), (8192, 4), (16384, 2), (32768, 1)),
        price=BlockRamPrice(area=24, bank=32, whole=128),
    ),
    dsp_price=240,
    yosys=YosysTarget(
        library="+/xilinx/cells_sim.v",
        defines=("XNORFLOW_LUT6",),
        command="synth_xilinx -family xc7 -top {top} -flatten -noiopad -noclkbuf",
    ),
    nextpnr=False,
    # LUTs of a memory cell: UG474, "Distributed RAM configuration". MUXF and CARRY4 sit in the
    # slices of the LUTs that they join.
    cells={
        "$scopeinfo": _FREE,  # names of flattened modules, no hardware
        **dict.fromkeys(("GND", "VCC"), _FREE),
        **{f"LUT{n}": _LUT for n in range(1, 7)},
        **dict.fromkeys(("LUT6_2", "INV", "SRL16E", "SRLC16E", "SRLC32E"), _LUT),
        **dict.fromkeys(("RAM32X1S", "RAM64X1S"), _LUT),
        **dict.fromkeys(("RAM128X1S", "RAM32X1D", "RAM64X1D"), Resources(lut=2)),
        **dict.fromkeys(("RAM256X1S", "RAM128X1D", "RAM32M", "RAM64M"), Resources(lut=4)),
        **dict.fromkeys(("FDRE", "FDSE", "FDCE", "FDPE"), _FF),
        **dict.fromkeys(("FDRE_1", "FDSE_1", "FDCE_1", "FDPE_1"), _FF),
        **dict.fromkeys(("MUXF7", "MUXF8", "CARRY4"), _FREE),
        "RAMB18E1": Resources(bram18=1),
        "RAMB36E1": Resources(bram18=2),
        "DSP48E1": Resources(dsp=1),
    },
)
