# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Tables and thresholds of layers as the threshold matrices of QONNX's MultiThreshold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xnorflow.finn.refuse import refused
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import Ints

__all__ = ["of_product", "of_quantiser"]

Floats = npt.NDArray[np.float32]


def of_quantiser(layer: Layer) -> Floats:
    """Thresholds [1 or channels, levels - 1] of a Quantize layer, for inputs as they are stored.

    The output is its type's lowest value plus the number of thresholds reached.

    Raises:
        XnorflowError: ``finn-export``: a table that falls, or one that differs between pixels.
    """
    assert isinstance(layer.op, Quantize)
    table = _by_channel(layer, layer.op)
    if (np.diff(table, axis=1) < 0).any():
        rule = f"the outputs of {layer.name} must rise with its input, not fall"
        raise refused(rule, "FINN counts thresholds; turn the sign of the scale", layer)
    value = layer.out_type.value
    outputs = np.arange(value.low + 1, value.high + 1)
    # The first input for which the output is reached; one beyond the last where it never is.
    reached = (table[:, :, np.newaxis] < outputs).sum(axis=1)
    thresholds: Floats = (reached + layer.in_type.value.low).astype(np.float32)
    return thresholds


def _by_channel(layer: Layer, op: Quantize) -> Ints:
    if op.is_uniform:
        return op.table
    table = op.table.reshape(-1, layer.in_type.channels, op.table.shape[1])
    if (table != table[:1]).any():
        rule = f"{layer.name} must treat all pixels of a channel alike, not have a table for each"
        raise refused(rule, "FINN's thresholds are those of channels", layer)
    return np.asarray(table[0])


def of_product(layer: Layer) -> Floats:
    """Thresholds [rows, 1] of a Dense layer: of popcounts where the input is binary.

    Raises:
        XnorflowError: ``finn-export``: thresholds that differ between pixels.
    """
    assert isinstance(layer.op, Dense)
    rows = layer.op.rows_of_thresholds
    if (rows != rows[:1]).any():
        rule = f"{layer.name} must have the same thresholds for all pixels, not {len(rows)} kinds"
        hint = "FINN has one threshold a channel; pad binary images with zeros or with -1"
        raise refused(rule, hint, layer)
    thresholds: Floats = rows[0].astype(np.float32)[:, np.newaxis]
    return thresholds
