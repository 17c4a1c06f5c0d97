# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The IR's invariants: a sound graph passes, and each broken one is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from tests.layer_ops import op_of
from tests.small_graphs import argmax, chain, conv, dense, multi_threshold, pool, quantize

from xnorflow.ir.graph import Graph, ModelInfo
from xnorflow.ir.host import HostInput, HostLine, HostOutput
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.add import Add
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.fork import Fork
from xnorflow.ir.ops.multi_threshold import MultiThreshold
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.slice import Slice
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.ranges import dot_range, threshold_range
from xnorflow.ir.spec import SpecError, check
from xnorflow.ir.types import BIPOLAR, Code, TensorType, ValueType, Worth

UINT2 = ValueType(2)
ODD = ValueType(2, code=Code(2, -3))


def sound() -> Graph:
    return chain(
        UINT2,
        3,
        quantize([[0, 0, 1, 1]]),
        dense([[1, 0, 1], [0, 0, 1]], [0, 4]),
        dense([[1, 0], [1, 1], [0, 0]]),
        argmax([0, 1, 0]),
    )


def with_layer(number: int, **changes: Any) -> Graph:
    graph = sound()
    layers = list(graph.layers)
    layers[number] = replace(layers[number], **changes)
    return replace(graph, layers=tuple(layers))


def with_tensor(name: str, tensor: TensorType) -> Graph:
    graph = sound()
    return replace(graph, tensors={**graph.tensors, name: tensor})


def with_input(**changes: Any) -> Graph:
    return replace(sound(), host_input=replace(sound().host_input, **changes))


def with_output(**changes: Any) -> Graph:
    return replace(sound(), host_output=replace(sound().host_output, **changes))


def line(scale: float) -> HostLine:
    return HostLine(3, np.array([scale]), np.zeros(1), "float32")


def worth_changes() -> Graph:
    """A pool of bits that are worth something, and whose result is said to be worth nothing."""
    graph = chain(BIPOLAR, (2, 2, 1), pool(Sweep((2, 2)), BIPOLAR))
    (layer,) = graph.layers
    before = replace(layer.in_type, worth=Worth(0.5, 0.5))
    layers = (replace(layer, in_types=(before,)),)
    return replace(graph, layers=layers, tensors={**graph.tensors, "input": before})


def bits(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=np.uint8)


def with_kinds(kinds: list[int], thresholds: list[list[int]] | None) -> Graph:
    """A product of four pixels, each held against a row of thresholds of its own kind."""
    graph = chain(BIPOLAR, (2, 2, 3), conv(bits([1, 0, 1]), ints(2), None))
    (layer,) = graph.layers
    limits = None if thresholds is None else np.array(thresholds, dtype=np.int32)
    op = Dense(bits([1, 0, 1]), limits, ints(*kinds))
    return replace(graph, layers=(replace(layer, op=op),))


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int32)


def test_sound_graphs_pass() -> None:
    check(sound())
    check(chain(BIPOLAR, 1, dense([[1]])))
    check(with_kinds([1, 0, 2, 1], [[0], [1], [2]]))
    check(chain(ValueType(4, signed=True), 5, dense([[1, 0, 1, 0, 1]], [40])))
    check(with_sum())
    check(leveled())


INT3 = ValueType(3, signed=True)
INT20 = ValueType(20, signed=True)


def leveled(
    thresholds: Sequence[Sequence[int]] = ((-9, 7, 7), (-9, 0, 1 << 19)),
    falls: Sequence[int] = (0, 1),
    low: int = -2,
    value: ValueType = INT20,
) -> Graph:
    """Two channels, from -2 up to 1 and from 1 down to -2."""
    return chain(value, (3, 2), multi_threshold(thresholds, falls, low, ValueType(2, signed=True)))


def leveled_with(**changes: Any) -> Graph:
    """The same with another operation."""
    graph = leveled()
    op = replace(op_of(graph.layers[0], MultiThreshold), **changes)
    return replace(graph, layers=(replace(graph.layers[0], op=op),))


