# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The order in which a sliding window reads an image, and how much memory that needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import numpy as np

from xnorflow.ir.ops.sweep import Sweep
from xnorflow.timing.process import NO_BEAT, Bools, Ints, Order

__all__ = ["Geometry", "Ring", "ring", "steps"]


@dataclass(frozen=True)
class Geometry:
    """An image and how the kernel moves over it.

    Attributes:
        height: of the image, in pixels.
        width: of the image, in pixels.
        sweep: the kernel's moves; padding only as far as some position reaches.
    """

    height: int
    width: int
    sweep: Sweep

    @property
    def pad(self) -> int:
        """Pixels from the first position's corner to the image's first pixel."""
        top, left, _, _ = self.sweep.pads
        return top * self.width + left


@dataclass(frozen=True, eq=False)
class _Tour:
    """All steps of a frame, one an output beat; places are counted in beats from the frame's first.

    Attributes:
        place: int64 [steps]: which input beat is read; meaningless where not inside.
        inside: bool [steps]: whether it lies in the image.
        kept: int64 [steps]: from which beat on the memory is still held during that step, as the
            hardware counts it: the window's corner, counted from the first window's. In the last
            window of a frame without padding it is the beat read.
    """

    place: Ints
    inside: Bools
    kept: Ints

    @property
    def need(self) -> Ints:
        """int64 [steps]: which input beat must be there; the frame's first for padding."""
        return np.where(self.inside, self.place, 0)


@dataclass(frozen=True)
class Ring:
    """What the ring's counters have to hold, for some number of beats a pixel.

    Attributes:
        least: beats of memory that suffice, of which ``pad`` are never used.
        pad: beats by which the first window's corner lies before the frame's first beat.
        behind: by how many beats the read place may be ahead of what is written.
        beyond: by how many beats the window's corner may be ahead of what is written.
        back: by how many beats the window's corner may move back.
    """

    least: int
    pad: int
    behind: int
    beyond: int
    back: int


def steps(geometry: Geometry, beats: int) -> Order:
    """What a sliding window does, with so many beats a pixel: a lap a window.

    Windows that see the same parts of their kernel within the image, in a row of positions, are
    laps of the same steps. A window's last step frees what the next one does not see.
    """
    sweep, row = geometry.sweep, geometry.width * beats
    (down, across), (below, right) = sweep.positions(geometry.height, geometry.width), sweep.stride
    lists: dict[tuple[bytes, bytes, int, bool], Ints] = {}
    runs: list[tuple[Ints, int, int, int]] = []
    rows, columns = _seen(geometry.height, 0, geometry), _seen(geometry.width, 1, geometry)
    for y in range(down):
        corner = y * below * row
        end = y == down - 1
        to_next = ((geometry.height if end else (y + 1) * below) * row) - corner
        groups = [(mask, len(list(same))) for mask, same in groupby(columns[:-1])]
        for place, (mask, count, move) in enumerate(
            [(mask, count, right * beats) for mask, count in groups]
            + [(columns[-1], 1, to_next - (across - 1) * right * beats)]
        ):
            key = (rows[y], mask, move, end and place == len(groups))
            if key not in lists:
                lists[key] = _window_steps(geometry, beats, *key)
            if not runs and geometry.pad:
                runs.append((_opening(lists[key]), 1, corner, 0))
                count -= 1
                corner += move
            runs.append((lists[key], count, corner, move))
            corner += count * move
    return Order.of(runs)


def _seen(size: int, axis: int, geometry: Geometry) -> list[bytes]:
    """For each position along an axis, which parts of the kernel are in the image."""
    sweep = geometry.sweep
    count = sweep.positions(geometry.height, geometry.width)[axis]
    starts = np.arange(count) * sweep.stride[axis] - sweep.pads[axis]
    places = starts[:, np.newaxis] + np.arange(sweep.kernel[axis])
    return [row.tobytes() for row in (places >= 0) & (places < size)]


def _window_steps(
    geometry: Geometry, beats: int, rows: bytes, columns: bytes, move: int, gives_early: bool
) -> Ints:
    """Order of a window that sees these rows and columns of its kernel."""
    height, width = geometry.sweep.kernel
    seen = np.frombuffer(rows, bool)[:, np.newaxis] & np.frombuffer(columns, bool)
    place = np.arange(height)[:, np.newaxis] * geometry.width + np.arange(width) - geometry.pad
    need = place[..., np.newaxis] * beats + np.arange(1, beats + 1)
    each = np.ones((need.size, 4), np.int64)
    each[:, 0] = np.where(np.repeat(seen.ravel(), beats), need.ravel(), NO_BEAT)
    early = gives_early and not any(geometry.sweep.pads)
    each[:, 1] = np.append(each[1:, 0] - 1, 0) if early else 0
    each[-1, 1] = move
    return each


