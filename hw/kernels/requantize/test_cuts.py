# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Lines are found wherever there are any, as few and as narrow as can be, and give their table."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest

from xnorflow.kernels.requantize.corridor import Corridor, Numbers, nearest_0
from xnorflow.kernels.requantize.cuts import Cut, lines_of, steps_of, tied_of

LOW, HIGH = -3, 4


def given(slope: int, offset: int, shift: int, x: int) -> int:
    """What a line gives, one entry at a time."""
    return min(max((slope * x + offset) >> shift, LOW), HIGH)


def evaluated(cut: Cut, row: int, k: int, low: int, high: int) -> int:
    piece = sum(k >= start for start in cut.starts[row].tolist())
    tie = k >> cut.shift & 1 if cut.ties else 0
    value = int(cut.slopes[row, piece]) * k + int(cut.offsets[row, piece]) + tie
    return min(max(value >> cut.shift, low), high)


def check(cut: Cut, k: Sequence[int], rows: Sequence[Sequence[int]]) -> None:
    low, high = min(map(min, rows)), max(map(max, rows))
    for number, row in enumerate(rows):
        assert [evaluated(cut, number, x, low, high) for x in k] == list(row)


def arrays(rows: Sequence[Sequence[int]]) -> Numbers:
    return np.array(rows, np.int64)


def test_a_line_is_found_if_and_only_if_there_is_one() -> None:
    """All tables of three entries and many of five, held against all slopes and offsets."""
    rng = random.Random(1)
    rows = [*product(range(LOW, HIGH + 1), repeat=3)]
    rows += [tuple(rng.randint(LOW, HIGH) for _ in range(5)) for _ in range(60)]
    rows += [tuple(sorted(rng.randint(LOW, HIGH) for _ in range(5))) for _ in range(200)]
    for shift in (0, 2):
        able = {
            tuple(given(slope, offset, shift, x) for x in range(count))
            for slope in range(-8 << shift, (8 << shift) + 1)
            for offset in range(-40 << shift, 40 << shift)
            for count in (3, 5)
        }
        for row in rows:
            x = np.arange(len(row), dtype=np.int64)
            corridor = Corridor.of(x, np.array(row, np.int64), LOW, HIGH)
            slopes = corridor.slopes(shift)
            assert bool(slopes) == (row in able), (row, shift)
            for slope in nearest_0(slopes):
                offsets = offsets_of(corridor, slope, shift)
                assert offsets
                for offset in (offsets[0], offsets[-1]):
                    assert [given(slope, offset, shift, n) for n in range(len(row))] == [*row]


@pytest.mark.parametrize("seed", range(8))
def test_no_slope_and_no_offset_is_missed(seed: int) -> None:
    """Long rows, most of whose entries are no corners: not one slope or offset more gives them."""
    rng = random.Random(seed)
    x, shift = range(-90, 300, 3), rng.choice((4, 9))
    slope, offset = rng.choice((-1, 1)) * rng.randint(4, 30), rng.randint(-200, 200)
    row = [given(slope, offset, shift, n) for n in x]
    assert len({*row}) > 2
    corridor = Corridor.of(np.array(x, np.int64), np.array(row, np.int64), LOW, HIGH)
    for own in (slope, *nearest_0(corridor.slopes(shift))):
        offsets = offsets_of(corridor, own, shift)
        assert offsets
        for other in (*offsets[:1], *offsets[-1:], offsets.start - 1, offsets.stop):
            gives = [given(own, other, shift, n) for n in x] == row
            assert gives == (other in offsets)
    able = corridor.slopes(shift)
    assert slope in able
    assert not offsets_of(corridor, able.start - 1, shift)
    assert not offsets_of(corridor, able.stop, shift)


def offsets_of(corridor: Corridor, slope: int, shift: int) -> range:
    least, most = corridor.offsets(np.array([slope], np.int64), shift)
    return range(int(least[0]), int(most[0]) + 1)


def test_the_flattest_slope_comes_first() -> None:
    x = np.arange(5, dtype=np.int64)
    step = Corridor.of(x, np.array([LOW, LOW, HIGH, HIGH, HIGH], np.int64), LOW, HIGH)
    assert nearest_0(step.slopes(0))[:3] == [7, 8, 9]
    assert not offsets_of(step, 6, 0)
    falls = Corridor.of(x, np.array([HIGH, HIGH, LOW, LOW, LOW], np.int64), LOW, HIGH)
    assert nearest_0(falls.slopes(0))[:2] == [-7, -8]
    assert nearest_0(range(-2, 4)) == [0, 1, 2, 3, -1, -2]


