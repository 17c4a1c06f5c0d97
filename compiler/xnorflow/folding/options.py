# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What each layer can be: a kernel, a folding and a storage, with what that takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from xnorflow.boards.board import Board
from xnorflow.design.stage import Stage
from xnorflow.folding.file import FoldingFile
from xnorflow.hardware.catalog import kernels_for
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer

__all__ = ["Option", "every_folding", "options_of"]


@dataclass(frozen=True)
class Option:
    """A stage and what it takes.

    Attributes:
        stage: the layer, its kernel and its folding.
        cycles: a frame takes.
        sources: the stream that each input reads.
        sink: the stream that it writes, once or, for a fork, to each reader.
        resources: estimated primitives.
    """

    stage: Stage
    cycles: int
    sources: tuple[Stream, ...]
    sink: Stream
    resources: Resources


def options_of(layer: Layer, board: Board, file: FoldingFile | None) -> tuple[Option, ...]:
    """All that a folding file leaves open."""
    wanted = file.layers.get(layer.name) if file else None
    name = file.kernels.get(layer.name) if file else None
    return tuple(
        Option(
            Stage(layer, kernel.name, folding),
            kernel.cycles(layer, folding),
            kernel.input_streams(layer, folding),
            kernel.output_streams(layer, folding)[0],
            kernel.resources(layer, folding, board.family),
        )
        for kernel in kernels_for(layer)
        if name in (None, kernel.name)
        for folding in every_folding(kernel, layer)
        if wanted in (None, folding, replace(folding, storage="auto"))
    )


def every_folding(kernel: Kernel, layer: Layer) -> Iterator[Folding]:
    """Every legal folding with every storage."""
    for bare in kernel.foldings(layer):
        for storage in kernel.storages(layer, bare) or (bare.storage,):
            yield replace(bare, storage=storage)