def _opening(each: Ints) -> Ints:
    """The first window of a frame, whose first step waits for the frame."""
    found: Ints = each.copy()
    found[0, 0] = max(1, found[0, 0])
    return found


@lru_cache(maxsize=2)
def _tour(geometry: Geometry, beats: int) -> _Tour:
    """The steps of a frame with so many beats a pixel."""
    sweep, width = geometry.sweep, geometry.width
    down, across = sweep.positions(geometry.height, width)
    top, left, _, _ = sweep.pads
    y = (np.arange(down) * sweep.stride[0] - top)[:, None, None, None, None]
    x = (np.arange(across) * sweep.stride[1] - left)[:, None, None, None]
    row = y + np.arange(sweep.kernel[0])[:, None, None]
    column = x + np.arange(sweep.kernel[1])[:, None]
    place = (row * width + column) * beats + np.arange(beats)
    inside = (row >= 0) & (row < geometry.height) & (column >= 0) & (column < width)
    corner = ((y + top) * width + x + left) * beats
    kept = np.broadcast_to(corner, place.shape).reshape(-1)
    if not any(sweep.pads):
        window = sweep.area * beats
        kept = np.concatenate([kept[:-window], place.reshape(-1)[-window:]])
    shown = np.broadcast_to(inside, place.shape)
    return _Tour(place.reshape(-1), shown.reshape(-1), kept)


@lru_cache(maxsize=4096)
def ring(geometry: Geometry, beats: int) -> Ring:
    """The least memory with which neither side ever waits for the other without need.

    The need grows by the same for each beat a pixel, so it is derived from one and two.
    """
    one, two = _capacity(geometry, 1), _capacity(geometry, 2)
    pad = geometry.pad * beats
    behind, beyond, back = _reach(geometry)
    return Ring(
        least=max(1, one + (two - one) * (beats - 1)) + pad,
        pad=pad,
        behind=behind * beats,
        beyond=beyond * beats,
        back=back * beats,
    )


@lru_cache(maxsize=256)
def _capacity(geometry: Geometry, beats: int) -> int:
    """Beats that are held at most, from the corner of the window on, in the second of 3 frames.

    The side with more beats a frame makes a step each cycle. The reading side, if it is the other
    one, reads as early as it can; the writing side writes as late as it may.
    """
    steps = _tour(geometry, beats)
    written = geometry.height * geometry.width * beats
    frames = np.arange(3)[:, None]
    if len(steps.place) > written:
        reads = np.arange(3 * len(steps.place))
        first = np.full(written, len(steps.place) * 4)
        np.minimum.at(first, steps.need, np.arange(len(steps.place)))
        latest = (first + frames * len(steps.place)).reshape(-1) - 1
        writes = -_in_order(-latest[::-1])[::-1]
    else:
        reads = _in_order((steps.need + 1 + frames * written).reshape(-1))
        writes = np.arange(3 * written)
    kept = np.append((steps.kept + frames * written).reshape(-1), 3 * written)
    beat = np.arange(written, 2 * written)
    at = writes[written : 2 * written]
    return int((beat - kept[np.searchsorted(reads, at)]).max()) + 1


@lru_cache(maxsize=256)
def _reach(geometry: Geometry) -> tuple[int, int, int]:
    """How far ahead of the written pixels the read place and the corner get; the corner's way back.

    What was read has been written, and with a frame's first step the frame's first pixel.
    """
    steps = _tour(geometry, 1)
    pixels = geometry.height * geometry.width
    seen = np.maximum.accumulate(steps.need)
    written = np.concatenate([[seen[-1] - pixels], seen[:-1]])
    place = np.append(0, steps.place[1:])
    corners = np.concatenate([steps.kept, steps.kept + pixels])
    back = np.maximum.accumulate(corners) - corners
    behind, beyond = place - written, steps.kept - written - 1
    return max(1, int(behind.max())), max(0, int(beyond.max())), int(back.max())


def _in_order(ready: Ints) -> Ints:
    """The earliest cycles of steps that come in order, one a cycle, none before it is ready."""
    steps = np.arange(len(ready))
    times: Ints = np.maximum.accumulate(ready - steps) + steps
    return times
