# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Matrix-vector units in SystemVerilog: the parameters that all of them have."""

from __future__ import annotations

from collections.abc import Mapping

from xnorflow.hardware.family import Family
from xnorflow.hardware.rtl import Instance
from xnorflow.hw_common.memory import literal
from xnorflow.hw_common.mvu_shape import STORAGES, MvuShape, sizes_of

__all__ = ["mvu_instance"]


def mvu_instance(
    module: str,
    shape: MvuShape,
    family: Family,
    *,
    weights: str,
    own: Mapping[str, str] | None = None,
) -> Instance:
    """Weights as a parameter, or as memory images for block RAM.

    Args:
        module: of the unit.
        shape: the layer folded onto it.
        family: whose memories there are.
        weights: what the unit calls a weight; so the parameters of their table begin.
        own: the parameters that no other unit has.
    """
    rows, columns = sizes_of(shape.layer)
    name = shape.layer.name
    starts, data = shape.starts.parameters(f"{name}_starts", family)
    parameters = {
        **(own or {}),
        "MW": str(columns),
        "MH": str(rows),
        "PE": str(shape.pe),
        "SIMD": str(shape.simd),
        **({} if shape.thresholded is None else {"THRESHOLDED": f"1'b{shape.thresholded:d}"}),
        "ACC_W": str(shape.acc_bits),
        "STORAGE": str(STORAGES.index(shape.storage)),
        **starts,
        **shape.input.parameters(family),
    }
    if shape.storage != "bram":
        parameters[f"{weights}S"] = literal(shape.words.ravel())
        return Instance(module, parameters, data)
    table = shape.table(family)
    file, files = table.images(f"{name}_weights", shape.words)
    parameters |= {f"{weights}_FILE": file, f"{weights}_BANK": str(table.bank)}
    return Instance(module, parameters, data | files)
