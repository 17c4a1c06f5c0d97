# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Small hand-made networks that branch, and what they compute, written out in plain loops."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from tests.designs import Maker

from xnorflow.boards.read import load_board
from xnorflow.design.assemble import assemble
from xnorflow.design.design import Design
from xnorflow.folding.options import options_of
from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.add import Add
from xnorflow.ir.ops.concat import Concat
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.fork import Fork
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.slice import Slice
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.ops.window import Window
from xnorflow.ir.types import BIPOLAR, ValueType

INT4 = ValueType(4, signed=True)
PADDED = Sweep((3, 3), (1, 1), (1, 1, 1, 1))


def residual() -> Maker:
    """Integers, their signs through a convolution, the sum of both, and a product of its signs."""
    made = Maker((4, 5, 6), INT4, seed=1).fork("fork0", 2, (2, 2))
    made.quantize("sign0", (3, 3)).window("window0", PADDED, (6, 6, "lutram"), fill=1)
    made.conv("conv0", 6, (2, 27, "lutram"), raw=True).sum("add0", "fork0_out", (1, 1))
    return made.quantize("sign1", (2, 2)).dense("dense1", 5, (1, 24, "lutram"), raw=True)


def nested() -> Maker:
    """A shortcut around one block, and a longer one around both."""
    made = Maker((3, 4, 4), INT4, seed=2).fork("fork0", 2, (4, 4))
    made.quantize("sign0", (4, 4)).window("window0", PADDED, (4, 4, "lutram"))
    made.conv("conv0", 4, (4, 12, "lutram"), raw=True).fork("fork1", 2, (1, 1))
    made.quantize("sign1", (2, 2)).window("window1", PADDED, (2, 2, "lutram"))
    made.conv("conv1", 4, (1, 18, "lutram"), raw=True).sum("add1", "fork1_out", (2, 2))
    made.sum("add0", "fork0_out", (4, 4)).quantize("sign2", (1, 1))
    return made.dense("dense2", 3, (3, 8, "lutram"), raw=True).label("label2", (1, 1))


def doubled() -> Maker:
    """A tensor added to itself, which nothing delays."""
    made = Maker(12, ValueType(3), seed=3).fork("fork0", 2, (3, 3))
    return made.sum("add0", "fork0_out", (2, 2))


def bits() -> Maker:
    """Three readers of bits: a shortcut, and two products whose bits are added first."""
    made = Maker((3, 3, 4), BIPOLAR, seed=4).fork("fork0", 3, (2, 2))
    made.conv("conv0", 4, (2, 4, "lutram")).at("fork0_out").conv("conv1", 4, (4, 1, "lutram"))
    made.sum("add0", "conv0_out", (1, 1)).sum("add1", "fork0_out", (4, 4))
    return made.dense("dense1", 4, (2, 6, "lutram"), raw=True)


def ends_in_sum() -> Maker:
    """Two products of one vector, one of them folded less, whose sums are the result."""
    made = Maker(20, BIPOLAR, seed=5).fork("fork0", 2, (5, 5))
    made.dense("dense0", 6, (1, 4, "lutram"), raw=True).at("fork0_out")
    made.dense("dense1", 6, (6, 20, "const"), raw=True)
    return made.sum("add0", "dense0_out", (3, 3))


def two_in_turn() -> Maker:
    """Two blocks one behind the other; the second one's fork reads the first one's sum."""
    made = Maker((4, 4, 2), INT4, seed=6).fork("fork0", 2, (1, 1))
    made.quantize("sign0", (1, 1)).window("window0", PADDED, (2, 2, "lutram"))
    made.conv("conv0", 2, (1, 6, "lutram"), raw=True).sum("add0", "fork0_out", (1, 1))
    made.fork("fork1", 2, (2, 2)).quantize("sign1", (2, 2))
    made.window("window1", PADDED, (1, 1, "lutram")).conv("conv1", 2, (2, 9, "lutram"), raw=True)
    made.sum("add1", "fork1_out", (2, 2)).quantize("sign2", (4, 4))
    return made.dense("dense2", 3, (3, 4, "lutram"), raw=True)


def joined() -> Maker:
    """A tensor concatenated with itself, and that with its signs' products."""
    made = Maker((3, 2, 8), BIPOLAR, seed=7).fork("fork0", 2, (2, 2))
    made.concat("concat0", "fork0_out", (2, 2)).fork("fork1", 2, (4, 4))
    made.conv("conv0", 4, (2, 8, "lutram")).concat("concat1", "fork1_out", (4, 4))
    return made.dense("dense1", 3, (3, 12, "lutram"), raw=True)


def halves() -> Maker:
    """Bits of which the first half goes through a convolution, and the second around it."""
    made = Maker((3, 4, 8), BIPOLAR, seed=8).fork("fork0", 2, (2, 2))
    made.channels("slice0", 0, 4, (4, 4)).window("window0", PADDED, (2, 2, "lutram"))
    made.conv("conv0", 4, (2, 9, "lutram")).at("fork0_out").channels("slice1", 4, 8, (2, 2))
    made.concat("concat0", "conv0_out", (4, 4))
    return made.dense("dense1", 3, (3, 8, "lutram"), raw=True)


