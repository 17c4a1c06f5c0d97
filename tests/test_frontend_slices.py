# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Ranges of channels, by Slice and Split, in every place of a network, against the executor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto
from tests.blocks import (
    CHANNELS,
    END,
    IMAGES,
    SIDE,
    branch,
    end,
    halves,
    improvement,
    norm,
    quant,
    sign,
    stem,
)
from tests.faulty import refused
from tests.layer_ops import op_of
from tests.predict import pixels, same
from tests.qonnx_net import Net, signs
from tests.rng import generator

from xnorflow.frontend.load import examine_model, load_model
from xnorflow.ir.graph import Graph
from xnorflow.ir.input_spec import InputSpec, InputType
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.slice import Slice
from xnorflow.ir.types import ValueType

RNG = generator(12)

Start = tuple[int, int]


def conv(net: Net, out: int, channels: int) -> None:
    net.conv(signs(RNG, out, channels, 3, 3), pads=[1, 1, 1, 1])


def join(net: Net, *parts: str) -> None:
    net.last = net.node("Concat", [*parts], axis=1)


def bits(net: Net) -> None:
    """Both parts of bits go through products of their own."""
    sign(net)
    made = []
    for part, channels in zip(net.split(1, 3), (1, 3), strict=True):
        net.last = part
        conv(net, 2, channels)
        norm(net, 2)
        made.append(quant(net, 1 / 16))
    join(net, *made)


def product(net: Net) -> None:
    """Parts of the sums of a product, behind a BatchNorm, become integers and bits."""
    sign(net)
    conv(net, CHANNELS, CHANNELS)
    norm(net)
    first, net.last = net.split(2, 2)
    net.bipolar()
    conv(net, 2, 2)
    made = quant(net, 1 / 4)
    net.last = first
    join(net, quant(net, 1 / 16), made)


def norms(net: Net) -> None:
    """A BatchNorm of integers, and of a part's part."""
    norm(net)
    first, net.last = net.split(1, 3)
    net.add("Relu")
    quant(net, 1 / 16)
    second = net.channels(1, 3)
    net.last = first
    net.add("Mul", 0.75)
    net.channels(0, 1)
    net.bipolar()
    join(net, net.last, second, net.last)


def sums(net: Net) -> None:
    skip = net.last
    branch(net)
    net.add("Add", skip)
    norm(net)
    net.channels(1, 3)
    norm(net, 2)
    made = quant(net, 1 / 16)
    join(net, made, made)


def unused(net: Net) -> None:
    """A Split of which one output is read."""
    _, net.last, _ = net.split(1, 2, 1)
    skip = net.last
    join(net, skip, branch(net, 2, 2))


def pooled(net: Net) -> None:
    net.add("Sub", 4.0)
    sign(net)
    net.max_pool(2, 2, strides=[2, 2])
    first, net.last = net.split(2, 2)
    net.max_pool(2, 2, strides=[2, 2])
    second = net.last
    net.last = first
    net.max_pool(2, 2, strides=[2, 2])
    join(net, second, net.last)


def pooled_functions(net: Net) -> None:
    norm(net)
    net.channels(0, 2)
    net.max_pool(2, 2, strides=[2, 2])
    net.bipolar()
    join(net, net.last, net.last)


