# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The golden engine against plain matrix products, and the host's part with good and bad arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.small_graphs import argmax, chain, conv, dense, pool, quantize, window

from xnorflow.ir.diagnostics import Diagnostic, XnorflowError
from xnorflow.ir.graph import HostInput, HostOutput
from xnorflow.ir.spec import check
from xnorflow.ir.sweep import Sweep
from xnorflow.ir.types import BINARY, TensorType, ValueType
from xnorflow.simulate.golden import run_graph
from xnorflow.simulate.host import from_raw, input_levels, to_frames

UINT8 = ValueType(8)


@pytest.mark.parametrize("width", [1, 2, 31, 63, 64, 65, 127, 128, 129, 784])
@pytest.mark.parametrize("out", [1, 3, 130])
def test_products_of_bits(width: int, out: int) -> None:
    rng = np.random.default_rng(width * 1000 + out)
    weights = rng.integers(0, 2, (out, width))
    x = rng.integers(0, 2, (37, width)).astype(np.int32)
    sums = (2 * x - 1) @ (2 * weights.T - 1)
    raw = run_graph(chain(BINARY, width, dense(weights)), x)
    assert raw.dtype == np.int32
    np.testing.assert_array_equal(raw, sums)
    thresholds = rng.integers(0, width + 2, out)
    popcounts = (x[:, np.newaxis] == weights).sum(axis=2)
    found = run_graph(chain(BINARY, width, dense(weights, thresholds)), x)
    np.testing.assert_array_equal(found, popcounts >= thresholds)


def test_more_frames_than_fit_one_chunk() -> None:
    rng = np.random.default_rng(5)
    weights = rng.integers(0, 2, (300, 200))
    x = rng.integers(0, 2, (1000, 200)).astype(np.int32)
    sums = (2 * x - 1) @ (2 * weights.T - 1)
    np.testing.assert_array_equal(run_graph(chain(BINARY, 200, dense(weights)), x), sums)


@pytest.mark.parametrize("value", [ValueType(8), ValueType(5, signed=True), ValueType(2)])
def test_products_of_integers(value: ValueType) -> None:
    rng = np.random.default_rng(value.bits)
    weights = rng.integers(0, 2, (9, 33))
    x = rng.integers(value.low, value.high + 1, (20, 33)).astype(np.int32)
    sums = x @ (2 * weights.T - 1)
    np.testing.assert_array_equal(run_graph(chain(value, 33, dense(weights)), x), sums)
    thresholds = rng.integers(-30, 30, 9)
    found = run_graph(chain(value, 33, dense(weights, thresholds)), x)
    np.testing.assert_array_equal(found, sums >= thresholds)


def test_tables_count_from_the_lowest_value() -> None:
    int2 = ValueType(2, signed=True)
    graph = chain(int2, 2, quantize([[0, 1, 1, 0], [1, 1, 0, 0]]))
    x = np.array([[-2, -2], [-1, 1], [1, 0]], dtype=np.int32)
    assert run_graph(graph, x).tolist() == [[0, 1], [1, 0], [0, 0]]


def test_the_first_of_equal_maxima_wins() -> None:
    graph = chain(BINARY, 2, dense([[1, 1], [1, 0], [0, 0]]), argmax([0, 2, 0]))
    x = np.array([[1, 1], [0, 0], [0, 1]], dtype=np.int32)
    # Scores 2, 0 + 2, -2; -2, 0 + 2, 2; 0, -2 + 2, 0.
    assert run_graph(graph, x).tolist() == [[0], [1], [0]]


# images

SWEEPS = {
    (5, 7): Sweep((3, 3)),
    (6, 4): Sweep((1, 1), (2, 3)),
    (1, 9): Sweep((1, 4), (1, 2)),
    (7, 5): Sweep((3, 2), (2, 1), (1, 1, 1, 0)),
    (4, 4): Sweep((4, 4), (3, 3), (3, 3, 3, 3)),
    (8, 3): Sweep((2, 3), (4, 5), (1, 2, 0, 0)),
}
"""Sizes of images -> how a kernel moves over them."""
INT3 = ValueType(3, signed=True)


def seen(image: np.ndarray, sweep: Sweep, row: int, column: int) -> list[np.ndarray | None]:
    """The pixels at a position, one by one; None beyond the edge."""
    pixels: list[np.ndarray | None] = []
    for y in range(sweep.kernel[0]):
        for x in range(sweep.kernel[1]):
            place = (row * sweep.stride[0] + y - sweep.pads[0],)
            place += (column * sweep.stride[1] + x - sweep.pads[1],)
            inside = 0 <= place[0] < image.shape[0] and 0 <= place[1] < image.shape[1]
            pixels.append(image[place] if inside else None)
    return pixels