def with_sum(
    *,
    fork: int = 2,
    copies: ValueType = INT3,
    second: TensorType | None = None,
    out: TensorType | None = None,
) -> Graph:
    """Integers, forked, and what a table and a product of them add up to."""
    entry, first = TensorType((3,), INT3), TensorType((3,), UINT2)
    second = second or TensorType((3,), ValueType(5, signed=True))
    out = out or TensorType((3,), ValueType(6, signed=True))
    shared = TensorType((3,), copies)
    table = Quantize(np.arange(8, dtype=np.int32)[np.newaxis] % 4)
    sums = Dense(np.ones((3, 3), np.uint8), None)
    layers = (
        Layer("fork", Fork(fork), ("x",), "both", (entry,), shared),
        Layer("left", table, ("both",), "a", (shared,), first),
        Layer("right", sums, ("both",), "b", (shared,), second),
        Layer("sum", Add(), ("a", "b"), "y", (first, second), out),
    )
    tensors = {"x": entry, "both": shared, "a": first, "b": second, "y": out}
    values = np.arange(-16, 19, dtype=np.float64)[np.newaxis]
    host = HostInput((3,)), HostOutput((3,), "int32", values, -16, 1)
    return Graph(ModelInfo("sum", "0" * 64), tensors, layers, "x", "y", *host)


def sliced(domain: range) -> Graph:
    """A table of such sums behind a slice of a fork of -3, -1, 1 and 3."""
    entry, sums, one = (TensorType((n,), INT3) for n in (3, 2, 1))
    entry = replace(entry, value=BIPOLAR)
    out = TensorType((1,), ValueType(2))
    table = Quantize(np.zeros((1, len(domain)), np.int32), domain)
    layers = (
        Layer("product", Dense(np.ones((2, 3), np.uint8), None), ("x",), "sums", (entry,), sums),
        Layer("fork", Fork(2), ("sums",), "both", (sums,), sums),
        Layer("first", Slice(0, 1), ("both",), "a", (sums,), one),
        Layer("second", Slice(1, 2), ("both",), "b", (sums,), one),
        Layer("table", table, ("a",), "q", (one,), out),
        Layer("sum", Add(), ("q", "b"), "y", (out, one), TensorType((1,), ValueType(4, True))),
    )
    tensors = {"x": entry, **{layer.output: layer.out_type for layer in layers}}
    values = np.arange(-4, 7, dtype=np.float64)[np.newaxis]
    host = HostInput((3,)), HostOutput((1,), "int32", values, -4, 1)
    return Graph(ModelInfo("sliced", "0" * 64), tensors, layers, "x", "y", *host)


def test_a_table_of_what_a_product_gives_may_stand_behind_a_slice() -> None:
    check(sliced(range(-3, 4, 2)))


def unread() -> Graph:
    """The sound graph with a second reader of its input, whose output is read instead of t0."""
    graph = sound()
    first, second, *others = graph.layers
    spare = replace(first, name="spare", output="spare")
    layers = (spare, first, replace(second, inputs=("spare",)), *others)
    return replace(graph, tensors={**graph.tensors, "spare": first.out_type}, layers=layers)


