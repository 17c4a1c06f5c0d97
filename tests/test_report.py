# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""report.json: the contract's keys, strict reading, whole writing, and the terminal table."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tests.stored import image

from xnorflow.diagnostics import XnorflowError
from xnorflow.files.access import write_atomic
from xnorflow.folding.verdict import Found, Verdict
from xnorflow.hardware.resources import Resources
from xnorflow.report.assemble import (
    estimated_report,
    with_bitstream,
    with_measurement,
    with_routing,
    with_synthesis,
    with_timing,
    with_verification,
)
from xnorflow.report.file import read_report, write_report
from xnorflow.report.model import Report, Source, Verification
from xnorflow.report.terminal import render
from xnorflow.toolchains.nextpnr import Hop, Routing


def counts(lut: int, ff: int = 0, bram18: int = 0, dsp: int = 0) -> dict[str, Any]:
    values = {"lut": lut, "ff": ff, "bram18": bram18, "dsp": dsp}
    return {name: {"estimated": n, "synthesized": None} for name, n in values.items()}


def layer(name: str, pe: int, simd: int, cycles: int, lut: int) -> dict[str, Any]:
    return {
        "name": name,
        "kernel": "xnor_mvu",
        "folding": {"pe": pe, "simd": simd, "storage": "const"},
        "cycles": {"estimated": cycles, "simulated": None},
        "resources": counts(lut, 40),
    }


DESIGN = hashlib.sha256(b"a design").hexdigest()
RTL = hashlib.sha256(f"{hashlib.sha256(b'RTL').hexdigest()}  top.v\n".encode()).hexdigest()
FRAMES = "f0" * 32
SOURCE = Source(DESIGN, RTL)


def estimated() -> dict[str, Any]:
    total = {"estimated": 0, "synthesized": None, "routed": None, "budget": 220}
    return {
        "schema": 4,
        "xnorflow": "0.1.0",
        "board": "pynq-z1",
        "clock_mhz": 100.0,
        "clock_evidence": "assumed",
        "model": {"name": "tiny", "sha256": "ab" * 32, "binary_macs_per_frame": 59008},
        "input": {
            "type": "int8",
            "low": -128,
            "high": 127,
            "scale": -1 / 255,
            "mean": [-0.5],
            "std": [],
            "known_by": "given",
            "assumed": False,
        },
        "notes": [],
        "layers": [layer("dense0", 16, 49, 64, 1234), layer("dense1", 8, 8, 64, 100)],
        "adapters": [{"name": "wide0", "kernel": "fifo", "depth": 2, "resources": counts(7, 3)}],
        "shell": counts(5000, 6500, 6),
        "throughput": {
            "fps": {"estimated": 1562500.0, "simulated": None, "measured": None},
            "interval_cycles": {"estimated": 64, "simulated": None},
            "latency_cycles": {"estimated": 200, "simulated": None},
        },
        "search": {
            "goal": "lut",
            "found": 1341.0,
            "bound": 1300.0,
            "gap": 0.0315,
            "within_file": False,
            "slowest": ["dense0", "dense1"],
            "lifts": [{"fps": 2e6, "more": {"lut": 1200, "ff": 0, "bram18": 3, "dsp": 0}}],
        },
        "resources": {
            "lut": {**total, "estimated": 1341, "budget": 53200},
            "ff": {**total, "estimated": 83, "budget": 106400},
            "bram18": {**total, "budget": 280},
            "dsp": total,
        },
        "routing": None,
        "bitstream": None,
        "power_w": {"estimated": None, "measured": None},
        "verification": {"engine": None, "images": 0, "mismatches": None, "fault": None},
        "toolchain": {"qonnx": "1.0.0", "yosys": None, "verilator": None, "nextpnr": None},
        "evidence": {
            "estimated": {"design_sha256": DESIGN, "rtl_sha256": None, "frames_sha256": None},
            "simulated": None,
            "verified": None,
            "synthesized": None,
            "routed": None,
            "packed": None,
            "measured": None,
        },
    }


def shown(report: Report, width: int = 140) -> str:
    file = io.StringIO()
    Console(file=file, width=width).print(render(report))
    return file.getvalue()


BITS = b"bits"
BITS_SHA256 = hashlib.sha256(BITS).hexdigest()


