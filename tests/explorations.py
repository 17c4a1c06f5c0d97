# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A small network to explore, and what tests of that look at."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.designs import Maker

from xnorflow.boards.read import load_board
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.explore.work import Problem
from xnorflow.ir.types import BIPOLAR

__all__ = ["HERE", "network", "refusal", "started"]

ANY = (1, 1)
HERE = "127.0.0.1:0"
"""Any free port that cannot be reached from elsewhere."""


def network() -> Problem:
    maker = Maker(48, BIPOLAR, seed=2).dense("dense0", 24, ANY).dense("dense1", 12, ANY)
    graph = maker.dense("dense2", 4, ANY, raw=True).graph()
    return Problem(graph, load_board("pynq-z1"), 100.0)


def refusal(error: pytest.ExceptionInfo[XnorflowError]) -> Diagnostic:
    (fault,) = error.value.diagnostics
    return fault


@contextmanager
def started(command: str, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Dask process of its own: a scheduler, or a worker that is not started anew."""
    nanny = ["--no-nanny"] if command == "worker" else []
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", f"distributed.cli.dask_{command}", *arguments, *nanny),
            *("--dashboard-address", HERE),
        ],
        env={**os.environ, **environment},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
