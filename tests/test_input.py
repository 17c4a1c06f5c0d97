# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What enters a network: read off the graph, given by the user, or assumed and told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from tests.faulty import refused
from tests.predict import pixels, predict, same
from tests.qonnx_net import Net, execute, signs
from tests.rng import generator

from xnorflow.diagnostics import Severity, XnorflowError
from xnorflow.frontend.load import load_model
from xnorflow.ir.graph import Graph
from xnorflow.ir.input_spec import InputSpec, input_spec

RNG = generator(11)


def quantised(net: Net, scale: float = 1.0, bits: float = 8.0, *, signed: int = 1) -> Net:
    net.add("Quant", scale, 0.0, bits, signed=signed, narrow=0, rounding_mode="ROUND", name="q")
    return net


def closed(net: Net, width: int = 6) -> Net:
    net.dense(signs(RNG, width, 4), name="product")
    return net


def entry_of(graph: Graph) -> tuple[str, float, str, bool]:
    host = graph.host_input
    return str(graph.input_type), host.scale, host.known_by, host.assumed


# what the graph says


def bare() -> Net:
    return closed(Net((1, 6)))


def binarised() -> Net:
    net = Net((1, 2, 3))
    net.add("Flatten")
    net.bipolar(name="sign")
    return closed(net)


def signed() -> Net:
    return closed(quantised(Net((1, 6)), 1 / 128))


def unsigned() -> Net:
    return closed(quantised(Net((1, 6)), 1 / 15, 4.0, signed=0))


def annotated() -> Net:
    return closed(quantised(Net((1, 6), dtype="INT4"), 0.5))


def integers() -> Net:
    net = Net((1, 6))
    net.input_type = TensorProto.INT8
    net.add("Cast", to=TensorProto.FLOAT)
    return closed(net)


def centred() -> Net:
    net = Net((1, 6))
    net.add("Sub", 127.5)
    net.bipolar()
    return closed(net)


def forked() -> Net:
    """Two quantisers of what enters, of which neither multiplies it."""
    net = Net((1, 6))
    entry = net.last
    one = quantised(net, 1 / 128).last
    net.last = entry
    net.bipolar()
    net.dense(signs(RNG, 6, 6))
    net.add("Quant", 1.0, 0.0, 4.0, signed=1, narrow=0, rounding_mode="ROUND")
    net.add("Add", one)
    return closed(net)


