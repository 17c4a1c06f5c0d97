# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A design's folding as FINN's configuration, under the names that FINN gives its nodes.

FINN numbers nodes by type along the chain. Which types it makes of ``finn_model``'s nodes was
looked up in FINN+ 1.6: a window with pads is a padding unit and a generator; a pool is a
generator, with a padding unit in front if it has pads, and a Pool; products of bits and of
binary weights have no RTL unit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from xnorflow.design.design import Design
from xnorflow.design.stage import Stage
from xnorflow.hardware.divisors import divisors
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.ops.window import Window

__all__ = ["finn_folding", "finn_units"]

_RAM_STYLES = {"bram": "block", "lutram": "distributed"}
_PADDING, _GENERATOR = "FMPadding_rtl", "ConvolutionInputGenerator_rtl"


def finn_folding(design: Design) -> dict[str, dict[str, Any]]:
    """FINN's configuration: settings by node, in the order of the chain."""
    made: dict[str, dict[str, Any]] = {"Defaults": {}}
    for units in finn_units(design).values():
        made |= units
    return made


def finn_units(design: Design) -> dict[str, dict[str, dict[str, Any]]]:
    """For each layer's name, FINN's nodes for it and their settings."""
    counts: Counter[str] = Counter()
    made: dict[str, dict[str, dict[str, Any]]] = {}
    for stage in design.stages:
        own = made[stage.layer.name] = {}
        for op_type, settings in _units(stage):
            own[f"{op_type}_{counts[op_type]}"] = settings
            counts[op_type] += 1
    return made


def _units(stage: Stage) -> Iterator[tuple[str, dict[str, Any]]]:
    op, folding = stage.layer.op, stage.folding
    if isinstance(op, Quantize):
        yield "Thresholding_rtl", {"PE": _lanes(stage)}
    elif isinstance(op, Window):
        yield from _generator(op.sweep, folding.simd, stage)
    elif isinstance(op, Dense):
        yield "MVAU_hls", {"PE": folding.pe, "SIMD": folding.simd, **_memory(folding.storage)}
    elif isinstance(op, MaxPool):
        yield from _generator(op.sweep, folding.pe, stage)
        yield "Pool_hls", {"PE": folding.pe}
    else:
        yield "LabelSelect_hls", {"PE": folding.pe}


def _lanes(stage: Stage) -> int:
    """FINN's lanes divide the channels: as many as here, or the next more that do."""
    legal = divisors(stage.layer.in_type.channels)
    return next((lanes for lanes in legal if lanes >= stage.folding.pe), legal[-1])


def _generator(sweep: Sweep, lanes: int, stage: Stage) -> Iterator[tuple[str, dict[str, Any]]]:
    if any(sweep.pads):
        yield _PADDING, {"SIMD": lanes}
    settings = {
        "SIMD": lanes,
        "parallel_window": int(stage.kernel_name == "parallel_window"),
        "ram_style": _RAM_STYLES.get(stage.folding.storage, "auto"),
    }
    yield _GENERATOR, settings


def _memory(storage: str) -> dict[str, Any]:
    """Where FINN is to keep weights; constants are compiled into its unit."""
    if storage == "const":
        return {"mem_mode": "internal_embedded", "resType": "lut"}
    return {
        "mem_mode": "internal_decoupled",
        "ram_style": _RAM_STYLES.get(storage, "auto"),
        "resType": "lut",
    }
