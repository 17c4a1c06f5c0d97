# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Processes that pass beats on, cycle by cycle, compiled by numba.

A cycle goes through the parts from the last to the first. So each part still sees what the parts
before it offered when the cycle began, and those behind it have told already whether they take a
beat. Parts that can do nothing sleep until a neighbour moves or their own time has come.

What happens in every cycle is one function: cut into functions that numba inlines, it took three
times as long. What a part is and what it is doing stand side by side in a record: columns of arrays
apart took twice as long.
"""

from __future__ import annotations

from typing import Any

from xnorflow.timing.compiled import compiled
from xnorflow.timing.layout import (
    DEADLOCK,
    DISTANCE,
    EMITS,
    END_STEP,
    ENDED,
    FIRST_STEP,
    FREES,
    FURTHER,
    HOST,
    LAP_BASE,
    MOVE,
    NEEDS,
    OUT_OF_BUDGET,
    REPEATS,
    ROUNDS,
    SLOWER,
    Ints,
    Records,
)

__all__ = ["play"]

NEVER = 1 << 62
NOT = -1
LONG_AGO = -4
"""Where it does not matter any more when a beat came to an output: none takes so many cycles."""


@compiled
def _reset(
    parts: Records,
    inputs: Records,
    outputs: Records,
    each: Ints,
    laps: Ints,
    entries: Ints,
    leaves: Ints,
    offers: Ints,
) -> None:
    for p in range(len(parts)):
        part = parts[p]
        part.lap, part.since = part.first_lap, NOT
        part.step = laps[part.lap, FIRST_STEP]
        for i in range(part.first_in, part.end_in):
            k = i - part.first_in
            base = laps[part.lap, LAP_BASE + 2 * k]
            inputs[i].wants = base + each[part.step, NEEDS if k == 0 else FURTHER + 2 * k]
            inputs[i].frees = base + each[part.step, FREES if k == 0 else FURTHER + 1 + 2 * k]
    for o in range(len(outputs)):
        outputs[o].last = LONG_AGO
    for e in range(len(entries)):
        inputs[entries[e]].entry = e
        inputs[entries[e]].offered = offers[e, 0] if offers.shape[1] else 0
    for x in range(len(leaves)):
        outputs[leaves[x]].exit = x


@compiled
def _snapshot(
    parts: Records,
    inputs: Records,
    outputs: Records,
    queue: Ints,
    entries: Ints,
    leaves: Ints,
    out_beats: Ints,
    pace: int,
    gone: int,
    now: int,
    shot: Ints,
) -> None:
    """Everything that matters from here on, counted from here."""
    at = 0
    depth = queue.shape[1]
    for p in range(len(parts)):
        part = parts[p]
        own = (now if part.since == NOT else part.since) - part.lag
        shot[at] = part.lap
        shot[at + 1] = part.lapped
        shot[at + 2] = part.step
        shot[at + 3] = max(part.next - own, 0)
        shot[at + 4] = part.queued
        shot[at + 5] = 0 if part.since == NOT else 1
        at += 6
        for k in range(depth):
            due_at = queue[p, (part.head + k) % depth] - own
            shot[at + k] = due_at if k < part.queued else 0
        at += depth
    for i in range(len(inputs)):
        shot[at] = inputs[i].received - inputs[i].origin
        shot[at + 1] = inputs[i].freed - inputs[i].origin
        at += 2
    for o in range(len(outputs)):
        shot[at] = outputs[o].held
        shot[at + 1] = max(outputs[o].last - now, LONG_AGO)
        at += 2
    for i in entries:
        sent, beats = inputs[i].received, inputs[i].beats
        shot[at] = sent % beats
        shot[at + 1] = max(inputs[i].offered - now, 0)
        shot[at + 2] = sent // beats * pace - now if pace else 0
        at += 3
    for x in range(len(leaves)):
        shot[at + x] = outputs[leaves[x]].taken - gone * out_beats[x]


@compiled
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


@compiled
def play(
    net: tuple[Any, ...],
    host: tuple[Any, ...],
    queue: Ints,
    traces: tuple[Any, ...],
    settles: bool,
    awaited: int,
    deadline: int,
    patience: int,
    budget: int,
    shots: Ints,
    ends: Ints,
) -> tuple[int, int, int, int]:
    """Run from reset.

    Args:
        net: what runs, as in ``Net``.
        host: how frames are offered and taken, as in ``Host``.
        queue: zeros, int64 [n, depth]: when each beat on its way comes to the output.
        traces: takes what is noted, as in ``Traces``.
        settles: whether to end as soon as everything is as it was some frames ago, or when several
            frames in a row have been late.
        awaited: when the first frame is due; it, the deadline and the patience are a ``Schedule``.
        deadline: see there.
        patience: see there.
        budget: how often parts may be evaluated, at most.
        shots: zeros, int64 [3, snapshot_size].
        ends: int64 [frames]: takes the cycle in which each frame's last beat left, by all exits.

    Returns:
        How it ended; frames that ended; after how many of them everything repeats, or 0; and how
        often parts were evaluated.
    """
    parts, inputs, outputs, each, laps = net
    frames, pace, entries, leaves, out_beats, offers, ready = host
    _reset(parts, inputs, outputs, each, laps, entries, leaves, offers)
    peaks, accepted, exits, taken = traces
    n, depth = len(parts), queue.shape[1]
    unsent = 0
    for i in entries:
        unsent += inputs[i].beats * frames
    gone, late, period, evaluations, kept, now, status = 0, 0, 0, 0, 1, 0, ENDED
    while True:
        soonest = NEVER
        # The host takes beats.
        for x in range(len(leaves)):
            out = outputs[leaves[x]]
            if out.held > 0 and (out.held > 1 or out.last + out.latency <= now):
                if now >= ready.shape[1] or ready[x, now] == now:
                    out.gives = 1
                    parts[out.part].wake = now
                    if taken.shape[1]:
                        taken[x, out.taken] = now
                    out.taken += 1
                else:
                    soonest = min(soonest, ready[x, now])
            elif out.held == 1:
                soonest = min(soonest, out.last + out.latency)
        for p in range(n - 1, -1, -1):
            part = parts[p]
            if part.wake > now:
                soonest = min(soonest, part.wake)
                continue
            evaluations += 1
            changed, free = False, True
            for o in range(part.first_out, part.end_out):
                out = outputs[o]
                gives = out.gives
                changed = changed or gives == 1
                free = free and out.held - (gives if out.turn == 0 else 0) < out.holds
                out.before = out.held
                out.held -= gives
                out.gives = 0
            # Own time stands still while the part waits as a whole.
            if part.since != NOT:
                part.lag += now - part.since
                part.since = NOT
            own = now - part.lag
            # What is offered to it, and whether that will do for the next step.
            offered_at = NEVER
            suffices, moves = True, False
            for i in range(part.first_in, part.end_in):
                into = inputs[i]
                at = NEVER
                if into.source == HOST:
                    at = into.offered
                else:
                    out = outputs[into.source]
                    if out.held > 1:
                        at = now
                    elif out.held == 1:
                        at = out.last + out.latency
                there = into.received
                if at > now:
                    offered_at = min(offered_at, at)
                elif into.room == 0:
                    there += 1
                elif there < into.room + into.freed:
                    into.moves = 1
                    moves = True
                    there += 1 - into.wait
                suffices = suffices and into.wants <= there
            due = part.queued > 0 and queue[p, part.head] <= own
            comes = False
            if free or not (due or part.rigid):
                if due:
                    comes = True
                    part.head = part.head + 1 if part.head + 1 < depth else 0
                    part.queued -= 1
                step = part.step
                emits = each[step, EMITS] == 1
                if suffices and own >= part.next and (free or not emits or part.delay > 0):
                    changed = True
                    lap = part.lap
                    if emits:
                        if part.delay == 0:
                            comes = True
                        else:
                            at = part.head + part.queued
                            queue[p, at if at < depth else at - depth] = own + part.delay
                            part.queued += 1
                    step += 1
                    if step == laps[lap, END_STEP]:
                        part.lapped += 1
                        if part.lapped == laps[lap, ROUNDS]:
                            part.lapped = 0
                            lap += 1
                            if lap == part.end_lap:
                                lap = part.first_lap
                                for i in range(part.first_in, part.end_in):
                                    inputs[i].origin += inputs[i].beats
                            part.lap = lap
                        step = laps[lap, FIRST_STEP]
                    part.step = step
                    part.next = own + each[step, DISTANCE]
                    for i in range(part.first_in, part.end_in):
                        k, into = i - part.first_in, inputs[i]
                        into.freed = into.frees
                        if into.room == 0 and into.freed > into.received:
                            into.moves = 1
                            moves = True
                        base = laps[lap, LAP_BASE + 2 * k] + part.lapped * laps[lap, MOVE + 2 * k]
                        base += into.origin
                        into.wants = base + each[step, NEEDS if k == 0 else FURTHER + 2 * k]
                        into.frees = base + each[step, FREES if k == 0 else FURTHER + 1 + 2 * k]
            else:
                part.since = now
            changed = changed or comes
            if comes:
                for o in range(part.first_out, part.end_out):
                    out = outputs[o]
                    out.held += 1
                    out.last = now
                    peaks[p] = max(peaks[p], out.before + out.turn)
                    soon = now + out.latency
                    soonest = min(soonest, soon)
                    if out.sink != HOST:
                        reader = parts[inputs[out.sink].part]
                        reader.wake = min(reader.wake, soon)
                    elif exits.shape[1]:
                        exits[out.exit, out.taken + out.held - 1] = now
            changed = changed or moves
            for i in range(part.first_in, part.end_in if moves else part.first_in):
                into = inputs[i]
                if into.moves == 0:
                    continue
                into.moves = 0
                into.received += 1
                source = into.source
                if source != HOST:
                    outputs[source].gives = 1
                    parts[outputs[source].part].wake = now
                    continue
                sent = into.received
                if accepted.shape[1]:
                    accepted[into.entry, sent - 1] = now
                unsent -= 1
                into.offered = now + 1
                if sent == into.beats * frames:
                    into.offered = NEVER
                elif offers.shape[1]:
                    into.offered = max(now + 1, offers[into.entry, sent])
                elif sent % into.beats == 0:
                    into.offered = max(now + 1, sent // into.beats * pace)
            wake = now + 1
            if not changed:
                wake = offered_at
                if part.since == NOT:
                    if part.queued > 0:
                        wake = min(wake, queue[p, part.head] + part.lag)
                    if part.next > own:
                        wake = min(wake, part.next + part.lag)
            part.wake = wake
            soonest = min(soonest, wake)
        all_left = gone < frames
        for x in range(len(leaves)):
            all_left = all_left and outputs[leaves[x]].taken >= (gone + 1) * out_beats[x]
        if all_left:
            ends[gone] = now
            gone += 1
            awaited = now + deadline
            if settles:
                _snapshot(
                    *(parts, inputs, outputs, queue, entries, leaves, out_beats),
                    *(pace, gone, now, shots[2]),
                )
                period = _repeats(shots, gone, kept)
                if period:
                    status = REPEATS
                    break
                if gone == 2 * kept:
                    kept = gone
                if deadline and gone > 1:
                    late = late + 1 if ends[gone - 1] - ends[gone - 2] > deadline else 0
                    if late == patience:
                        status = SLOWER
                        break
        if gone == frames and (unsent == 0 or accepted.shape[1] == 0):
            break
        if soonest == NEVER:
            status = DEADLOCK
            break
        if deadline and now > awaited + patience * deadline:
            status = SLOWER
            break
        if evaluations > budget:
            status = OUT_OF_BUDGET
            break
        now = soonest
    return status, gone, period, evaluations