def random_images(value: ValueType, shape: tuple[int, ...], count: int = 5) -> np.ndarray:
    rng = np.random.default_rng(list(shape))
    return rng.integers(value.low, value.high + 1, (count, *shape)).astype(np.int32)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", SWEEPS)
@pytest.mark.parametrize(("value", "fill"), [(BINARY, 0), (BINARY, 1), (INT3, -3), (UINT8, 200)])
def test_a_window_shows_what_each_position_sees(
    size: tuple[int, int], channels: int, value: ValueType, fill: int
) -> None:
    sweep = SWEEPS[size]
    graph = chain(value, (*size, channels), window(sweep, fill, value))
    check(graph)
    images = random_images(value, (*size, channels))
    down, across, _ = graph.tensors["t0"].shape
    edge = np.full(channels, fill)
    wanted = [
        [edge if pixel is None else pixel for pixel in seen(image, sweep, row, column)]
        for image in images
        for row in range(down)
        for column in range(across)
    ]
    found = run_graph(graph, images.reshape(len(images), -1))
    assert found.dtype == np.int32
    assert found.tolist() == np.reshape(wanted, (len(images), -1)).tolist()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", SWEEPS)
@pytest.mark.parametrize("value", [BINARY, INT3, UINT8])
def test_a_pool_takes_the_largest_and_no_edge(
    size: tuple[int, int], channels: int, value: ValueType
) -> None:
    sweep = SWEEPS[size]
    graph = chain(value, (*size, channels), pool(sweep, value))
    check(graph)
    images = random_images(value, (*size, channels))
    down, across, _ = graph.tensors["t0"].shape
    wanted = [
        np.max([p for p in seen(image, sweep, row, column) if p is not None], axis=0).tolist()
        for image in images
        for row in range(down)
        for column in range(across)
    ]
    found = run_graph(graph, images.reshape(len(images), -1))
    assert found.reshape(-1, channels).tolist() == wanted


@pytest.mark.parametrize("kinds", [0, 1, 4])
@pytest.mark.parametrize("value", [BINARY, INT3, UINT8])
def test_a_product_of_every_pixel(value: ValueType, kinds: int) -> None:
    rng = np.random.default_rng(kinds)
    size, width, out = (3, 5), 70, 9
    weights = rng.integers(0, 2, (out, width))
    images = random_images(value, (*size, width))
    rows = rng.permutation(np.arange(15) % kinds) if kinds else None
    limits = rng.integers(20, 51, (kinds, out) if kinds else out)
    found = run_graph(
        chain(value, (*size, width), conv(weights, limits, rows)), images.reshape(5, -1)
    ).reshape(5, 15, out)
    raw = run_graph(
        chain(value, (*size, width), conv(weights, None, None)), images.reshape(5, -1)
    ).reshape(5, 15, out)
    for frame, image in enumerate(images.reshape(5, 15, width)):
        for place, pixel in enumerate(image):
            for row in range(out):
                if value.is_binary:
                    sum_ = count = int((pixel == weights[row]).sum())
                    dot = 2 * count - width
                else:
                    sum_ = dot = int(pixel @ (2 * weights[row] - 1))
                limit = limits[row] if rows is None else limits[rows[place]][row]
                assert raw[frame, place, row] == dot
                assert found[frame, place, row] == int(sum_ >= limit)


def test_a_product_may_take_a_whole_image() -> None:
    rng = np.random.default_rng(1)
    weights = rng.integers(0, 2, (4, 24))
    images = random_images(BINARY, (2, 3, 4))
    graph = chain(BINARY, (2, 3, 4), dense(weights))
    check(graph)
    flat = images.reshape(len(images), 24)
    np.testing.assert_array_equal(run_graph(graph, flat), (2 * flat - 1) @ (2 * weights.T - 1))


# to_frames


def refused(host: HostInput, value: ValueType, x: Any) -> Diagnostic:
    with pytest.raises(XnorflowError) as caught:
        to_frames(host, TensorType((4,), value), np.asarray(x))
    (fault,) = caught.value.diagnostics
    return fault


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "float64", ">i4"])
def test_frames_of_any_number_type(dtype: str) -> None:
    x = np.array([[0, 1, 2, 255]], dtype=dtype)
    frames = to_frames(HostInput((4,)), TensorType((4,), UINT8), x)
    assert frames.dtype == np.int32
    assert frames.tolist() == [[0, 1, 2, 255]]


def test_frames_in_another_order() -> None:
    host = HostInput((2, 2), np.array([3, 0, 2, 1], dtype=np.int32))
    frames = to_frames(host, TensorType((4,), UINT8), np.array([[[10, 11], [12, 13]]]))
    assert frames.tolist() == [[13, 10, 12, 11]]


