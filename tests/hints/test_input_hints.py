# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What enters a model is not what it says or was said, and what the hints lead to."""

from __future__ import annotations

from pathlib import Path

import pytest
from onnx import TensorProto
from tests.faulty import RNG, refused
from tests.hints.follows import follows
from tests.qonnx_net import Net, signs

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.frontend.load import load_model
from xnorflow.ir.input_spec import InputSpec, input_spec


def closed(net: Net) -> Net:
    net.dense(signs(RNG, 6, 4))
    return net


def quantised(net: Net, scale: float) -> Net:
    net.add("Quant", scale, 0.0, 8.0, signed=1, narrow=0, rounding_mode="ROUND")
    return closed(net)


def centred(shape: tuple[int, ...] = (1, 6), dtype: str = "") -> Net:
    net = Net(shape, dtype=dtype)
    net.add("Sub", 127.5)
    net.bipolar()
    return net


def unfit(**options: object) -> Diagnostic:
    with pytest.raises(XnorflowError) as caught:
        input_spec(**options)  # type: ignore[arg-type]
    (fault,) = caught.value.diagnostics
    return fault


@follows("unquantised-input")
def test_a_quantiser_in_front_of_the_first_layer_loads(tmp_path: Path) -> None:
    net = Net((1, 6))
    net.add("Sqrt")
    (fault,) = refused(closed(net).save(tmp_path))
    assert fault.code == "unquantised-input"
    assert fault.hint.startswith("quantise the input in the model")
    net = Net((1, 6))
    net.add("Sqrt")
    load_model(quantised(net, 0.125).save(tmp_path))


@follows("input-type")
@pytest.mark.parametrize("annotation", ["INT16", "FLOAT16"])
def test_what_the_arrays_hold_is_said(tmp_path: Path, annotation: str) -> None:
    path = closed(centred(dtype=annotation)).save(tmp_path)
    (fault,) = refused(path)
    assert fault.code == "input-type"
    assert "with --input-type, e.g. uint8 for 8-bit pixels" in fault.hint
    load_model(path, input_spec("uint8"))
    assert "or change the input's finn_datatype annotation" in fault.hint
    load_model(closed(centred(dtype="UINT8")).save(tmp_path))


@follows("input-type")
def test_a_type_that_there_is_is_taken(tmp_path: Path) -> None:
    fault = unfit(type="int16")
    assert fault.code == "input-type"
    assert fault.hint == "say what the arrays hold, e.g. --input-type uint8 for pixels"
    load_model(closed(centred()).save(tmp_path), input_spec("uint8"))


@follows("input-scale")
def test_a_step_that_is_worth_something_is_taken(tmp_path: Path) -> None:
    net = Net((1, 6))
    net.add("Sub", 0.5)
    net.bipolar()
    path = closed(net).save(tmp_path)
    fault = unfit(scale=0)
    (useless,) = refused(path, input_spec("uint8", 1e38))
    assert fault.code == useless.code == "input-scale"
    assert fault.hint == useless.hint
    assert fault.hint.endswith("e.g. --input-scale 1/255")
    load_model(path, input_spec("uint8", 1 / 255))


@follows("input-transform")
def test_as_many_means_as_channels_are_taken(tmp_path: Path) -> None:
    net = Net((1, 2, 3))
    net.add("Flatten")
    net.bipolar()
    path = closed(net).save(tmp_path)
    (fault,) = refused(path, input_spec("uint8", mean=(1, 2, 3, 4)))
    assert fault.code == "input-transform"
    assert fault.hint == "give as many numbers as the image has channels, or a single one"
    load_model(path, input_spec("uint8", mean=(100, 120)))
    load_model(path, input_spec("uint8", mean=100))


@follows("input-transform")
def test_a_mean_is_left_out_where_integers_enter(tmp_path: Path) -> None:
    def of(kind: int) -> Net:
        net = Net((1, 6))
        net.input_type = kind
        net.add("Cast", to=TensorProto.FLOAT)
        net.bipolar()
        return closed(net)

    path = of(TensorProto.INT8).save(tmp_path)
    (fault,) = refused(path, InputSpec(mean=(1.0,)))
    assert fault.code == "input-transform"
    assert fault.hint.startswith("leave --input-mean and --input-std out, or export the model with")
    load_model(path)
    load_model(of(TensorProto.FLOAT).save(tmp_path), input_spec("int8", mean=1.0))


@follows("input-transform")
@pytest.mark.parametrize(
    "options", [{"std": 0.0}, {"mean": "0.5"}, {"mean": [1, 2], "std": [1] * 3}]
)
def test_the_training_s_transform_is_taken(tmp_path: Path, options: dict[str, object]) -> None:
    fault = unfit(**options)
    assert fault.code == "input-transform"
    assert fault.hint.endswith("--input-mean 0.5 --input-std 0.25")
    net = Net((1, 6))
    net.bipolar()
    load_model(closed(net).save(tmp_path), input_spec("uint8", 1 / 255, 0.5, 0.25))


@follows("input-saturates")
def test_the_scale_that_is_meant_is_said(tmp_path: Path) -> None:
    net = Net((1, 6))
    net.add("Mul", 1.0)  # so that the quantiser does not tell what enters
    path = quantised(net, 1 / 128).save(tmp_path)
    (fault,) = refused(path)
    assert fault.code == "input-saturates"
    assert "--input-type (uint8, int8, bipolar, ...)" in fault.hint
    for given in (input_spec(scale=1 / 255), input_spec("int8", 1 / 128)):
        assert load_model(path, given).notes == ()
    assert "where it is meant to be so, give both as they are" in fault.hint
    load_model(path, input_spec("uint8", 1))