def complete() -> Report:
    report = Report.from_json(estimated())
    report = with_timing(report, SOURCE, {"dense0": 64, "dense1": 65}, 65, 243, "5.48.0")
    verified = replace(SOURCE, frames_sha256=FRAMES)
    report = with_verification(report, verified, Verification("verilator", 20, 0))
    parts = {"dense0": Resources(lut=1200, ff=41), "dense1": Resources(lut=90, ff=42)}
    report = with_synthesis(report, SOURCE, parts, Resources(lut=1300, ff=86), "Yosys 0.70")
    placements = [routing(1, 90.0), routing(2, 120.5), routing(3, 104.25)]
    report = with_routing(report, SOURCE, placements)
    report = with_bitstream(report, SOURCE, [routing(4, 101.5)], "bitstream/a.bit", BITS_SHA256)
    return with_measurement(report, SOURCE, 1.5e6)


def routing(seed: int, fmax_mhz: float) -> Routing:
    path = (
        Hop("clk-to-q", 5.25, "dense1.u_rom.words.0.0", ""),
        Hop("routing", 1.5, "dense0.u_core.sum_LUT4_A", "dense1.u_rom.q[3]"),
        Hop("setup", 0.0, "start_TRELLIS_FF_Q", ""),
    )
    used = Resources(lut=1400 + seed, ff=90, bram18=2)
    return Routing("0.11.1", seed, fmax_mhz, used, path)


def folder(path: Path, report: Report) -> Path:
    """A folder with that report, and the design and RTL that its numbers are of."""
    (path / "design.json").write_bytes(b"a design")
    (path / "rtl").mkdir()
    (path / "rtl" / "top.v").write_bytes(b"RTL")
    (path / "bitstream").mkdir()
    (path / "bitstream" / "a.bit").write_bytes(BITS)
    write_report(path, report)
    return path


PASSED, FEWER = Verification("verilator", 20, 0), Verification("verilator", 1, 0)
WRONG = Verification("verilator", 100, 3)
STALLED = Verification("verilator", 5, fault="simulation-stalled")


@pytest.mark.parametrize(
    ("known", "found", "stays"),
    [
        (PASSED, FEWER, True),
        (FEWER, PASSED, False),
        (PASSED, replace(PASSED, engine="other"), False),
        (WRONG, PASSED, True),
        (WRONG, replace(PASSED, images=1000), True),  # other frames prove nothing of these
        (STALLED, PASSED, True),
        (PASSED, replace(WRONG, images=1, mismatches=1), False),
        (PASSED, STALLED, False),
        (WRONG, STALLED, False),
        (STALLED, WRONG, False),
    ],
)
def test_a_verification_that_says_less_of_the_same_rtl_replaces_none(
    known: Verification, found: Verification, stays: bool
) -> None:
    first, later = replace(SOURCE, frames_sha256=FRAMES), replace(SOURCE, frames_sha256="1" * 64)
    report = with_verification(Report.from_json(estimated()), first, known)
    report = with_verification(report, later, found)
    assert report.verification == (known if stays else found)
    assert report.evidence.verified == (first if stays else later)
    other = replace(later, rtl_sha256="2" * 64)
    assert with_verification(report, other, found).verification == found


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (PASSED, "20 frames in verilator, 0 mismatches"),
        (WRONG, "100 frames in verilator, 3 mismatches"),
        (STALLED, "5 frames in verilator, simulation-stalled"),
        (Verification(), "not yet: run `xnorflow simulate`"),
    ],
)
def test_what_was_verified_is_told(found: Verification, told: str) -> None:
    assert f"verified    {told}\n" in shown(replace(complete(), verification=found))


def test_reading_what_was_written_gives_the_same_report(tmp_path: Path) -> None:
    report = complete()
    assert read_report(folder(tmp_path, report)) == report
    names = {"report.json", "design.json", "rtl", "bitstream"}
    assert {path.name for path in tmp_path.iterdir()} == names


def test_the_file_has_the_keys_of_the_contract_in_order(tmp_path: Path) -> None:
    write_report(tmp_path, Report.from_json(estimated()))
    data = json.loads((tmp_path / "report.json").read_text())
    assert data == estimated()
    assert list(data) == list(estimated())
    assert list(data["layers"][0]) == ["name", "kernel", "folding", "cycles", "resources"]
    assert list(data["resources"]["lut"]) == ["estimated", "synthesized", "routed", "budget"]