def test_levels_become_stored_integers() -> None:
    host = HostInput((4,), levels=(-1, 1))
    frame = TensorType((4,), BINARY)
    assert to_frames(host, frame, np.array([[-1, 1, 1, -1.0]])).tolist() == [[0, 1, 1, 0]]
    assert input_levels(host, frame).tolist() == [-1, 1]
    fault = refused(host, BINARY, [[-1, 1, 0, 1]])
    assert fault.code == "input-value"
    assert fault.message == "the input must hold one of -1, 1, not 0 as in frame 0"


@pytest.mark.parametrize("shape", [(4,), (1, 5), (2, 2, 2), (), (0, 4)])
def test_wrong_shapes(shape: tuple[int, ...]) -> None:
    fault = refused(HostInput((4,)), UINT8, np.zeros(shape))
    assert fault.code == "input-shape"
    shown = ", ".join(map(str, shape))
    assert fault.message == f"the input must have shape [frames, 4], not [{shown}]"


@pytest.mark.parametrize("dtype", ["complex64", "U3", "O", "M8[s]"])
def test_wrong_types(dtype: str) -> None:
    fault = refused(HostInput((4,)), UINT8, np.zeros((1, 4), dtype=dtype))
    assert fault.code == "input-dtype"
    assert fault.message.startswith("the input must hold integers, not ")


@pytest.mark.parametrize(
    "bad", [-1, 256, 0.5, float("nan"), float("inf"), -float("inf"), 1 << 40, 1e300]
)
def test_wrong_values(bad: float) -> None:
    x = np.array([[0, 0, 0, 0], [0, 0, bad, 0]])
    fault = refused(HostInput((4,)), UINT8, x)
    assert fault.code == "input-value"
    assert "must hold integers from 0 to 255, not " in fault.message
    assert fault.message.endswith("as in frame 1")
    assert "--input-scale" in fault.hint


def test_large_unsigned_values_do_not_wrap() -> None:
    x = np.full((1, 4), 2**64 - 1, dtype=np.uint64)
    assert refused(HostInput((4,)), UINT8, x).code == "input-value"


# from_raw


def host(table: list[list[float]], first: int, step: int, **options: Any) -> HostOutput:
    shape = options.pop("shape", (2,))
    dtype = options.pop("dtype", "float32")
    return HostOutput(shape, dtype, np.array(table), first, step, **options)


def test_scores_and_their_label() -> None:
    output, label = from_raw(
        host([[-1.5, 0.0, 1.5]], -2, 2), np.array([[-2, 2], [2, 2], [0, -2]], dtype=np.int32)
    )
    assert output.tolist() == [[-1.5, 1.5], [1.5, 1.5], [0.0, -1.5]]
    assert output.dtype == np.float32
    assert label.tolist() == [1, 0, 0]


def test_a_table_for_each_element() -> None:
    output, label = from_raw(
        host([[0, 1, 2], [30, 20, 10]], -2, 2), np.array([[-2, 2]], dtype=np.int32)
    )
    assert output.tolist() == [[0, 10]]
    assert label.tolist() == [1]


def test_the_best_are_chosen_by_value_then_place() -> None:
    table = host([[0, 5, 5]], 0, 1, shape=(1, 2), dtype="int64", top=2)
    output, label = from_raw(table, np.array([[0, 2, 1]], dtype=np.int32))
    assert output.tolist() == [[[1, 2]]]
    assert output.dtype == np.int64
    assert label.tolist() == [1]


@pytest.mark.parametrize(
    ("first", "step", "raw", "wanted"),
    [(0, 1, [[2], [0]], [2, 0]), (-2, 2, [[2], [0], [-2]], [1, 0, 0])],
)
def test_labels_of_one_output(
    first: int, step: int, raw: list[list[int]], wanted: list[int]
) -> None:
    table = host([[-7.0, 0.0, 7.0]], first, step, shape=(1,))
    _, label = from_raw(table, np.array(raw, dtype=np.int32))
    assert label.tolist() == wanted


@pytest.mark.parametrize("bad", [-4, 4, 1, -1])
def test_integers_that_no_sound_accelerator_gives(bad: int) -> None:
    with pytest.raises(XnorflowError) as caught:
        from_raw(host([[0, 1, 2]], -2, 2), np.array([[0, bad]], dtype=np.int32))
    (fault,) = caught.value.diagnostics
    assert fault.code == "raw-out-of-range"
    assert fault.message == f"the accelerator's integers must be -2 to 2 in steps of 2, not {bad}"
