# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Processes that pass beats on, cycle by cycle, compiled by numba.

A cycle goes through the parts from the last to the first. So each part still sees what the parts
before it offered when the cycle began, and those behind it have told already whether they take a
beat. Parts that can do nothing sleep until a neighbour moves or their own time has come.

What happens in every cycle is one function over plain arrays: cut into functions that numba
inlines, it took three times as long, and six times with arrays in tuples.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

from xnorflow.timing.layout import (
    BASE,
    BEATS,
    DEADLOCK,
    DELAY,
    DISTANCE,
    EMITS,
    END_IN,
    END_LAP,
    END_OUT,
    END_STEP,
    ENDED,
    ENTRY,
    EXIT,
    FIRST_IN,
    FIRST_LAP,
    FIRST_OUT,
    FIRST_STEP,
    FREED,
    FREES,
    FURTHER,
    GIVES,
    HEAD,
    HELD,
    HOLDS,
    HOST,
    IN_PART,
    LAG,
    LAP,
    LAP_BASE,
    LAST,
    LATENCY,
    MOVE,
    MOVES,
    NEEDS,
    NEXT,
    OFFERED,
    OUT_OF_BUDGET,
    OUT_PART,
    QUEUED,
    RECEIVED,
    REPEATS,
    RIGID,
    ROOM,
    ROUND,
    ROUNDS,
    SINCE,
    SINK,
    SLOWER,
    SOURCE,
    STEP,
    TAKEN,
    TURN,
    WAIT,
    WAKE,
    Host,
    Ints,
    Net,
    State,
    Traces,
)

__all__ = ["play"]

NEVER = 1 << 62
NOT = -1
LONG_AGO = -4
"""Where it does not matter any more when a beat came to an output: none takes so many cycles."""
SLOW_FRAMES = 8
"""So many frames in a row that come later and later will not be followed by better ones."""

_Function = TypeVar("_Function", bound=Callable[..., object])


def _compiled(function: _Function) -> _Function:
    """Kept on disk where there is a place for it."""
    compiler: Callable[..., Any] = numba.njit
    try:
        found: _Function = compiler(cache=True)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        found = compiler(function)
    return found


@_compiled
def _reset(net: Net, host: Host, state: State) -> None:
    for p in range(len(net.parts)):
        state.parts[p, LAP] = net.parts[p, FIRST_LAP]
        state.parts[p, STEP] = net.laps[net.parts[p, FIRST_LAP], FIRST_STEP]
        state.parts[p, SINCE] = NOT
    for o in range(len(net.outputs)):
        state.outs[o, LAST] = LONG_AGO
    for e in range(len(host.entries)):
        state.ins[host.entries[e], ENTRY] = e
        state.ins[host.entries[e], OFFERED] = host.offers[e, 0] if host.offers.shape[1] else 0
    for x in range(len(host.leaves)):
        state.outs[host.leaves[x], EXIT] = x


@_compiled
def _snapshot(net: Net, host: Host, state: State, gone: int, now: int, shot: Ints) -> None:
    """Everything that matters from here on, counted from here."""
    at = 0
    depth = state.queue.shape[1]
    for p in range(len(net.parts)):
        since = state.parts[p, SINCE]
        own = (now if since == NOT else since) - state.parts[p, LAG]
        shot[at] = state.parts[p, LAP]
        shot[at + 1] = state.parts[p, ROUND]
        shot[at + 2] = state.parts[p, STEP]
        shot[at + 3] = max(state.parts[p, NEXT] - own, 0)
        shot[at + 4] = state.parts[p, QUEUED]
        shot[at + 5] = 0 if since == NOT else 1
        at += 6
        for k in range(depth):
            due_at = state.queue[p, (state.parts[p, HEAD] + k) % depth] - own
            shot[at + k] = due_at if k < state.parts[p, QUEUED] else 0
        at += depth
    for i in range(len(net.inputs)):
        shot[at] = state.ins[i, RECEIVED] - state.ins[i, BASE]
        shot[at + 1] = state.ins[i, FREED] - state.ins[i, BASE]
        at += 2
    for o in range(len(net.outputs)):
        shot[at] = state.outs[o, HELD]
        shot[at + 1] = max(state.outs[o, LAST] - now, LONG_AGO)
        at += 2
    for i in host.entries:
        sent, beats = state.ins[i, RECEIVED], net.inputs[i, BEATS]
        shot[at] = sent % beats
        shot[at + 1] = max(state.ins[i, OFFERED] - now, 0)
        shot[at + 2] = sent // beats * host.pace - now if host.pace else 0
        at += 3
    for x in range(len(host.leaves)):
        shot[at + x] = state.outs[host.leaves[x], TAKEN] - gone * host.out_beats[x]


