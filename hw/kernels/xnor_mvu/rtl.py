# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""xnor_mvu in SystemVerilog."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.hw_common.memory import literal
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.kernels.xnor_mvu.shape import STORAGES, dense_of, shape_of, sizes_of

__all__ = ["XnorMvuRtl"]


class XnorMvuRtl(RtlKernel):
    """Weights as bits."""

    name = "xnor_mvu"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Weights as a parameter, or as a memory image for block RAM."""
        op, shape = dense_of(layer), shape_of(layer, folding)
        rows, columns = sizes_of(layer)
        starts, data = shape.starts.parameters(f"{layer.name}_starts", family)
        parameters = {
            "MW": str(columns),
            "MH": str(rows),
            "PE": str(folding.pe),
            "SIMD": str(folding.simd),
            "THRESHOLDED": "1'b0" if op.thresholds is None else "1'b1",
            "ACC_W": str(shape.acc_bits),
            "STORAGE": str(STORAGES.index(shape.storage)),
        } | starts
        if folding.pe < rows:
            parameters |= shape.input.parameters(family)
        words = _weight_words(op, folding)
        if shape.storage != "bram":
            return Instance("xnor_mvu", parameters | {"WEIGHTS": literal(words.ravel())}, data)
        file, table = f"{layer.name}_weights", shape.table(family)
        parameters["WEIGHT_FILE"] = f'"{file}"'
        parameters["WEIGHT_BANK"] = str(table.bank)
        return Instance("xnor_mvu", parameters, data | table.files(file, words))


def _weight_words(op: Dense, folding: Folding) -> npt.NDArray[np.uint8]:
    """Bits [step, lane], step = pass * beats + beat, lane = row * SIMD + column."""
    rows, columns = op.weights.shape
    passes, beats = rows // folding.pe, columns // folding.simd
    split = op.weights.reshape(passes, folding.pe, beats, folding.simd)
    words: npt.NDArray[np.uint8] = split.transpose(0, 2, 1, 3)
    return words.reshape(passes * beats, folding.pe * folding.simd)
