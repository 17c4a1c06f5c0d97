# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Elimination finds what trying all values finds."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from xnorflow.folding.columns import Floats
from xnorflow.folding.elimination import Elimination, Scope


def of_all_values(
    scopes: list[Scope], tables: list[Floats], sizes: list[int]
) -> dict[tuple[int, ...], float]:
    return {
        values: sum(
            float(table[tuple(values[variable] for variable in scope)])
            for scope, table in zip(scopes, tables, strict=True)
        )
        for values in product(*map(range, sizes))
    }


def flat(tables: list[Floats]) -> Floats:
    return np.concatenate([table.ravel() for table in tables])


def drawn(rng: np.random.Generator) -> tuple[list[Scope], list[Floats], list[int]]:
    """Tables of small whole numbers, of which some are infinite; all variables are connected."""
    sizes = [int(n) for n in rng.integers(1, 4, rng.integers(2, 7))]
    count = len(sizes)
    scopes = [tuple(rng.permutation([n, int(rng.integers(0, n))])) for n in range(1, count)]
    for _ in range(rng.integers(0, 5)):
        some = rng.permutation(count)[: rng.integers(1, min(4, count) + 1)]
        scopes.append(tuple(some))
    scopes = [tuple(map(int, scope)) for scope in scopes]
    tables = [rng.integers(0, 9, [sizes[n] for n in scope]).astype(float) for scope in scopes]
    for table in tables:
        table[rng.random(table.shape) < 0.1] = np.inf
    return scopes, tables, sizes


@pytest.mark.parametrize("seed", range(40))
def test_the_least_sum_and_that_of_each_entry_are_those_of_all_values(seed: int) -> None:
    scopes, tables, sizes = drawn(np.random.default_rng(seed))
    sums = of_all_values(scopes, tables, sizes)
    elimination = Elimination(scopes)
    chosen = elimination.sums(sizes).least(flat(tables))
    assert sums[tuple(chosen.tolist())] == min(sums.values())
    assert elimination.entries(sizes) >= max(table.size for table in tables)
    found = elimination.marginals(tables, len(tables))
    for scope, marginals in zip(scopes, found, strict=True):
        for entry, least in np.ndenumerate(marginals):
            able = [
                total
                for values, total in sums.items()
                if tuple(values[variable] for variable in scope) == entry
            ]
            assert least == pytest.approx(min(able))


def test_of_a_chain_no_table_has_more_than_two_variables() -> None:
    chain = [(n, n + 1) for n in range(9)]
    assert Elimination(chain).entries([10] * 10) == 9 * 100 + 10


def test_branches_within_branches_need_three_variables() -> None:
    """An edge that is replaced by two edges in a row beside it, ever again."""
    edges = [(0, 1)]
    for _ in range(4):
        count = 1 + max(max(edge) for edge in edges)
        ways = [((a, count + n), (count + n, b)) for n, (a, b) in enumerate(edges)]
        edges += [edge for way in ways for edge in way]
    variables = 1 + max(max(edge) for edge in edges)
    assert Elimination(edges).entries([10] * variables) <= variables * 1000


def test_of_equal_sums_the_first_values_are_taken() -> None:
    chain = [(n, n + 1) for n in range(5)]
    assert Elimination(chain).sums([3] * 6).least(np.zeros(45)).tolist() == [0] * 6