@pytest.mark.parametrize("seed", range(12))
def test_rounded_lines_are_one_piece_with_the_least_shift(seed: int) -> None:
    rng = random.Random(seed)
    span = rng.choice((40, 300, 2000))
    k = range(rng.randint(-span, 0), rng.randint(1, span))
    slopes = [rng.uniform(-1, 1) * rng.choice((0.02, 0.3, 3)) for _ in range(4)]
    rows = []
    for slope in slopes:
        offset = rng.uniform(-30, 30)
        rows.append([min(max(round(slope * x + offset), -128), 127) for x in k])
    own = arrays(rows)
    cut = lines_of(np.array(k, np.int64), own, 1)
    assert cut is not None
    assert cut.slopes.shape == (4, 1)
    check(cut, k, rows)
    if cut.shift:
        low, high = min(map(min, rows)), max(map(max, rows))
        x = np.array(k, np.int64) - k[0]
        fewer = [Corridor.of(x, row, low, high).slopes(cut.shift - 1) for row in own]
        assert not all(fewer)


@pytest.mark.parametrize("seed", range(12))
def test_any_table_is_cut_into_the_fewest_pieces(seed: int) -> None:
    """Held against the best of all cuts, whatever is rising, falling or neither."""
    rng = random.Random(seed)
    k = range(-6, 7)
    row = [rng.randint(LOW, HIGH) for _ in k]
    if seed % 3:
        row.sort(reverse=seed % 3 == 1)
    x, entries = np.array(k, np.int64), np.array(row, np.int64)
    best = [0]
    for end in range(1, len(k) + 1):
        able = [
            best[first] + 1
            for first in range(end)
            if Corridor.of(x[first:end], entries[first:end], min(row), max(row)).slopes(9)
        ]
        best.append(min(able))
    cut = lines_of(x, entries[np.newaxis], 13)
    assert cut is not None
    assert cut.slopes.shape[1] == best[-1]
    check(cut, k, [row])
    if best[-1] > 1:
        assert lines_of(x, entries[np.newaxis], best[-1] - 1) is None


def test_rows_of_fewer_pieces_have_empty_ones() -> None:
    k = range(-50, 50)
    rows = [[x // 8 for x in k], [x // 8 if x < 0 else x // 2 for x in k], [3 for _ in k]]
    cut = lines_of(np.array(k, np.int64), arrays(rows), 4)
    assert cut is not None
    assert cut.slopes.shape == (3, 2)
    check(cut, k, rows)


def test_one_wrong_entry_takes_pieces_of_its_own() -> None:
    """As where float32 rounds a neighbour of a tie up that real numbers round down."""
    k = range(-100, 101)
    row = [x // 16 for x in k]
    row[37] += 1
    cut = lines_of(np.array(k, np.int64), arrays([row]), 8)
    assert cut is not None
    assert cut.slopes.shape[1] == 3
    check(cut, k, [row])


def test_slopes_are_no_wider_than_a_multiplier() -> None:
    """So steep that one line's slope would have 26 bits and more."""
    rng = random.Random(3)
    k = range(1 << 15)
    rows = [[min(round(x * a), 30000) for x in k] for a in (0.9173, 1.0 / 3001)]
    cut = lines_of(np.array(k, np.int64), arrays(rows), 8)
    assert cut is not None
    assert int(abs(cut.slopes).max()) < 1 << 24
    for number in (rng.randrange(len(k)) for _ in range(200)):
        assert [evaluated(cut, row, k[number], 0, 30000) for row in (0, 1)] == [
            own[number] for own in rows
        ]


def test_offsets_end_in_as_many_zeros_as_all_rows_allow() -> None:
    k = range(0, 577)
    lines = ((0.3137, -83.1), (0.2511, -70.3), (-0.3777, 110.9))
    rows = arrays([[min(max(round(a * x + b), -128), 127) for x in k] for a, b in lines])
    cut = lines_of(np.array(k, np.int64), rows, 1)
    assert cut is not None
    zeros = int(np.bitwise_or.reduce(cut.offsets, axis=None))
    zeros = (zeros & -zeros).bit_length() - 1
    assert zeros > 0
    found = []
    for row in rows:
        own = Corridor.of(np.array(k, np.int64), row, -128, 127)
        flat = (x for x in nearest_0(own.slopes(cut.shift)) if abs(x) <= abs(cut.slopes).max())
        offsets = [offsets_of(own, slope, cut.shift) for slope in flat]
        found.append(any(x % (2 << zeros) == 0 for choice in offsets for x in choice))
    assert not all(found)


@pytest.mark.parametrize("shift", [1, 2, 5])
def test_halves_to_even_are_a_bit_that_is_added(shift: int) -> None:
    k = range(-300, 290)
    row = [min(max(round(x / (1 << shift)), -64), 63) for x in k]
    x = np.array(k, np.int64)
    assert lines_of(x, arrays([row]), 8) is None
    cut = tied_of(x, arrays([row]))
    assert cut is not None
    assert (cut.shift, cut.ties) == (shift, True)
    check(cut, k, [row])
    row[100] += 1
    assert tied_of(x, arrays([row])) is None


def test_levels_are_constants() -> None:
    k = range(-9, 10)
    rows = [
        [2 if x < 3 else -1 if x < 5 else 7 for x in k],
        [int(x > 0) for x in k],
        [4 for _ in k],
    ]
    cut = steps_of(np.array(k, np.int64), arrays(rows), 3)
    assert cut is not None
    assert not cut.slopes.any()
    check(cut, k, rows)
    assert steps_of(np.array(k, np.int64), arrays(rows), 2) is None
