# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Families are objects: whatever is asked of one, its own figures answer."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.foldings import CLOCK_MHZ, LARGE, bits, fold

from sim.case import Case
from sim.grid import draws
from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.families import families
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.family import BlockRam, BlockRamPrice, Family
from xnorflow.hardware.resources import Resources
from xnorflow.toolchains.stat import Counter, CountError

POINTS = 150

SHALLOW = replace(
    XC7,
    name="shallow",
    block_ram=BlockRam(((256, 36), (512, 18), (1024, 9)), (), XC7.block_ram.price),
    cells={"SHALLOW_RAM": Resources(bram18=1), "LUT6": Resources(lut=1)},
)
"""With block RAMs half as deep, which never are joined, and cells of its own."""


def drawn() -> Iterator[Case]:
    for kernel in sorted(draws()):
        rng = random.Random(kernel)
        yield from (draws()[kernel](rng) for _ in range(POINTS))


def priced(**prices: int) -> Family:
    price = replace(XC7.block_ram.price, **prices)
    return replace(XC7, name="priced", block_ram=replace(XC7.block_ram, price=price))


def test_families_are_found_by_name() -> None:
    assert {name: str(family) for name, family in families().items()} == {
        name: name for name in families()
    }
    assert list(families()) == sorted(families())
    assert {"xc7", "ecp5"} <= set(families())


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_a_worker_gets_the_same_family(family: Family) -> None:
    copy = pickle.loads(pickle.dumps(family))
    assert copy == family
    assert hash(copy) == hash(family)
    assert copy.fabric is family.fabric


def test_shallower_block_ram_takes_more_of_it_and_logic_stays() -> None:
    more = 0
    for case in drawn():
        ours, own = case.estimate(XC7), case.estimate(SHALLOW)
        if ours.bram18 == own.bram18 == 0:
            assert own == ours, case
        else:  # or it takes so much more that LUTs are cheaper
            assert own.bram18 >= ours.bram18 or own.lut > ours.lut, case
            more += own.bram18 > ours.bram18
    assert more > 50


def test_small_memories_are_in_block_ram_where_it_is_cheap() -> None:
    cheap, dear = priced(whole=1), priced(whole=10**9)
    dears, cheaps = ([case.estimate(family) for case in drawn()] for family in (dear, cheap))
    moved = [(d, c) for d, c in zip(dears, cheaps, strict=True) if d != c]
    assert len(moved) > 20
    assert all(c.bram18 > d.bram18 and c.lut <= d.lut for d, c in moved)
    assert any(c.lut < d.lut for d, c in moved)


def test_a_table_is_cut_for_the_price_of_a_bank() -> None:
    """Of a table in block RAM: what the choice among banks takes, or one block RAM more."""
    cheap, dear = priced(bank=0), priced(bank=10**6)
    found = [(case.estimate(cheap), case.estimate(dear)) for case in drawn()]
    moved = [(c, d) for c, d in found if c != d]
    assert moved
    assert all(d.bram18 < c.bram18 and d.lut > c.lut for c, d in moved)


def test_the_search_weighs_block_ram_by_the_family() -> None:
    found = {}
    for area in (0, 10**6):
        board = replace(LARGE, family=priced(area=area))
        found[area] = fold(bits(), board, CLOCK_MHZ, target_fps=1e6, minimize="area").resources()
    assert found[0].bram18 > found[10**6].bram18 == 0
    assert found[0].lut < found[10**6].lut


def test_cells_are_the_familys_own() -> None:
    stat = {"modules": {"top": {"num_cells_by_type": {"SHALLOW_RAM": 2, "LUT6": 3}}}}
    assert Counter.from_stat(SHALLOW, stat).module("top") == Resources(lut=3, bram18=2)
    with pytest.raises(CountError, match="must be a known xc7 primitive"):
        Counter.from_stat(XC7, stat).module("top")


@pytest.mark.parametrize(
    ("fabric", "depth", "width", "lut"),
    [
        (Fabric.LUT6, 32, 7, 8),
        (Fabric.LUT6, 33, 7, 12),
        (Fabric.LUT6, 128, 3, 8),
        (Fabric.LUT4, 16, 4, 6),
        (Fabric.LUT4, 17, 5, 24),
    ],
)
def test_distributed_ram_is_whole_cells(fabric: Fabric, depth: int, width: int, lut: int) -> None:
    assert fabric.ram_lut(depth, width) == lut


def test_prices_say_what_a_block_ram_is_worth_for_each_purpose() -> None:
    for family in families().values():
        price: BlockRamPrice = family.block_ram.price
        assert 0 < price.area <= price.bank <= price.whole
