# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Exports for FINN hold the same network and the same folding."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from qonnx.transformation.infer_shapes import InferShapes
from tests.conv_net import conv, frame_shape, image
from tests.designs import Maker
from tests.qonnx_net import signs

import xnorflow
from xnorflow.cli import main
from xnorflow.finn.export import FILES, export_finn
from xnorflow.finn.folding import finn_folding, finn_units
from xnorflow.finn.padding import needs_signs
from xnorflow.finn.read import hold_against, read_any_folding
from xnorflow.folding.boards import load_board
from xnorflow.folding.design import Design
from xnorflow.ir.diagnostics import XnorflowError
from xnorflow.ir.layer import ArgMax, Quantize
from xnorflow.ir.sweep import Sweep
from xnorflow.ir.types import BINARY, ValueType
from xnorflow.simulate.golden import run_graph
from xnorflow.simulate.host import from_raw

INT4 = ValueType(4, signed=True)


def plain(maker: Maker) -> Maker:
    """Without the constants that the label unit adds."""
    last = maker.layers[-1]
    assert isinstance(last.op, ArgMax)
    maker.layers[-1] = replace(last, op=ArgMax(np.full_like(last.op.offsets, 7)))
    return maker


def pictures() -> Maker:
    maker = Maker((9, 9, 4), BINARY, seed=2).window("window0", Sweep((2, 2)), (2, 2))
    maker.conv("conv0", 8, (4, 8, "lutram")).pool("pool0", Sweep((2, 2), (2, 2)), (8, 8))
    maker.window("window1", Sweep((2, 2)), (32, 8)).conv("conv1", 6, (2, 16, "bram"))
    return maker.dense("conv2", 12, (12, 54, "const")).dense("dense3", 5, (5, 4), raw=True)


NETWORKS = {
    "bits": Maker(12, BINARY, 2).dense("dense0", 6, (2, 3)).dense("dense1", 4, (2, 2), raw=True),
    "bits out": Maker(12, BINARY, 3).dense("dense0", 6, (2, 3)).dense("dense1", 4, (2, 2)),
    "integers out": Maker((4, 4, 3), ValueType(3), 4).dense("dense0", 8, (2, 6), raw=True),
    "pixels": Maker(12, ValueType(8), 5)
    .quantize("quantize0", (4, 4), uniform=False)
    .dense("dense0", 6, (2, 3))
    .dense("dense1", 4, (2, 2), raw=True),
    "label": plain(
        Maker(12, ValueType(8), 6)
        .quantize("quantize0", (4, 4))
        .dense("dense0", 6, (2, 3))
        .dense("dense1", 4, (2, 2), raw=True)
        .label("argmax0", (2, 2))
    ),
    "pictures": pictures(),
    "padded bits": Maker((6, 7, 4), BINARY, 7)
    .window("window0", Sweep((3, 3), (1, 1), (1, 1, 1, 1)), (2, 2))
    .conv("conv0", 8, (2, 3))
    .pool("pool0", Sweep((3, 3), (2, 2), (1, 1, 0, 1)), (4, 4))
    .dense("dense1", 5, (1, 8), raw=True),
    "padded integers": Maker((6, 6, 3), INT4, 8)
    .window("window0", Sweep((3, 3), (2, 2), (1, 1, 0, 0)), (3, 3))
    .conv("conv0", 8, (2, 3))
    .conv("conv1", 4, (2, 4))
    .dense("dense2", 5, (1, 6), raw=True),
    "an image as one vector": Maker((4, 4, 3), BINARY, 9)
    .dense("dense0", 8, (2, 6))
    .dense("dense1", 5, (1, 8), raw=True),
}


def fixed(maker: Maker) -> Design:
    return maker.build()


