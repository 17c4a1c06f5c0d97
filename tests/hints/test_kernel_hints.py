# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Layers that no kernel implements, and what their hints lead to."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conv_net import RNG, image
from tests.designs import Maker
from tests.hints.follows import follows
from tests.qonnx_net import signs

from xnorflow.backends import rtl
from xnorflow.cli import main
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.frontend.load import load_model
from xnorflow.hardware.catalog import kernels_for, rtl_kernels
from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.sum_pool import SumPool
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.ops.window import Window
from xnorflow.ir.types import BIPOLAR, Code, TensorType, ValueType, bits_for_range


def window(side: int, kernel: int, stride: int) -> Layer:
    sweep = Sweep((kernel, kernel), (stride, stride), (0, 0, 0, 0))
    down, across = sweep.positions(side, side)
    return Layer(
        name="window0",
        op=Window(sweep.reached(side, side), 0),
        inputs=("x",),
        output="y",
        in_types=(TensorType((side, side, 1), BIPOLAR),),
        out_type=TensorType((down, across, kernel * kernel), BIPOLAR),
    )


def refused(layer: Layer) -> Diagnostic:
    with pytest.raises(XnorflowError) as caught:
        kernels_for(layer)
    (fault,) = caught.value.diagnostics
    assert fault.code == "kernel-no-match"
    return fault


@follows("kernel-no-match")
def test_a_smaller_image_or_kernel_or_a_larger_stride_fits() -> None:
    fault = refused(window(4100, 2, 2))
    assert fault.message == (
        "the image of window0, and all windows of it, must have at most 16777216 pixels, "
        "not 16810000 and 16810000"
    )
    assert fault.hint == "make the image or the kernel smaller, or the stride larger"
    kernels_for(window(4000, 2, 2))
    refused(window(512, 300, 1))
    kernels_for(window(512, 3, 1))
    kernels_for(window(512, 300, 30))


@follows("kernel-no-match")
def test_the_table_says_what_kernels_do(capsys: pytest.CaptureFixture[str]) -> None:
    """Sums of other codes than those of bits have no kernel."""
    sweep = Sweep((2, 2), (2, 2), (0, 0, 0, 0))

    def summed(value: ValueType) -> Layer:
        numbers = [4 * value.code.of(end) for end in (value.low, value.high)]
        out = TensorType((2, 2, 1), bits_for_range(*numbers))
        return Layer("sum0", SumPool(sweep), ("x",), "y", (TensorType((4, 4, 1), value),), out)

    coded = summed(ValueType(4, code=Code(2, -15)))
    assert refused(coded).hint == "see `xnorflow kernels` for what each kernel implements"
    assert main(["kernels"]) == 0
    assert "sum of each channel" in " ".join(capsys.readouterr().out.split())
    kernels_for(summed(ValueType(4)))
    kernels_for(summed(BIPOLAR))


@follows("kernel-no-match")
@pytest.mark.parametrize(("low", "high", "pad"), [(-1, 1, 0), (0, 1, 0), (0.5, 2, 0.5)])
def test_bits_of_usual_levels_may_have_any_edge(
    tmp_path: Path, low: float, high: float, pad: float
) -> None:
    def padded(low: float, high: float, pad: float) -> Graph:
        net = image(2, 4, 4)
        net.add("Mul", (high - low) / 2)
        net.add("Add", (high + low) / 2)
        net.pad([0, 0, 1, 1, 0, 0, 1, 1], pad)
        net.conv(signs(RNG, 2, 2, 3, 3))
        net.add("Quant", 1.0, 0.0, 8.0, signed=1, narrow=0, rounding_mode="ROUND")
        net.add("Flatten")
        net.dense(signs(RNG, 32, 3))
        return load_model(net.save(tmp_path))

    product = next(x for x in padded(0.5, 2, 0).layers if x.name == "conv0")
    fault = refused(product)
    assert fault.message.endswith("must be worth whole steps of its sums, not a fraction of 1/3")
    assert fault.hint.startswith("let the bits be -1 and 1, or 0 and 1; or pad by one of their")
    for layer in padded(low, high, pad).layers:
        kernels_for(layer)


@follows("rtl-kernel")
def test_a_kernel_without_rtl_is_written_or_another_one_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    design = Maker(4, ValueType(3)).dense("dense0", 2, (1, 1)).build()
    made = rtl_kernels()
    without = {name: kernel for name, kernel in made.items() if name != "int_mvu"}
    monkeypatch.setattr(rtl, "rtl_kernels", lambda: without)
    with pytest.raises(XnorflowError) as caught:
        rtl.generate(design)
    (fault,) = caught.value.diagnostics
    assert fault.message == (
        "a kernel that is made in SystemVerilog must have an rtl.py, not int_mvu, which has a "
        "descriptor alone"
    )
    assert fault.hint.startswith("write it (docs/adding-a-kernel.md), or name another kernel")
    assert fault.origin.nodes == ("/dense0/node",)
    rtl.generate(Maker(4, BIPOLAR).dense("dense0", 2, (1, 1)).build())
    monkeypatch.setattr(rtl, "rtl_kernels", lambda: made)
    rtl.generate(design)
