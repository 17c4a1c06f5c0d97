# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A small network, and what a fault made with it is told with."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.qonnx_net import Net, signs

import xnorflow
from xnorflow.accelerator import Accelerator
from xnorflow.cli import main
from xnorflow.diagnostics import XnorflowError

__all__ = ["compiled", "hint", "said", "tiny"]


def tiny(folder: Path) -> Path:
    """A model of 24 -> 16 -> 10."""
    rng = np.random.default_rng(1)
    net = Net((1, 24), dtype="BIPOLAR")
    net.dense(signs(rng, 24, 16))
    net.bipolar()
    net.dense(signs(rng, 16, 10))
    return net.save(folder, "tiny.onnx")


def compiled(model: Path, output: Path | None = None, **options: Any) -> Accelerator:
    """The model on a PYNQ-Z1 unless the options say otherwise."""
    return xnorflow.compile(model, **{"board": "pynq-z1", "output": output, **options})


def hint(code: str, work: Callable[[], object]) -> str:
    """The hint of the one Diagnostic that work must fail with."""
    with pytest.raises(XnorflowError) as caught:
        work()
    (found,) = caught.value.diagnostics
    assert found.code == code, str(found)
    return found.hint


def said(code: str, capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The hint that a command fails with; the code of hardware at fault is 1, of all else 2."""
    assert main([str(argument) for argument in arguments]) == 1 + (
        not code.startswith("simulation-")
    )
    told = capsys.readouterr().err
    _, found, rest = told.partition(f"error[{code}]: ")
    assert found, told
    mine, *_ = re.split(r"\n(?=\S)", rest)  # up to the next one, whose line is not indented
    return mine.partition("\n  fix: ")[2].strip()
