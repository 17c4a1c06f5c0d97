# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a kernel sees beyond an image's edge, and what it adds to the sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from xnorflow.frontend.trace.gather import Labels, numbered

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.coding import Coding
    from xnorflow.frontend.read.network import Array
    from xnorflow.frontend.trace.layout import Frame
    from xnorflow.ir.ops.sweep import Sweep

__all__ = ["Padding", "Surroundings", "no_padding", "padding", "surroundings"]

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Padding:
    """Classes of pixels that see the same constants at the same places.

    Attributes:
        classes: [pixels]: class of each.
        outside: bool [classes, in]: lanes that the hardware fills with 0 and that are a constant
            to the graph.
        offsets: float64 [classes, out]: what the middle of the coding and the constants add to a
            sum, for weights of -1 and 1.
        levels: the constants, float64.
    """

    classes: Labels
    outside: Flags
    offsets: npt.NDArray[np.float64]
    levels: npt.NDArray[np.float64]

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """[classes]: how many lanes carry activations."""
        counts: npt.NDArray[np.int64] = (~self.outside).sum(axis=1)
        return counts


@dataclass(frozen=True, eq=False)
class Surroundings:
    """An image with constants around it.

    Attributes:
        numbers: [height, width], -1 for a pixel, else the number of a row of ``levels``.
        levels: float64 [rows, C]: what is seen in the channels of a place outside.
    """

    numbers: Labels
    levels: npt.NDArray[np.float64]

    def fill(self, coding: Coding, flips: Flags, dtype: np.dtype[Any]) -> int | None:
        """The stored integer that stands for all that is outside, if there is one.

        Args:
            coding: of the image.
            flips: bool [C]: channels whose bits are stored inverted.
            dtype: in which values are compared.
        """
        stored = {coding.integer_of(float(level), dtype) for level in np.unique(self.levels)}
        if not stored:
            return 0
        only = stored.pop()
        if stored or only is None or flips.any() != flips.all():
            return None
        return 1 - only if flips.any() else only


def surroundings(frame: Frame, size: int, values: Array, zeros: Sweep) -> Surroundings:
    """What is around an image.

    Args:
        frame: the image and constants around it.
        size: cells of the image.
        values: what the further cells are.
        zeros: its pads are zeros around all that.
    """
    places = frame.cells.reshape(-1, frame.cells.shape[2])
    outside = places[:, 0] >= size
    found = np.concatenate([values[places[outside] - size], np.zeros((1, places.shape[1]))])
    levels, row = numbered(found.astype(np.float64) + 0.0)  # -0 becomes 0
    numbers = np.full(len(places), -1)
    numbers[outside] = row[:-1]
    top, left, bottom, right = zeros.pads
    padded = np.pad(
        numbers.reshape(frame.cells.shape[:2]),
        ((top, bottom), (left, right)),
        constant_values=row[-1],
    )
    used, dense = np.unique(padded[padded >= 0], return_inverse=True)
    padded[padded >= 0] = dense
    return Surroundings(padded, levels[used])


def no_padding(bits: Array, pixels: int, middle: float) -> Padding:
    """One class of ``pixels`` that see the image only, for weights uint8 [out, in]."""
    signs = 2.0 * bits.sum(axis=1) - bits.shape[1]
    outside = np.zeros((1, bits.shape[1]), dtype=bool)
    return Padding(np.zeros(pixels, dtype=np.int64), outside, middle * signs[None], np.zeros(0))


def padding(bits: Array, around: Surroundings, sweep: Sweep, middle: float) -> Padding:
    """The classes of a convolution's pixels.

    Args:
        bits: uint8 [out, kernel height * kernel width, C], 1 for a weight of +1.
        around: the image.
        sweep: kernel and stride.
        middle: worth of a stored 0 in the middle.
    """
    windows = np.lib.stride_tricks.sliding_window_view(around.numbers, sweep.kernel)
    seen = windows[:: sweep.stride[0], :: sweep.stride[1]].reshape(-1, sweep.area)
    rows, classes = numbered(np.ascontiguousarray(seen))
    signs = 2.0 * bits - 1
    offsets = middle * (rows < 0) @ signs.sum(axis=2).T
    for number, level in enumerate(around.levels):
        offsets = offsets + (rows == number) @ (signs @ level).T
    outside = np.repeat(rows >= 0, bits.shape[2], axis=1)
    return Padding(classes, outside, offsets, around.levels.ravel())
