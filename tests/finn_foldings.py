# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Networks and FINN's folding files for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.designs import Maker

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.folding.file import FoldingFile
from xnorflow.folding_files import held_against, read_any_folding
from xnorflow.ir.graph import Graph
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import BIPOLAR, ValueType

ANY = (1, 1)


def mlp() -> Graph:
    """An input quantiser, 12 -> 6 -> 10 -> 4."""
    maker = Maker(12, ValueType(8), seed=1).quantize("quantize0", ANY).dense("dense0", 6, ANY)
    return maker.dense("dense1", 10, ANY).dense("dense2", 4, ANY, raw=True).graph()


def cnn() -> Graph:
    """A window, a conv, a pool, a second of each, a conv of the whole image, a class."""
    maker = Maker((9, 9, 4), BIPOLAR, seed=2).window("window0", Sweep((2, 2)), ANY)
    maker.conv("conv0", 8, ANY).pool("pool0", Sweep((2, 2), (2, 2)), ANY)
    maker.window("window1", Sweep((2, 2)), ANY).conv("conv1", 6, ANY)
    maker.dense("conv2", 12, ANY).dense("dense3", 5, ANY, raw=True).label("argmax0", ANY)
    return maker.graph()


def written(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "finn.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def matched(
    tmp_path: Path, content: Any, graph: Graph
) -> tuple[FoldingFile, tuple[Diagnostic, ...]]:
    file, notes = held_against(read_any_folding(written(tmp_path, content)), graph)
    assert file is not None
    file.check(graph)
    return file, notes


def fault(tmp_path: Path, content: Any, graph: Graph) -> Diagnostic:
    with pytest.raises(XnorflowError) as caught:
        matched(tmp_path, content, graph)
    found = caught.value.diagnostics[0]
    assert found.origin.file == str(tmp_path / "finn.json")
    return found


def units(*folds: tuple[int, int], op_type: str = "MVAU_hls") -> dict[str, Any]:
    return {f"{op_type}_{i}": {"PE": pe, "SIMD": simd} for i, (pe, simd) in enumerate(folds)}


MLP = units((3, 4), (5, 6), (4, 2))


CNN = units((4, 8), (2, 16), (3, 9), (5, 4))
