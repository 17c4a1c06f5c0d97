# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Networks that branch are not searched: a folding file says how each of their layers is folded."""

from __future__ import annotations

from collections.abc import Sequence

from xnorflow.design.assemble import assemble
from xnorflow.folding.fifos import with_fifos
from xnorflow.folding.file import FoldingFile
from xnorflow.folding.options import Option
from xnorflow.folding.space import Space, branches
from xnorflow.folding.trellis import COLUMNS, counted
from xnorflow.folding.verdict import Found, Verdict
from xnorflow.hardware.family import Family

__all__ = ["fold_as_written"]


def fold_as_written(space: Space, file: FoldingFile, goals: Sequence[int]) -> Found:
    """The design of a file that names all layers, with its fifos.

    Storages that it leaves open are chosen layer by layer: streams do not depend on them.

    Args:
        space: what the file leaves open.
        file: held against the network already.
        goals: of what each layer takes the least, in turn; columns of the trellis.

    Raises:
        XnorflowError: ``folding-branches``, ``over-budget`` or ``fifo-schedule``.
    """
    family = space.board.family
    open_layers = [layer.name for layer in space.graph.layers if layer.name not in file.layers]
    if open_layers:
        names = ", ".join(open_layers)
        rule = f"the folding of a network that branches must name every layer, not all but {names}"
        raise branches(rule, file.path)
    stages = [_least(options, goals, file, family).stage for options in space.options]
    bare = assemble(space.graph, space.board, space.clock_mhz, stages)
    design = with_fifos(bare)
    needs = design.resources()
    if not space.budget.fits(needs):
        hint = "fold more, name other storages, or change board"
        raise space.budget.error(space.board.name, needs, hint)
    cycles = sum(stage.cycles for stage in design.stages)
    found, bound = (
        float(counted(one.resources(), family, cycles)[goals[0]]) for one in (design, bare)
    )
    return Found(design, Verdict(COLUMNS[goals[0]], found, bound, True, design.slowest))


def _least(
    options: Sequence[Option], goals: Sequence[int], file: FoldingFile, family: Family
) -> Option:
    """The option of least cost among those of one layer, which must not differ in streams."""
    if len({(o.stage.input_streams, o.stage.output_streams) for o in options}) > 1:
        names = " or ".join(sorted({option.stage.kernel_name for option in options}))
        layer = options[0].stage.layer
        rule = f"the kernel of {layer.name} must be said in a network that branches, not be {names}"
        raise branches(rule, file.path)

    def cost(option: Option) -> list[int]:
        columns = counted(option.resources, family, option.cycles)
        return [int(columns[goal]) for goal in goals]

    return min(options, key=cost)
