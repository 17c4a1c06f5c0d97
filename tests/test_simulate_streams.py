# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Every stream inside the Verilated network carries what the golden engine computes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.branched import residual
from tests.designs import Maker, random_frames

from xnorflow.backends.rtl import generate
from xnorflow.design.design import Design
from xnorflow.design.stage import Stage
from xnorflow.folding.fifos import with_fifos
from xnorflow.host.packing import pack
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import BIPOLAR, ValueType
from xnorflow.simulate.golden import run_layers
from xnorflow.simulate.library import VerilatedTop
from xnorflow.simulate.streams import first_fault, record


def wide() -> Design:
    """Streams of 70, 9, 3 and 35 bits, a width converter and a fifo."""
    return (
        Maker(210, BIPOLAR, seed=1)
        .dense("dense0", 9, (3, 70, "bram"))
        .dense("dense1", 35, (35, 9))
        .dense("dense2", 5, (5, 7), raw=True)
        .build(fifos=(0, 3, 0))
    )


def pixels() -> Design:
    """From pixels to a label, by signed sums."""
    maker = Maker(15, ValueType(8), seed=4).quantize("pixels", (3, 3)).dense("hidden", 70, (70, 3))
    return maker.dense("scores", 7, (7, 5), raw=True).label("label", (1, 1)).build()


def image() -> Design:
    """Two convolutions with a pool between, each with its window."""
    maker = Maker((9, 9, 4), BIPOLAR, seed=2).window("window0", Sweep((2, 2)), (2, 2))
    maker.conv("conv0", 8, (4, 8)).pool("pool0", Sweep((2, 2), (2, 2)), (4, 4))
    return maker.window("window1", Sweep((2, 2)), (32, 8)).conv("conv1", 6, (2, 16)).build()


def branches() -> Design:
    """A shortcut with a converter and a fifo around a convolution, from a fork to a sum."""
    return with_fifos(residual().build())


DESIGNS = {"wide": wide, "pixels": pixels, "image": image, "branches": branches}


def tensors_of(design: Design) -> list[str]:
    """What leaves each part: a stage's output, or what an adapter's reader reads."""
    net = design.netlist
    readers = {link.source[0]: link.sink for link in net.links}
    found = list[str]()
    for number, part in enumerate(net.parts):
        if isinstance(part.item, Stage):
            found.append(part.item.layer.output)
            continue
        reader, port = readers[number]
        while not isinstance(item := net.parts[reader].item, Stage):
            reader, port = readers[reader]
        found.append(item.layer.inputs[port])
    return found


@pytest.mark.parametrize("name", DESIGNS)
def test_all_streams_carry_the_golden_engine_s_integers(name: str) -> None:
    design = DESIGNS[name]()
    frames, tensors = random_frames(design, 4), tensors_of(design)
    for number in (0, 3):
        golden = run_layers(design.graph, frames[number])
        carried = record(design, generate(design), frames[: number + 1])
        for part, tensor, copies in zip(design.netlist.parts, tensors, carried, strict=True):
            assert len(copies) == len(part.sinks)
            for found in copies:
                np.testing.assert_array_equal(found, golden[tensor], err_msg=part.name)
    assert first_fault(design, generate(design), frames, 3) is None


def test_an_adapter_at_fault_is_named() -> None:
    design = wide()
    bundle = generate(design)
    name, right = "width_converter.sv", b"m_axis_tdata <= shifted;"
    assert right in bundle.files[name]
    wrong = bundle.files[name].replace(right, b"m_axis_tdata <= ~shifted;")
    frames = random_frames(design, 3)
    found = first_fault(design, replace(bundle, files={**bundle.files, name: wrong}), frames, 2)
    assert found is not None
    assert (found.part, found.kernel, found.frame) == ("dense1_width", "width_converter", 2)
    right_bit = int(run_layers(design.graph, frames[2])["dense0_out"][0])
    assert (found.element, found.golden, found.hardware) == (0, right_bit, 1 - right_bit)
    assert str(found) == (
        "frame 2, dense1_width (width_converter), element 0: the hardware must give "
        f"{right_bit}, not {1 - right_bit}"
    )


def test_a_wire_of_another_width_is_not_looked_into() -> None:
    design = wide()
    bundle = generate(design)
    top = f"{bundle.top}.v"
    right = b"wire [8:0] stream3_tdata;"
    assert right in bundle.files[top]
    wrong = bundle.files[top].replace(right, b"wire [65535:0] stream3_tdata;")
    edited = replace(bundle, files={**bundle.files, top: wrong})
    assert first_fault(design, edited, random_frames(design, 2), 1) is None


def test_a_build_that_does_not_record_has_nothing_to_show() -> None:
    """The normal simulation is built and run without a look inside."""
    design = wide()
    net, frames = design.netlist, random_frames(design, 2)
    with VerilatedTop(generate(design), net.source, net.sink, 3, len(net.links)) as top:
        assert top.run(pack(frames, net.source), patience=1000).inner == ()


def test_a_fork_that_spoils_its_last_copy_is_named() -> None:
    design = branches()
    bundle = generate(design)
    name, right = "stream_fork.sv", b"assign m_axis_tdata  = {COPIES{data}};"
    assert right in bundle.files[name]
    wrong = bundle.files[name].replace(right, b"assign m_axis_tdata  = {~data, data};")
    frames = random_frames(design, 2)
    found = first_fault(design, replace(bundle, files={**bundle.files, name: wrong}), frames, 1)
    assert found is not None
    assert (found.part, found.kernel, found.element) == ("fork0", "stream_fork", 0)
