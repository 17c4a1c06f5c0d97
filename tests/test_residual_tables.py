# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What requantize makes of a trained residual network: scale, BatchNorm and Quant of every sum."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import numpy_helper

from sim.beats import pack
from sim.case import stage_case
from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import TensorType, ValueType, bits_for_range
from xnorflow.kernels.requantize import Requantize
from xnorflow.kernels.requantize.pieces import Pieces

pytestmark = pytest.mark.needs_shared

KERNEL = Requantize()
INT8 = ValueType(8, signed=True)
Floats = npt.NDArray[np.float32]


@cache
def constants(model: Path) -> dict[str, Floats]:
    graph = onnx.load(model).graph
    return {own.name: numpy_helper.to_array(own) for own in graph.initializer}


def block_layer(folder: Path, name: str) -> Layer:
    """The table of a block's sums, every step rounded in float32 as the reference executor does."""
    found = constants(folder / "resnet_w1a1_cifar10.onnx")
    weights = found[f"{name}_conv_weight"]
    alpha = found[f"{name}_conv_alpha"].ravel()[:, np.newaxis]
    gamma, beta, mean, var = (
        found[f"{name}_bn_{part}"][:, np.newaxis] for part in ("gamma", "beta", "mean", "var")
    )
    scale = gamma * (np.float32(1) / np.sqrt(var + np.float32(1e-5)))
    count = int(np.prod(weights.shape[1:]))
    pixels = name == "stem"
    domain = range(-255 * count, 255 * count + 1) if pixels else range(-count, count + 1, 2)
    sums = np.array(domain, np.float32)[np.newaxis]
    real = sums * alpha * scale + (beta - mean * scale)
    assert real.dtype == np.float32
    table = np.clip(np.rint(real / found[f"{name}_quant_scale"]), -128, 127).astype(np.int32)
    kind = TensorType((2, len(table)), bits_for_range(domain[0], domain[-1]))
    op = Quantize(table, domain)
    return Layer(name, op, ("x",), "y", (kind,), replace(kind, value=INT8))


# block, bits behind the point, bits of slopes, bits of sums
BLOCKS = (
    ("stem", 25, 22, 34),
    ("block0", 16, 17, 25),
    ("block5", 17, 17, 27),
    ("block9", 18, 19, 29),
)


@pytest.mark.parametrize(("name", "shift", "slope_bits", "sum_bits"), BLOCKS)
def test_one_line_a_channel_gives_all_of_float32s_table(
    shared_models: Path, name: str, shift: int, slope_bits: int, sum_bits: int
) -> None:
    layer = block_layer(shared_models, name)
    pieces = Pieces.of(layer)
    assert pieces is not None
    assert (pieces.count, pieces.shift) == (1, shift)
    assert (pieces.slope_bits, pieces.sum_bits) == (slope_bits, sum_bits)
    assert isinstance(layer.op, Quantize)
    assert layer.op.domain is not None
    for row in (0, pieces.rows // 2, pieces.rows - 1):
        slope, offset = int(pieces.slopes[row, 0]), int(pieces.offsets[row, 0])
        exact = [(slope * (x >> pieces.drop) + offset) >> shift for x in layer.op.domain]
        assert [min(max(y, -128), 127) for y in exact] == layer.op.table[row].tolist()


@pytest.mark.parametrize(("pe", "storage"), [(16, "dsp"), (4, "lut")])
def test_a_blocks_sums_are_quantised_bit_for_bit(
    shared_models: Path, pe: int, storage: str
) -> None:
    layer = block_layer(shared_models, "block0")
    assert isinstance(layer.op, Quantize)
    assert layer.op.domain is not None
    rng, domain = np.random.default_rng(1), layer.op.domain
    x = rng.choice(np.array(domain), (6, layer.in_type.elements))
    x[0], x[1] = domain[0], domain[-1]
    rows = layer.op.table.tolist()
    y = [[rows[n % 64][domain.index(v)] for n, v in enumerate(frame)] for frame in x.tolist()]
    stage_case(f"{storage}{pe}", KERNEL, layer, Folding(pe, pe, storage)).run(
        [pack(frame, pe, layer.in_type.value.bits) for frame in x], [pack(row, pe, 8) for row in y]
    )
