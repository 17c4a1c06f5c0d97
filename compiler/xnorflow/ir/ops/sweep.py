# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""How the kernel of a convolution or a pooling moves over an image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xnorflow.files.strict import Strict
from xnorflow.ir.limits import MAX_ELEMENTS, numbers
from xnorflow.ir.types import TensorType, Values

__all__ = ["Sweep"]

_MAX_PLACES = 1 << 20
"""Pixels that one position may see, seen or beyond the edge."""


@dataclass(frozen=True)
class Sweep:
    """A kernel that moves over an image, row by row.

    Attributes:
        kernel: height and width.
        stride: steps down and across.
        pads: rows and columns beyond the image's edges: top, left, bottom, right. At the bottom
            and on the right only as many as some position reaches, see ``reached``.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)

    KEYS: ClassVar = ("kernel", "stride", "pads")
    """Of the fields in a stored design."""

    def __str__(self) -> str:
        kernel, stride = ("x".join(map(str, pair)) for pair in (self.kernel, self.stride))
        return f"kernel {kernel}, stride {stride}, pads {self.pads}"

    @property
    def area(self) -> int:
        """Pixels seen at one position."""
        return self.kernel[0] * self.kernel[1]

    @property
    def is_plain(self) -> bool:
        """Whether every position sees exactly one pixel, each pixel once."""
        return self == Sweep((1, 1))

    def positions(self, height: int, width: int) -> tuple[int, int]:
        """Positions down and across an image."""
        top, left, bottom, right = self.pads
        down = (height + top + bottom - self.kernel[0]) // self.stride[0] + 1
        across = (width + left + right - self.kernel[1]) // self.stride[1] + 1
        return down, across

    def reached(self, height: int, width: int) -> Sweep:
        """The same positions, without rows and columns of padding that no position reaches."""
        top, left, _, _ = self.pads
        down, across = self.positions(height, width)
        bottom = (down - 1) * self.stride[0] + self.kernel[0] - top - height
        right = (across - 1) * self.stride[1] + self.kernel[1] - left - width
        return Sweep(self.kernel, self.stride, (top, left, max(0, bottom), max(0, right)))

    def faults(self, before: TensorType, after: TensorType, channels: int) -> Iterator[str]:
        """Which rules it breaks between two images, the second of so many channels."""
        if len(before.shape) != 3:
            yield f"input must be an image [H, W, C], not {before}"
            return
        height, width, _ = before.shape
        top, left, bottom, right = self.pads
        if min(*self.kernel, *self.stride) < 1 or min(self.pads) < 0:
            yield f"kernel and stride must be positive and pads not negative, not {self}"
        elif max(top, bottom) >= self.kernel[0] or max(left, right) >= self.kernel[1]:
            yield f"pads must be smaller than the kernel, not {self}"
        elif height + top + bottom < self.kernel[0] or width + left + right < self.kernel[1]:
            yield f"the padded image must not be smaller than the kernel, not {before} for {self}"
        elif self != self.reached(height, width):
            yield f"pads must be reached by some position, not {self} on {before}"
        else:
            shape = (*self.positions(height, width), channels)
            wanted = TensorType(shape, before.value, before.worth)
            if str(after) != str(wanted):
                yield f"output must be {wanted}, not {after}"
            elif after != wanted:
                yield f"output must be worth what the input is, {wanted.worth}, not {after.worth}"

    def padded(self, images: Values, fill: int) -> Values:
        """Images [n, height, width, channels] with their edges."""
        top, left, bottom, right = self.pads
        edges = ((0, 0), (top, bottom), (left, right), (0, 0))
        return np.pad(images, edges, constant_values=fill) if any(self.pads) else images

    def places(self, images: Values, fill: int) -> Iterator[Values]:
        """What each place of the kernel sees, [n, positions down, positions across, channels]."""
        padded = self.padded(images, fill)
        down, across = self.positions(*images.shape[1:3])
        for y, x in np.ndindex(self.kernel):
            rows = slice(y, y + (down - 1) * self.stride[0] + 1, self.stride[0])
            columns = slice(x, x + (across - 1) * self.stride[1] + 1, self.stride[1])
            yield padded[:, rows, columns]

    def fields(self) -> dict[str, Any]:
        """What a stored design holds."""
        return {key: list(getattr(self, key)) for key in self.KEYS}

    @classmethod
    def read(cls, fields: Mapping[str, Strict], before: TensorType) -> Sweep:
        """Of an image, from stored fields, within what a design may hold.

        Raises:
            XnorflowError: as Strict says.
        """
        kernel, stride = (numbers(fields[key], 1, (_MAX_PLACES,) * 2) for key in cls.KEYS[:2])
        top, left, bottom, right = numbers(fields["pads"], 0, (_MAX_PLACES,) * 4)
        if kernel[0] * kernel[1] > _MAX_PLACES:
            raise fields["kernel"].error(f"of at most {_MAX_PLACES} places, not {kernel}")
        if len(before.shape) != 3:
            raise fields["kernel"].error(f"of an operation on an image [H, W, C], not on {before}")
        height, width, channels = before.shape
        if (height + top + bottom) * (width + left + right) * channels > MAX_ELEMENTS:
            raise fields["pads"].error(f"such that {MAX_ELEMENTS} elements suffice, not more")
        return cls((kernel[0], kernel[1]), (stride[0], stride[1]), (top, left, bottom, right))
