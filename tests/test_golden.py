# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The golden engine against plain matrix products and explicit loops."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from tests.designs import Maker
from tests.small_graphs import argmax, chain, conv, dense, pool, quantize, window

from xnorflow.ir.layer import Layer
from xnorflow.ir.ops import product
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.spec import check
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType, bits_for_range
from xnorflow.simulate import golden
from xnorflow.simulate.golden import run_graph, run_layer

UINT8 = ValueType(8)


@pytest.mark.parametrize("width", [1, 2, 31, 63, 64, 65, 127, 128, 129, 784])
@pytest.mark.parametrize("out", [1, 3, 130])
def test_products_of_bits(width: int, out: int) -> None:
    rng = np.random.default_rng(width * 1000 + out)
    weights = rng.integers(0, 2, (out, width))
    x = rng.integers(0, 2, (37, width)).astype(np.int32)
    sums = (2 * x - 1) @ (2 * weights.T - 1)
    raw = run_graph(chain(BIPOLAR, width, dense(weights)), x)
    assert raw.dtype == np.int32
    np.testing.assert_array_equal(raw, sums)
    thresholds = rng.integers(0, width + 2, out)
    popcounts = (x[:, np.newaxis] == weights).sum(axis=2)
    found = run_graph(chain(BIPOLAR, width, dense(weights, thresholds)), x)
    np.testing.assert_array_equal(found, popcounts >= thresholds)


def test_more_frames_than_fit_one_chunk() -> None:
    rng = np.random.default_rng(5)
    weights = rng.integers(0, 2, (300, 200))
    x = rng.integers(0, 2, (1000, 200)).astype(np.int32)
    sums = (2 * x - 1) @ (2 * weights.T - 1)
    np.testing.assert_array_equal(run_graph(chain(BIPOLAR, 200, dense(weights)), x), sums)


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
    graph = chain(BIPOLAR, 2, dense([[1, 1], [1, 0], [0, 0]]), argmax([0, 2, 0]))
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
            place = (
                row * sweep.stride[0] + y - sweep.pads[0],
                column * sweep.stride[1] + x - sweep.pads[1],
            )
            inside = 0 <= place[0] < image.shape[0] and 0 <= place[1] < image.shape[1]
            pixels.append(image[place] if inside else None)
    return pixels


def random_images(value: ValueType, shape: tuple[int, ...], count: int = 5) -> np.ndarray:
    rng = np.random.default_rng(list(shape))
    return rng.integers(value.low, value.high + 1, (count, *shape)).astype(np.int32)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", SWEEPS)
@pytest.mark.parametrize(("value", "fill"), [(BIPOLAR, 0), (BIPOLAR, 1), (INT3, -3), (UINT8, 200)])
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
@pytest.mark.parametrize("value", [BIPOLAR, INT3, UINT8])
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
@pytest.mark.parametrize("value", [BIPOLAR, INT3, UINT8])
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
                if value.is_bipolar:
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
    images = random_images(BIPOLAR, (2, 3, 4))
    graph = chain(BIPOLAR, (2, 3, 4), dense(weights))
    check(graph)
    flat = images.reshape(len(images), 24)
    np.testing.assert_array_equal(run_graph(graph, flat), (2 * flat - 1) @ (2 * weights.T - 1))


# exactness, chunks, memory


@pytest.mark.parametrize("width", [65_793, 65_794, 70_001])
def test_sums_are_exact_around_two_to_the_24th(width: int) -> None:
    """At 65,793 inputs of 255 the sum is 2 ** 24 - 1, the last that float32 is trusted with."""
    most = 255 * width
    ones = np.ones((3, width), dtype=np.uint8)
    x = np.full((3, width), 255, dtype=np.int32)
    x[1, 7], x[2, 9] = 254, 0
    limits = np.array([most, most - 1, most + 1], dtype=np.int32)
    entry, sums = TensorType((width,), UINT8), TensorType((3,), bits_for_range(-most, most))
    bits = Layer("d", Dense(ones, limits), ("x",), "y", (entry,), TensorType((3,), BIPOLAR))
    assert run_layer(bits, x).tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]
    raw = Layer("d", Dense(ones, None), ("x",), "y", (entry,), sums)
    assert run_layer(raw, x)[:, 0].tolist() == [most, most - 1, most - 255]


def test_sums_beyond_all_floating_point_are_exact() -> None:
    width, int32 = 1 << 22, ValueType(32, signed=True)
    weights = np.ones((1, width), dtype=np.uint8)
    weights[0, : width // 2] = 0
    x = np.full((2, width), int32.low, dtype=np.int32)
    x[1, -1] += 1
    found = run_graph(chain(int32, width, dense(weights, [1])), x)
    assert found.tolist() == [[0], [1]]


@pytest.mark.parametrize("chunk", [1, 1000, 1 << 23])
@pytest.mark.parametrize("threads", [1, 3])
def test_frames_keep_their_order_through_chunks_and_threads(
    monkeypatch: pytest.MonkeyPatch, chunk: int, threads: int
) -> None:
    monkeypatch.setattr(golden, "_CHUNK_ELEMENTS", chunk)
    monkeypatch.setattr(golden, "_threads", lambda: threads)
    monkeypatch.setattr(product, "_LEAST_PIXELS", 7)
    monkeypatch.setattr(product, "_BLOCK_WORDS", 1)
    graph = (
        Maker((9, 8, 2), INT3)
        .window("window0", Sweep((3, 2)), (1, 1))
        .conv("conv0", 6, (1, 1), kinds=3)
        .pool("pool0", Sweep((2, 2), (2, 2)), (1, 1))
        .window("window1", Sweep((2, 2), (1, 1), (1, 1, 1, 1)), (1, 1), fill=1)
        .conv("conv1", 5, (1, 1), kinds=2)
        .dense("dense2", 4, (1, 1), raw=True)
        .graph()
    )
    frames = random_images(INT3, (9, 8, 2), 23).reshape(23, -1)
    wanted = []
    for frame in frames:
        x = frame[np.newaxis]
        for layer in graph.layers:
            x = run_layer(layer, x)
            assert x.dtype == np.int32
        wanted += x.tolist()
    assert run_graph(graph, frames).tolist() == wanted
    assert len({tuple(row) for row in wanted}) > 5


def test_no_frames_give_no_answers() -> None:
    graph = chain(BIPOLAR, 3, dense([[1, 0, 1]]))
    assert run_graph(graph, np.empty((0, 3), dtype=np.int32)).shape == (0, 1)


def test_tensors_are_dropped_once_they_are_read() -> None:
    flip = quantize([[1, 0]])
    graph = chain(BIPOLAR, 100_000, *[flip] * 30)
    frames = np.zeros((50, 100_000), dtype=np.int32)
    tracemalloc.start()
    result = run_graph(graph, frames)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert not result.any()
    # The result takes 20 MB, a layer's tensor 5 MB, its indices 40 MB.
    assert peak < 100 << 20
