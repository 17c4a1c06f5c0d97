# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Legal foldings chosen by numbers, so that they shrink with the network."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.network import Case

from xnorflow.boards.read import load_board
from xnorflow.design.design import Design
from xnorflow.folding.file import FoldingFile
from xnorflow.folding.search import fold
from xnorflow.hardware.catalog import kernels_for
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Layer

LONGEST_INTERVAL = 2500
WIDEST = 2048
MOST_DSP = 8
"""Of a layer, so that a network of some fits each board."""


def design_of(case: Case, graph: Graph) -> Design:
    """The network folded as the case says."""
    picks = (*case.picks, *[0] * 2 * len(graph.layers))
    board = load_board(case.board)
    chosen = {
        layer.name: choose(layer, board.family, *picks[2 * index : 2 * index + 2])
        for index, layer in enumerate(graph.layers)
    }
    file = FoldingFile(
        Path("drawn"),
        {name: folding for name, (_, folding) in chosen.items()},
        kernels={name: kernel for name, (kernel, _) in chosen.items()},
    )
    return fold(graph, board, 100.0, folding=file).design


def choose(layer: Layer, family: Family, number: int, place: int) -> tuple[str, Folding]:
    """A kernel and a legal folding, storage included, that builds and simulates in fair time."""
    able = kernels_for(layer)
    kernel, place = able[place % len(able)], place // len(able)
    legal = kernel.foldings(layer)
    options = [
        f for f in legal if kernel.cycles(layer, f) <= LONGEST_INTERVAL and f.pe * f.simd <= WIDEST
    ] or [min(legal, key=lambda f: kernel.cycles(layer, f))]
    options = [f for f in options if kernel.resources(layer, f, family).dsp <= MOST_DSP] or [
        min(options, key=lambda f: kernel.resources(layer, f, family).dsp)
    ]
    bare = options[number % len(options)]
    storages = kernel.storages(layer, bare) or ("auto",)
    return kernel.name, Folding(bare.pe, bare.simd, storages[place % len(storages)])
