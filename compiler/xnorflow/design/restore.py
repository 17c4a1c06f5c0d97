# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Read a Design back from a build folder that may be damaged or hostile."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Literal

import numpy as np

from xnorflow.boards.read import load_board
from xnorflow.design.design import Design
from xnorflow.design.stage import Connection, Joint, Port, Stage
from xnorflow.diagnostics import Diagnostic, Origin, Severity, XnorflowError
from xnorflow.files.access import read_file, read_json
from xnorflow.files.archive import ArchiveError, Array, Layout, unpack_arrays
from xnorflow.files.strict import Strict
from xnorflow.hardware.catalog import adapters, kernels
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.stream import Stream
from xnorflow.ir.graph import Graph, ModelInfo
from xnorflow.ir.host import HostInput, HostLine, HostOutput, HostStep
from xnorflow.ir.layer import Layer
from xnorflow.ir.limits import INT32, MAX_ELEMENTS
from xnorflow.ir.ops.kinds import kind_of
from xnorflow.ir.ops.op import Op
from xnorflow.ir.spec import SpecError, check
from xnorflow.ir.types import Code, TensorType, ValueType, Worth

__all__ = ["MAX_DESIGN_BYTES", "SCHEMA", "load"]

SCHEMA = 5
"""Of design.json; one of another is refused, for it would be half-understood."""

_CODE = "build-folder-design"
_HINT = "make the build folder again with `xnorflow compile`"
_TOP = (
    *("schema", "xnorflow", "model", "board", "clock_mhz", "input", "output", "tensors"),
    *("layers", "connections", "host_input", "host_output", "notes", "arrays"),
)
_DTYPES = (
    *("bool", "float16", "float32", "float64"),
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
)
MAX_DESIGN_BYTES = 16 << 20
"""The largest design.json that is read."""

_MAX_ARRAY_BYTES = 1 << 30
_MAX_SIDE = 1 << 24
_MAX_BITS = 32
_MAX_RANK = 32
_MAX_DEPTH = 1 << 20
_MAX_PORTS = 1 << 10
_MAX_CONNECTIONS = 1 << 16
_MAX_CLOCK_MHZ = 1000.0


def load(folder: Path) -> Design:
    """The Design that ``save`` wrote.

    Raises:
        XnorflowError: ``build-folder-design`` or ``build-folder-arrays``: a file is missing, cut
            off, changed or not what the format says; ``build-folder-version``: written by another
            version; ``unknown-board``.
    """
    path = folder / "design.json"
    content = read_json(path, _CODE, "design.json", MAX_DESIGN_BYTES)
    file = Strict(content, "", path, _CODE, _HINT)
    _check_version(file)
    top = file.table(*_TOP)
    board = load_board(top["board"].text())
    clock_mhz = top["clock_mhz"].above_zero(_MAX_CLOCK_MHZ)
    tensors = {name: _tensor(entry) for name, entry in top["tensors"].entries().items()}
    graph = _Reader(top, tensors, _arrays(folder, top, tensors)).graph()
    stages = tuple(
        _stage(entry, layer)
        for entry, layer in zip(top["layers"].items(), graph.layers, strict=True)
    )
    connections = tuple(_connection(entry) for entry in top["connections"].items(_MAX_CONNECTIONS))
    design = Design(graph, board, clock_mhz, stages, connections)
    design.check()
    return design


def _check_version(file: Strict) -> None:
    value = file.value if isinstance(file.value, dict) else {}
    if value.get("schema") != SCHEMA:
        fault = f"of schema {SCHEMA}, not {ascii(value.get('schema'))[:20]}"
        origin = Origin(file=str(file.file))
        text = f"design.json must be {fault}"
        raise XnorflowError(Diagnostic("build-folder-version", text, _HINT, origin))


def _arrays(
    folder: Path, top: dict[str, Strict], tensors: dict[str, TensorType]
) -> dict[str, Array]:
    entry = top["arrays"].table("file", "sha256")
    path = folder / entry["file"].one_of(["design.npz"])
    layouts: dict[str, Layout] = {}
    for name, layout in _layouts(top, tensors):
        if name in layouts:
            raise top["layers"].error(f"of different names, not two with {name!a}")
        layouts[name] = layout
    if sum(map(_size, layouts.values())) > _MAX_ARRAY_BYTES:
        raise top["arrays"].error(f"at most {_MAX_ARRAY_BYTES} bytes, not more")
    try:
        content = read_file(path, _MAX_ARRAY_BYTES)
        if hashlib.sha256(content).hexdigest() != entry["sha256"].text():
            raise ArchiveError("those that design.json was written with, not others")
        return unpack_arrays(content, layouts)
    except (OSError, ValueError) as error:
        fault = f"readable, not fail with: {error}" if isinstance(error, OSError) else str(error)
        raise XnorflowError(
            Diagnostic(
                "build-folder-arrays",
                f"the arrays of design.npz must be {fault}",
                _HINT,
                Origin(file=str(path)),
            )
        ) from error


