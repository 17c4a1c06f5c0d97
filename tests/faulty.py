# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Networks to spoil, and what loading them gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.qonnx_net import Net, signs
from tests.rng import generator

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.frontend.load import load_model
from xnorflow.ir.input_spec import InputSpec

RNG = generator(7)


def refused(path: Path, given: InputSpec | None = None) -> tuple[Diagnostic, ...]:
    with pytest.raises(XnorflowError) as caught:
        load_model(path, given)
    return caught.value.diagnostics


def small(shape: tuple[int | str, ...] = (1, 6), **options: object) -> Net:
    """A net whose input is binarised; the rest is the test's."""
    net = Net(shape, **options)  # type: ignore[arg-type]
    net.add("Sub", 127.5)
    net.bipolar()
    return net


def two_layers(middle: Callable[[Net], object]) -> Net:
    """``middle`` between two products of 6 x 4 and 4 x 3."""
    net = small()
    net.dense(signs(RNG, 6, 4), name="first")
    middle(net)
    net.dense(signs(RNG, 4, 3), name="second")
    return net
