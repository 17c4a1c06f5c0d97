# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A small network to explore, and what tests of that look at."""

from __future__ import annotations

import pytest
from tests.designs import Maker

from xnorflow.explore.work import Network
from xnorflow.folding.boards import load_board
from xnorflow.ir.diagnostics import Diagnostic, XnorflowError
from xnorflow.ir.types import BINARY

__all__ = ["network", "refusal"]

ANY = (1, 1)


def network() -> Network:
    maker = Maker(48, BINARY, seed=2).dense("dense0", 24, ANY).dense("dense1", 12, ANY)
    graph = maker.dense("dense2", 4, ANY, raw=True).graph()
    return Network(graph, load_board("pynq-z1"), 100.0)


def refusal(error: pytest.ExceptionInfo[XnorflowError]) -> Diagnostic:
    (fault,) = error.value.diagnostics
    return fault