def computed(path: Path, frames: np.ndarray) -> np.ndarray:
    """What qonnx's executor gives for frames, one at a time."""
    model = ModelWrapper(str(path))
    shape = model.get_tensor_shape("global_in")
    runs = [
        execute_onnx(model, {"global_in": frame.reshape(shape).astype(np.float32)})["global_out"]
        for frame in frames
    ]
    return np.stack([np.asarray(run).ravel() for run in runs])


def as_raw(design: Design, outputs: np.ndarray) -> np.ndarray:
    """The accelerator's integers for the exported model's."""
    last = design.graph.layers[-1]
    if last.in_type.value == BINARY and last.out_type.value != BINARY:
        outputs = 2 * outputs - last.in_type.elements
    return outputs.astype(np.int64)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_model_computes_the_same(tmp_path: Path, name: str) -> None:
    design = fixed(NETWORKS[name])
    export_finn(design, tmp_path / "finn")
    entry = design.graph.tensors[design.graph.input]
    rng = np.random.default_rng(11)
    frames = rng.integers(entry.value.low, entry.value.high + 1, (6, entry.elements))
    golden = run_graph(design.graph, frames.astype(np.int32))
    outputs = computed(tmp_path / "finn" / "model.onnx", frames)
    assert np.array_equal(as_raw(design, outputs), golden)
    assert len(np.unique(golden)) > 1
    given = np.load(tmp_path / "finn" / "input.npy")
    expected = np.load(tmp_path / "finn" / "expected_output.npy")
    assert given.dtype == expected.dtype == np.float32
    again = computed(tmp_path / "finn" / "model.onnx", given)
    assert np.array_equal(again, expected.reshape(len(expected), -1))


def test_the_folding_is_under_finns_names() -> None:
    assert finn_folding(fixed(pictures())) == {
        "Defaults": {},
        "ConvolutionInputGenerator_rtl_0": {
            "SIMD": 2,
            "parallel_window": 0,
            "ram_style": "distributed",
        },
        "MVAU_hls_0": {
            "PE": 4,
            "SIMD": 8,
            "mem_mode": "internal_decoupled",
            "ram_style": "distributed",
            "resType": "lut",
        },
        "ConvolutionInputGenerator_rtl_1": {"SIMD": 8, "parallel_window": 0, "ram_style": "auto"},
        "Pool_hls_0": {"PE": 8},
        "ConvolutionInputGenerator_rtl_2": {
            "SIMD": 8,
            "parallel_window": 1,
            "ram_style": "auto",
        },
        "MVAU_hls_1": {
            "PE": 2,
            "SIMD": 16,
            "mem_mode": "internal_decoupled",
            "ram_style": "block",
            "resType": "lut",
        },
        "MVAU_hls_2": {
            "PE": 12,
            "SIMD": 54,
            "mem_mode": "internal_embedded",
            "resType": "lut",
        },
        "MVAU_hls_3": {
            "PE": 5,
            "SIMD": 4,
            "mem_mode": "internal_embedded",
            "resType": "lut",
        },
    }


def test_padding_units_and_quantisers_count_for_themselves() -> None:
    units = finn_units(fixed(NETWORKS["padded bits"]))
    assert [list(own) for own in units.values()] == [
        ["FMPadding_rtl_0", "ConvolutionInputGenerator_rtl_0"],
        ["MVAU_hls_0"],
        ["FMPadding_rtl_1", "ConvolutionInputGenerator_rtl_1", "Pool_hls_0"],
        ["MVAU_hls_1"],
    ]
    assert units["window0"]["FMPadding_rtl_0"] == {"SIMD": 2}
    assert finn_units(fixed(NETWORKS["pixels"]))["quantize0"] == {"Thresholding_rtl_0": {"PE": 4}}


def test_lanes_of_a_quantiser_divide_the_channels_for_finn() -> None:
    maker = Maker((4, 4, 6), ValueType(8), 3).quantize("quantize0", (4, 4))
    design = fixed(maker.dense("dense0", 4, (1, 1), raw=True))
    assert finn_units(design)["quantize0"] == {"Thresholding_rtl_0": {"PE": 6}}


