# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A layer's operation, and the host's table, taken as the kind that a test expects."""

from __future__ import annotations

from typing import TypeVar

from tests.qonnx_net import Array

from xnorflow.ir.host import HostLine, HostOutput
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.op import Op

Kind = TypeVar("Kind", bound=Op)


def op_of(layer: Layer, kind: type[Kind]) -> Kind:
    """The operation, which has to be of this kind."""
    assert isinstance(layer.op, kind)
    return layer.op


def thresholds_of(layer: Layer) -> Array:
    """The thresholds of a product, which has to have some."""
    thresholds = op_of(layer, Dense).thresholds
    assert thresholds is not None
    return thresholds


def table_of(host: HostOutput) -> Array:
    """The host's table, which has to be one and no line."""
    assert not isinstance(host.table, HostLine)
    return host.table
