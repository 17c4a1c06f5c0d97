# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""int_mvu in SystemVerilog."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.hw_common.memory import literal
from xnorflow.ir.layer import Layer
from xnorflow.kernels.int_mvu.codes import Codes, tree
from xnorflow.kernels.int_mvu.shape import STORAGES, IntMvuShape

__all__ = ["IntMvuRtl"]


class IntMvuRtl(RtlKernel):
    """Weights as codes that sums are told by."""

    name = "int_mvu"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Weights as a parameter, or as a memory image for block RAM."""
        shape, value = IntMvuShape(layer, folding), layer.in_type.value
        file = f"{layer.name}_starts"
        starts, data = shape.starts.parameters(file, family)
        parameters = {
            "IN_W": str(value.bits),
            "IN_SIGNED": f"1'b{int(value.signed)}",
            "MW": str(shape.op.width),
            "MH": str(shape.rows),
            "PE": str(folding.pe),
            "SIMD": str(folding.simd),
            "LEVELS": str(shape.row_latency - 1),
            "THRESHOLDED": f"1'b{int(shape.op.thresholds is not None)}",
            "ACC_W": str(shape.acc_bits),
            "STORAGE": str(STORAGES.index(folding.storage)),
        } | starts
        if shape.input.passes > 1:
            parameters |= shape.input.parameters(family)
        if folding.storage == "const":
            parameters["TREE"] = literal(_tree(shape))
        words = _words(shape.codes)
        if folding.storage != "bram":
            return Instance("int_mvu", parameters | {"CODES": literal(words.ravel())}, data)
        file, table = f"{layer.name}_weights", shape.table(family)
        parameters |= {"CODE_FILE": f'"{file}"', "CODE_BANK": str(table.bank)}
        return Instance("int_mvu", parameters, data | table.files(file, words))


def _tree(shape: IntMvuShape) -> npt.NDArray[np.uint8]:
    """Which chunk a node of a level of the tree begins with, bits [level * chunk], chunks first."""
    places = np.arange(len(shape.chunks))
    rows = [np.ones(len(places), np.bool_)]
    starts = places
    for sizes in tree(len(places), shape.folding):
        starts = starts[np.cumsum([0, *sizes[:-1]])]
        rows.append(np.isin(places, starts))
    return np.concatenate(rows).astype(np.uint8)


def _words(codes: Codes) -> npt.NDArray[np.uint8]:
    """Bits [step, lane], step = pass * beats + beat, lane = row * SIMD + column."""
    passes, pe, beats, simd = codes.bits.shape
    ordered = codes.bits.transpose(0, 2, 1, 3).reshape(passes * beats, pe * simd)
    words: npt.NDArray[np.uint8] = ordered.astype(np.uint8)
    return words
