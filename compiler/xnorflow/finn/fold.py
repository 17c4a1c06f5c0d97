# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""One of FINN's nodes as the folding of one layer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.finn.config import FinnNode
from xnorflow.finn.nodes import Kind
from xnorflow.finn.settings import EXTERNAL, is_ultra, number, storage, switch
from xnorflow.hardware.catalog import kernels_for
from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense

__all__ = ["Folded", "Remark", "fold_node"]

_PARALLEL = "parallel_window"
"""FINN's attribute, and the kernel here that does the same."""
_NO_ULTRA = "there is no UltraRAM"
_NO_PLACE = "no kernel keeps that so at this folding"


@dataclass(frozen=True)
class Remark:
    """Something in the file that has no counterpart, and why."""

    what: str
    reason: str


@dataclass(frozen=True)
class Folded:
    """What a node says of a layer.

    Attributes:
        layer: its name.
        folding: None leaves it open.
        remarks: what could not be taken over.
    """

    layer: str
    folding: Folding | None
    remarks: tuple[Remark, ...] = ()


def fold_node(node: FinnNode, layer: Layer, path: Path) -> Folded:
    """The folding that a node stands for.

    Raises:
        XnorflowError: ``finn-folding``: one that the layer cannot have; ``finn-file``: a value of
            the wrong kind.
    """
    if switch(node, "runtime_writeable_weights"):
        rule = f"{node} must have fixed values, not ones that are written at run time"
        raise _refused(rule, "set runtime_writeable_weights to 0", layer, path)
    if node.kind is Kind.WINDOW:
        return _fold_window(node, layer, path)
    if node.kind is Kind.MATRIX:
        # What is not set is 1 in FINN.
        wanted = Folding(number(node, "PE") or 1, number(node, "SIMD") or 1)
        return _placed(node, layer, wanted, path)
    lanes = number(node, "PE")
    return Folded(layer.name, None) if lanes is None else _lanes(node, layer, lanes, path)


def _fold_window(node: FinnNode, layer: Layer, path: Path) -> Folded:
    lanes, channels = number(node, "SIMD"), layer.in_type.channels
    if (number(node, "M") or 1) > 1:
        rule = f"{node} must give one window at a time, not several"
        raise _refused(rule, "set M to 1", layer, path)
    if not switch(node, _PARALLEL):
        return Folded(layer.name, None) if lanes is None else _lanes(node, layer, lanes, path)
    whole = [kernel for kernel in kernels_for(layer) if kernel.name == _PARALLEL]
    if not whole:
        rule = (
            f"{node} must give the window of {layer.name} in pieces, not at once: it is too large"
        )
        raise _refused(rule, "set parallel_window to 0", layer, path)
    if lanes not in (None, channels):
        rule = f"SIMD of {node} must be {channels} where parallel_window is 1, not {lanes}"
        raise _refused(rule, f"set SIMD to {channels}, or parallel_window to 0", layer, path)
    return _placed(node, layer, whole[0].foldings(layer)[0], path)


def _lanes(node: FinnNode, layer: Layer, lanes: int, path: Path) -> Folded:
    return _placed(node, layer, Folding(lanes, lanes), path)


def _placed(node: FinnNode, layer: Layer, wanted: Folding, path: Path) -> Folded:
    """With the storage that FINN's memory comes closest to."""
    kernels = kernels_for(layer)
    able = [kernel for kernel in kernels if wanted in kernel.foldings(layer)]
    if not able:
        raise _illegal(node, layer, wanted, path)
    if node.kind not in (Kind.MATRIX, Kind.WINDOW):
        return Folded(layer.name, wanted)
    place = storage(node)
    if place == EXTERNAL:
        rule = f"weights of {node} must be in the FPGA, not in external memory"
        raise _refused(rule, 'set mem_mode to "internal_decoupled"', layer, path)
    if place in ("auto", *(name for kernel in able for name in kernel.storages(layer, wanted))):
        remarks = (Remark(f"ram_style of {node}", _NO_ULTRA),) if is_ultra(node) else ()
        return Folded(layer.name, replace(wanted, storage=place), remarks)
    return Folded(layer.name, wanted, (Remark(f"the memory of {node}", _NO_PLACE),))


def _illegal(node: FinnNode, layer: Layer, wanted: Folding, path: Path) -> XnorflowError:
    legal = [folding for kernel in kernels_for(layer) for folding in kernel.foldings(layer)]
    near = min(
        legal, key=lambda f: (abs(f.pe - wanted.pe) + abs(f.simd - wanted.simd), f.pe, f.simd)
    )
    if isinstance(layer.op, Dense):
        rows, columns = layer.op.weights.shape
        rule = (
            f"PE of {node} must divide the {rows} rows of {layer.name} and SIMD its {columns} "
            f"columns, not be {wanted.pe} and {wanted.simd}"
        )
        hint = f"the nearest are PE {near.pe}, SIMD {near.simd}"
        return _refused(rule, hint, layer, path)
    key = "SIMD" if node.kind is Kind.WINDOW else "PE"
    rule = (
        f"{key} of {node} must be a legal number of lanes for {layer.name} "
        f"({layer.in_type} -> {layer.out_type}), not {wanted.simd}"
    )
    return _refused(rule, f"the nearest is {near.simd}", layer, path)


def _refused(rule: str, hint: str, layer: Layer, path: Path) -> XnorflowError:
    origin = replace(layer.origin, file=str(path))
    return XnorflowError(Diagnostic("finn-folding", rule, hint, origin))
