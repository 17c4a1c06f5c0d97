# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A data set in MNIST's form that takes no time to learn, and a user who presses Ctrl-C."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

COUNTS = {"train": 2100, "t10k": 130}


def bars(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Digit k is a bright bar two rows high at a height of its own, in some noise."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 10
    images = rng.integers(0, 80, (count, 28, 28))
    for image, label in zip(images, labels, strict=True):
        image[4 + 2 * label : 6 + 2 * label] = rng.integers(120, 256, (2, 28))
    return images, labels


def write_set(folder: Path) -> Path:
    """The whole set, in a folder that is there; the folder."""
    for prefix, count in COUNTS.items():
        write_bars(folder, prefix, count)
    return folder


def write_bars(folder: Path, prefix: str, count: int) -> None:
    images, labels = bars(count, count)
    _write_idx(folder / f"{prefix}-images-idx3-ubyte", images)
    _write_idx(folder / f"{prefix}-labels-idx1-ubyte", labels)


def _write_idx(path: Path, array: np.ndarray) -> None:
    header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(header + array.astype(np.uint8).tobytes())


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def interrupt_after(steps: int) -> Callable[..., object]:
    """A progress bar at whose given step the user presses Ctrl-C."""

    @contextmanager
    def bar(*_: object) -> Iterator[Callable[[int, float], None]]:
        def on_step(step: int, loss: float) -> None:
            if step == steps:
                raise KeyboardInterrupt

        yield on_step

    return bar