def _size(layout: Layout) -> int:
    """Bytes of an array in memory, where bits take a byte each."""
    dtype, shape = layout
    return prod(shape) * (8 if dtype == "uint8" else np.dtype(dtype).itemsize)


def _layouts(
    top: dict[str, Strict], tensors: dict[str, TensorType]
) -> Iterator[tuple[str, Layout]]:
    """Which arrays there must be: names, types and shapes."""
    for entry in top["layers"].items():
        layer = _layer_table(entry)
        op, fields = kind_of(layer["op"])
        before = tuple(tensors[name] for name in _inputs(layer, op, tensors))
        for part, layout in op.layouts(fields, before).items():
            yield f"{layer['name'].text()}.{part}", layout
    host_in = _host_input_table(top["host_input"])
    if host_in["order"].flag():
        yield "host.order", ("int32", (prod(_shape(host_in["shape"])),))
    host_out = _host_output_table(top["host_output"])
    if host_out["order"].flag():
        last = tensors[top["output"].one_of(tensors)]
        yield "host.output_order", ("int32", (last.elements,))
    yield "host.table", ("float64", _shape(host_out["table"]))


def _inputs(
    layer: dict[str, Strict], op: type[Op], tensors: dict[str, TensorType]
) -> tuple[str, ...]:
    inputs = tuple(item.one_of(tensors) for item in layer["inputs"].items())
    if len(inputs) != op.arity:
        raise layer["inputs"].error(f"a list of {op.arity}, not of {len(inputs)}")
    return inputs


def _layer_table(entry: Strict) -> dict[str, Strict]:
    return entry.table("name", "op", "inputs", "output", "kernel", "folding", "origin")


def _host_input_table(entry: Strict) -> dict[str, Strict]:
    known = ("known_by", "assumed", "channel_axis")
    return entry.table("shape", "order", "scale", "levels", "mean", "std", *known)


def _host_output_table(entry: Strict) -> dict[str, Strict]:
    known = ("first", "step", "top", "order", "steps")
    return entry.table("shape", "dtype", "table", "line", *known)


def _shape(entry: Strict) -> tuple[int, ...]:
    shape = tuple(item.whole(1, _MAX_SIDE) for item in entry.items())
    if prod(shape) > MAX_ELEMENTS:
        raise entry.error(f"of at most {MAX_ELEMENTS} elements, not {prod(shape)}")
    return shape


@dataclass(frozen=True)
class _Reader:
    """Builds the Graph from the file's fields and arrays."""

    top: dict[str, Strict]
    tensors: dict[str, TensorType]
    arrays: dict[str, Array]

    def graph(self) -> Graph:
        top = self.top
        model = top["model"].table("name", "sha256")
        for place in ("input", "output"):
            top[place].one_of(self.tensors)
        graph = Graph(
            ModelInfo(model["name"].text(), model["sha256"].text()),
            self.tensors,
            tuple(self._layer(entry) for entry in top["layers"].items()),
            top["input"].text(),
            top["output"].text(),
            self._host_input(),
            self._host_output(),
            tuple(_note(entry) for entry in top["notes"].items()),
        )
        try:
            check(graph)
        except SpecError as error:
            raise XnorflowError(
                Diagnostic(
                    _CODE,
                    f"the network must keep the compiler's rules, not break one: {error}",
                    _HINT,
                    Origin(file=str(top["layers"].file)),
                )
            ) from error
        return graph

    def _layer(self, entry: Strict) -> Layer:
        fields = _layer_table(entry)
        op, parts = kind_of(fields["op"])
        inputs = _inputs(fields, op, self.tensors)
        output = fields["output"].one_of(self.tensors)
        name = fields["name"].text()
        before, after = tuple(self.tensors[name] for name in inputs), self.tensors[output]
        start = f"{name}."
        arrays = {
            key.removeprefix(start): array
            for key, array in self.arrays.items()
            if key.startswith(start)
        }
        made = op.read(parts, before, arrays)
        return Layer(name, made, inputs, output, before, after, _origin(fields["origin"]))

    def _host_input(self) -> HostInput:
        fields = _host_input_table(self.top["host_input"])
        levels = fields["levels"]
        return HostInput(
            _shape(fields["shape"]),
            self.arrays.get("host.order"),
            fields["scale"].number(),
            None
            if levels.is_null
            else tuple(item.whole(-INT32, INT32 - 1) for item in levels.items()),
            tuple(item.number() for item in fields["mean"].items()),
            tuple(item.number() for item in fields["std"].items()),
            fields["known_by"].text(),
            fields["assumed"].flag(),
            fields["channel_axis"].whole(0, _MAX_RANK),
        )

    def _host_output(self) -> HostOutput:
        fields = _host_output_table(self.top["host_output"])
        values = self.arrays["host.table"]
        table: Array | HostLine = values
        if not fields["line"].is_null:
            line = fields["line"].table("count", "dtype")
            if values.shape[1:] != (2,):
                raise fields["table"].error(f"of two numbers a row, not of {[*values.shape[1:]]}")
            count, dtype = line["count"].whole(1, 2 * INT32), line["dtype"].one_of(_DTYPES)
            table = HostLine(count, values[:, 0].copy(), values[:, 1].copy(), dtype)
        return HostOutput(
            _shape(fields["shape"]),
            fields["dtype"].one_of(_DTYPES),
            table,
            fields["first"].whole(-INT32, INT32 - 1),
            fields["step"].whole(1, INT32 - 1),
            fields["top"].whole(0, _MAX_SIDE),
            self.arrays.get("host.output_order"),
            tuple(_host_step(entry) for entry in fields["steps"].items()),
        )