@pytest.mark.parametrize("name", NETWORKS)
def test_an_export_is_read_back_as_the_same_folding(tmp_path: Path, name: str) -> None:
    design = fixed(NETWORKS[name])
    export_finn(design, tmp_path / "finn")
    read = read_any_folding(tmp_path / "finn" / "folding.json")
    file, _ = hold_against(read, design.graph)
    assert file is not None
    file.check(design.graph)
    for stage in design.stages:
        assert file.layers[stage.layer.name] == stage.folding


def test_the_model_says_its_types(tmp_path: Path) -> None:
    export_finn(fixed(NETWORKS["padded integers"]), tmp_path / "finn")
    proto = onnx.load(tmp_path / "finn" / "model.onnx")
    onnx.checker.check_model(proto)
    model = ModelWrapper(proto)
    assert model.get_tensor_shape("global_in") == [1, 6, 6, 3]
    assert model.get_tensor_layout("global_in") == ["N", "H", "W", "C"]
    assert model.get_tensor_datatype("global_in").name == "INT4"
    types = [
        (node.op_type, model.get_tensor_datatype(node.output[0]).name) for node in model.graph.node
    ]
    assert types == [
        ("Im2Col", "INT4"),
        ("MatMul", "INT32"),
        ("MultiThreshold", "BINARY"),
        ("XnorPopcountMatMul", "UINT32"),
        ("MultiThreshold", "BINARY"),
        ("Flatten", "BINARY"),
        ("XnorPopcountMatMul", "UINT32"),
    ]
    weights = [n.input[1] for n in model.graph.node if "MatMul" in n.op_type]
    assert [model.get_tensor_datatype(name).name for name in weights] == [
        "BIPOLAR",
        "BINARY",
        "BINARY",
    ]


def test_the_files(tmp_path: Path) -> None:
    design = fixed(NETWORKS["pictures"])
    odd = replace(design.graph.model, name='a"\n| `name`')
    design = replace(design, graph=replace(design.graph, model=odd))
    export_finn(design, tmp_path / "finn")
    assert {path.name for path in (tmp_path / "finn").iterdir()} == set(FILES)
    script = (tmp_path / "finn" / "build.py").read_text()
    names = {}
    compiled = compile(script, "build.py", "exec")
    for line in script.splitlines():
        key, _, value = line.partition(" = ")
        if key in ("MODEL_NAME", "FULL_BUILD"):
            names[key] = value
    assert names == {"MODEL_NAME": json.dumps(odd.name), "FULL_BUILD": "False"}
    assert "build_dataflow_cfg" in compiled.co_names
    assert 'fpga_part="xc7z020clg400-1"' in script
    assert 'board="Pynq-Z1"' in script
    assert "synth_clk_period_ns=10.0" in script
    readme = (tmp_path / "finn" / "README.md").read_text()
    assert "Input `global_in`: 1x9x9x4 of binary" in readme
    assert "| conv0 | 256 | MVAU_hls_0 |" in readme
    assert (
        "popcounts; the integer that xnorflow's accelerator gives is 2 x popcount - 12." in readme
    )


def test_output_folders(tmp_path: Path) -> None:
    design = fixed(NETWORKS["bits"])
    target = tmp_path / "deep" / "finn"
    export_finn(design, target)
    (target / "finn_output").mkdir()
    (target / "build.py").write_text("changed")
    export_finn(design, target)  # an earlier export, with what FINN wrote there
    assert (target / "finn_output").is_dir()
    assert "DataflowBuildConfig" in (target / "build.py").read_text()
    (tmp_path / "empty").mkdir()
    export_finn(design, tmp_path / "empty")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "build.py").write_text("mine")
    for path, text in (
        (tmp_path / "mine", "a folder with other files in it"),
        (tmp_path / "mine" / "build.py", "a file"),
    ):
        with pytest.raises(XnorflowError, match=f"an earlier export, not {text}") as caught:
            export_finn(design, path)
        assert caught.value.diagnostics[0].code == "output-folder"
    assert (tmp_path / "mine" / "build.py").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(XnorflowError) as caught:
        export_finn(fixed(NETWORKS["bits"]), tmp_path / "file" / "finn")
    assert caught.value.diagnostics[0].code == "not-writable"