@pytest.mark.parametrize("place", ["routing", "bitstream"])
def test_placements_that_are_none_are_refused(place: str) -> None:
    data: Any = complete().to_json()
    data[place]["tried"] = []
    with pytest.raises(XnorflowError, match="without placements"):
        Report.from_json(data)


def test_a_routing_without_resources_is_refused() -> None:
    data: Any = complete().to_json()
    data["resources"]["lut"]["routed"] = None
    with pytest.raises(XnorflowError, match="without placements or resources"):
        Report.from_json(data)


def test_layers_of_images_have_their_rows() -> None:
    design = image()
    report = estimated_report(
        Found(design, Verdict("lut", 9.0, 9.0, False, ("conv0",))), {}, DESIGN
    )
    assert report.model.binary_macs_per_frame == 30 * 6 * 12 + 6 * 6 * 3
    cells = [line.split() for line in shown(report).splitlines()]
    rows = {row[0]: row[1:6] for row in cells if len(row) > 6}
    window, conv, pool, dense = (str(stage.cycles) for stage in design.stages)
    storage = {entry.name: entry.folding.storage or "-" for entry in report.layers}
    assert rows["window0"] == ["sliding_window", "2", "2", storage["window0"], window]
    assert rows["conv0"] == ["xnor_mvu", "2", "4", storage["conv0"], conv]
    assert rows["pool0"] == ["maxpool", "6", "6", "-", pool]
    assert rows["dense1"] == ["xnor_mvu", "1", "4", storage["dense1"], dense]
    assert (conv, dense) == (str(30 * 3 * 3), str(3 * 9))


def test_each_command_adds_its_own_evidence_only() -> None:
    data = complete().to_json()
    expected = estimated()
    expected["layers"][0]["cycles"]["simulated"] = 64
    expected["layers"][1]["cycles"]["simulated"] = 65
    expected["throughput"]["fps"]["simulated"] = 100e6 / 65
    expected["throughput"]["interval_cycles"]["simulated"] = 65
    expected["throughput"]["latency_cycles"]["simulated"] = 243
    expected["verification"] = {"engine": "verilator", "images": 20, "mismatches": 0, "fault": None}
    for index, (lut, ff) in enumerate([(1200, 41), (90, 42)]):
        resources = expected["layers"][index]["resources"]
        resources["lut"]["synthesized"], resources["ff"]["synthesized"] = lut, ff
        resources["bram18"]["synthesized"] = resources["dsp"]["synthesized"] = 0
    for name, count in {"lut": 1300, "ff": 86, "bram18": 0, "dsp": 0}.items():
        expected["resources"][name]["synthesized"] = count
    for name, count in {"lut": 1402, "ff": 90, "bram18": 2, "dsp": 0}.items():
        expected["resources"][name]["routed"] = count
    expected["routing"] = {
        "fmax_mhz": 120.5,
        "seed": 2,
        "tried": [
            {"seed": 1, "fmax_mhz": 90.0},
            {"seed": 2, "fmax_mhz": 120.5},
            {"seed": 3, "fmax_mhz": 104.25},
        ],
        "path": [
            hop("clk-to-q", 5.25, "dense1", "u_rom.words.0.0"),
            hop("routing", 1.5, "dense0", "dense1.u_rom.q[3]"),
            hop("setup", 0.0, "", "start_TRELLIS_FF_Q"),
        ],
    }
    expected["bitstream"] = {
        "file": "bitstream/a.bit",
        "sha256": BITS_SHA256,
        "fmax_mhz": 101.5,
        "seed": 4,
        "tried": [{"seed": 4, "fmax_mhz": 101.5}],
        "routed": {"lut": 1404, "ff": 90, "bram18": 2, "dsp": 0},
    }
    expected["throughput"]["fps"]["measured"] = 1.5e6
    expected["clock_evidence"] = "routed"
    expected["toolchain"].update(yosys="Yosys 0.70", verilator="5.48.0", nextpnr="0.11.1")
    source = {"design_sha256": DESIGN, "rtl_sha256": RTL, "frames_sha256": None}
    for kind in ("simulated", "synthesized", "routed", "packed", "measured"):
        expected["evidence"][kind] = source
    expected["evidence"]["verified"] = source | {"frames_sha256": FRAMES}
    assert data == expected


