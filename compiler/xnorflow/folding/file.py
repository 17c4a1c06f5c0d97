# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Folding files: JSON that fixes PE, SIMD and storage of named layers.

{"layers": {"dense0": {"pe": 16, "simd": 49, "storage": "bram"}, ...}, "model": "<sha256>"}

``storage`` and ``model`` may be left out; ``model`` makes a file for another model an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from xnorflow.files import read_json
from xnorflow.folding.strict import Strict
from xnorflow.ir.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.ir.graph import Graph
from xnorflow.ir.kernel import Folding, Kernel
from xnorflow.ir.layer import Dense, Layer
from xnorflow.kernels import kernel_for

__all__ = ["FoldingFile", "read_folding"]

_MAX_BYTES = 1 << 20
_MAX_SIDE = 1 << 24
_CODE = "folding-file"
_HINT = 'write {"layers": {"dense0": {"pe": 4, "simd": 8}}}; "storage" and "model" are optional'


@dataclass(frozen=True)
class FoldingFile:
    """What a folding file says, not yet held against a model.

    Attributes:
        path: the file.
        layers: layer name -> its folding.
        model: SHA-256 of the model that it was made for, or empty.
    """

    path: Path
    layers: Mapping[str, Folding]
    model: str = ""

    def check(self, graph: Graph) -> None:
        """Hold the file against a model.

        Raises:
            XnorflowError: with one Diagnostic for each entry that is stale, unknown, missing or
                illegal.
        """
        found = [*self._stale(graph), *self._unknown(graph), *self._missing(graph)]
        for layer in graph.layers:
            if layer.name in self.layers:
                found += self._illegal(layer, self.layers[layer.name])
        if found:
            raise XnorflowError(*found)

    def _stale(self, graph: Graph) -> list[Diagnostic]:
        if self.model in ("", graph.model.sha256):
            return []
        text = (
            f"the folding must be for this model (sha256 {graph.model.sha256[:12]}...), not for "
            f"another (sha256 {ascii(self.model)[1:13]}...)"
        )
        return [self._diagnostic("folding-stale", text, "fold this model anew, or remove model")]

    def _unknown(self, graph: Graph) -> list[Diagnostic]:
        names = [layer.name for layer in graph.layers]
        result = []
        for name in self.layers:
            if name not in names:
                close = get_close_matches(name, names, 1)
                hint = f"did you mean {close[0]}?" if close else "remove the entry"
                text = f"a folded layer must be one of {', '.join(names)}, not {ascii(name)[:60]}"
                result.append(self._diagnostic("folding-unknown-layer", text, hint))
        return result

    def _missing(self, graph: Graph) -> list[Diagnostic]:
        absent = [
            layer.name
            for layer in graph.layers
            if isinstance(layer.op, Dense) and layer.name not in self.layers
        ]
        if not absent:
            return []
        text = f"every dense layer must have a folding, not all but {', '.join(absent)}"
        return [self._diagnostic("folding-incomplete", text, "add the missing layers")]

    def _illegal(self, layer: Layer, wanted: Folding) -> list[Diagnostic]:
        kernel = kernel_for(layer)
        legal = kernel.foldings(layer)
        if Folding(wanted.pe, wanted.simd) in legal:
            return self._illegal_storage(layer, wanted, kernel)
        near = min(legal, key=lambda f: (abs(f.pe - wanted.pe) + abs(f.simd - wanted.simd), f.pe))
        text = (
            f"the folding of {layer.name} ({layer.in_type} -> {layer.out_type}) must be legal for "
            f"{kernel.name}, not PE {wanted.pe}, SIMD {wanted.simd}"
        )
        hint = f"the nearest legal one is PE {near.pe}, SIMD {near.simd}"
        return [self._diagnostic("folding-illegal", text, hint, layer)]

    def _illegal_storage(self, layer: Layer, wanted: Folding, kernel: Kernel) -> list[Diagnostic]:
        options = ("auto", *kernel.storages(layer, wanted))
        if wanted.storage in options:
            return []
        text = (
            f"the storage of {layer.name} at PE {wanted.pe}, SIMD {wanted.simd} must be "
            f"{' or '.join(options)}, not {ascii(wanted.storage)[:40]}"
        )
        return [self._diagnostic("folding-storage", text, "choose one of these", layer)]

    def _diagnostic(
        self, code: str, text: str, hint: str, layer: Layer | None = None
    ) -> Diagnostic:
        nodes = layer.origin.nodes if layer else ()
        return Diagnostic(code, text, hint, Origin(nodes, str(self.path)))


def read_folding(path: Path) -> FoldingFile:
    """Read a folding file strictly.

    Raises:
        XnorflowError: ``folding-file``: missing, not JSON, or a key or value that is not allowed.
    """
    content = read_json(path, _CODE, "the folding file", _MAX_BYTES, hint=_HINT)
    file = Strict(content, "", path, _CODE, _HINT)
    top = file.table("layers", *(["model"] if _has(content, "model") else []))
    layers = {name: _entry(entry) for name, entry in top["layers"].entries().items()}
    return FoldingFile(path, layers, top["model"].text() if "model" in top else "")


def _entry(entry: Strict) -> Folding:
    storage = ["storage"] if _has(entry.value, "storage") else []
    fields = entry.table("pe", "simd", *storage)
    return Folding(
        fields["pe"].whole(1, _MAX_SIDE),
        fields["simd"].whole(1, _MAX_SIDE),
        fields["storage"].text() if storage else "auto",
    )


def _has(value: object, key: str) -> bool:
    return isinstance(value, dict) and key in value
