# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Input files are not trusted: each fault is one Diagnostic, and nothing in them is executed."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xnorflow.diagnostics import XnorflowError
from xnorflow.host.arrays import read_inputs, write_outputs

X = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)


class Bomb:
    """An object that tells when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("a pickle was loaded",))


def saved(tmp_path: Path, **arrays: Any) -> Path:
    path = tmp_path / "x.npz"
    np.savez(path, **arrays)
    return path


def member(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", content)
    return path


def header(shape: str, dtype: str = "|u1") -> bytes:
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def text_header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def refusal(path: Path, images: int | None = None) -> str:
    with pytest.raises(XnorflowError) as caught:
        read_inputs(path, images)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "input-file"
    assert diagnostic.origin.file == str(path)
    assert "numpy.savez" in diagnostic.hint
    return diagnostic.message


def test_arrays_are_read_and_cut_to_the_images_asked_for(tmp_path: Path) -> None:
    path = saved(tmp_path, x=X, y=np.array([3, 1, 2, 0]), other=np.zeros(9))
    whole, part = read_inputs(path), read_inputs(path, 3)
    np.testing.assert_array_equal(whole.x, X)
    np.testing.assert_array_equal(part.x, X[:3])
    assert part.y is not None
    assert part.y.tolist() == [3, 1, 2]
    assert read_inputs(saved(tmp_path, x=X)).y is None


def test_other_orders_and_versions_are_read(tmp_path: Path) -> None:
    turned = np.asfortranarray(X.astype(">i2"))
    np.testing.assert_array_equal(read_inputs(saved(tmp_path, x=turned)).x, X)
    longer = io.BytesIO()
    np.lib.format.write_array(longer, X, version=(3, 0))
    np.testing.assert_array_equal(read_inputs(member(tmp_path, longer.getvalue())).x, X)


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    write_outputs(tmp_path / "out.npz", raw=X, label=np.arange(4))
    with np.load(tmp_path / "out.npz", allow_pickle=False) as data:
        np.testing.assert_array_equal(data["raw"], X)
        assert set(data.files) == {"raw", "label"}


def test_missing_and_foreign_files(tmp_path: Path) -> None:
    assert "not fail with: No such file or directory" in refusal(tmp_path / "gone.npz")
    assert "must be a readable .npz, not fail with: Is a directory" in refusal(tmp_path)
    (tmp_path / "x.npz").write_bytes(b"no zip")
    assert "File is not a zip file" in refusal(tmp_path / "x.npz")
    np.save(tmp_path / "x.npy", X)
    assert "File is not a zip file" in refusal(tmp_path / "x.npy")


def test_arrays_that_are_missing_or_do_not_fit(tmp_path: Path) -> None:
    assert refusal(saved(tmp_path, images=X)).endswith("must hold an array x, not only images.npy")
    path = saved(tmp_path, x=X, y=np.zeros(3, int))
    assert "must hold one y for each x, not x (4, 2, 3) and y (3,)" in refusal(path)
    assert "not x () and y None" in refusal(saved(tmp_path, x=np.uint8(3)))
    path = saved(tmp_path, x=X, y=np.zeros(4))
    assert refusal(path).endswith("must hold whole numbers in y, not float64")
    assert refusal(saved(tmp_path, x=X), 5).endswith("must hold the 5 frames asked for, not 4")


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    path = saved(tmp_path, x=np.array([Bomb()], dtype=object))
    assert "must hold plain numbers in x, not fail with" in refusal(path)
    path = saved(tmp_path, x=X[:1], y=np.array([Bomb()], dtype=object))
    assert "must hold plain numbers in y" in refusal(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x09\x00" + header("(4,)")[8:],
        header("(4,)")[:40],
        header("(4,)") + b"123",
        header("(1000000000000,)") + b"123",
        header("(-4,)") + b"1234",
        header("(4,)", "|O") + b"1234",
        header("__import__('os')") + b"1234",
        header("(4,)") + b"12345",
        header("(4,)", "|S0"),
        header("(True, 4)") + b"1234",
        header("(4, 1.0)") + b"1234",
        header("[4]") + b"1234",
        header("4") + b"1234",
        header("(4,") + b"1234",
        header("(4,)", "f" * 200) + b"1234",
        header("(4,)", "|q9") + b"1234",
        header("(4,)", "i4,i4") + b"1234",
        header("(0, 99999999999999999999)"),
        header("(0, " + "281474976710656, " * 5 + ")"),
        text_header("{'descr': ('<f4',), 'fortran_order': False, 'shape': (1,)}") + b"1234",
        text_header("{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (4,)}") + b"1234",
        text_header("{'descr': '|u1', 'fortran_order': 0, 'shape': (4,)}") + b"1234",
        text_header("{'descr': '|u1', 'fortran_order': False}") + b"1234",
        text_header("{{}: 1}"),
        text_header("{'descr': '|u1'\n   'shape':\n 1"),
        text_header("if x:\n    y\n  z"),
        text_header('"""'),
        text_header("-" * 100),
        text_header("-" * 4000 + "1"),
        text_header("(" * 2000),
        text_header("\0"),
        text_header("'" + "\\d" * 9 + "'"),
        b"\x93NUMPY\x01\x00" + (60000).to_bytes(2, "little") + b" " * 60000,
        b"\x93NUMPY\x01\x00\x03\x00\xff\xff\xff",
    ],
)
def test_a_broken_array_is_refused(tmp_path: Path, content: bytes) -> None:
    assert "must hold plain numbers in x, not fail with" in refusal(member(tmp_path, content))


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, x=np.random.default_rng(1).integers(0, 255, (50, 50)))
    whole = bytearray(buffer.getvalue())
    path = tmp_path / "x.npz"
    path.write_bytes(whole[: len(whole) // 2])
    refusal(path)
    for place in range(100, len(whole) - 100, 97):  # beyond the local header
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        refusal(path)
