# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Hints for who adds a kernel, or names layers by hand, followed."""

from __future__ import annotations

import pytest
from tests.designs import Maker
from tests.hints.faults import hint
from tests.hints.follows import follows

from xnorflow.backends.rtl import generate
from xnorflow.design.design import Design
from xnorflow.hardware.catalog import _collect, kernels, rtl_kernels
from xnorflow.hardware.kernel import Kernel
from xnorflow.hardware.rtl import Instance
from xnorflow.ir.types import BIPOLAR


def design(name: str = "dense0") -> Design:
    return Maker(4, BIPOLAR).dense(name, 2, (1, 2)).build()


@follows("kernel-duplicate")
def test_two_kernels_of_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    twin = type(kernels()["maxpool"])
    monkeypatch.setattr(twin, "name", "xnor_mvu")
    told = hint("kernel-duplicate", lambda: _collect(Kernel))
    assert told == "rename one of the two descriptors"
    monkeypatch.setattr(twin, "name", "maxpool_twin")
    assert {"maxpool_twin", "xnor_mvu"} <= _collect(Kernel).keys()


@follows("rtl-name")
def test_a_layer_that_verilog_has_a_word_for() -> None:
    assert hint("rtl-name", lambda: generate(design("reg"))) == "rename the layer"
    generate(design("registers"))


@follows("rtl-file-name", "rtl-file-clash")
@pytest.mark.parametrize(
    ("code", "name", "told"),
    [
        ("rtl-file-name", "../weights.hex", "rename it in the kernel's descriptor"),
        (
            "rtl-file-clash",
            "stream_assert.svh",
            "name a kernel's files after the kernel, and its memory images after the layer",
        ),
    ],
)
def test_files_of_a_kernel(
    monkeypatch: pytest.MonkeyPatch, code: str, name: str, told: str
) -> None:
    def instance_with(file: str) -> None:
        instance = Instance("xnor_mvu", {}, {file: b"00\n"})
        monkeypatch.setattr(type(rtl_kernels()["xnor_mvu"]), "instance", lambda *_: instance)

    instance_with(name)
    assert hint(code, lambda: generate(design())) == told
    instance_with("dense0_weights.hex")
    assert "dense0_weights.hex" in generate(design()).files
