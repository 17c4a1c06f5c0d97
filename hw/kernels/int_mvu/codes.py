# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The weights of an int_mvu as its adders want them: signs against the number on the left.

An adder adds its right number, or that one's ones' complement, to its left number as it is. A row's
sum so comes out with the sign of its first number, and each complement, -1 - x in place of -x,
leaves a constant. Both are known here, and the start values make up for them. Constant weights are
subtracted without leaving anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import ceil

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.types import ValueType, bits_for_range

__all__ = [
    "Codes",
    "accumulator_bits",
    "chunk_limit",
    "chunk_sizes",
    "encode",
    "start_values",
    "tree",
]

_MANY_ROWS = 48
"""Rows from which on it pays to add two constant chunks first: these have only 32 sums up to the
sign, of 11 LUTs each."""

Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Codes:
    """What the datapath is told, and what it makes of inputs that are all 0.

    Attributes:
        bits: bool [passes, pe, beats, simd], laid out as int_row.sv takes them.
        negative: bool [rows], whether a row's accumulator ends with the opposite sign.
        turned: bool [rows], whether the start value ends with the opposite sign.
        rest: int64 [rows], what the accumulator ends at, started at 0.
    """

    bits: Flags
    negative: Flags
    turned: Flags
    rest: Ints


@dataclass(frozen=True, eq=False)
class _Node:
    """Sum of the lanes from ``lane`` on, arrays [passes, pe, beats]: its sign and its constant."""

    lane: int
    negative: Flags
    rest: Ints


def chunk_limit(storage: str) -> int:
    """Lanes of a chunk: few for constants, so that rows have many sums in common."""
    return 3 if storage == "const" else 6