@_compiled
def _repeats(shots: Ints, gone: int, kept: int) -> int:
    """After how many frames the newest snapshot, the last of ``shots``, came again; 0 if never.

    Held against that of the frame before, and one of ever longer ago, for longer periods.
    """
    differs, differs_long, keeps = gone == 1, gone == 1, gone in (1, 2 * kept)
    for column in range(shots.shape[1]):
        value = shots[2, column]
        differs = differs or shots[0, column] != value
        differs_long = differs_long or shots[1, column] != value
        shots[0, column] = value
        if keeps:
            shots[1, column] = value
    if not differs:
        return 1
    return 0 if differs_long else gone - kept


@_compiled
def play(
    net: Net,
    host: Host,
    state: State,
    traces: Traces,
    settles: bool,
    deadline: int,
    budget: int,
    shots: Ints,
    ends: Ints,
) -> tuple[int, int, int, int]:
    """Run from reset.

    Args:
        net: what runs.
        host: how frames are offered and taken.
        state: all zeros.
        traces: takes what is noted.
        settles: whether to end as soon as everything is as it was some frames ago, or when several
            frames in a row have been late.
        deadline: cycles from frame to frame beyond which one is late; none ever is if 0.
        budget: how often parts may be evaluated, at most.
        shots: zeros, int64 [3, snapshot_size].
        ends: int64 [frames]: takes the cycle in which each frame's last beat left, by all exits.

    Returns:
        How it ended; frames that ended; after how many of them everything repeats, or 0; and how
        often parts were evaluated.
    """
    _reset(net, host, state)
    parts, inputs, outputs, each, laps = net
    frames, pace, entries, leaves, out_beats, offers, ready = host
    doing, ins, outs, queue = state
    peaks, accepted, exits, taken = traces
    n, depth = len(parts), queue.shape[1]
    unsent = 0
    for i in entries:
        unsent += inputs[i, BEATS] * frames
    gone, late, period, evaluations, kept, now, status = 0, 0, 0, 0, 1, 0, ENDED
    while True:
        soonest = NEVER
        # The host takes beats.
        for x in range(len(leaves)):
            last = leaves[x]
            held = outs[last, HELD]
            if held > 0 and (held > 1 or outs[last, LAST] + outputs[last, LATENCY] <= now):
                if now >= ready.shape[1] or ready[x, now] == now:
                    outs[last, GIVES] = 1
                    doing[outputs[last, OUT_PART], WAKE] = now
                    if taken.shape[1]:
                        taken[x, outs[last, TAKEN]] = now
                    outs[last, TAKEN] += 1
                else:
                    soonest = min(soonest, ready[x, now])
            elif held == 1:
                soonest = min(soonest, outs[last, LAST] + outputs[last, LATENCY])
        for p in range(n - 1, -1, -1):
            if doing[p, WAKE] > now:
                soonest = min(soonest, doing[p, WAKE])
                continue
            evaluations += 1
            changed, free = False, True
            for o in range(parts[p, FIRST_OUT], parts[p, END_OUT]):
                changed = changed or outs[o, GIVES] == 1
                goes = outs[o, GIVES] if outputs[o, TURN] == 0 else 0
                free = free and outs[o, HELD] - goes < outputs[o, HOLDS]
            # Own time stands still while the part waits as a whole.
            if doing[p, SINCE] != NOT:
                doing[p, LAG] += now - doing[p, SINCE]
                doing[p, SINCE] = NOT
            own = now - doing[p, LAG]
            lap = doing[p, LAP]
            step = doing[p, STEP]
            # What is offered to it, and whether that will do for the next step.
            offered_at = NEVER
            suffices = True
            for i in range(parts[p, FIRST_IN], parts[p, END_IN]):
                o = inputs[i, SOURCE]
                at = NEVER
                if o == HOST:
                    at = ins[i, OFFERED]
                elif outs[o, HELD] > 1:
                    at = now
                elif outs[o, HELD] == 1:
                    at = outs[o, LAST] + outputs[o, LATENCY]
                there = ins[i, RECEIVED]
                ins[i, MOVES] = 0
                if at > now:
                    offered_at = min(offered_at, at)
                elif inputs[i, ROOM] == 0:
                    there += 1
                elif there < inputs[i, ROOM] + ins[i, FREED]:
                    ins[i, MOVES] = 1
                    there += 1 - inputs[i, WAIT]
                k = i - parts[p, FIRST_IN]
                base = (
                    ins[i, BASE]
                    + laps[lap, LAP_BASE + 2 * k]
                    + doing[p, ROUND] * laps[lap, MOVE + 2 * k]
                )
                needs = each[step, NEEDS if k == 0 else FURTHER + 2 * k]
                suffices = suffices and base + needs <= there
            due = doing[p, QUEUED] > 0 and queue[p, doing[p, HEAD]] <= own
            comes = False
            if free or not (due or parts[p, RIGID]):
                if due:
                    comes = True
                    doing[p, HEAD] = (doing[p, HEAD] + 1) % depth
                    doing[p, QUEUED] -= 1
                emits = each[step, EMITS] == 1
                if (
                    suffices
                    and own >= doing[p, NEXT]
                    and (free or not emits or parts[p, DELAY] > 0)
                ):
                    changed = True
                    for i in range(parts[p, FIRST_IN], parts[p, END_IN]):
                        k = i - parts[p, FIRST_IN]
                        base = (
                            laps[lap, LAP_BASE + 2 * k] + doing[p, ROUND] * laps[lap, MOVE + 2 * k]
                        )
                        frees = each[step, FREES if k == 0 else FURTHER + 1 + 2 * k]
                        ins[i, FREED] = ins[i, BASE] + base + frees
                        if inputs[i, ROOM] == 0 and ins[i, FREED] > ins[i, RECEIVED]:
                            ins[i, MOVES] = 1
                    if emits:
                        if parts[p, DELAY] == 0:
                            comes = True
                        else:
                            at = (doing[p, HEAD] + doing[p, QUEUED]) % depth
                            queue[p, at] = own + parts[p, DELAY]
                            doing[p, QUEUED] += 1
                    step += 1
                    if step == laps[lap, END_STEP]:
                        doing[p, ROUND] += 1
                        if doing[p, ROUND] == laps[lap, ROUNDS]:
                            doing[p, ROUND] = 0
                            lap += 1
                            if lap == parts[p, END_LAP]:
                                lap = parts[p, FIRST_LAP]
                                for i in range(parts[p, FIRST_IN], parts[p, END_IN]):
                                    ins[i, BASE] += inputs[i, BEATS]
                            doing[p, LAP] = lap
                        step = laps[lap, FIRST_STEP]
                    doing[p, STEP] = step
                    doing[p, NEXT] = own + each[step, DISTANCE]
            else:
                doing[p, SINCE] = now
            changed = changed or comes
            for o in range(parts[p, FIRST_OUT], parts[p, END_OUT]):
                held = outs[o, HELD]
                outs[o, HELD] = held - outs[o, GIVES]
                outs[o, GIVES] = 0
                if comes:
                    outs[o, HELD] += 1
                    outs[o, LAST] = now
                    peaks[p] = max(peaks[p], held + outputs[o, TURN])
                    soon = now + outputs[o, LATENCY]
                    soonest = min(soonest, soon)
                    if outputs[o, SINK] != HOST:
                        q = inputs[outputs[o, SINK], IN_PART]
                        doing[q, WAKE] = min(doing[q, WAKE], soon)
                    elif exits.shape[1]:
                        exits[outs[o, EXIT], outs[o, TAKEN] + outs[o, HELD] - 1] = now
            for i in range(parts[p, FIRST_IN], parts[p, END_IN]):
                if ins[i, MOVES] == 0:
                    continue
                changed = True
                ins[i, RECEIVED] += 1
                o = inputs[i, SOURCE]
                if o != HOST:
                    outs[o, GIVES] = 1
                    doing[outputs[o, OUT_PART], WAKE] = now
                    continue
                sent = ins[i, RECEIVED]
                if accepted.shape[1]:
                    accepted[ins[i, ENTRY], sent - 1] = now
                unsent -= 1
                ins[i, OFFERED] = now + 1
                if sent == inputs[i, BEATS] * frames:
                    ins[i, OFFERED] = NEVER
                elif offers.shape[1]:
                    ins[i, OFFERED] = max(now + 1, offers[ins[i, ENTRY], sent])
                elif sent % inputs[i, BEATS] == 0:
                    ins[i, OFFERED] = max(now + 1, sent // inputs[i, BEATS] * pace)
            wake = now + 1
            if not changed:
                wake = offered_at
                if doing[p, SINCE] == NOT:
                    if doing[p, QUEUED] > 0:
                        wake = min(wake, queue[p, doing[p, HEAD]] + doing[p, LAG])
                    if doing[p, NEXT] > own:
                        wake = min(wake, doing[p, NEXT] + doing[p, LAG])
            doing[p, WAKE] = wake
            soonest = min(soonest, wake)
        all_left = gone < frames
        for x in range(len(leaves)):
            all_left = all_left and outs[leaves[x], TAKEN] >= (gone + 1) * out_beats[x]
        if all_left:
            ends[gone] = now
            gone += 1
            if settles:
                _snapshot(net, host, state, gone, now, shots[2])
                period = _repeats(shots, gone, kept)
                if period:
                    status = REPEATS
                    break
                if gone == 2 * kept:
                    kept = gone
                if deadline and gone > 1:
                    late = late + 1 if ends[gone - 1] - ends[gone - 2] > deadline else 0
                    if late == SLOW_FRAMES:
                        status = SLOWER
                        break
        if gone == frames and (unsent == 0 or accepted.shape[1] == 0):
            break
        if soonest == NEVER:
            status = DEADLOCK
            break
        if evaluations > budget:
            status = OUT_OF_BUDGET
            break
        now = soonest
    return status, gone, period, evaluations