def improved() -> Maker:
    """The last two of six channels of integers, to which products of all their signs are added."""
    made = Maker((4, 3, 6), INT4, seed=9).fork("fork0", 3, (3, 3))
    made.quantize("sign0", (2, 2)).window("window0", PADDED, (6, 6, "lutram"))
    made.conv("conv0", 2, (1, 6, "lutram"), raw=True)
    made.at("fork0_out").channels("slice0", 4, 6, (2, 2)).sum("add0", "conv0_out", (1, 1))
    made.quantize("sign1", (2, 2)).at("fork0_out").channels("slice1", 0, 4, (1, 1))
    made.quantize("sign2", (1, 1)).concat("concat0", "sign1_out", (2, 2))
    return made.dense("dense1", 4, (1, 12, "lutram"), raw=True)


MAKERS: Mapping[str, Callable[[], Maker]] = MappingProxyType(
    {
        maker.__name__: maker
        for maker in (
            *(residual, nested, doubled, bits, ends_in_sum, two_in_turn, joined),
            *(halves, improved),
        )
    }
)


def expected(graph: Graph, frames: np.ndarray) -> np.ndarray:
    """The results [n, elements] of frames [n, elements], up to a product or a sum at the end."""
    results = []
    for frame in frames.tolist():
        tensors = {graph.input: frame}
        for layer in graph.layers:
            tensors[layer.output] = _result(layer, [tensors[name] for name in layer.inputs])
        results.append(tensors[graph.output])
    return np.array(results)


def _result(layer: Layer, inputs: list[list[int]]) -> list[int]:
    op, x = layer.op, inputs[0]
    value, channels = layer.in_type.value, layer.in_type.channels
    if isinstance(op, Fork):
        return x
    if isinstance(op, Add):
        worth = [
            [2 * v - 1 if kind.value.is_bipolar else v for v in own]
            for own, kind in zip(inputs, layer.in_types, strict=True)
        ]
        return [a + b for a, b in zip(*worth, strict=True)]
    if isinstance(op, Concat):
        first, second = (kind.channels for kind in layer.in_types)
        pixels = range(len(x) // first)
        ends = ((x[p * first :][:first], inputs[1][p * second :][:second]) for p in pixels)
        return [value for pair in ends for own in pair for value in own]
    if isinstance(op, Slice):
        return [v for number, v in enumerate(x) if op.start <= number % channels < op.stop]
    if isinstance(op, Quantize):
        return [int(op.table[0, v - value.low]) for v in x]
    if isinstance(op, Window):
        return _seen(op, x, layer.in_type.shape)
    if isinstance(op, Dense):
        return _product(op, x, value)
    offsets = np.asarray(vars(op)["offsets"])
    return [int(np.argmax(np.array(x) + offsets))]


def _seen(op: Window, x: list[int], shape: tuple[int, ...]) -> list[int]:
    """All pixels of a padded image, for each position."""
    height, width, channels = shape
    top, left, bottom, right = op.sweep.pads
    image = np.full((height + top + bottom, width + left + right, channels), op.fill)
    image[top : top + height, left : left + width] = np.reshape(x, shape)
    (down, across), found = op.sweep.kernel, list[int]()
    for row in range(image.shape[0] - down + 1):
        for column in range(image.shape[1] - across + 1):
            found += image[row : row + down, column : column + across].ravel().tolist()
    return found


def _product(op: Dense, x: list[int], value: ValueType) -> list[int]:
    found = []
    for start in range(0, len(x), op.width):
        pixel = [2 * v - 1 if value.is_bipolar else v for v in x[start : start + op.width]]
        for number, row in enumerate(op.weights.tolist()):
            total = sum(v if w else -v for v, w in zip(pixel, row, strict=True))
            if op.thresholds is not None:
                count = (total + op.width) // 2 if value.is_bipolar else total
                total = int(count >= op.thresholds[number])
            found.append(total)
    return found


def random_branches(rng: random.Random) -> Design:
    """Blocks with shortcuts of any length around and in each other, folded by chance; no fifos."""
    size = (rng.randint(2, 5), rng.randint(2, 5), rng.choice((1, 2, 4)))
    made, count = (
        Maker(size, rng.choice((INT4, ValueType(3))), seed=rng.randrange(1000)),
        Counter[str](),
    )
    _blocks(made, rng, count, depth=2)
    made.quantize("sign", (1, 1)).dense("scores", rng.choice((1, 3)), (1, 1), raw=True)
    graph = made.graph()
    board = load_board("pynq-z1")
    stages = [rng.choice(options_of(layer, board, None)).stage for layer in graph.layers]
    return assemble(graph, board, 100.0, stages)


def _blocks(made: Maker, rng: random.Random, count: Counter[str], depth: int) -> None:
    """One or two blocks, of which some hold others."""
    for _ in range(rng.randint(1, 2)):
        count["block"] += 1
        block, shape = count["block"], made.tensors[made.last].shape
        made.fork(f"fork{block}", 2, (1, 1))
        if rng.random() < 0.8:
            made.quantize(f"sign{block}", (1, 1))
            if rng.random() < 0.6:
                made.window(f"window{block}", PADDED, (1, 1), fill=rng.randint(0, 1))
            made.conv(f"conv{block}", shape[-1], (1, 1), raw=True)
            if depth and rng.random() < 0.5:
                _blocks(made, rng, count, depth - 1)
        made.sum(f"add{block}", f"fork{block}_out", (1, 1))
