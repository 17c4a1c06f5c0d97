# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A chain of processes, cycle by cycle: compiled by numba, and plain Python without it.

A cycle goes through the chain from its end to its beginning. So each part still sees what the part
before it offered when the cycle began, and the part behind it has told already whether it takes a
beat. Parts that can do nothing sleep until a neighbour moves or their own time has come.

It is one function over plain arrays, because numba takes some seconds for each more, or for arrays
of its own.
"""

from __future__ import annotations

from typing import Any

__all__ = ["BROKEN_OFF", "ENDED", "REPEATS", "SLOWER", "STUCK", "play"]

# What a part is: columns of `parts`.
ROOM, WAIT, DELAY, RIGID, HOLDS, TURN, LATENCY, FIRST_LAP, END_LAP, BEATS = range(10)

# What it is doing: columns of `state`.
LAP, ROUND, STEP, BASE, RECEIVED, FREED, HELD, LAST, NEXT, LAG, SINCE, HEAD, QUEUED, WAKE = range(
    14
)

STATE = 14
SHOT = 10
"""Columns of what matters of a part, before those of its queue."""

ENDED, REPEATS, SLOWER, STUCK, BROKEN_OFF = range(5)

NEVER = 1 << 62
NOT = -1
LONG_AGO = -4
"""Where it does not matter any more when a beat came to an output: none takes so many cycles."""
SLOW_FRAMES = 8
"""So many frames in a row that come later and later will not be followed by better ones."""


def play(
    parts: Any,
    each: Any,
    laps: Any,
    out_beats: int,
    pace: int,
    deadline: int,
    frames: int,
    settles: bool,
    budget: int,
    offers: Any,
    ready: Any,
    state: Any,
    queue: Any,
    shots: Any,
    ends: Any,
    peaks: Any,
    accepted: Any,
    exits: Any,
    taken: Any,
) -> tuple[int, int, int, int]:
    """Run a chain from reset.

    Args:
        parts: int64 [n, 10]: the chain, see the columns above.
        each: int64 [steps, 4]: as in ``Order``, of all parts.
        laps: int64 [laps, 5]: as in ``Order``, of all parts, steps counted in ``each``.
        out_beats: output beats of a frame.
        pace: cycles from frame to frame before which no beat of a frame is offered.
        deadline: cycles from frame to frame beyond which one is late; none ever is if 0.
        frames: how many are offered, and awaited.
        settles: whether to end as soon as everything is as it was some frames ago, or when several
            frames in a row have been late.
        budget: how often parts may be looked at, at most.
        offers: int64 [beats] or empty: the earliest cycle of each input beat.
        ready: int64 [cycles] or empty: from each cycle on, the first in which the end takes beats.
        state: zeros, int64 [n, STATE].
        queue: zeros, int64 [n, longest delay + 2].
        shots: zeros, int64 [3, n + 1, SHOT + longest delay + 2].
        ends: int64 [frames]: takes the cycle in which each frame's last beat left.
        peaks: int64 [n]: takes the most beats that each part's output ever had to hold.
        accepted: int64 [beats] or empty: takes the cycle in which each input beat was accepted.
        exits: int64 [beats] or empty: takes the cycle in which each beat came to the last output.
        taken: int64 [beats] or empty: takes the cycle in which each output beat left.

    Returns:
        How it ended; frames that ended; after how many of them everything repeats, or 0; and how
        often parts were looked at.
    """
    n = len(parts)
    depth = queue.shape[1]
    width = shots.shape[2]
    for p in range(n):
        state[p, LAP] = parts[p, FIRST_LAP]
        state[p, STEP] = laps[state[p, LAP], 0]
        state[p, LAST] = LONG_AGO
        state[p, SINCE] = NOT
    shot = shots[2]
    in_beats = parts[0, BEATS]
    total = in_beats * frames
    sent, left, gone, late, out, came, period, looks = 0, 0, 0, 0, 0, 0, 0, 0
    source_at = offers[0] if len(offers) else 0
    kept = 1
    now = 0
    status = ENDED
    while True:
        soonest = NEVER
        # The end takes a beat.
        moves = False
        p = n - 1
        held = state[p, HELD]
        if held > 0 and (held > 1 or state[p, LAST] + parts[p, LATENCY] <= now):
            if now >= len(ready) or ready[now] == now:
                moves = True
                state[p, WAKE] = now
                if len(taken):
                    taken[came] = now
                came += 1
                left += 1
            else:
                soonest = ready[now]
        elif held == 1:
            soonest = state[p, LAST] + parts[p, LATENCY]
        for p in range(n - 1, -1, -1):
            if state[p, WAKE] > now:
                soonest = min(soonest, state[p, WAKE])
                moves = False
                continue
            looks += 1
            gives = moves
            moves = False
            changed = gives
            held = state[p, HELD]
            free = held - (1 if gives and parts[p, TURN] == 0 else 0) < parts[p, HOLDS]
            if gives:
                state[p, HELD] = held - 1
            # Own time stands still while the part waits as a whole.
            if state[p, SINCE] != NOT:
                state[p, LAG] += now - state[p, SINCE]
                state[p, SINCE] = NOT
            own = now - state[p, LAG]
            # What is offered to it.
            offered_at = NEVER
            if p == 0:
                offered_at = source_at
            else:
                before = state[p - 1, HELD]
                if before > 1:
                    offered_at = now
                elif before == 1:
                    offered_at = state[p - 1, LAST] + parts[p - 1, LATENCY]
            offered = offered_at <= now
            room = parts[p, ROOM]
            there = state[p, RECEIVED]
            if room > 0:
                if offered and there < room + state[p, FREED]:
                    moves = True
                    there += 1 - parts[p, WAIT]
            elif offered:
                there += 1
            due = state[p, QUEUED] > 0 and queue[p, state[p, HEAD]] <= own
            comes = False
            if free or not (due or parts[p, RIGID]):
                if due:
                    comes = True
                    state[p, HEAD] = (state[p, HEAD] + 1) % depth
                    state[p, QUEUED] -= 1
                lap = state[p, LAP]
                step = state[p, STEP]
                base = state[p, BASE] + laps[lap, 3] + state[p, ROUND] * laps[lap, 4]
                emits = each[step, 2] == 1
                if (
                    own >= state[p, NEXT]
                    and base + each[step, 0] <= there
                    and (free or not emits or parts[p, DELAY] > 0)
                ):
                    changed = True
                    state[p, FREED] = base + each[step, 1]
                    if room == 0 and state[p, FREED] > state[p, RECEIVED]:
                        moves = True
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
                                state[p, BASE] += parts[p, BEATS]
                            state[p, LAP] = lap
                        step = laps[lap, 0]
                    state[p, STEP] = step
                    state[p, NEXT] = own + each[step, 3]
            else:
                state[p, SINCE] = now
            if comes:
                changed = True
                state[p, HELD] += 1
                state[p, LAST] = now
                peaks[p] = max(peaks[p], held + parts[p, TURN])
                soon = now + parts[p, LATENCY]
                soonest = min(soonest, soon)
                if p < n - 1:
                    state[p + 1, WAKE] = min(state[p + 1, WAKE], soon)
                elif len(exits):
                    exits[out] = now
                    out += 1
            if moves:
                changed = True
                state[p, RECEIVED] += 1
                if p > 0:
                    state[p - 1, WAKE] = now
                else:
                    if len(accepted):
                        accepted[sent] = now
                    sent += 1
                    source_at = now + 1
                    if sent == total:
                        source_at = NEVER
                    elif len(offers):
                        source_at = max(source_at, offers[sent])
                    elif sent % in_beats == 0:
                        source_at = max(source_at, sent // in_beats * pace)
            if changed:
                wake = now + 1
            else:
                wake = NEVER
                if state[p, SINCE] == NOT:
                    if state[p, QUEUED] > 0:
                        wake = queue[p, state[p, HEAD]] + state[p, LAG]
                    if state[p, NEXT] > own:
                        wake = min(wake, state[p, NEXT] + state[p, LAG])
                if offered_at > now:
                    wake = min(wake, offered_at)
            state[p, WAKE] = wake
            soonest = min(soonest, wake)
        if left == out_beats:
            left = 0
            ends[gone] = now
            gone += 1
            if settles:
                # Everything that matters from here on, counted from here.
                for p in range(n):
                    own = (now if state[p, SINCE] == NOT else state[p, SINCE]) - state[p, LAG]
                    shot[p, 0] = state[p, LAP]
                    shot[p, 1] = state[p, ROUND]
                    shot[p, 2] = state[p, STEP]
                    shot[p, 3] = state[p, RECEIVED] - state[p, BASE]
                    shot[p, 4] = state[p, FREED] - state[p, BASE]
                    shot[p, 5] = state[p, HELD]
                    shot[p, 6] = max(state[p, LAST] - now, LONG_AGO)
                    shot[p, 7] = max(state[p, NEXT] - own, 0)
                    shot[p, 8] = state[p, QUEUED]
                    shot[p, 9] = 0 if state[p, SINCE] == NOT else 1
                    for k in range(depth):
                        shot[p, SHOT + k] = 0
                    for k in range(state[p, QUEUED]):
                        shot[p, SHOT + k] = queue[p, (state[p, HEAD] + k) % depth] - own
                shot[n, 0] = sent % in_beats
                shot[n, 1] = max(source_at - now, 0)
                shot[n, 2] = sent // in_beats * pace - now if pace else 0
                # Held against the frame before, and one ever longer ago, for longer periods.
                differs, differs_long = gone == 1, gone == 1
                keeps = gone == 1 or gone == 2 * kept
                for row in range(n + 1):
                    for column in range(width):
                        value = shot[row, column]
                        differs = differs or shots[0, row, column] != value
                        differs_long = differs_long or shots[1, row, column] != value
                        shots[0, row, column] = value
                        if keeps:
                            shots[1, row, column] = value
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
        if gone == frames and (sent == total or len(accepted) == 0):
            break
        if soonest == NEVER:
            status = STUCK
            break
        if looks > budget:
            status = BROKEN_OFF
            break
        now = soonest
    return status, gone, period, looks