def _host_step(entry: Strict) -> HostStep:
    fields = entry.table("kind", "shape", "axes")
    kinds: dict[str, Literal["mean", "softmax", "log_softmax"]] = {
        "mean": "mean",
        "softmax": "softmax",
        "log_softmax": "log_softmax",
    }
    return HostStep(
        kinds[fields["kind"].one_of(kinds)],
        _shape(fields["shape"]),
        tuple(axis.whole(0, _MAX_RANK) for axis in fields["axes"].items()),
    )


def _tensor(entry: Strict) -> TensorType:
    fields = entry.table("shape", "bits", "signed", "code", "worth")
    number = fields["code"].table("step", "offset")
    code = Code(number["step"].whole(1, INT32 - 1), number["offset"].whole(1 - INT32, INT32 - 1))
    value = ValueType(fields["bits"].whole(1, _MAX_BITS), fields["signed"].flag(), code)
    worth = None if fields["worth"].is_null else _worth(fields["worth"])
    return TensorType(_shape(fields["shape"]), value, worth)


def _worth(entry: Strict) -> Worth:
    fields = entry.table("scale", "zero", "mixed")
    return Worth(fields["scale"].number(), fields["zero"].number(), fields["mixed"].flag())


def _origin(entry: Strict) -> Origin:
    fields = entry.table("nodes", "file", "modules")
    nodes, modules = (
        tuple(item.text() for item in fields[key].items()) for key in ("nodes", "modules")
    )
    return Origin(nodes, fields["file"].text(), modules)


def _note(entry: Strict) -> Diagnostic:
    fields = entry.table("code", "message", "hint", "severity", "origin")
    return Diagnostic(
        fields["code"].text(),
        fields["message"].text(),
        fields["hint"].text(),
        _origin(fields["origin"]),
        Severity(fields["severity"].one_of([severity.value for severity in Severity])),
    )


def _stage(entry: Strict, layer: Layer) -> Stage:
    fields = _layer_table(entry)
    name = fields["kernel"].one_of(kernels())
    kernel = kernels()[name]
    if not kernel.matches(layer):
        raise fields["kernel"].error(f"a kernel that implements layer {layer.name}, not {name}")
    numbers = fields["folding"].table("pe", "simd", "storage")
    pe, simd = (numbers[key].whole(1, _MAX_SIDE) for key in ("pe", "simd"))
    if Folding(pe, simd) not in kernel.foldings(layer):
        raise fields["folding"].error(f"legal for {name}, not pe {pe} and simd {simd}")
    legal = kernel.storages(layer, Folding(pe, simd)) or ("auto",)
    return Stage(layer, name, Folding(pe, simd, numbers["storage"].one_of(legal)))


def _connection(entry: Strict) -> Connection:
    fields = entry.table("source", "sink", "joints")
    source, sink = _port(fields["source"]), _port(fields["sink"])
    return Connection(source, sink, tuple(_joint(item) for item in fields["joints"].items()))


def _port(entry: Strict) -> Port:
    fields = entry.table("stage", "number")
    return Port(fields["stage"].text(), fields["number"].whole(0, _MAX_PORTS))


def _joint(entry: Strict) -> Joint:
    fields = entry.table("name", "adapter", "source", "sink", "depth")
    source, sink = _stream(fields["source"]), _stream(fields["sink"])
    if (source.bits, source.lanes * source.beats) != (sink.bits, sink.lanes * sink.beats):
        raise entry.error(f"between streams of the same elements, not {source} and {sink}")
    name, depth = fields["adapter"].one_of(adapters()), fields["depth"].whole(0, _MAX_DEPTH)
    if not adapters()[name].matches(source, sink, depth):
        raise entry.error(f"what {name} can be, not {depth} deep from {source} to {sink}")
    return Joint(fields["name"].text(), name, source, sink, depth)


def _stream(entry: Strict) -> Stream:
    fields = entry.table("lanes", "bits", "beats")
    return Stream(
        fields["lanes"].whole(1, _MAX_SIDE),
        fields["bits"].whole(1, _MAX_BITS),
        fields["beats"].whole(1, _MAX_SIDE),
    )