BROKEN: list[tuple[Callable[[], Graph], str]] = [
    (
        lambda: sliced(range(-1, 4, 2)),
        r"layer table: its domain range\(-1, 4, 2\) must hold all of range\(-3, 4, 2\)",
    ),
    (lambda: replace(sound(), layers=()), "graph: there must be a layer"),
    (lambda: replace(sound(), input="none"), "graph: input and output must have a type"),
    (lambda: replace(sound(), output="input2"), "graph: input and output must have a type"),
    (
        lambda: replace(sound(), layers=sound().layers[::-1]),
        r"layer layer3: its inputs \('t2',\) must be made by earlier layers",
    ),
    (
        lambda: replace(sound(), layers=sound().layers[:-1]),
        "graph: the output t3 must be made by a layer",
    ),
    (lambda: with_tensor("spare", TensorType((1,), BIPOLAR)), r"tensors must be used: \['spare'\]"),
    (lambda: with_tensor("t0", TensorType((0,), BIPOLAR)), "tensor t0: shape must be positive"),
    (
        lambda: with_tensor("t0", TensorType((3,), ValueType(40))),
        "tensor t0: values must have 1 to 32 bits, not 40",
    ),
    (lambda: with_layer(1, name="layer0"), "layer layer0: its name must be a unique identifier"),
    (lambda: with_layer(1, name="a-b"), "layer a-b: its name must be a unique identifier"),
    (lambda: with_layer(1, inputs=()), r"its inputs \(\) must be made by earlier layers"),
    (
        lambda: with_layer(1, inputs=("t0", "t0")),
        "layer layer1: the number of tensors it reads must be 1, not 2",
    ),
    (lambda: with_layer(1, inputs=("input",)), "its input type bipolar.3. must be that of input"),
    (lambda: with_layer(1, output="t0"), "layer layer1: its output t0 must have no other source"),
    (
        lambda: with_layer(1, out_type=TensorType((2,), UINT2)),
        "its output type uint2.2. must be that of t1",
    ),
    (
        lambda: with_layer(0, op=Quantize(ints(0, 1)[np.newaxis])),
        r"layer layer0: table must be int32 \[1, 4\], not int32 \[1, 2\]",
    ),
    (
        lambda: with_layer(0, op=Quantize(ints(0, 1, 2, 1)[np.newaxis])),
        "layer layer0: table must hold integers from 0 to 1",
    ),
    (
        lambda: with_layer(1, op=Dense(bits([1, 0]), None)),
        "weights must have 3 columns, not 2",
    ),
    (
        lambda: with_layer(1, op=Dense(bits([1, 0, 2], [0, 0, 1]), ints(1, 1))),
        "layer layer1: weights must be 0 or 1",
    ),
    (
        lambda: with_layer(1, op=Dense(bits([1, 0], [0, 0], [1, 1]).T, ints(1, 1))),
        "layer layer1: weights must be contiguous",
    ),
    (
        lambda: with_layer(1, op=Dense(bits([1, 0, 1], [0, 0, 1]), ints(1, 5))),
        "layer layer1: thresholds must be 0 to 4",
    ),
    (
        lambda: with_layer(1, op=Dense(bits([1, 0, 1], [0, 0, 1]), np.array([1, 1]))),
        r"thresholds must be int32 \[2\], not int64 \[2\]",
    ),
    (
        lambda: with_layer(1, op=Dense(bits([1, 0, 1], [0, 0, 1]), None)),
        "layer layer1: output must be int3, not bipolar",
    ),
    (
        lambda: chain(BIPOLAR, 3, (Dense(bits([1, 0, 1]), ints(2)), UINT2)),
        "layer layer0: output must be a bit, bipolar or uint1, not uint2",
    ),
    (
        lambda: chain(ODD, 3, dense([[1, 0, 1]], [0])),
        "layer layer0: input must be bipolar or plain integers, not uint2 as 2v-3",
    ),
    (
        lambda: chain(BIPOLAR, 3, argmax([0, 1, 0])),
        "layer layer0: input must be plain integers, not bipolar",
    ),
    (
        lambda: chain(BIPOLAR, (2, 2, 1), pool(Sweep((2, 2)), BIPOLAR.plain)),
        r"layer layer0: output must be bipolar\[1x1x1\], not uint1\[1x1x1\]",
    ),
    (
        worth_changes,
        r"output must be worth what the input is, Worth\(scale=0.5, .*, not None",
    ),
    *(
        (
            partial(with_tensor, "t0", TensorType((3,), ValueType(1, code=code))),
            f"tensor t0: codes must rise, within 32 bits, not be {shown}",
        )
        for code, shown in (
            (Code(0, 0), r"0v\+0"),
            (Code(-2, 1), r"-2v\+1"),
            (Code(1 << 31), r"2147483648v\+0"),
            (Code(1, -1 << 31), "1v-2147483648"),
        )
    ),
    (
        lambda: with_tensor("t0", TensorType((3,), BIPOLAR, Worth(float("nan")))),
        "tensor t0: worth must be finite, not Worth",
    ),
    *(
        (
            partial(with_kinds, kinds, [[0], [1], [2]]),
            "layer layer0: kinds must be numbers of rows, all of 0 to 2",
        )
        for kinds in ([0, 2, 0, 2], [0, 1, 0, 1], [0, 1, 2, -1], [0, 1, 2, 3], [0, 1, 2, 2**31 - 1])
    ),
    (
        lambda: with_kinds([0, 1, 2], [[0], [1], [2]]),
        r"layer layer0: kinds must be int32 \[4\], not int32 \[3\]",
    ),
    (lambda: with_kinds([0, 0, 0, 0], None), "layer layer0: kinds must come with thresholds"),
    (
        lambda: with_kinds([0, 1, 0, 1], [[0, 0], [1, 1]]),
        r"layer layer0: thresholds must be int32 \[2, 1\], not int32 \[2, 2\]",
    ),
    (
        lambda: with_layer(3, op=ArgMax(ints(0, 0))),
        r"layer layer3: offsets must be int32 \[3\], not int32 \[2\]",
    ),
    (
        lambda: with_sum(out=TensorType((3,), ValueType(4, signed=True))),
        r"layer sum of a and b: output must be int6\[3\], not int4\[3\]",
    ),
    (
        lambda: with_sum(second=TensorType((1, 3), ValueType(5, signed=True))),
        r"layer sum of a and b: inputs must have the same shape, not \(3,\) and \(1, 3\)",
    ),
    (
        lambda: with_sum(fork=1),
        "layer fork: copies must be 2 to 1024, not 1",
    ),
    (
        lambda: with_sum(fork=3),
        "layer fork: its output must be read 3 times, not 2",
    ),
    (
        lambda: with_sum(copies=UINT2),
        r"layer fork: output must be int3\[3\], not uint2\[3\]",
    ),
    (lambda: leveled([[1, 2, 3]] * 3), r"thresholds must be int32 \[2, 3\], not int32 \[3, 3\]"),
    (lambda: leveled([[1, 3, 2]] * 2), "layer0: thresholds must ascend in each row"),
    (lambda: leveled([[], []]), "layer0: a row must have 1 to 65535 thresholds, not 0"),
    (lambda: leveled(falls=[0, 2]), "layer0: falls must be 0 or 1, not 2"),
    (lambda: leveled(falls=[0]), r"layer0: falls must be uint8 \[2\], not uint8 \[1\]"),
    (lambda: leveled(low=-1), "layer0: outputs -1 to 2 must be from -2 to 1"),
    (lambda: leveled(low=-3), "layer0: outputs -3 to 0 must be from -2 to 1"),
    (lambda: leveled(value=ODD), r"layer0: inputs must be plain integers, not uint2 as 2v-3"),
    (
        lambda: leveled_with(thresholds=np.zeros((2, 3))),
        r"layer0: thresholds must be int32 \[2, 3\], not float64 \[2, 3\]",
    ),
    (
        lambda: leveled_with(thresholds=ints(1, 2)),
        r"layer0: thresholds must be int32 \[2, 2\], not int32 \[2\]",
    ),
    (unread, "layer layer0: its output t0 must be read"),
    (lambda: replace(sound(), output="t1"), "graph: the output t1 must be read by no layer"),
    (lambda: replace(sound(), output="input"), "the output input must be made by a layer"),
    (lambda: with_input(shape=(4,)), r"host input: shape \(4,\) must have 3 elements"),
    (lambda: with_input(order=ints(0, 1, 1)), "host input: order must be a permutation"),
    (
        lambda: with_input(order=ints(0, 1)),
        r"host input: order must be int32 \[3\], not int32 \[2\]",
    ),
    (lambda: with_input(levels=(0, 2, 1, 3)), "host input: levels must be 4 ascending integers"),
    (lambda: with_input(scale=float("nan")), "host input: scale must be finite and not 0, not nan"),
    (lambda: with_output(table=np.zeros((1, 3), np.float32)), "host output: table must be float64"),
    (lambda: with_output(table=np.zeros((2, 3))), "table must have one row or 1, not 2"),
    (lambda: with_output(table=np.full((1, 3), np.inf)), "host output: table must be finite"),
    (lambda: with_output(table=line(0.0)), "host output: the scale of a line must not be 0"),
    (lambda: with_output(table=line(np.inf)), "host output: table must be finite"),
    (lambda: with_output(top=2), "host output: top must be at most 1, not 2"),
    (lambda: with_output(shape=(2,)), r"host output: shape \(2,\) must have 1 elements"),
    (
        lambda: with_output(first=1),
        r"first, step and number of values must be \(0, 1, 3\), not \(1, 1, 3\)",
    ),
]


@pytest.mark.parametrize(("broken", "words"), BROKEN, ids=[words for _, words in BROKEN])
def test_broken_graphs_are_named(broken: Callable[[], Graph], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        check(broken())


def test_ranges() -> None:
    assert list(dot_range(3, BIPOLAR)) == [-3, -1, 1, 3]
    assert list(threshold_range(3, BIPOLAR)) == [0, 1, 2, 3, 4]
    assert list(dot_range(1, UINT2)) == [-3, -2, -1, 0, 1, 2, 3]
    assert list(threshold_range(1, UINT2)) == [-3, -2, -1, 0, 1, 2, 3, 4]
    assert dot_range(2, ValueType(3, signed=True)) == range(-8, 9)
