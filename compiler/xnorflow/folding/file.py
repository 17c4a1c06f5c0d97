# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Folding files: JSON that fixes PE, SIMD, storage and kernel of named layers.

{"layers": {"dense0": {"pe": 16, "simd": 49, "storage": "bram", "kernel": "xnor_mvu"}, ...},
 "model": "<sha256>"}

``storage``, ``kernel`` and ``model`` may be left out; ``model`` makes a file for another model an
error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.files.access import read_json
from xnorflow.files.strict import Strict
from xnorflow.hardware.catalog import kernels_for
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense

__all__ = ["FoldingFile", "parse_folding", "read_content", "read_folding"]

_MAX_BYTES = 1 << 20
_MAX_SIDE = 1 << 24
_CODE = "folding-file"
_HINT = (
    'write {"layers": {"dense0": {"pe": 4, "simd": 8}}}; "storage" and "kernel" of a layer, '
    'and "model", are optional'
)


@dataclass(frozen=True)
class FoldingFile:
    """What a folding file says, not yet held against a model.

    Attributes:
        path: the file.
        layers: layer name -> its folding.
        model: SHA-256 of the model that it was made for, or empty.
        kernels: layer name -> name of its kernel, for layers that leave it not open.
    """

    path: Path
    layers: Mapping[str, Folding]
    model: str = ""
    kernels: Mapping[str, str] = field(default_factory=dict)

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
        text = f"every conv and dense layer must have a folding, not all but {', '.join(absent)}"
        return [self._diagnostic("folding-incomplete", text, "add the missing layers")]

    def _illegal(self, layer: Layer, wanted: Folding) -> list[Diagnostic]:
        kernels = {kernel.name: kernel for kernel in kernels_for(layer)}
        name = self.kernels.get(layer.name)
        if name is not None and name not in kernels:
            text = (
                f"the kernel of {layer.name} must be {' or '.join(kernels)}, not {ascii(name)[:60]}"
            )
            return [self._diagnostic("folding-kernel", text, "choose one of these", layer)]
        chosen = [kernel for kernel in kernels.values() if name in (None, kernel.name)]
        able = [k for k in chosen if Folding(wanted.pe, wanted.simd) in k.foldings(layer)]
        if able:
            return self._illegal_storage(layer, wanted, able)
        near = min(
            (folding for kernel in chosen for folding in kernel.foldings(layer)),
            key=lambda f: (abs(f.pe - wanted.pe) + abs(f.simd - wanted.simd), f.pe),
        )
        text = (
            f"the folding of {layer.name} ({layer.in_type} -> {layer.out_type}) must be legal for "
            f"{' or '.join(k.name for k in chosen)}, not PE {wanted.pe}, SIMD {wanted.simd}"
        )
        hint = f"the nearest legal one is PE {near.pe}, SIMD {near.simd}"
        return [self._diagnostic("folding-illegal", text, hint, layer)]

    def _illegal_storage(
        self, layer: Layer, wanted: Folding, kernels: Sequence[Kernel]
    ) -> list[Diagnostic]:
        options = ["auto", *(name for k in kernels for name in k.storages(layer, wanted))]
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
        origin = layer.origin if layer else Origin()
        return Diagnostic(code, text, hint, replace(origin, file=str(self.path)))


def read_folding(path: Path) -> FoldingFile:
    """Read a folding file strictly.

    Raises:
        XnorflowError: ``folding-file``: missing, not JSON, or a key or value that is not allowed.
    """
    return parse_folding(read_content(path), path)


def read_content(path: Path) -> object:
    """The JSON of a folding file, of whatever form.

    Raises:
        XnorflowError: ``folding-file``: missing, too large or not JSON.
    """
    return read_json(path, _CODE, "the folding file", _MAX_BYTES, hint=_HINT)


def parse_folding(content: object, path: Path) -> FoldingFile:
    """A folding file from its parsed content; ``path`` is only named.

    Raises:
        XnorflowError: ``folding-file``: a key or value that is not allowed.
    """
    file = Strict(content, "", path, _CODE, _HINT)
    top = file.table("layers", *(["model"] if _has(content, "model") else []))
    entries = {name: _entry(entry) for name, entry in top["layers"].entries().items()}
    return FoldingFile(
        path,
        {name: folding for name, (folding, _) in entries.items()},
        top["model"].text() if "model" in top else "",
        {name: kernel for name, (_, kernel) in entries.items() if kernel is not None},
    )


def _entry(entry: Strict) -> tuple[Folding, str | None]:
    fields = entry.table("pe", "simd", *(k for k in ("storage", "kernel") if _has(entry.value, k)))
    folding = Folding(
        fields["pe"].whole(1, _MAX_SIDE),
        fields["simd"].whole(1, _MAX_SIDE),
        fields["storage"].text() if "storage" in fields else "auto",
    )
    return folding, fields["kernel"].text() if "kernel" in fields else None


def _has(value: object, key: str) -> bool:
    return isinstance(value, dict) and key in value
