# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Choose a folding for every layer: the fastest on a board, or the smallest for a target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor

from xnorflow.boards.board import Board
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.folding.budget import Budget
from xnorflow.folding.columns import COLUMNS
from xnorflow.folding.file import FoldingFile
from xnorflow.folding.fit import Attempt, fit
from xnorflow.folding.headroom import beyond_board, on_board
from xnorflow.folding.shortage import shortage
from xnorflow.folding.space import Space
from xnorflow.folding.verdict import Found, Verdict
from xnorflow.hardware.resources import Resources
from xnorflow.ir.graph import Graph

__all__ = ["GOALS", "fold", "intervals"]

GOALS = ("lut", "bram18", "area")
"""What a design may take the least of."""
_TIES = ("lut", "bram18", "cycles")
"""What is made least of, in turn, among designs that are equal in what was sought."""
_ROUNDING = 1e-9
"""So that a target of clock / cycles asks for exactly these cycles."""


def fold(
    graph: Graph,
    board: Board,
    clock_mhz: float,
    *,
    target_fps: float | None = None,
    folding: FoldingFile | None = None,
    minimize: str | None = None,
    most: Resources | None = None,
) -> Found:
    """Fold a network for a board.

    With a target, the smallest design that reaches it; with a folding file, that folding, the
    smallest for layers that it may leave open; with neither, the fastest design that fits. Among
    equals the one of fewest LUTs, then of fewest block RAMs, then of fewest cycles in all stages,
    which stand for its latency.

    Args:
        graph: the network.
        board: what it must fit.
        clock_mhz: the accelerator's clock.
        target_fps: frames per second to reach.
        folding: what is fixed of the layers.
        minimize: of what the smallest design takes least: ``lut``, ``bram18``, or ``area``, LUTs
            with block RAMs and DSP slices at the family's prices. By default ``lut`` for a target,
            and ``area`` for a folding file.
        most: what it may take at most, where that is less than what the board leaves.

    Raises:
        XnorflowError: ``target-too-fast``, ``over-budget``, ``search-unfinished``,
            ``fifo-schedule``, ``unknown-goal``, or what is wrong in the file.
    """
    if minimize not in (None, *GOALS):
        raise XnorflowError(
            Diagnostic(
                "unknown-goal",
                f"what to minimize must be one of {', '.join(GOALS)}, not {minimize!a:.60}",
                "leave it out for the usual choice",
            )
        )
    if folding is not None:
        folding.check(graph)
    space = Space.of(graph, board, clock_mhz, Budget.of(board).within(most), folding)
    goal = minimize or ("lut" if folding is None else "area")
    goals = [COLUMNS.index(name) for name in dict.fromkeys((goal, *_TIES))]
    if folding is not None:
        interval = space.intervals[0]
    elif target_fps is not None:
        interval = _interval_for(space, target_fps)
    else:
        return _fastest(space, goals)
    return _smallest(space, goals, interval, within_file=folding is not None)


def intervals(graph: Graph, board: Board) -> tuple[int, ...]:
    """The cycles from frame to frame that designs for a board can have, ascending."""
    return tuple(Space.of(graph, board, 1.0, Budget.of(board), None).intervals)


def _interval_for(space: Space, target_fps: float) -> int:
    """The longest interval that reaches a target and gains anything.

    Raises:
        XnorflowError: ``target-too-fast``.
    """
    wanted = space.clock_mhz * 1e6 / target_fps * (1 + _ROUNDING)
    shortest, longest = space.intervals[0], space.intervals[-1]
    interval = floor(min(wanted, longest))
    if interval >= shortest:
        return interval
    layer = space.graph.layers[space.slowest_at_best]
    raise XnorflowError(
        Diagnostic(
            "target-too-fast",
            f"the target must be at most {floor(space.fps(shortest)):,} FPS at "
            f"{space.clock_mhz:g} MHz, since {layer.name} needs {shortest} "
            f"cycle{'s' if shortest > 1 else ''} a frame, not {target_fps:,.15g} FPS",
            "lower the target or raise the clock (--clock-mhz)",
            layer.origin,
        )
    )


def _smallest(space: Space, goals: Sequence[int], interval: int, *, within_file: bool) -> Found:
    """The smallest design of an interval.

    Raises:
        XnorflowError: ``over-budget`` or ``search-unfinished``, with a hint at what would fit;
            ``fifo-schedule``.
    """
    attempt = fit(space, interval, goals)
    if attempt.fault is not None:
        raise attempt.fault
    if attempt.fitted is None:
        hint = "fold more, or change board" if within_file else _slower(space, goals)
        raise shortage(space, interval, attempt, hint)
    best, column = attempt.fitted, goals[0]
    lifts = on_board(space, best.design.interval_cycles, column, best.cost)
    goal, found = COLUMNS[column], float(best.total[column])
    slowest = best.design.slowest
    return Found(best.design, Verdict(goal, found, attempt.bound, within_file, slowest, lifts))


def _slower(space: Space, goals: Sequence[int]) -> str:
    """What to ask for where no design is fast enough."""
    fitted = _first_fitting(space, goals).fitted
    if fitted is None:
        return "choose a larger board"
    return f"ask for at most {floor(fitted.design.fps):,} FPS, or choose a larger board"


def _fastest(space: Space, goals: Sequence[int]) -> Found:
    """The fastest design that is found to fit the board.

    It has the first interval for which no proof says that nothing fits, or, where fifos do not
    fit, a longer one.

    Raises:
        XnorflowError: ``over-budget``: none fits; ``search-unfinished``; ``fifo-schedule``.
    """
    attempt = _first_fitting(space, goals)
    if attempt.fault is not None:
        raise attempt.fault
    if attempt.fitted is None:
        raise shortage(space, space.intervals[-1], attempt, "choose a larger board")
    design = attempt.fitted.design
    lifts = beyond_board(space, design.interval_cycles, goals)
    bound = space.fps(space.promising[0])
    return Found(design, Verdict("fps", design.fps, bound, False, design.slowest, lifts))


def _first_fitting(space: Space, goals: Sequence[int]) -> Attempt:
    """What came of the shortest interval at which a design is found to fit, or of the longest.

    Or of one whose design could not be followed: of longer ones, more cycles would have to be.
    """
    failed, attempt = -1, Attempt()
    for number in _onwards(len(space.promising)):
        attempt = fit(space, space.promising[number], goals)
        if attempt.fitted is not None:
            between = (fit(space, n, goals) for n in space.promising[failed + 1 : number])
            return next((one for one in between if one.fitted is not None), attempt)
        if attempt.fault is not None:
            break
        failed = number
    return attempt


def _onwards(end: int) -> Iterator[int]:
    """Some numbers from 0 to the last, in ever longer steps."""
    steps = (step * (step + 1) // 2 for step in range(end))
    return iter(dict.fromkeys(min(step, end - 1) for step in steps))
