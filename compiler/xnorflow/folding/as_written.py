# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Networks that branch are not searched: a folding file says how each of their layers is folded."""

from __future__ import annotations

from collections.abc import Sequence

from xnorflow.boards.board import Board
from xnorflow.design.assemble import assemble
from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.folding.budget import Budget
from xnorflow.folding.fifos import with_fifos
from xnorflow.folding.file import FoldingFile
from xnorflow.folding.options import Option, options_of
from xnorflow.folding.trellis import COLUMNS, counted
from xnorflow.folding.verdict import Found, Verdict
from xnorflow.hardware.family import Family
from xnorflow.ir.graph import Graph

__all__ = ["check_chain", "fold_as_written", "is_chain"]


def is_chain(graph: Graph) -> bool:
    """Whether every layer reads what the one before it makes, and nothing else."""
    made = (graph.input, *(layer.output for layer in graph.layers))
    return all(layer.inputs == (name,) for name, layer in zip(made, graph.layers, strict=False))


def check_chain(graph: Graph) -> None:
    """Refuse to search a network that branches.

    Raises:
        XnorflowError: ``folding-branches``.
    """
    if not is_chain(graph):
        raise _refusal("a network that branches must be folded as a file says, not by a search")


def fold_as_written(
    graph: Graph,
    board: Board,
    clock_mhz: float,
    budget: Budget,
    file: FoldingFile,
    goals: Sequence[int],
) -> Found:
    """The design of a file that names all layers, with its fifos.

    Storages that it leaves open are chosen layer by layer: streams do not depend on them.

    Args:
        graph: the network.
        board: what it must fit.
        clock_mhz: the accelerator's clock.
        budget: what it may take.
        file: held against the network already.
        goals: of what each layer takes the least, in turn; columns of the trellis.

    Raises:
        XnorflowError: ``folding-branches``, ``over-budget`` or ``fifo-schedule``.
    """
    open_layers = [layer.name for layer in graph.layers if layer.name not in file.layers]
    if open_layers:
        names = ", ".join(open_layers)
        rule = f"the folding of a network that branches must name every layer, not all but {names}"
        raise _refusal(rule, file)
    chosen = [
        _least(options_of(layer, board, file), goals, file, board.family) for layer in graph.layers
    ]
    bare = assemble(graph, board, clock_mhz, [option.stage for option in chosen])
    design = with_fifos(bare)
    needs = design.resources()
    if not budget.fits(needs):
        hint = "fold more, name other storages, or change board"
        raise budget.error(board.name, needs, hint)
    cycles = [stage.cycles for stage in design.stages]
    found, bound = (
        float(counted(one.resources(), board.family, sum(cycles))[goals[0]])
        for one in (design, bare)
    )
    return Found(design, Verdict(COLUMNS[goals[0]], found, bound, True, design.slowest))


def _least(
    options: Sequence[Option], goals: Sequence[int], file: FoldingFile, family: Family
) -> Option:
    """The option of least cost among those of one layer, which must not differ in streams."""
    if len({(option.source, option.sink) for option in options}) > 1:
        names = " or ".join(sorted({option.stage.kernel_name for option in options}))
        layer = options[0].stage.layer
        rule = f"the kernel of {layer.name} must be said in a network that branches, not be {names}"
        raise _refusal(rule, file)
    return min(options, key=lambda option: [_cost(option, family)[goal] for goal in goals])


def _cost(option: Option, family: Family) -> list[int]:
    return [int(number) for number in counted(option.resources, family, option.cycles)]


def _refusal(rule: str, file: FoldingFile | None = None) -> XnorflowError:
    hint = (
        'give a folding file (--folding) with "pe" and "simd" of every layer: only networks '
        "without branches are searched yet"
    )
    origin = Origin() if file is None else Origin(file=str(file.path))
    return XnorflowError(Diagnostic("folding-branches", rule, hint, origin))
