# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What FINN cannot take is refused, with the reason and a remedy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.branched import residual
from tests.designs import Maker, random_frames
from tests.finn_nets import NETWORKS, computed

from xnorflow.boards.read import load_board
from xnorflow.diagnostics import XnorflowError
from xnorflow.finn.export import export_finn
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import BIPOLAR, ValueType


def refusals() -> dict[str, tuple[Maker, str]]:
    falling = Maker(6, ValueType(8), 3).quantize("quantize0", (1, 1))
    falling.layers[0] = replace(
        falling.layers[0], op=Quantize(np.arange(256)[np.newaxis, ::-1].astype(np.int32) // 128)
    )
    spotted = Maker((2, 2, 3), ValueType(8), 3).quantize("quantize0", (1, 1), uniform=False)
    skipping = Maker((7, 7, 2), BIPOLAR, 3).pool("pool0", Sweep((2, 2), (3, 3)), (1, 1))
    lopsided = Maker((6, 6, 2), BIPOLAR, 3).pool(
        "pool0", Sweep((3, 3), (1, 1), (0, 0, 1, 1)), (1, 1)
    )
    signed = Maker((6, 6, 2), ValueType(4, signed=True), 3).pool(
        "pool0", Sweep((3, 3), (1, 1), (1, 1, 1, 1)), (1, 1)
    )
    filled = Maker((6, 6, 2), BIPOLAR, 3).window(
        "window0", Sweep((3, 3), (1, 1), (1, 1, 1, 1)), (1, 1), fill=1
    )
    kinds = Maker((6, 6, 2), BIPOLAR, 3).window(
        "window0", Sweep((3, 3), (1, 1), (1, 1, 1, 1)), (1, 1)
    )
    kinds.conv("conv0", 4, (1, 1), kinds=3)
    chosen = Maker(6, BIPOLAR, 3).dense("dense0", 4, (1, 1), raw=True).label("argmax0", (1, 1))
    part = Maker((6, 6, 4), BIPOLAR, 3).channels("slice0", 1, 3, (1, 1))
    eight = Maker(6, ValueType(4), 3).linear("dense1", 3, (1, 1))
    thin = {
        shape: Maker((*shape, 4), BIPOLAR, 3).window("window0", Sweep(kernel, (1, 1), pads), (1, 1))
        for shape, kernel, pads in (
            ((6, 1), (3, 3), (1, 1, 1, 1)),
            ((1, 6), (3, 1), (1, 0, 1, 0)),
            ((1, 1), (3, 3), (1, 1, 1, 1)),
        )
    }
    for maker in (falling, spotted, skipping, lopsided, signed, kinds, part, *thin.values()):
        maker.dense("dense1", 3, (1, 1), raw=True)
    filled.conv("conv0", 4, (1, 1)).dense("dense1", 3, (1, 1), raw=True)
    return {
        "falling": (falling, "the outputs of quantize0 must rise with its input, not fall"),
        "spotted": (spotted, "quantize0 must treat all pixels of a channel alike"),
        "skipping": (skipping, r"the stride of pool0 must be at most its kernel \(2, 2\), not"),
        "lopsided": (lopsided, "pool0 must pad alike on both sides, not by"),
        "signed": (signed, "pool0 must not pad signed integers"),
        "filled": (filled, "window0 must pad with stored zeros, not with 1"),
        "kinds": (kinds, "conv0 must have the same thresholds for all pixels, not 3 kinds"),
        "part": (part, "slice0 must be a product of bits, a quantiser, .* or a choice, not slice"),
        "eight": (eight, "dense1 must be a product of bits, .* or a choice, not linear"),
        "chosen": (chosen, "argmax0 must compare the classes' sums as they are, not with"),
        "column": (
            thin[6, 1],
            r"the kernel of window0 must be 1 wide on an image that is 1 wide, not \(3, 3\)",
        ),
        "row": (
            thin[1, 6],
            r"the kernel of window0 must be 1 high on an image that is 1 high, not \(3, 1\)",
        ),
        "pixel": (thin[1, 1], r"the kernel of window0 must be 1 high on an image that is 1 high"),
    }


@pytest.mark.parametrize("name", refusals())
def test_what_finn_has_no_unit_for(tmp_path: Path, name: str) -> None:
    maker, text = refusals()[name]
    with pytest.raises(XnorflowError, match=text) as caught:
        export_finn(maker.build(), tmp_path / "finn")
    found = caught.value.diagnostics[0]
    assert found.code == "finn-export"
    assert found.hint
    assert found.origin.nodes
    assert not (tmp_path / "finn").exists()


def test_remedies_for_thin_images(tmp_path: Path) -> None:
    """Qonnx runs the same network with a kernel as thin as the image."""
    wide = Maker((6, 1, 4), ValueType(4), 3)
    wide.window("window0", Sweep((3, 2), (1, 1), (1, 1, 1, 1)), (1, 1)).conv("conv0", 3, (1, 1))
    for maker, hint in (
        (refusals()["column"][0], "leave out of the kernel what sees only padding"),
        (wide.dense("dense1", 3, (1, 1), raw=True), "make the image at least 2 wide"),
    ):
        with pytest.raises(XnorflowError, match=hint):
            export_finn(maker.build(), tmp_path / "finn")
    maker = Maker((6, 1, 4), ValueType(4), 3)
    maker.window("window0", Sweep((3, 1), (1, 1), (1, 0, 1, 0)), (1, 1)).conv("conv0", 3, (1, 1))
    design = maker.dense("dense1", 3, (1, 1), raw=True).build()
    export_finn(design, tmp_path / "finn")
    computed(tmp_path / "finn" / "model.onnx", random_frames(design, 1))


def test_boards_that_finn_does_not_know(tmp_path: Path) -> None:
    design = replace(NETWORKS["bits"].build(), board=load_board("ulx3s-85f"))
    with pytest.raises(
        XnorflowError, match="must be one whose part Vivado builds for, not Radiona"
    ):
        export_finn(design, tmp_path / "finn")


def test_networks_that_branch(tmp_path: Path) -> None:
    with pytest.raises(XnorflowError, match="must be a chain of layers, not branch"):
        export_finn(residual().build(), tmp_path / "finn")
    assert not (tmp_path / "finn").exists()
