# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.beats import pack
from sim.case import Case, stage_case
from sim.job import Job
from sim.runner import run_kernel
from sim.synthesis import check_estimates
from xnorflow.ir.kernel import Folding
from xnorflow.ir.layer import Dense, Layer
from xnorflow.ir.types import BINARY, TensorType, bits_for_range
from xnorflow.kernels.xnor_mvu import XnorMvu

KERNEL = XnorMvu()

# rows, columns, PE, SIMD, storage, thresholded
GRID = [
    (1, 1, 1, 1, "const", True),
    (4, 6, 4, 6, "const", False),
    (6, 33, 6, 33, "const", True),
    (2, 12, 1, 6, "const", True),
    (5, 9, 5, 3, "const", False),
    (6, 35, 3, 7, "lutram", True),
    (16, 64, 2, 8, "lutram", True),
    (10, 64, 10, 8, "lutram", False),
    (9, 98, 3, 49, "bram", True),
    (8, 20, 1, 1, "bram", False),
    (3, 126, 3, 63, "bram", True),
    (7, 5, 1, 5, "lutram", True),
]


def dense_layer(rows: int, columns: int, thresholded: bool, seed: int) -> Layer:
    """Random weights; thresholds that cut, and one that always and one that never fires."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(0, 2, (rows, columns)).astype(np.uint8)
    thresholds = None
    if thresholded:
        middle = rng.normal(columns / 2, 1 + columns**0.5 / 2, rows)
        thresholds = np.clip(np.round(middle), 0, columns + 1).astype(np.int32)
        if rows > 3:
            thresholds[[0, 1]] = [0, columns + 1]
    value = BINARY if thresholded else bits_for_range(-columns, columns)
    return Layer(
        name="dense0",
        op=Dense(weights, thresholds),
        inputs=("x",),
        output="y",
        in_type=TensorType((columns,), BINARY),
        out_type=TensorType((rows,), value),
    )


def case(rows: int, columns: int, pe: int, simd: int, storage: str, thresholded: bool) -> Case:
    name = f"dense_{rows}_{columns}_{pe}_{simd}_{storage}"
    layer = replace(dense_layer(rows, columns, thresholded, rows * 1000 + columns), name=name)
    return stage_case(name, KERNEL, layer, Folding(pe, simd, storage))


CASES = [case(*numbers) for numbers in GRID]


def expected_rows(layer: Layer, x: np.ndarray) -> list[list[int]]:
    """The layer by counting agreeing bits, one at a time."""
    assert isinstance(layer.op, Dense)
    weights, thresholds = layer.op.weights, layer.op.thresholds
    rows = []
    for frame in x:
        counts = [sum(int(a == w) for a, w in zip(frame, row, strict=True)) for row in weights]
        if thresholds is None:
            rows.append([2 * count - len(frame) for count in counts])
        else:
            rows.append([int(c >= t) for c, t in zip(counts, thresholds, strict=True)])
    return rows


@pytest.mark.parametrize(("rows", "columns", "pe", "simd", "storage", "thresholded"), GRID)
def test_products_are_exact_at_the_stated_pace(
    rows: int, columns: int, pe: int, simd: int, storage: str, thresholded: bool
) -> None:
    seed = rows * 1000 + columns
    layer = dense_layer(rows, columns, thresholded, seed)
    folding = Folding(pe, simd, storage)
    instance = KERNEL.instance(layer, folding, "xc7")
    x = np.random.default_rng(seed + 1).integers(0, 2, (7, columns))
    x[0], x[1] = 0, 1
    want = expected_rows(layer, x)
    assert KERNEL.golden(layer, x.astype(np.int32)).tolist() == want
    job = Job(
        frames=[pack(row, lanes=simd, bits=1) for row in x],
        expected=[pack(row, lanes=pe, bits=layer.out_type.value.bits) for row in want],
        claims={
            "cycles": KERNEL.cycles(layer, folding),
            "first_output": KERNEL.first_output(layer, folding),
            "latency": KERNEL.latency(layer, folding),
        },
        seed=seed,
    )
    run_kernel(KERNEL, instance.module, instance.parameters, job, data=instance.data)


def test_resources_are_what_synthesis_finds() -> None:
    grid = [
        (64, 784, 4, 49, "lutram", True),
        (64, 64, 8, 8, "bram", True),
        (64, 100, 16, 25, "lutram", True),
        (20, 60, 20, 30, "const", True),
        (48, 96, 4, 6, "bram", True),
        (10, 128, 5, 64, "lutram", False),
    ]
    check_estimates([case(*numbers) for numbers in grid], "xc7")