def chunk_sizes(lanes: int, limit: int) -> list[int]:
    """Lanes divided as evenly as they go into as few chunks as the limit allows."""
    chunks = ceil(lanes / limit)
    ends = [index * lanes // chunks for index in range(chunks + 1)]
    return [end - start for start, end in pairwise(ends)]


def tree(chunks: int, folding: Folding) -> list[list[int]]:
    """How a row's chunks are added up: for each level, how many nodes each of its nodes joins."""
    levels: list[list[int]] = []
    while chunks > 1:
        by_two = folding.storage != "const" or (folding.pe >= _MANY_ROWS and not levels)
        levels.append(_twos(chunks) if by_two else _threes(chunks))
        chunks = len(levels[-1])
    return levels


def _twos(nodes: int) -> list[int]:
    return [2] * (nodes // 2) + [1] * (nodes % 2)


def _threes(nodes: int) -> list[int]:
    """Sums of three, and single nodes, since a sum of two costs as much as one of three."""
    if nodes <= 3:
        return [nodes]
    left = ceil(nodes / 3)
    triples = (nodes - left) // 2
    return [3] * triples + [1] * (nodes - 3 * triples)


def encode(op: Dense, folding: Folding) -> Codes:
    """The codes of a layer's weights, folded so."""
    rows, columns = op.weights.shape
    pe, simd = folding.pe, folding.simd
    minus: Flags = op.weights.reshape(rows // pe, pe, columns // simd, simd) == 0
    bits = np.zeros_like(minus)
    nodes, lane = [], 0
    for size in chunk_sizes(simd, chunk_limit(folding.storage)):
        nodes.append(_chunk(minus, bits, lane, size))
        lane += size
    for sizes in tree(len(nodes), folding):
        ends = np.cumsum(sizes)
        nodes = [
            _join(bits, nodes[end - size : end]) for size, end in zip(sizes, ends, strict=True)
        ]
    row = nodes[0]
    if folding.storage == "const":
        row = replace(row, rest=np.zeros_like(row.rest))
    row = replace(row, rest=op.factor * row.rest)
    return _accumulate(bits, row, thresholded=op.thresholds is not None)


def _chunk(minus: Flags, bits: Flags, lane: int, size: int) -> _Node:
    """int_chunk.sv: pairs are added to the odd lane, or to the first pair."""
    odd = size % 2
    negative = minus[..., lane + size - 1] if odd else minus[..., lane]
    rest = np.zeros(negative.shape, np.int64)
    for pair in range(size // 2):
        left, right = minus[..., lane + 2 * pair], minus[..., lane + 2 * pair + 1]
        if pair == 0 and not odd:
            bits[..., lane + 1] = left ^ right
            continue
        place = lane + 2 * pair + odd
        bits[..., place] = left ^ right
        bits[..., place + 1] = left ^ negative
        rest -= left ^ negative
    return _Node(lane, negative, rest)


def _join(bits: Flags, nodes: Sequence[_Node]) -> _Node:
    """A node of int_row.sv's or int_fixed_row.sv's tree."""
    left, *others = nodes
    rest = left.rest
    for right in others:
        minus = left.negative ^ right.negative
        bits[..., right.lane] = minus
        rest = rest + np.where(minus, ~right.rest, right.rest)
    return _Node(left.lane, left.negative, rest)


def _accumulate(bits: Flags, row: _Node, *, thresholded: bool) -> Codes:
    """int_mvu.sv's accumulators: complemented where a step's sign is not that of the one before."""
    first, last = row.negative[..., 0], row.negative[..., -1]
    changes = row.negative[..., 1:] ^ row.negative[..., :-1]
    bits[..., 1:, 0] = changes
    bits[..., 0, 0] = False if thresholded else last
    rest = row.rest[..., 0]
    for step in range(1, row.rest.shape[-1]):
        rest = row.rest[..., step] + np.where(changes[..., step - 1], ~rest, rest)
    return Codes(bits, last.ravel(), (first ^ last).ravel(), rest.ravel())


def accumulator_bits(layer: Layer) -> int:
    """Bits that hold every sum, or every sum minus its threshold, of one of the layer's rows."""
    assert isinstance(layer.op, Dense)
    if layer.op.thresholds is None:
        return layer.out_type.value.bits
    return _thresholded_bits(layer.op, layer.in_type.value)


@lru_cache(maxsize=64)
def _thresholded_bits(op: Dense, value: ValueType) -> int:
    low, high = _limits(op, value)
    levels = _levels(op, value)
    return bits_for_range(min(-1, int((low - levels).min())), int((high - levels).max())).bits


def start_values(layer: Layer, codes: Codes, bits: int) -> Ints:
    """What accumulators of so many bits start at: int64 [rows of thresholds, offsets or 1, rows].

    Modulo 2**bits; with thresholds such that the top bit is 1 where the threshold is reached.
    """
    op, value = layer.op, layer.in_type.value
    assert isinstance(op, Dense)
    taken_off = 0 if value.signed else 1 << (value.bits - 1)
    signs = 2 * op.weights.astype(np.int64) - 1
    base = (op.factor * taken_off * signs.sum(axis=1))[np.newaxis]
    if op.thresholds is not None:
        base = base - _levels(op, value)
    elif op.offsets is not None:
        base = base + np.atleast_2d(op.offsets)
    end = np.where(codes.negative, ~base, base)
    if op.thresholds is not None:
        end = end + np.where(codes.negative, 0, 1 << (bits - 1))
    start: Ints = np.where(codes.turned, codes.rest - end, end - codes.rest) % (1 << bits)
    return start


def _limits(op: Dense, value: ValueType) -> tuple[Ints, Ints]:
    """The least and the greatest sum of each row."""
    plus = op.weights.sum(axis=1, dtype=np.int64)
    minus = op.width - plus
    return plus * value.low - minus * value.high, plus * value.high - minus * value.low


def _levels(op: Dense, value: ValueType) -> Ints:
    """Thresholds, those that are always or never reached no further off than that takes."""
    low, high = _limits(op, value)
    levels: Ints = np.clip(op.rows_of_thresholds.astype(np.int64), low, high + 1)
    return levels
