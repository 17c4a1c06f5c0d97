# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The arrays beside a stored Design: damaged, changed and hostile ones are refused."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.designs import Maker
from tests.stored import edit, image, lined, outcome, put, refused, small

from xnorflow.design.store import save
from xnorflow.files.archive import pack_arrays
from xnorflow.ir.types import ValueType


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(small(), tmp_path)
    return tmp_path


def store_arrays(folder: Path, content: bytes) -> None:
    (folder / "design.npz").write_bytes(content)
    edit(folder, put("arrays", "sha256", value=hashlib.sha256(content).hexdigest()))


def replace_arrays(folder: Path, content: bytes) -> str:
    """The refusal of an archive whose hash design.json agrees with."""
    store_arrays(folder, content)
    found = refused(folder)
    assert found.code == "build-folder-arrays"
    assert found.origin.file == str(folder / "design.npz")
    return found.message


def arrays_of(folder: Path) -> dict[str, Any]:
    with np.load(folder / "design.npz") as file:
        return dict(file)


def test_hostile_arrays_are_refused(folder: Path) -> None:
    arrays = arrays_of(folder)
    table = arrays["host.table"]
    for name, array, text in (
        ("host.table", table.astype(np.float32), "float64 [1, 10] in host.table, not float32"),
        ("host.table", table[:, :4], "not float64 [1, 4]"),
        ("host.table", np.asfortranarray(np.ones((3, 2))), "in host.table, not float64 [3, 2]"),
        ("more", table, "those of design.json, not differ in 'more.npy'"),
    ):
        assert text in replace_arrays(folder, pack_arrays({**arrays, name: array}))
    del arrays["host.order"]
    text = replace_arrays(folder, pack_arrays(arrays))
    assert "those of design.json, not differ in 'host.order.npy'" in text


@pytest.mark.parametrize("shape", [(4,), (3, 1), (1, 3, 2), (2, 2)])
def test_a_line_has_two_numbers_an_output(tmp_path: Path, shape: tuple[int, ...]) -> None:
    save(lined(), tmp_path)
    store_arrays(tmp_path, pack_arrays({**arrays_of(tmp_path), "host.table": np.ones(shape)}))
    edit(tmp_path, put("host_output", "table", value=[*shape]))
    assert refused(tmp_path).code == "build-folder-design"


@pytest.mark.parametrize(
    ("name", "place", "false", "text"),
    [
        ("thresholds", (1, 0), 2**31 - 1, "layer codes: thresholds must ascend in each row"),
        ("thresholds", (2, 2), -(2**31), "layer codes: thresholds must ascend in each row"),
        ("falls", 1, 2, "layer codes: falls must be 0 or 1, not 2"),
    ],
)
def test_thresholds_must_ascend(
    tmp_path: Path, name: str, place: tuple[int, int] | int, false: int, text: str
) -> None:
    save(Maker(6, ValueType(20)).levels("codes", ValueType(2), (2, 2)).build(), tmp_path)
    arrays = arrays_of(tmp_path)
    arrays[f"codes.{name}"][place] = false
    store_arrays(tmp_path, pack_arrays(arrays))
    found = refused(tmp_path)
    assert found.code == "build-folder-design"
    assert text in found.message


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("low", 1, "layer codes: outputs 1 to 4 must be from 0 to 3"),
        ("low", -1, "layer codes: outputs -1 to 2 must be from 0 to 3"),
        ("shape", [7, 3], "layers[0].op.shape[0] must be a whole number from 1 to 6, not 7"),
        ("shape", [6, 1 << 16], "layers[0].op.shape[1] must be a whole number from 1 to 65535"),
    ],
)
def test_thresholds_must_fit_the_output(tmp_path: Path, key: str, value: object, text: str) -> None:
    save(Maker(6, ValueType(20)).levels("codes", ValueType(2), (2, 2)).build(), tmp_path)
    edit(tmp_path, put("layers", 0, "op", key, value=value))
    assert text in refused(tmp_path).message


@pytest.mark.parametrize("false", [-1, 0, 3, 2**31 - 1])
def test_kinds_must_be_rows_of_thresholds(tmp_path: Path, false: int) -> None:
    save(image(), tmp_path)
    arrays = arrays_of(tmp_path)
    kinds = arrays["conv0.kinds"]
    kinds[kinds == 1] = false
    store_arrays(tmp_path, pack_arrays(arrays))
    found = refused(tmp_path)
    assert found.code == "build-folder-design"
    assert "layer conv0: kinds must be numbers of rows, all of 0 to 2" in found.message


def test_pickles_are_never_loaded(folder: Path, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "pwned",)

    buffer = io.BytesIO()
    np.savez(buffer, **{**arrays_of(folder), "host.table": np.array([[Evil()]], dtype=object)})
    assert "in host.table with: elements of type |O" in replace_arrays(folder, buffer.getvalue())
    assert not (tmp_path / "pwned").exists()


def test_a_zip_bomb_is_not_unpacked(folder: Path) -> None:
    arrays = arrays_of(folder)
    bomb = np.zeros(64 << 20, np.uint8)
    assert "host.table, not uint8 [67108864]" in replace_arrays(
        folder, pack_arrays({**arrays, "host.table": bomb})
    )
    member = io.BytesIO()
    np.save(member, arrays["host.table"])
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            if name != "host.table":
                part = io.BytesIO()
                np.save(part, array)
                archive.writestr(f"{name}.npy", part.getvalue())
        archive.writestr("host.table.npy", member.getvalue() + bytes(64 << 20))
    assert "80 bytes in host.table, not more or fewer" in replace_arrays(folder, content.getvalue())


def test_a_twice_named_member_is_refused(folder: Path) -> None:
    content = io.BytesIO((folder / "design.npz").read_bytes())
    with zipfile.ZipFile(content, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("host.table.npy", b"again")
    assert "must be those of design.json" in replace_arrays(folder, content.getvalue())


def test_damaged_members_are_refused(folder: Path) -> None:
    content = bytearray((folder / "design.npz").read_bytes())
    rng = np.random.default_rng(3)
    for _ in range(60):
        damaged = content.copy()
        damaged[rng.integers(len(content))] ^= 1 << rng.integers(8)
        store_arrays(folder, bytes(damaged))
        assert outcome(folder) in ("", "build-folder-arrays", "build-folder-design")