def hop(kind: str, delay_ns: float, part: str, signal: str) -> dict[str, Any]:
    kernel = "xnor_mvu" if part else ""
    return {"kind": kind, "delay_ns": delay_ns, "part": part, "kernel": kernel, "signal": signal}


def test_a_clock_that_no_placement_reaches_is_missed() -> None:
    report = with_routing(Report.from_json(estimated()), SOURCE, [routing(1, 99.9)])
    assert report.clock_evidence == "missed"
    assert "tiny on pynq-z1 at 100 MHz (missed)" in shown(report)
    report = with_routing(Report.from_json(estimated()), SOURCE, [routing(1, 100.0)])
    assert report.clock_evidence == "routed"


def test_the_critical_path_is_told_by_layer_kernel_and_signal() -> None:
    lines = [" ".join(line.split()) for line in shown(complete()).splitlines()]
    start = lines.index(
        "routed 120.5 MHz (best of 3 seeds, median 104.2, least 90.0), 1,402 LUT, 90 FF, 2 BRAM18, "
        "0 DSP"
    )
    assert lines[start + 1 : start + 5] == [
        "critical path, 5.25 ns in cells, 1.50 ns of wires:",
        "5.25 ns clk-to-q dense1 (xnor_mvu) u_rom.words.0.0",
        "1.50 ns routing dense0 (xnor_mvu) dense1.u_rom.q[3]",
        "0.00 ns setup start_TRELLIS_FF_Q",
    ]


def test_a_bitstream_is_told_with_what_it_uses() -> None:
    lines = [" ".join(line.split()) for line in shown(complete()).splitlines()]
    told = (
        "bitstream bitstream/a.bit: runs at 100 MHz, with its shell it could at 101.5 MHz; "
        "1,404 LUT, 90 FF, 2 BRAM18, 0 DSP"
    )
    assert told in lines
    assert any("1,500,000 measured" in line for line in lines)


def test_an_interval_stays_where_too_few_frames_tell_one() -> None:
    stages = {"dense0": 64, "dense1": 65}

    def again(source: Source, *, steady: bool) -> int | None:
        report = with_timing(complete(), source, stages, None, 243, "5.48.0", steady=steady)
        fps = report.throughput.fps.simulated
        interval = report.throughput.interval_cycles.simulated
        assert fps == (None if interval is None else 100e6 / interval)
        assert report.evidence.simulated == source
        return interval

    assert again(SOURCE, steady=False) == 65
    assert again(SOURCE, steady=True) is None
    assert again(Source(DESIGN, "other"), steady=False) is None


def outdated(folder: Path) -> dict[str, str]:
    return {item.evidence: f"{item.cause}: {item.remedy}" for item in read_report(folder).outdated}


def test_numbers_of_other_rtl_or_another_design_are_marked(tmp_path: Path) -> None:
    folder(tmp_path, complete())
    (tmp_path / "rtl" / ".top.v.swp").write_bytes(b"an editor's")
    assert outdated(tmp_path) == {}
    (tmp_path / "rtl" / "top.v").write_bytes(b"edited")
    of_rtl = {
        "simulated": "of other RTL: xnorflow simulate",
        "verified": "of other RTL: xnorflow simulate",
        "synthesized": "of other RTL: xnorflow synth",
        "routed": "of other RTL: xnorflow route",
        "packed": "of other RTL: xnorflow bitstream",
        "measured": "of other RTL: xnorflow run",
    }
    assert outdated(tmp_path) == of_rtl
    (tmp_path / "rtl" / "top.v").write_bytes(b"RTL")
    (tmp_path / "rtl" / "more.v").write_bytes(b"")
    assert outdated(tmp_path) == of_rtl
    (tmp_path / "rtl" / "more.v").unlink()
    (tmp_path / "design.json").write_bytes(b"edited")
    of_design = {name: text.replace("other RTL", "another design") for name, text in of_rtl.items()}
    assert outdated(tmp_path) == of_design | {"estimated": "of another design: xnorflow compile"}
    (tmp_path / "design.json").write_bytes(b"a design")
    shutil.rmtree(tmp_path / "rtl")
    assert outdated(tmp_path) == of_rtl


