# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.beats import pack
from sim.calibration import check_estimates
from sim.case import Case, stage_case
from sim.job import Job
from sim.runner import run_kernel
from xnorflow.hardware.families.ecp5 import ECP5
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.types import BIPOLAR, TensorType, bits_for_range
from xnorflow.kernels.xnor_mvu import XnorMvu
from xnorflow.kernels.xnor_mvu.rtl import XnorMvuRtl
from xnorflow.simulate.golden import run_layer

KERNEL = XnorMvu()

# rows, columns, PE, SIMD, storage, thresholded
VECTORS = [
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
    (6, 14, 3, 14, "const", False),
]

# The same, the image's height and width, and how its pixels' thresholds differ.
IMAGES = [
    (1, 1, 1, 1, "const", True, 2, 3, "none"),
    (4, 6, 4, 3, "lutram", False, 1, 7, "none"),
    (6, 10, 3, 5, "const", False, 3, 2, "none"),
    (8, 12, 2, 2, "bram", True, 4, 3, "none"),
    (5, 40, 1, 1, "lutram", True, 2, 2, "none"),
    (6, 9, 3, 3, "lutram", True, 5, 4, "edges"),
    (12, 7, 1, 7, "bram", True, 4, 6, "edges"),
    (3, 8, 3, 4, "const", True, 3, 3, "columns"),
    (9, 4, 3, 4, "lutram", True, 4, 2, "rows"),
    (4, 6, 2, 3, "lutram", True, 3, 4, "each"),
    (2, 3, 2, 3, "const", True, 2, 2, "same"),
    (70, 6, 1, 6, "lutram", True, 2, 2, "each"),
    (4, 13, 2, 13, "bram", True, 3, 3, "edges"),
    (9, 34, 3, 34, "const", True, 2, 4, "none"),
]


