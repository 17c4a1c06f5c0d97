# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Processes that pass beats on, cycle by cycle: compiled by numba, and plain Python without it.

A part has inputs and outputs. An input takes the beats of one output of an earlier part or of the
host, and the host takes those that no part takes. A cycle goes through the parts from the last to
the first. So each part still sees what the parts before it offered when the cycle
began, and those behind it have told already whether they take a beat. Parts that can do nothing
sleep until a neighbour moves or their own time has come.

It is one function over plain arrays, because numba takes some seconds for each more, or for arrays
of its own.
"""

from __future__ import annotations

from typing import Any

__all__ = ["BROKEN_OFF", "ENDED", "HOST", "REPEATS", "SLOWER", "STUCK", "play"]

HOST = -1
"""In place of an input or an output: what offers frames, and what takes their results."""

# What a part is: columns of `parts`. Its inputs and outputs are rows from a first up to an end.
DELAY, RIGID, FIRST_LAP, END_LAP, FIRST_IN, END_IN, FIRST_OUT, END_OUT = range(8)
# What an input is, and which output it reads; what an output is, and which input reads it.
ROOM, WAIT, BEATS, IN_PART, SOURCE = range(5)
HOLDS, TURN, LATENCY, OUT_PART, SINK = range(5)

# What they are doing: columns of `state`, of `ins` and of `outs`.
LAP, ROUND, STEP, NEXT, LAG, SINCE, HEAD, QUEUED, WAKE = range(9)
BASE, RECEIVED, FREED, MOVES, OFFERED, ENTRY = range(6)
HELD, LAST, GIVES, TAKEN, EXIT = range(5)

STATE, IN_STATE, OUT_STATE = 9, 6, 5
PART_SHOT, IN_SHOT, OUT_SHOT, ENTRY_SHOT, EXIT_SHOT = 6, 2, 2, 3, 1
"""Numbers that matter of a part before those of its queue, of an input, of an output, and of one
that the host feeds or reads."""

# Columns of a step: those of its first input come first, those of others behind these.
EMITS, DISTANCE = 2, 3

ENDED, REPEATS, SLOWER, STUCK, BROKEN_OFF = range(5)

NEVER = 1 << 62
NOT = -1
LONG_AGO = -4
"""Where it does not matter any more when a beat came to an output: none takes so many cycles."""
SLOW_FRAMES = 8
"""So many frames in a row that come later and later will not be followed by better ones."""


def play(
    parts: Any,
    inputs: Any,
    outputs: Any,
    each: Any,
    laps: Any,
    entries: Any,
    leaves: Any,
    out_beats: Any,
    pace: int,
    deadline: int,
    frames: int,
    settles: bool,
    budget: int,
    offers: Any,
    ready: Any,
    state: Any,
    ins: Any,
    outs: Any,
    queue: Any,
    shots: Any,
    ends: Any,
    peaks: Any,
    accepted: Any,
    exits: Any,
    taken: Any,
) -> tuple[int, int, int, int]:
    """Run from reset.

    Args:
        parts: int64 [n, 8]: in an order in which each comes behind those that it reads.
        inputs: int64 [i, 5]: of all parts in turn.
        outputs: int64 [o, 5]: of all parts in turn.
        each: int64 [steps, 4 or more]: as in ``Order``, of all parts.
        laps: int64 [laps, 5 or more]: as in ``Order``, of all parts, steps counted in ``each``.
        entries: int64 [entries]: the inputs that the host feeds.
        leaves: int64 [exits]: the outputs that it reads.
        out_beats: int64 [exits]: beats of a frame.
        pace: cycles from frame to frame before which no beat of a frame is offered.
        deadline: cycles from frame to frame beyond which one is late; none ever is if 0.
        frames: how many are offered, and awaited.
        settles: whether to end as soon as everything is as it was some frames ago, or when several
            frames in a row have been late.
        budget: how often parts may be looked at, at most.
        offers: int64 [entries, beats or 0]: the earliest cycle of each input beat.
        ready: int64 [exits, cycles or 0]: from each cycle on, the first in which the host takes
            beats.
        state: zeros, int64 [n, STATE].
        ins: zeros, int64 [i, IN_STATE].
        outs: zeros, int64 [o, OUT_STATE].
        queue: zeros, int64 [n, longest delay + 2].
        shots: zeros, int64 [3, all numbers that matter].
        ends: int64 [frames]: takes the cycle in which each frame's last beat left, by all exits.
        peaks: int64 [n]: takes the most beats that each part's outputs ever had to hold.
        accepted: int64 [entries, beats or 0]: takes the cycle in which each beat was accepted.
        exits: int64 [exits, beats or 0]: takes the cycle in which each beat came to its output.
        taken: int64 [exits, beats or 0]: takes the cycle in which each output beat left.

    Returns:
        How it ended; frames that ended; after how many of them everything repeats, or 0; and how
        often parts were looked at.
    """
    n = len(parts)
    depth = queue.shape[1]
    for p in range(n):
        state[p, LAP] = parts[p, FIRST_LAP]
        state[p, STEP] = laps[state[p, LAP], 0]
        state[p, SINCE] = NOT
    unsent = 0
    for e in range(len(entries)):
        ins[entries[e], ENTRY] = e
        ins[entries[e], OFFERED] = offers[e, 0] if offers.shape[1] else 0
        unsent += inputs[entries[e], BEATS] * frames
    for o in range(len(outputs)):
        outs[o, LAST] = LONG_AGO
    for x in range(len(leaves)):
        outs[leaves[x], EXIT] = x
    shot = shots[2]
    gone, late, period, looks = 0, 0, 0, 0
    kept = 1
    now = 0
    status = ENDED
    while True:
        soonest = NEVER
        # The host takes beats.
        for x in range(len(leaves)):
            last = leaves[x]
            held = outs[last, HELD]
            if held > 0 and (held > 1 or outs[last, LAST] + outputs[last, LATENCY] <= now):
                if now >= ready.shape[1] or ready[x, now] == now:
                    outs[last, GIVES] = 1
                    state[outputs[last, OUT_PART], WAKE] = now
                    if taken.shape[1]:
                        taken[x, outs[last, TAKEN]] = now
                    outs[last, TAKEN] += 1
                else:
                    soonest = min(soonest, ready[x, now])
            elif held == 1:
                soonest = min(soonest, outs[last, LAST] + outputs[last, LATENCY])
        for p in range(n - 1, -1, -1):
            if state[p, WAKE] > now:
                soonest = min(soonest, state[p, WAKE])
                continue
            looks += 1
            changed, free = False, True
            for o in range(parts[p, FIRST_OUT], parts[p, END_OUT]):
                changed = changed or outs[o, GIVES] == 1
                goes = outs[o, GIVES] if outputs[o, TURN] == 0 else 0
                free = free and outs[o, HELD] - goes < outputs[o, HOLDS]
            # Own time stands still while the part waits as a whole.
            if state[p, SINCE] != NOT:
                state[p, LAG] += now - state[p, SINCE]
                state[p, SINCE] = NOT
            own = now - state[p, LAG]
            lap = state[p, LAP]
            step = state[p, STEP]
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
                base = ins[i, BASE] + laps[lap, 3 + 2 * k] + state[p, ROUND] * laps[lap, 4 + 2 * k]
                needs = each[step, 0 if k == 0 else 2 + 2 * k]
                suffices = suffices and base + needs <= there
            due = state[p, QUEUED] > 0 and queue[p, state[p, HEAD]] <= own
            comes = False
            if free or not (due or parts[p, RIGID]):
                if due:
                    comes = True
                    state[p, HEAD] = (state[p, HEAD] + 1) % depth
                    state[p, QUEUED] -= 1
                emits = each[step, EMITS] == 1
                if (
                    suffices
                    and own >= state[p, NEXT]
                    and (free or not emits or parts[p, DELAY] > 0)
                ):
                    changed = True
                    for i in range(parts[p, FIRST_IN], parts[p, END_IN]):
                        k = i - parts[p, FIRST_IN]
                        base = laps[lap, 3 + 2 * k] + state[p, ROUND] * laps[lap, 4 + 2 * k]
                        frees = each[step, 1 if k == 0 else 3 + 2 * k]
                        ins[i, FREED] = ins[i, BASE] + base + frees
                        if inputs[i, ROOM] == 0 and ins[i, FREED] > ins[i, RECEIVED]:
                            ins[i, MOVES] = 1
                    if emits:
                        if parts[p, DELAY] == 0:
                            comes = True
                        else:
                            at = (state[p, HEAD] + state[p, QUEUED]) % depth
                            queue[p, at] = own + parts[p, DELAY]
                            state[p, QUEUED] += 1
                    step += 1
                    if step == laps[lap, 1]:
                        state[p, ROUND] += 1
                        if state[p, ROUND] == laps[lap, 2]:
                            state[p, ROUND] = 0
                            lap += 1
                            if lap == parts[p, END_LAP]:
                                lap = parts[p, FIRST_LAP]
                                for i in range(parts[p, FIRST_IN], parts[p, END_IN]):
                                    ins[i, BASE] += inputs[i, BEATS]
                            state[p, LAP] = lap
                        step = laps[lap, 0]
                    state[p, STEP] = step
                    state[p, NEXT] = own + each[step, DISTANCE]
            else:
                state[p, SINCE] = now
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
                        state[q, WAKE] = min(state[q, WAKE], soon)
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
                    state[outputs[o, OUT_PART], WAKE] = now
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
                if state[p, SINCE] == NOT:
                    if state[p, QUEUED] > 0:
                        wake = min(wake, queue[p, state[p, HEAD]] + state[p, LAG])
                    if state[p, NEXT] > own:
                        wake = min(wake, state[p, NEXT] + state[p, LAG])
            state[p, WAKE] = wake
            soonest = min(soonest, wake)
        all_left = gone < frames
        for x in range(len(leaves)):
            all_left = all_left and outs[leaves[x], TAKEN] >= (gone + 1) * out_beats[x]
        if all_left:
            ends[gone] = now
            gone += 1
            if settles:
                # Everything that matters from here on, counted from here.
                at = 0
                for p in range(n):
                    own = (now if state[p, SINCE] == NOT else state[p, SINCE]) - state[p, LAG]
                    shot[at] = state[p, LAP]
                    shot[at + 1] = state[p, ROUND]
                    shot[at + 2] = state[p, STEP]
                    shot[at + 3] = max(state[p, NEXT] - own, 0)
                    shot[at + 4] = state[p, QUEUED]
                    shot[at + 5] = 0 if state[p, SINCE] == NOT else 1
                    at += PART_SHOT
                    for k in range(depth):
                        due_at = queue[p, (state[p, HEAD] + k) % depth] - own
                        shot[at + k] = due_at if k < state[p, QUEUED] else 0
                    at += depth
                for i in range(len(inputs)):
                    shot[at] = ins[i, RECEIVED] - ins[i, BASE]
                    shot[at + 1] = ins[i, FREED] - ins[i, BASE]
                    at += IN_SHOT
                for o in range(len(outputs)):
                    shot[at] = outs[o, HELD]
                    shot[at + 1] = max(outs[o, LAST] - now, LONG_AGO)
                    at += OUT_SHOT
                for e in range(len(entries)):
                    i = entries[e]
                    shot[at] = ins[i, RECEIVED] % inputs[i, BEATS]
                    shot[at + 1] = max(ins[i, OFFERED] - now, 0)
                    shot[at + 2] = ins[i, RECEIVED] // inputs[i, BEATS] * pace - now if pace else 0
                    at += ENTRY_SHOT
                for x in range(len(leaves)):
                    shot[at] = outs[leaves[x], TAKEN] - gone * out_beats[x]
                    at += EXIT_SHOT
                # Held against the frame before, and one ever longer ago, for longer periods.
                differs, differs_long = gone == 1, gone == 1
                keeps = gone == 1 or gone == 2 * kept
                for column in range(at):
                    value = shot[column]
                    differs = differs or shots[0, column] != value
                    differs_long = differs_long or shots[1, column] != value
                    shots[0, column] = value
                    if keeps:
                        shots[1, column] = value
                if not differs or not differs_long:
                    period = 1 if not differs else gone - kept
                    status = REPEATS
                    break
                if keeps:
                    kept = gone
                if deadline and gone > 1:
                    late = late + 1 if ends[gone - 1] - ends[gone - 2] > deadline else 0
                    if late == SLOW_FRAMES:
                        status = SLOWER
                        break
        if gone == frames and (unsent == 0 or accepted.shape[1] == 0):
            break
        if soonest == NEVER:
            status = STUCK
            break
        if looks > budget:
            status = BROKEN_OFF
            break
        now = soonest
    return status, gone, period, looks
