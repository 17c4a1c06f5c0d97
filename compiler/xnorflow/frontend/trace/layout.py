# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Where the elements of a tensor of the graph are in hardware, where channels come last."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import prod

import numpy as np
import numpy.typing as npt

from xnorflow.frontend.trace.gather import Labels
from xnorflow.frontend.trace.images import image_shape

__all__ = ["Frame", "Image", "Layout", "Reader", "framed", "inverse", "ordered", "vectors"]

Image = tuple[int, int, int]
"""Height, width, channels in hardware; a vector is one pixel."""


def inverse(order: Labels) -> Labels:
    """The permutation that undoes ``order``."""
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return back


@dataclass(frozen=True, eq=False)
class Layout:
    """Which cell each element of a tensor of the graph is.

    Attributes:
        shape: of the tensor, with batch axis where it has one.
        image: what the hardware streams.
        cells: [elements]: cell of each element: its place in the image, channels fastest, or a
            number beyond the image for a constant that a Pad put in.
        is_free: whether whoever makes the elements can make them in any order.
    """

    shape: tuple[int, ...]
    image: Image
    cells: Labels
    is_free: bool

    @staticmethod
    def of_vector(shape: tuple[int, ...]) -> Layout:
        """Elements in the graph's order, which can be made in any other."""
        count = prod(shape)
        return Layout(shape, (1, 1, count), np.arange(count), is_free=True)

    @staticmethod
    def of_image(shape: tuple[int, ...]) -> Layout:
        """A tensor [1, C, H, W] whose pixels leave one by one."""
        channels, height, width = image_shape(shape)
        numbers = np.arange(prod(shape)).reshape(height, width, channels)
        cells = np.ascontiguousarray(numbers.transpose(2, 0, 1)).ravel()
        return Layout(shape, (height, width, channels), cells, is_free=height * width == 1)

    @property
    def size(self) -> int:
        """Elements of the image."""
        return prod(self.image)

    def as_image(self) -> Labels:
        """Cells of a tensor [1, C, H, W] or [1, C, length] as [H, W, C]."""
        cells: Labels = self.cells.reshape(image_shape(self.shape)).transpose(1, 2, 0)
        return cells


class Reader(Enum):
    """How a chain's result is read."""

    VECTOR = "one vector"
    VECTORS = "a vector for each index of the axes but the last"
    IMAGE = "an image"
    OUTPUT = "the network's output"


def ordered(tensor: Layout, reader: Reader) -> Labels | None:
    """Cells [H, W, C] in the order in which ``reader`` wants them, where it wants any."""
    cells, size = tensor.cells, tensor.size
    if reader is Reader.IMAGE and len(tensor.shape) in (3, 4):
        image = tensor.as_image()
        part = _real_part(image, size)
        return None if part is None else image[part]
    if reader is Reader.VECTORS and cells.max() < size:
        rows = tensor.shape[1] if len(tensor.shape) == 4 else -1
        return cells.reshape(rows, -1 if rows > 0 else 1, tensor.shape[-1])
    if reader is Reader.OUTPUT and cells.max() < size:
        return cells.reshape(1, 1, -1)
    return None


@dataclass(frozen=True, eq=False)
class Frame:
    """An image as the graph sees it: hardware's pixels, constants around them.

    Attributes:
        cells: [padded height, padded width, C], channels in hardware's order.
        pads: rows and columns of constants: top, left, bottom, right.
        channels: [C]: hardware's channel for each of the graph's.
    """

    cells: Labels
    pads: tuple[int, int, int, int]
    channels: Labels


def _real_part(cells: Labels, size: int) -> tuple[slice, slice] | None:
    """Rows and columns of [H, W, C] in which exactly the cells below ``size`` are."""
    real = cells < size
    rows, columns = np.flatnonzero(real.any(axis=(1, 2))), np.flatnonzero(real.any(axis=(0, 2)))
    if not rows.size or real.sum() != rows.size * columns.size * cells.shape[2]:
        return None
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return part if real[part].all() else None


def framed(cells: Labels, image: Image) -> Frame | None:
    """Read [padded height, padded width, C] as an image with constants around it.

    None where pixels are not where hardware has them, or constants not around them.
    """
    part = _real_part(cells, prod(image))
    if part is None or cells[part].shape != image:
        return None
    rows, columns = part
    height, width, count = image
    channels = cells[part][0, 0]
    first = np.arange(height * width).reshape(height, width, 1) * count
    if channels.max() >= count or (cells[part] != first + channels).any():
        return None
    bottom, right = cells.shape[0] - rows.stop, cells.shape[1] - columns.stop
    pads = (int(rows.start), int(columns.start), int(bottom), int(right))
    return Frame(cells[:, :, inverse(channels)], pads, channels)


def vectors(cells: npt.NDArray[np.int64], image: Image) -> tuple[Labels, Labels] | None:
    """Read [vectors, C] as pixels: the pixel of each vector, hardware's channel of each element.

    None where a vector is not one pixel, or channels come in different orders.
    """
    count = image[2]
    pixels, channels = np.divmod(cells, count)
    if cells.max() >= prod(image) or cells.shape[1] != count:
        return None
    if (pixels != pixels[:, :1]).any() or (channels != channels[0]).any():
        return None
    return pixels[:, 0], channels[0]