def averages(net: Net) -> None:
    net.add("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    first, net.last = net.split(2, 2)
    made = quant(net, 1 / 8)
    net.last = first
    join(net, made, quant(net, 1 / 16))


def channels_last(net: Net) -> None:
    net.add("Transpose", perm=[0, 2, 3, 1])
    made = []
    for part in net.split(1, 3, axis=3):
        net.last = part
        made.append(net.add("Transpose", perm=[0, 3, 1, 2]))
    join(net, *reversed(made))


def functions_of_both(net: Net) -> None:
    skip = net.last
    net.add("Mul", 0.5)
    join(net, *reversed(net.split(2, 2)))
    net.add("Add", skip)
    quant(net, 1 / 16)


def padded(net: Net) -> None:
    sign(net)
    net.channels(0, 2)
    net.pad([0, 0, 1, 1, 0, 0, 1, 1], 1.0)
    net.conv(signs(RNG, CHANNELS, 2, 3, 3))
    quant(net, 1 / 4)


def thresholds(net: Net) -> None:
    net.add("MultiThreshold", np.sort(RNG.normal(size=(CHANNELS, 7)), axis=1), out_dtype="UINT3")
    net.add("Mul", 0.25)
    join(net, *reversed(net.split(2, 2)))


def whole(net: Net) -> None:
    net.channels(0, 99)
    net.channels(0, 1, axis=0)
    branch(net)


BLOCKS: dict[str, tuple[Callable[[Net], None], Sequence[Start]]] = {
    "improvement": (improvement, [(0, 2), (2, 4)]),
    "halves": (halves, [(2, 4), (0, 2)]),
    "bits": (bits, [(0, 1), (1, 4)]),
    "product": (product, [(0, 2), (2, 4)]),
    "norms": (norms, [(0, 1), (1, 4), (1, 3)]),
    "sums": (sums, [(1, 3)]),
    "unused": (unused, [(1, 3)]),
    "pooled": (pooled, [(0, 2), (2, 4)]),
    "pooled functions": (pooled_functions, [(0, 2)]),
    "averages": (averages, [(0, 2), (2, 4)]),
    "channels last": (channels_last, [(0, 1), (1, 4)]),
    "functions of both": (functions_of_both, [(0, 2), (2, 4)]),
    "padded": (padded, [(0, 2)]),
    "thresholds": (thresholds, [(0, 2), (2, 4)]),
    "whole": (whole, []),
}


def ranges(graph: Graph) -> list[Start]:
    found = (op_of(x, Slice) for x in graph.layers if isinstance(x.op, Slice))
    return [(op.start, op.stop) for op in found]


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(tmp_path: Path, name: str) -> None:
    block, wanted = BLOCKS[name]
    net = stem()
    block(net)
    sign(net)
    graph = same(end(net), tmp_path, IMAGES)
    assert sorted(ranges(graph)) == sorted(wanted)


def test_sums_without_a_common_step_are_sliced_before_their_functions(tmp_path: Path) -> None:
    net = stem()
    sign(net)
    scales = np.reshape([0.125, 8, 3, 1], (-1, 1, 1, 1))
    net.add("Conv", signs(RNG, CHANNELS, CHANNELS, 3, 3) * scales, pads=[1, 1, 1, 1])
    first, net.last = net.split(2, 2)
    made = net.bipolar()
    net.last = first
    join(net, quant(net, 1 / 8), made)
    sign(net)
    graph = same(end(net), tmp_path, IMAGES)
    kinds = [type(x.op).__name__ for x in graph.layers]
    place = kinds.index("Slice")
    assert kinds[place - 2 : place + 2] == ["Dense", "Fork", "Slice", "Quantize"]
    quantised = op_of(graph.layers[place + 1], Quantize)
    assert quantised.domain is not None
    assert quantised.domain.step == 2


def test_an_error_of_sums_is_told_of_what_decides_behind_a_range(tmp_path: Path) -> None:
    net = stem()
    sign(net)
    net.add("Conv", signs(RNG, CHANNELS, CHANNELS, 3, 3) * np.float32(0.1))
    net.channels(1, 3)
    net.bipolar()
    net.add("Flatten")
    net.dense(signs(RNG, 2 * (SIDE - 2) ** 2, 3))
    graph = load_model(net.save(tmp_path))
    (told,) = [note for note in graph.notes if note.code == "inexact-sums"]
    assert told.message.startswith("slice0: ")


@pytest.mark.parametrize("opset", [9, 11, 13, 18])
def test_ranges_as_every_version_of_the_operators_has_them(tmp_path: Path, opset: int) -> None:
    net = stem()
    sign(net)
    net.opset, skip = opset, net.last
    if opset == 9:
        first = net.add("Slice", starts=[1], ends=[END], axes=[1])
    else:
        first = net.channels(-3, END)
    net.last = skip
    if opset < 13:
        made = net.add("Split", split=[1, 3], axis=1, outputs=2)
    elif opset == 18:
        made = net.add("Split", num_outputs=2, axis=1, outputs=2)
    else:
        made = net.add("Split", axis=-3, outputs=2)  # into equal parts
    join(net, first, made)
    net.add("Flatten")
    net.dense(signs(RNG, (4 if opset < 13 else 5) * SIDE * SIDE, 3))
    graph = same(net, tmp_path, IMAGES)
    assert ranges(graph) == [(1, 4), (0, 1 if opset < 13 else 2)]


@pytest.mark.parametrize("kind", ["sums", "functions", "choice"])
def test_a_network_may_end_in_a_range(tmp_path: Path, kind: str) -> None:
    net = stem()
    sign(net)
    net.add("Flatten")
    net.dense(signs(RNG, CHANNELS * SIDE * SIDE, 6))
    if kind != "sums":
        net.add("Mul", 0.37)
        net.add("Add", RNG.normal(size=6))
    net.channels(1, 4)
    if kind == "choice":
        net.add("ArgMax", axis=1)
        net.output_type = TensorProto.INT64
    assert ranges(same(net, tmp_path, IMAGES)) == [(1, 4)]


def test_ranges_of_vectors(tmp_path: Path) -> None:
    net = Net((1, 12))
    net.add("Sub", 127.5)
    net.bipolar()
    net.dense(signs(RNG, 12, 8))
    net.add("Mul", RNG.uniform(0.5, 2, 8))
    first, _, net.last = net.split(3, 1, 4)
    net.add("Add", RNG.normal(size=4))
    made = net.bipolar()
    net.last = first
    join(net, net.bipolar(), made)
    net.dense(signs(RNG, 7, 3))
    assert ranges(same(net, tmp_path, pixels(12))) == [(0, 3), (4, 8)]


def test_whole_channels_of_a_flattened_image(tmp_path: Path) -> None:
    net = stem()
    sign(net)
    net.add("Flatten")
    net.channels(SIDE * SIDE, 3 * SIDE * SIDE)
    net.dense(signs(RNG, 2 * SIDE * SIDE, 3))
    assert ranges(same(net, tmp_path, IMAGES)) == [(1, 3)]


def test_channels_of_what_enters(tmp_path: Path) -> None:
    net = Net((1, 4, SIDE, SIDE))
    net.add("Mul", 1 / 255)
    net.add("Sub", np.array([0.3, 0.4, 0.5, 0.6]).reshape(1, 4, 1, 1))
    first, net.last = net.split(1, 3)
    quant(net, 1 / 8, 4)
    conv(net, 2, 3)
    made = net.bipolar()
    net.last = first
    net.bipolar()
    conv(net, 2, 1)
    join(net, net.bipolar(), made)
    net.add("Flatten")
    net.dense(signs(RNG, 4 * SIDE * SIDE, 3))
    images = pixels(4, SIDE, SIDE)
    assert ranges(same(net, tmp_path, images)) == [(0, 1), (1, 4)]


def test_what_enters_is_known_from_what_reads_the_range(tmp_path: Path) -> None:
    net = Net((1, 6))
    net.channels(1, 5)
    net.dense(signs(RNG, 4, 3))
    x = np.where(pixels(6) < 128, -1, 1).astype(np.int8)
    graph = same(net, tmp_path, x)
    assert graph.host_input.known_by.endswith("multiplies it as it is")


def test_channels_of_different_means_are_not_stored_in_front_of_a_range(tmp_path: Path) -> None:
    given = InputSpec(InputType(ValueType(8)), mean=(0.11, 0.23, 0.37, 0.41))
    net = Net((1, 4, SIDE, SIDE))
    net.channels(1, 3)
    net.bipolar()
    conv(net, 2, 2)
    (fault,) = refused(net.save(tmp_path), given)
    assert fault.code == "unquantised-input"


def test_slices_are_named_after_the_users_nodes(tmp_path: Path) -> None:
    net = stem()
    first, net.last = net.split(2, 2)
    join(net, branch(net, 2, 2), first)
    found = examine_model(end(net).save(tmp_path))
    assert found.graph is not None
    made = [x for x in found.graph.layers if isinstance(x.op, Slice)]
    assert [x.origin.nodes for x in made] == [("Split_9",), ("Split_9",)]
    assert [x.name for x in made] == ["slice0", "slice1"]


def sliced(*inputs: object, dtype: type = np.int64) -> Callable[[Net], object]:
    return lambda net: net.add("Slice", *(net.constant(x, dtype) for x in inputs))


def shuffled(net: Net) -> None:
    net.reshape(1, 2, 2, SIDE, SIDE)
    net.add("Transpose", perm=[0, 2, 1, 3, 4])
    net.reshape(1, CHANNELS, SIDE, SIDE)
    net.channels(0, 2)


def shifted(net: Net) -> None:
    net.pad([0, 0, 1, 1, 0, 0, 1, 1], 1.0)
    net.channels(0, 2)


def made_of_frames(net: Net) -> None:
    stop = net.node("GlobalMaxPool", [net.last])
    stop = net.node("Cast", [net.node("Flatten", [stop])], to=TensorProto.INT64)
    net.add("Slice", net.constant([0], np.int64), stop)


CHANNELS_ALONE = "must take neighbouring channels as they were made, the same at each pixel, not "
KNOWN = "must take parts of [1, 4, 8, 8] that are known and not empty"
STEPS = "must take elements one beside the other, in steps of 1, not of "


@pytest.mark.parametrize(
    ("step", "rule"),
    [
        (lambda net: net.channels(0, 4, axis=2), CHANNELS_ALONE + "[1, 4, 4, 8] of [1, 4, 8, 8]"),
        (lambda net: net.split(4, 4, axis=3), CHANNELS_ALONE + "[1, 4, 8, 4] of [1, 4, 8, 8]"),
        (sliced([0, 0], [2, 4], [1, 2]), CHANNELS_ALONE + "[1, 2, 4, 8] of [1, 4, 8, 8]"),
        (shuffled, CHANNELS_ALONE + "[1, 2, 8, 8] of [1, 4, 8, 8]"),
        (shifted, "must read computed elements alone, not constants that a Pad puts in"),
        (sliced([0], [4], [1], [2]), STEPS + "[2]"),
        (sliced([3], [-9], [1], [-1]), STEPS + "[-1]"),
        (sliced([0], [2], [1], [0]), KNOWN),
        (sliced([3], [1], [1]), KNOWN),
        (sliced([-END], [-5], [1]), KNOWN),
        (sliced([0], [2], [9]), KNOWN),
        (sliced([0], [2], [-5]), KNOWN),
        (sliced([0, 0], [2, 2], [1, 1]), KNOWN),
        (sliced([0], [2], [1, 2]), KNOWN),
        (sliced([0.0], [2.0], [1.0], dtype=np.float32), KNOWN),
        (lambda net: net.split(2, 3), KNOWN),
        (lambda net: net.split(1, 1, 1), KNOWN),
        (lambda net: net.add("Split", net.constant([2], np.int64), axis=1, outputs=2), KNOWN),
        (lambda net: net.add("Split", axis=7, outputs=2), KNOWN),
        (made_of_frames, KNOWN),
    ],
)
def test_what_is_no_range_of_channels(
    tmp_path: Path, step: Callable[[Net], object], rule: str
) -> None:
    net = stem()
    quant(net, 1 / 16)
    step(net)
    net.bipolar()
    found = [fault for fault in refused(net.save(tmp_path)) if rule in fault.message]
    assert [fault.code for fault in found] == ["unsupported-op"]
    assert found[0].message.split()[0] in ("Slice", "Split")


@pytest.mark.parametrize("sizes", [(4,), (4, 0)])
def test_a_part_may_be_all(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    net = stem()
    net.split(*sizes)
    assert not ranges(same(end(net), tmp_path, IMAGES))


def test_a_negative_part(tmp_path: Path) -> None:
    net = stem()
    net.split(-2, 6)
    (fault, *_) = refused(end(net).save(tmp_path))
    assert fault.code == "model-invalid"


def test_values_of_no_common_step_are_not_stored_in_front_of_a_range(tmp_path: Path) -> None:
    net = stem()
    norm(net)
    first = net.last
    net.bipolar()
    second = net.channels(0, 2)
    net.last = first
    join(net, net.channels(0, 2), second)
    (fault, *_) = refused(end(net).save(tmp_path))
    assert fault.code == "unsupported-activations"


def test_sums_that_ranges_are_read_of_are_not_blamed_for_a_fault_in_front(tmp_path: Path) -> None:
    """They are no activations, though products of other scales have no common step."""
    net = stem()
    scales = np.reshape(np.sqrt([1, 2, 3, 5]), (1, CHANNELS, 1, 1))
    net.add("Quant", scales, 0.0, 2.0, signed=1, narrow=0, rounding_mode="ROUND", name="odd")
    conv(net, CHANNELS, CHANNELS)
    net.bipolar()
    net.add("Conv", signs(RNG, CHANNELS, CHANNELS, 3, 3) * np.reshape(scales, (CHANNELS, 1, 1, 1)))
    norm(net)
    first, net.last = net.split(2, 2)
    made = quant(net, 1 / 16)
    net.last = first
    join(net, quant(net, 1 / 16), made)
    (fault,) = refused(end(net).save(tmp_path))
    assert fault.code == "unsupported-activations"
    assert "odd" in fault.origin.nodes


@pytest.mark.parametrize("parts", [(1,), (2, 2)])
def test_the_best_are_all_given(tmp_path: Path, parts: tuple[int, ...]) -> None:
    net = stem()
    sign(net)
    net.add("Flatten")
    net.dense(signs(RNG, CHANNELS * SIDE * SIDE, 6))
    net.last = net.add("TopK", net.constant([4], np.int64), outputs=2).removesuffix("0") + "1"
    if len(parts) == 1:
        net.channels(0, 1)
    else:
        join(net, *net.split(*parts))
    net.output_type = TensorProto.INT64
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-topology"
    assert fault.message == "TopK must be the end of the network, not in front of Slice"