def refusals() -> dict[str, tuple[Maker, str]]:
    falling = Maker(6, ValueType(8), 3).quantize("quantize0", (1, 1))
    falling.layers[0] = replace(
        falling.layers[0], op=Quantize(np.arange(256)[np.newaxis, ::-1].astype(np.int32) // 128)
    )
    spotted = Maker((2, 2, 3), ValueType(8), 3).quantize("quantize0", (1, 1), uniform=False)
    skipping = Maker((7, 7, 2), BINARY, 3).pool("pool0", Sweep((2, 2), (3, 3)), (1, 1))
    lopsided = Maker((6, 6, 2), BINARY, 3).pool(
        "pool0", Sweep((3, 3), (1, 1), (0, 0, 1, 1)), (1, 1)
    )
    filled = Maker((6, 6, 2), BINARY, 3).window(
        "window0", Sweep((3, 3), (1, 1), (1, 1, 1, 1)), (1, 1), fill=1
    )
    kinds = Maker((6, 6, 2), BINARY, 3).window(
        "window0", Sweep((3, 3), (1, 1), (1, 1, 1, 1)), (1, 1)
    )
    kinds.conv("conv0", 4, (1, 1), kinds=3)
    chosen = Maker(6, BINARY, 3).dense("dense0", 4, (1, 1), raw=True).label("argmax0", (1, 1))
    for maker in (falling, spotted, skipping, lopsided, kinds):
        maker.dense("dense1", 3, (1, 1), raw=True)
    filled.conv("conv0", 4, (1, 1)).dense("dense1", 3, (1, 1), raw=True)
    return {
        "falling": (falling, "the outputs of quantize0 must rise with its input, not fall"),
        "spotted": (spotted, "quantize0 must treat all pixels of a channel alike"),
        "skipping": (skipping, r"the stride of pool0 must be at most its kernel \(2, 2\), not"),
        "lopsided": (lopsided, "pool0 must pad alike on both sides, not by"),
        "filled": (filled, "window0 must pad with stored zeros, not with 1"),
        "kinds": (kinds, "conv0 must have the same thresholds for all pixels, not 3 kinds"),
        "chosen": (chosen, "argmax0 must compare the classes' sums as they are, not with"),
    }


@pytest.mark.parametrize("name", refusals())
def test_what_finn_has_no_unit_for(tmp_path: Path, name: str) -> None:
    maker, text = refusals()[name]
    with pytest.raises(XnorflowError, match=text) as caught:
        export_finn(fixed(maker), tmp_path / "finn")
    found = caught.value.diagnostics[0]
    assert found.code == "finn-export"
    assert found.hint
    assert found.origin.nodes
    assert not (tmp_path / "finn").exists()


def test_boards_that_finn_does_not_know(tmp_path: Path) -> None:
    design = replace(fixed(NETWORKS["bits"]), board=load_board("ulx3s-85f"))
    with pytest.raises(XnorflowError, match="must be one with a part of AMD's, not Radiona"):
        export_finn(design, tmp_path / "finn")


@pytest.mark.needs_shared
@pytest.mark.filterwarnings("ignore:Output shapes disagree")
@pytest.mark.parametrize(
    ("name", "units", "scale"),
    [
        ("zoo_tfc_1w1a", {0: (16, 49), 1: (8, 8), 2: (8, 8), 3: (10, 8)}, 1 / 255),
        ("lfc_w1a1_mnist", {0: (32, 49), 1: (64, 32), 2: (32, 64), 3: (10, 8)}, 1.0),
        (
            "cnv_w1a1_cifar10",
            dict(
                enumerate(
                    [
                        *((16, 3), (32, 32), (16, 32), (16, 32), (4, 32), (1, 32)),
                        *((1, 4), (1, 8), (5, 1)),
                    ]
                )
            ),
            1.0,
        ),
    ],
)
def test_trained_models_both_ways(
    tmp_path: Path,
    shared_models: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    units: dict[int, tuple[int, int]],
    scale: float,
) -> None:
    """FINN's folding in, its model and folding out, the user's own model's numbers from it."""
    nodes: dict[str, Any] = {f"MVAU_hls_{i}": {"PE": p, "SIMD": s} for i, (p, s) in units.items()}
    (tmp_path / "in.json").write_text(json.dumps({"Defaults": {}, **nodes}))
    path = shared_models / f"{name}.onnx"
    made = ["compile", str(path), "--board", "pynq-z1", "--folding", str(tmp_path / "in.json")]
    made += ["--input-scale", str(scale), "-o", str(tmp_path / "build"), "--quiet"]
    assert main(made) == 0
    assert main(["export-finn", str(tmp_path / "build")]) == 0
    assert "finn run" in capsys.readouterr().out
    out = json.loads((tmp_path / "build" / "finn" / "folding.json").read_text())
    for node, settings in nodes.items():
        assert settings.items() <= out[node].items()
    accelerator = xnorflow.load(tmp_path / "build")
    host = accelerator.design.graph.host_input
    x = accelerator.random_inputs(2)
    frames = x.reshape(2, -1)
    frames = frames if host.order is None else frames[:, host.order]
    outputs = computed(tmp_path / "build" / "finn" / "model.onnx", frames)
    raw = as_raw(accelerator.design, outputs).astype(np.int32)
    values, _ = from_raw(accelerator.design.graph.host_output, raw)
    user = ModelWrapper(str(path)).transform(InferShapes())
    (entry,) = (t.name for t in user.graph.input if user.get_initializer(t.name) is None)
    for frame, value in zip(x, values, strict=True):
        given = (frame.astype(np.float64) * scale).astype(np.float32)
        wanted = execute_onnx(user, {entry: given.reshape(user.get_tensor_shape(entry))})
        assert np.array_equal(next(iter(wanted.values())).ravel(), value.ravel())


@pytest.mark.parametrize("pooled", [False, True])
def test_zeros_around_binary_images(tmp_path: Path, pooled: bool) -> None:
    """Bits have no zero: FINN gets -1, 0 and +1, and one threshold a channel."""
    net = image(3, 8, 8)
    conv(net, 8, 3, 3, 3, pads=[1, 1, 1, 1])
    if pooled:
        net.max_pool(2, 2, strides=[2, 2])
    conv(net, 6, 8, 3, 3, pads=[1, 1, 1, 1])
    conv(net, 5, 6, 3, 3, pads=[1, 1, 0, 0], strides=[2, 2])
    net.add("Flatten")
    net.dense(signs(np.random.default_rng(3), frame_shape(net)[1], 4))
    path = net.save(tmp_path)
    design = xnorflow.compile(path, board="pynq-z1", target_fps=1000).design
    kinds = [layer for layer in design.graph.layers if needs_signs(layer)]
    assert len(kinds) >= 2
    export_finn(design, tmp_path / "finn")
    frames = np.random.default_rng(5).integers(0, 256, (8, 192))
    golden = run_graph(design.graph, frames.astype(np.int32))
    outputs = computed(tmp_path / "finn" / "model.onnx", frames)
    assert np.array_equal(as_raw(design, outputs), golden)
    model = ModelWrapper(str(tmp_path / "finn" / "model.onnx"))
    types = {model.get_tensor_datatype(node.output[0]).name for node in model.graph.node}
    assert "INT2" in types