def test_numbers_that_no_longer_hold_are_not_shown_as_if_they_did(tmp_path: Path) -> None:
    folder(tmp_path, complete())
    (tmp_path / "rtl" / "top.v").write_bytes(b"edited")
    text = shown(read_report(tmp_path))
    again = "of other RTL: run `xnorflow {}` again"
    assert f"20 frames in verilator, 0 mismatches, but {again.format('simulate')}" in text
    assert f"the cycles counted in simulation are {again.format('simulate')}" in text
    assert f"the resources counted after synthesis are {again.format('synth')}" in text
    assert f"clock and resources after placement and routing are {again.format('route')}" in text
    assert "at 100 MHz (assumed)" in text
    assert "120.5 MHz" not in text
    assert "1,562,500 estimated, not simulated, not measured" in text
    assert "syn." not in text
    assert "sim." not in text
    assert "(1,341 estimated + 5,000 estimated)" in text
    assert "1,300" not in text


def edited(path: list[str | int], value: object) -> dict[str, Any]:
    data = copy.deepcopy(estimated())
    place: Any = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (edited(["schema"], 1), "report must be of schema 4, not 1"),
        (edited(["speed"], 2), "not with an unknown 'speed'"),
        ({k: v for k, v in estimated().items() if k != "layers"}, "not without 'layers'"),
        (
            edited(["layers", 1, "cycles", "estimated"], 1.5),
            "layers[1].cycles.estimated must be a whole number from 0",
        ),
        (edited(["layers", 1, "name"], None), "layers[1].name must be a text, not None"),
        (edited(["layers"], {}), "report.layers must be a list, not {}"),
        (edited(["model"], []), "report.model must be an object, not []"),
        (edited(["clock_mhz"], True), "report.clock_mhz must be a finite number from 0, not True"),
        (
            edited(["shell", "dsp", "estimated"], -(2**31)),
            "must be a whole number from 0 to",
        ),
        (edited(["layers", 0, "cycles", "estimated"], 2**53 + 1), "not 9007199254740993"),
        (
            edited(["search", "gap"], -0.5),
            "search.gap must be a finite number from 0, not",
        ),
        (edited(["search", "slowest"], ["x"] * 4097), "at most 4096, not 4097"),
        (
            edited(["clock_mhz"], float("inf")),
            "must be a finite number from 0, not inf",
        ),
        (edited(["toolchain", "yosys"], 3), "report.toolchain.yosys must be a text, not 3"),
        (edited(["model", "name"], "\x1b[2J"), "model.name must be printable, not '\\x1b[2J'"),
        (
            edited(["toolchain", "\x1b[2J"], "1"),
            "toolchain must be an object of printable keys",
        ),
        (edited(["schema"], "\x1b[2J" * 100), "report must be of schema 4, not '\\x1b[2J"),
        ([], "report must be an object, not []"),
        ("x" * 100, "report must be an object, not '" + "x" * 59 + "..."),
    ],
)
def test_a_report_that_does_not_fit_is_refused(data: object, message: str) -> None:
    with pytest.raises(XnorflowError) as caught:
        Report.from_json(data)
    (fault,) = caught.value.diagnostics
    assert fault.code == "report-file"
    assert message in fault.message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "the report must be readable, not fail with: No such file or directory"),
        (b'{"schema": 1, ', "the report must be complete JSON, not fail with"),
        (b"\xff\x00", "the report must be complete JSON, not fail with"),
        (b'{"schema": NaN}', "NaN is not a JSON number"),
        (b"[" * 100_000, "the report must be complete JSON, not fail with"),
        (b" " * ((16 << 20) + 1), "the report must be at most 16777216 bytes, not more"),
        (b'{"schema": 1}', "report must be of schema 4, not 1"),
    ],
)
def test_a_broken_file_is_a_diagnostic(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "report.json").write_bytes(content)
    with pytest.raises(XnorflowError) as caught:
        read_report(tmp_path)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "report-file"
    assert message in diagnostic.message
    assert diagnostic.origin.file == str(tmp_path / "report.json")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: Any) -> None:
    target = tmp_path / "report.json"
    write_atomic(target, b"old")

    def fail(self: Path, other: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(XnorflowError, match="must be writable, not fail with: No space left"):
        write_atomic(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("where", ["", "gone/file", "file/below"])
def test_an_unwritable_place_is_a_diagnostic(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(XnorflowError, match=r"error\[not-writable\]"):
        write_atomic(tmp_path / where, b"content")


def test_the_table_marks_what_nobody_measured() -> None:
    text = shown(Report.from_json(estimated()))
    assert "tiny on pynq-z1 at 100 MHz (assumed), 59,008 binary MACs a frame" in text
    assert "1,562,500 estimated, not simulated, not measured" in text
    assert "verified    not yet" in text
    assert "syn." not in text
    assert "sim." not in text
    assert "6,341 of 53,200 with the shell (1,341 estimated + 5,000 estimated)" in text


def row(text: str, name: str) -> list[str]:
    (line,) = [line.strip() for line in text.splitlines() if line.startswith(f" {name}")]
    return line.removeprefix(name).split()


def test_the_table_shows_estimate_and_evidence_side_by_side() -> None:
    text = shown(complete())
    first = ["xnor_mvu", "16", "49", "const", "64", "64", "1,234", "1,200", "40", "41"]
    assert row(text, "dense0") == [*first, "0", "0", "0", "0"]
    assert row(text, "adapters (1)") == ["7", "-", "3", "-", "0", "-", "0", "-"]
    assert row(text, "accelerator") == ["1,341", "1,300", "83", "86", "0", "0", "0", "0"]
    assert row(text, "shell, not included") == ["5,000", "-", "6,500", "-", "6", "-", "0", "-"]
    assert "1,562,500 estimated, 1,538,462 simulated, 1,500,000 measured" in text
    assert "64 estimated, 65 simulated" in text
    assert "20 frames in verilator, 0 mismatches" in text
    assert "6,300 of 53,200 with the shell (1,300 synthesized + 5,000 estimated)" in text
    assert "Yosys 0.70" in text


def test_a_narrow_terminal_gets_two_whole_tables() -> None:
    text = shown(complete(), 80)
    rows = [line.split() for line in text.splitlines() if line.startswith(" dense0")]
    assert rows == [
        ["dense0", "xnor_mvu", "16", "49", "const", "64", "64"],
        ["dense0", "1,234", "1,200", "40", "41", "0", "0", "0", "0"],
    ]
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80


PIXELS = {"type": "uint8", "low": 0, "high": 255}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "input: int8 -128..127, one step is -1/255, less -0.5 (given)"),
        (
            PIXELS | {"scale": 1 / 255, "mean": [0.5]},
            "input: uint8 0..255, one step is 1/255, less 0.5 (given)",
        ),
        (
            {
                "type": "uint8",
                "low": 0,
                "high": 255,
                "scale": 1.0,
                "mean": [],
                "assumed": True,
                "known_by": "assumed to be pixels",
            },
            "input: uint8 0..255, one step is 1 (assumed to be pixels)",
        ),
        (
            {"type": "bipolar", "low": -1, "high": 1, "scale": 1.0, "mean": []},
            "input: bipolar -1, 1 (given)",
        ),
        (
            {
                "type": "uint8",
                "low": 0,
                "high": 255,
                "scale": 0.3,
                "mean": [0.5, 0.25],
                "std": [2.0, 4.0],
            },
            "input: uint8 0..255, one step is 0.3, less 0.5, 0.25, divided by 2, 4 (given)",
        ),
    ],
)
def test_the_input_is_told(changes: dict[str, Any], text: str) -> None:
    data = estimated()
    data["input"].update(changes)
    assert text in [line.strip() for line in shown(Report.from_json(data)).splitlines()]


def test_notes_are_kept_and_told() -> None:
    data = estimated()
    note = {"code": "near-tie", "severity": "warning", "message": "dense0: 3 of 8 neurons decide"}
    data["notes"] = [{**note, "hint": "use other scales", "nodes": ["fc1", "sign1"], "modules": []}]
    wanted = "warning     dense0: 3 of 8 neurons decide (fc1, sign1); use other scales"
    assert wanted in [line.strip() for line in shown(Report.from_json(data)).splitlines()]