def averaged() -> Net:
    net = Net((1, 2, 4, 4))
    net.add("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    net.add("Sub", 127.5)
    net.bipolar()
    net.add("Flatten")
    return closed(net, 8)


@pytest.mark.parametrize(
    ("build", "wanted"),
    [
        (bare, ("bipolar", 1.0, "product multiplies it as it is", False)),
        (binarised, ("bipolar", 1.0, "sign reads it as it is", False)),
        (signed, ("int8", 1 / 128, "the integers of q", False)),
        (unsigned, ("uint4", float(np.float32(1 / 15)), "the integers of q", False)),
        (annotated, ("int4", 1.0, "stated by the model", False)),
        (integers, ("int8", 1.0, "stated by the model", False)),
        (centred, ("uint8", 1.0, "assumed to be pixels", True)),
        (forked, ("int8", 1 / 128, "the integers of q", False)),
        (averaged, ("uint8", 1.0, "assumed to be pixels", True)),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_the_type_is_read_off_the_graph(
    tmp_path: Path, build: object, wanted: tuple[str, float, str, bool]
) -> None:
    graph = load_model(build().save(tmp_path))  # type: ignore[operator]
    assert entry_of(graph) == wanted


def test_a_signed_quantiser_makes_its_integers_enter(tmp_path: Path) -> None:
    graph = same(signed(), tmp_path, RNG.integers(-128, 128, (12, 6)))
    assert graph.host_input.scale == 1 / 128


def test_what_is_given_goes_before_what_the_graph_says(tmp_path: Path) -> None:
    path = annotated().save(tmp_path)
    assert entry_of(load_model(path, input_spec("uint5", 0.25)))[:3] == ("uint5", 0.25, "given")
    assert entry_of(load_model(path, InputSpec(scale=0.25)))[:2] == ("int4", 0.25)
    path = signed().save(tmp_path)
    by = "type given, step the integers of q"
    assert entry_of(load_model(path, input_spec("int8")))[:3] == ("int8", 1 / 128, by)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (input_spec("uint8"), ("type given, step assumed", True)),
        (input_spec(scale=1), ("type assumed to be pixels, step given", True)),
        (input_spec("uint8", 1), ("given", False)),
        (input_spec("bipolar"), ("given", False)),
    ],
    ids=str,
)
def test_what_is_assumed_is_said(
    tmp_path: Path, given: InputSpec, wanted: tuple[str, bool]
) -> None:
    assert entry_of(load_model(centred().save(tmp_path), given))[2:] == wanted


@pytest.mark.parametrize("name", ["uint8", "INT3", "uint12", "int12", "Bipolar", "binary"])
def test_types_by_name(tmp_path: Path, name: str) -> None:
    kind = load_model(centred().save(tmp_path), input_spec(name, 1)).input_type
    assert str(kind) == {"binary": "uint1"}.get(name.lower(), name.lower())


# what does not fit


def test_a_quantiser_that_is_saturated_by_pixels(tmp_path: Path) -> None:
    net = Net((1, 6))
    net.add("Mul", 1.0)  # so that the quantiser does not tell what enters
    path = closed(quantised(net, 1 / 128)).save(tmp_path)
    (fault,) = refused(path)
    assert fault.code == "input-saturates"
    assert fault.message == (
        "the first quantiser must tell the input's values apart, not give the same bit for 255 of "
        "256 values of uint8, one step worth 1 (assumed to be pixels)"
    )
    assert "--input-type" in fault.hint
    assert "--input-scale" in fault.hint
    for given in (input_spec(scale=1 / 128), input_spec("int8", 1 / 128)):
        assert not load_model(path, given).notes
    (note,) = load_model(path, input_spec("uint8", 1)).notes  # said, so believed
    assert (note.code, note.severity) == ("input-saturates", Severity.WARNING)


@pytest.mark.parametrize(
    ("scale", "found"),
    [
        (1 / 16, "saturate for 96% of the 256 values"),
        (1e-6, "give one level for all 256 values"),
    ],
)
def test_a_scale_that_cannot_be_meant(tmp_path: Path, scale: float, found: str) -> None:
    net = Net((1, 6))
    net.add("Add", 0.25)
    path = closed(quantised(net, 1 / 128)).save(tmp_path)
    (fault,) = refused(path, InputSpec(scale=scale))
    assert found in fault.message
    load_model(path, InputSpec(scale=1 / 255))


def test_tfc_without_its_scale_is_refused_with_the_remedy(tmp_path: Path) -> None:
    net = Net((1, 6))
    net.add("Mul", 2.0)
    net.add("Sub", 1.0)
    net.bipolar()
    (fault,) = refused(closed(net).save(tmp_path))
    assert "the same bit for 255 of 256 values" in fault.message
    same(net, tmp_path, pixels(6), InputSpec(scale=1 / 255))


def test_pixels_for_a_bipolar_network_are_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(XnorflowError) as caught:
        predict(load_model(binarised().save(tmp_path)), pixels(2, 3))
    (fault,) = caught.value.diagnostics
    assert fault.message.startswith("the input must hold one of -1, 1, not")
    assert fault.hint == (
        "the model was compiled for bipolar (sign reads it as it is); if the arrays hold "
        "something else, compile it with --input-type and --input-scale"
    )
    given = input_spec("uint8", 2 / 255, 1.0)
    same(binarised(), tmp_path, pixels(2, 3), given)


def test_real_numbers_are_refused_with_the_way_to_integers(tmp_path: Path) -> None:
    x = RNG.integers(-128, 128, (12, 6)) / 128
    graph = load_model(signed().save(tmp_path))
    with pytest.raises(XnorflowError) as caught:
        predict(graph, x)
    assert "numpy.rint(x / 0.0078125)" in caught.value.diagnostics[0].hint
    predict(graph, np.rint(x / 0.0078125))


# means and deviations


@pytest.mark.parametrize(
    ("mean", "std"),
    [
        (0.5, 0.25),
        ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ((0.485, 0.456, 0.406), None),
        (None, (0.229, 0.224, 0.225)),
        (0.5, (0.229, 0.224, 0.225)),
    ],
)
def test_means_and_deviations_are_folded_into_the_table(
    tmp_path: Path, mean: object, std: object
) -> None:
    net = Net((1, 3, 4, 5))
    quantised(net, 1 / 32)
    net.add("Conv", signs(RNG, 4, 3, 2, 2))
    net.add("Flatten")
    x = pixels(3, 4, 5)
    given = input_spec("uint8", 1 / 255, mean, std)  # type: ignore[arg-type]
    graph = same(net, tmp_path, x, given)
    torch_like = x.astype(np.float32) / np.float32(255)
    for numbers, apply in ((given.mean, np.subtract), (given.std, np.divide)):
        if numbers:
            torch_like = apply(torch_like, np.array(numbers, np.float32).reshape(-1, 1, 1))
    np.testing.assert_array_equal(graph.host_input.graph_values(x), torch_like)


def test_channels_last_take_means_too(tmp_path: Path) -> None:
    net = Net((1, 4, 5, 3))
    net.bipolar()
    net.add("Flatten")
    closed(net, 60)
    same(net, tmp_path, pixels(4, 5, 3), input_spec("uint8", 1 / 255, (0.4, 0.5, 0.6)))


def test_channels_are_where_the_model_has_them(tmp_path: Path) -> None:
    """Not along another axis of as many places."""
    net = Net((1, 3, 4, 4))
    net.bipolar()
    net.add("Conv", signs(RNG, 2, 3, 3, 3))
    (fault,) = refused(net.save(tmp_path), input_spec("uint8", 1 / 255, (0.2, 0.3, 0.5, 0.6)))
    assert "one a channel of [3, 4, 4], not 4" in fault.message
    net = Net((1, 3, 4, 3))
    net.add("Transpose", perm=[0, 3, 1, 2])
    net.bipolar()
    net.add("Conv", signs(RNG, 2, 3, 3, 3))
    net.add("Flatten")
    given = input_spec("uint8", 1 / 255, (0.2, 0.5, 0.7))
    x = pixels(3, 4, 3)
    graph = same(net, tmp_path, x, given)
    torch_like = x.astype(np.float32) / np.float32(255) - np.array(given.mean, np.float32)
    np.testing.assert_array_equal(graph.host_input.graph_values(x), torch_like)


def test_a_mean_for_no_channel(tmp_path: Path) -> None:
    (fault,) = refused(binarised().save(tmp_path), input_spec("uint8", mean=(1, 2, 3, 4)))
    assert fault.code == "input-transform"
    assert "one mean, or one a channel of [2, 3], not 4" in fault.message
    load_model(binarised().save(tmp_path), input_spec("uint8", mean=(100, 120, 130)))


def test_a_mean_where_integers_enter(tmp_path: Path) -> None:
    (fault,) = refused(integers().save(tmp_path), InputSpec(mean=(1.0,)))
    assert fault.code == "input-transform"


@pytest.mark.parametrize(
    ("given", "code", "found"),
    [
        (input_spec("int8"), "input-type", "int8 with one step worth 1, not all but -128"),
        (input_spec("bipolar"), "input-type", "bipolar with one step worth 1, not all but -1"),
        (input_spec(scale=300), "input-scale", "uint8 with one step worth 300, not all but 300"),
        (input_spec(scale=0.5), "input-scale", "uint8 with one step worth 0.5, not all but 0.5"),
    ],
    ids=str,
)
def test_what_the_model_s_integers_cannot_hold(
    tmp_path: Path, given: InputSpec, code: str, found: str
) -> None:
    net = Net((1, 6))
    net.input_type = TensorProto.UINT8
    net.add("Cast", to=TensorProto.FLOAT)
    net.add("Sub", 127.5)
    net.bipolar()
    path = closed(net).save(tmp_path)
    (fault,) = refused(path, given)
    assert fault.code == code
    assert fault.message == f"the model's uint8 input must hold all values of {found}"
    load_model(path, input_spec("uint4", 17))


@pytest.mark.parametrize(
    "given", [input_spec(mean=1e39), input_spec(std=1e-46), input_spec(scale=1e39, std=2)]
)
def test_a_transform_that_overflows(tmp_path: Path, given: InputSpec) -> None:
    (fault,) = refused(centred().save(tmp_path), given)
    assert fault.code == "input-transform"
    assert "must leave all inputs finite in float32" in fault.message


def test_numbers_of_numpy(tmp_path: Path) -> None:
    assert input_spec(mean=np.array(0.5), std=np.array([[1.0], [2.0]])).std == (1, 2)  # type: ignore[arg-type]
    assert input_spec(mean=np.float32(0.5)).mean == (0.5,)


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"type": "int16"}, "input-type", "intN of at most 12 bits, not 'int16'"),
        ({"type": 8}, "input-type", "not 8"),
        ({"scale": 0}, "input-scale", "a finite number other than 0, not 0"),
        ({"scale": float("nan")}, "input-scale", "a finite number other than 0, not nan"),
        ({"mean": "0.5"}, "input-transform", "the input's mean must be a finite number, or one"),
        ({"mean": [float("inf")]}, "input-transform", "the input's mean must be a finite number"),
        ({"mean": []}, "input-transform", "the input's mean must be a finite number"),
        ({"mean": b"12"}, "input-transform", "the input's mean must be a finite number"),
        ({"mean": {0.5: 1}}, "input-transform", "the input's mean must be a finite number"),
        ({"std": 0.0}, "input-transform", "deviation must be a finite number above 0, or one"),
        ({"mean": [1, 2], "std": [1, 2, 3]}, "input-transform", "as many means as standard dev"),
    ],
    ids=str,
)
def test_what_cannot_be_given(options: dict[str, object], code: str, message: str) -> None:
    with pytest.raises(XnorflowError) as caught:
        input_spec(**options)  # type: ignore[arg-type]
    (fault,) = caught.value.diagnostics
    assert fault.code == code
    assert message in fault.message


def test_the_executor_agrees_on_a_signed_input_of_a_real_style(tmp_path: Path) -> None:
    net = Net((1, 1, 4, 4))
    quantised(net, 1 / 128)
    net.add("Conv", signs(RNG, 3, 1, 3, 3))
    net.add("Add", RNG.normal(0, 0.3, (3, 1, 1)))
    net.bipolar()
    net.add("Flatten")
    closed(net, 12)
    path = net.save(tmp_path)
    graph = load_model(path)
    x = RNG.integers(-128, 128, (8, 1, 4, 4)).astype(np.int8)
    wanted = [execute(onnx.load(path), (f[None] / np.float32(128))) for f in x]
    np.testing.assert_array_equal(predict(graph, x)[0], np.concatenate(wanted))