def dense_layer(
    rows: int,
    columns: int,
    thresholded: bool,
    seed: int,
    image: tuple[int, int] | None = None,
    kinds: np.ndarray | None = None,
) -> Layer:
    """Random weights; thresholds that cut, and one that always and one that never fires."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(0, 2, (rows, columns)).astype(np.uint8)
    thresholds = None
    if thresholded:
        sets = () if kinds is None else (int(kinds.max()) + 1,)
        middle = rng.normal(columns / 2, 1 + columns**0.5 / 2, (*sets, rows))
        thresholds = np.clip(np.round(middle), 0, columns + 1).astype(np.int32)
        if rows > 3:
            thresholds[..., [0, 1]] = [0, columns + 1]
    value = BIPOLAR if thresholded else bits_for_range(-columns, columns)
    return Layer(
        name="dense0",
        op=Dense(weights, thresholds, kinds),
        inputs=("x",),
        output="y",
        in_types=(TensorType((*(image or ()), columns), BIPOLAR),),
        out_type=TensorType((*(image or ()), rows), value),
    )


def kinds_of(height: int, width: int, how: str) -> np.ndarray | None:
    """Which row of thresholds each pixel is held against, int32 [height * width]."""
    down, across = np.divmod(np.arange(height * width, dtype=np.int32), width)
    edge_down = 3 * np.int32(down == 0) + 6 * np.int32(down == height - 1)
    edge_across = np.int32(across == 0) + 2 * np.int32(across >= width - 2)
    ways = {
        "edges": edge_down + edge_across,
        "rows": edge_down // 3,
        "columns": edge_across,
        "each": np.int32(down * width + across),
        "same": np.full_like(down, 1),
    }
    return ways.get(how)


def case(rows: int, columns: int, pe: int, simd: int, storage: str, thresholded: bool) -> Case:
    name = f"dense_{rows}_{columns}_{pe}_{simd}_{storage}"
    layer = replace(dense_layer(rows, columns, thresholded, rows * 1000 + columns), name=name)
    return stage_case(name, KERNEL, layer, Folding(pe, simd, storage))


def image_case(
    rows: int,
    columns: int,
    pe: int,
    simd: int,
    storage: str,
    thresholded: bool,
    height: int,
    width: int,
    kinds: str,
) -> Case:
    name = f"image_{height}_{width}_{kinds}_{rows}_{columns}_{pe}_{simd}_{storage}"
    layer = replace(image_layer(rows, columns, thresholded, height, width, kinds), name=name)
    return stage_case(name, KERNEL, layer, Folding(pe, simd, storage))


def image_layer(
    rows: int, columns: int, thresholded: bool, height: int, width: int, kinds: str
) -> Layer:
    seed = rows * 1000 + columns
    way = kinds_of(height, width, kinds)
    return dense_layer(rows, columns, thresholded, seed, (height, width), way)


# The same of raw sums, and what offsets are: about how large, and in which steps.
OFFSETS = [
    (4, 6, 4, 6, "const", 1, 1, "none", 0, 1),
    (1, 1, 1, 1, "lutram", 1, 1, "none", 1, 2),
    (6, 10, 3, 5, "lutram", 3, 2, "none", 7, 2),
    (8, 12, 2, 4, "bram", 1, 1, "none", -20, 1),
    (6, 9, 3, 3, "lutram", 5, 4, "edges", 2, 2),
    (5, 8, 1, 8, "lutram", 3, 4, "columns", 30, 1),
    (20, 7, 1, 7, "lutram", 2, 3, "each", 0, 1),
    (4, 33, 2, 33, "const", 3, 2, "rows", -3, 4),
]


def offset_layer(
    rows: int, columns: int, height: int, width: int, kinds: str, about: int, step: int
) -> Layer:
    way = kinds_of(height, width, kinds)
    size = None if height * width == 1 else (height, width)
    layer = dense_layer(rows, columns, False, rows * 1000 + columns, size)
    assert isinstance(layer.op, Dense)
    sets = () if way is None else (int(way.max()) + 1,)
    rng = np.random.default_rng(rows)
    offsets = (about + step * rng.integers(-3, 4, (*sets, rows))).astype(np.int32)
    out = bits_for_range(int(offsets.min()) - columns, int(offsets.max()) + columns)
    op = replace(layer.op, kinds=way, offsets=offsets)
    return replace(layer, op=op, out_type=replace(layer.out_type, value=out))


def offset_case(
    rows: int,
    columns: int,
    pe: int,
    simd: int,
    storage: str,
    height: int,
    width: int,
    kinds: str,
    about: int,
    step: int,
) -> Case:
    name = f"offset_{about}_{step}_{height}_{width}_{kinds}_{rows}_{columns}_{pe}_{simd}_{storage}"
    layer = replace(offset_layer(rows, columns, height, width, kinds, about, step), name=name)
    return stage_case(name, KERNEL, layer, Folding(pe, simd, storage))


CASES = [
    *(case(*numbers) for numbers in VECTORS),
    *(image_case(*numbers) for numbers in IMAGES),
    *(offset_case(*numbers) for numbers in OFFSETS),
]


def expected_rows(layer: Layer, x: np.ndarray) -> list[list[int]]:
    """The layer by counting agreeing bits, one at a time."""
    op = layer.op
    assert isinstance(op, Dense)
    width = op.weights.shape[1]
    frames: list[list[int]] = []
    for frame in x:
        frames.append([])
        for pixel, start in enumerate(range(0, len(frame), width)):
            vector = frame[start : start + width]
            counts = [
                sum(int(a == w) for a, w in zip(vector, row, strict=True)) for row in op.weights
            ]
            if op.thresholds is None:
                added = np.zeros(len(counts), np.int32) if op.offsets is None else op.offsets
                added = added if op.kinds is None else added[op.kinds[pixel]]
                pairs = zip(counts, added.tolist(), strict=True)
                frames[-1] += [2 * count - width + offset for count, offset in pairs]
                continue
            levels = op.thresholds if op.kinds is None else op.thresholds[op.kinds[pixel]]
            frames[-1] += [int(c >= t) for c, t in zip(counts, levels, strict=True)]
    return frames


def check(layer: Layer, folding: Folding, seed: int) -> None:
    """Simulate frames of noise and of equal bits against the loops above."""
    instance = XnorMvuRtl().instance(layer, folding, XC7)
    x = np.random.default_rng(seed + 1).integers(0, 2, (7, layer.in_type.elements))
    x[0], x[1] = 0, 1
    want = expected_rows(layer, x)
    assert run_layer(layer, x.astype(np.int32)).tolist() == want
    bits = layer.out_type.value.bits
    job = Job(
        frames=[pack(row, lanes=folding.simd, bits=1) for row in x],
        expected=[pack(row, lanes=folding.pe, bits=bits) for row in want],
        claims={
            "cycles": KERNEL.cycles(layer, folding),
            "first_output": KERNEL.first_output(layer, folding),
            "latency": KERNEL.latency(layer, folding),
        },
        seed=seed,
    )
    run_kernel(KERNEL, instance.module, instance.parameters, job, data=instance.data)


@pytest.mark.parametrize(("rows", "columns", "pe", "simd", "storage", "thresholded"), VECTORS)
def test_products_are_exact_at_the_stated_pace(
    rows: int, columns: int, pe: int, simd: int, storage: str, thresholded: bool
) -> None:
    seed = rows * 1000 + columns
    layer = dense_layer(rows, columns, thresholded, seed)
    check(layer, Folding(pe, simd, storage), seed)


@pytest.mark.parametrize("numbers", IMAGES, ids=lambda n: "_".join(map(str, n)))
def test_every_pixel_is_held_against_its_own_thresholds(
    numbers: tuple[int, int, int, int, str, bool, int, int, str],
) -> None:
    rows, columns, pe, simd, storage, thresholded, height, width, kinds = numbers
    layer = image_layer(rows, columns, thresholded, height, width, kinds)
    check(layer, Folding(pe, simd, storage), rows * 1000 + columns)


@pytest.mark.parametrize("numbers", OFFSETS, ids=lambda n: "_".join(map(str, n)))
def test_offsets_are_added_to_raw_sums(
    numbers: tuple[int, int, int, int, str, int, int, str, int, int],
) -> None:
    rows, columns, pe, simd, storage, height, width, kinds, about, step = numbers
    layer = offset_layer(rows, columns, height, width, kinds, about, step)
    assert not [*layer.op.faults(layer.in_types, layer.out_type)]
    check(layer, Folding(pe, simd, storage), rows * 1000 + columns)


def test_sums_that_are_all_even_or_all_odd_need_no_bit_for_that() -> None:
    def parameters(*numbers: int) -> dict[str, str]:
        layer = offset_layer(4, 6, 1, 1, "none", *numbers)
        return XnorMvuRtl().instance(layer, Folding(2, 3, "lutram"), XC7).parameters

    assert not {"ODD", "FINE"} & {*parameters(0, 2)}
    assert parameters(1, 2)["ODD"] == "1'b1"
    assert parameters(0, 1)["FINE"] == "1'b1"


def test_resources_are_what_synthesis_finds(every: int) -> None:
    grid = [
        (64, 784, 4, 49, "lutram", True),
        (64, 64, 8, 8, "bram", True),
        (64, 100, 16, 25, "lutram", True),
        (20, 60, 20, 30, "const", True),
        (48, 96, 4, 6, "bram", True),
        (10, 128, 5, 64, "lutram", False),
    ]
    images = [
        (64, 72, 8, 24, "bram", True, 14, 14, "edges"),
        (24, 36, 24, 36, "const", True, 5, 5, "edges"),
        (30, 60, 10, 60, "lutram", True, 6, 5, "none"),
        (24, 96, 3, 96, "lutram", True, 4, 4, "none"),
        (4, 200, 2, 200, "const", False, 4, 4, "none"),
        (20, 12, 4, 6, "lutram", True, 3, 4, "columns"),
    ]
    offsets = [
        (24, 96, 3, 96, "lutram", 4, 4, "none", 3, 1),
        (30, 60, 10, 20, "lutram", 1, 1, "none", 3, 2),
        (64, 72, 8, 24, "bram", 14, 14, "edges", 0, 1),
    ]
    cases = [case(*numbers) for numbers in grid] + [image_case(*numbers) for numbers in images]
    cases += [offset_case(*numbers) for numbers in offsets]
    check_estimates(cases[::every], XC7)


def test_resources_are_about_what_synthesis_finds_on_ecp5() -> None:
    grid = [
        (64, 64, 8, 8, "bram", True),
        (20, 60, 20, 30, "const", True),
        (10, 128, 5, 64, "lutram", False),
    ]
    cases = [case(*numbers) for numbers in grid]
    cases.append(offset_case(24, 96, 3, 24, "lutram", 1, 1, "none", 3, 1))
    check_estimates(cases, ECP5, share=0.25)
