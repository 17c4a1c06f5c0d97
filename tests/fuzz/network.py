# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Plain descriptions of networks: what is chosen, and seeds for the numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, get_args

Pair = tuple[int, int]
Edges = tuple[int, int, int, int]  # top, left, bottom, right

WEIGHTS = ("quantised", "plain", "scaled", "multiplied", "identity", "transposed")
"""In what form signs are written."""
INTEGERS = ("quantised_integers", "plain_integers")
"""The same of weights of 2, 4 or 8 bits, with a step a channel."""
SCALARS = (
    "identity",
    "grid",
    "batch_norm",
    "mul",
    "clip",
    "subtracted",
    "dropout",
    "neg",
    "leaky_relu",
    "tanh",
    "offset",
    "per_pixel",
)
SIGNS = ("bipolar", "half", "quant", "binary", "threshold", "thresholds", "where")
FLATTENS = ("flatten", "reshape", "shape", "nhwc")
PREPARES = ("middle", "centre", "channels")
RANGES = ("slice", "split")


@dataclass(frozen=True)
class Input:
    """The frame: (channels, height, width) or (width,), and its qonnx annotation if any."""

    shape: tuple[int, ...]
    dtype: str = ""
    scale: float = 1.0


@dataclass(frozen=True)
class Prepare:
    """What exporters put in front of the pixels' quantiser."""

    kind: str
    seed: int = 0


@dataclass(frozen=True)
class Quantise:
    """Several bits: ``quant`` or ``thresholds`` (MultiThreshold)."""

    kind: str
    bits: int
    signed: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Conv:
    channels: int
    kernel: Pair
    stride: Pair = (1, 1)
    pads: Edges = (0, 0, 0, 0)
    auto_pad: str = ""
    weights: str = "quantised"
    bias: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Dense:
    width: int
    weights: str = "quantised"
    bias: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Pointwise:
    """A MatMul of every pixel, channels last for that time."""

    channels: int
    weights: str = "quantised"
    seed: int = 0


@dataclass(frozen=True)
class GlobalPool:
    """The largest value of each channel."""


@dataclass(frozen=True)
class Pool:
    kernel: Pair
    stride: Pair = (1, 1)
    pads: Edges = (0, 0, 0, 0)
    auto_pad: str = ""
    ceil: bool = False


@dataclass(frozen=True)
class Pad:
    """An explicit Pad node; ``level`` is the ``low`` or ``high`` activation, or ``zero``."""

    pads: Edges
    level: str = "low"


@dataclass(frozen=True)
class Scalar:
    kind: str
    seed: int = 0


@dataclass(frozen=True)
class Sign:
    kind: str
    seed: int = 0


@dataclass(frozen=True)
class Flatten:
    kind: str


@dataclass(frozen=True)
class Shuffle:
    """A layout change and back: of an image to channels last, of a row to ``rows`` rows."""

    rows: int = 1
    scale: float = 1.0


@dataclass(frozen=True)
class Average:
    """Windows' averages, which do not overlap; sides that are powers of two."""

    kernel: Pair


@dataclass(frozen=True)
class Channels:
    """A range of channels, by a ``slice``, or by a ``split`` of which nobody reads the rest."""

    start: int
    stop: int
    kind: str = "slice"


@dataclass(frozen=True)
class Residual:
    """Two branches of one tensor, which an Add or a Concat of channels joins.

    Attributes:
        main: steps of the one.
        skip: steps of the other.
        join: ``add`` or ``concat``.
    """

    main: tuple[Step, ...]
    skip: tuple[Step, ...]
    join: str


@dataclass(frozen=True)
class Choose:
    """The best class: ArgMax, or TopK for ``top`` above 0."""

    top: int = 0
    axis: int = 1
    keepdims: bool = True
    values: bool = False


Step = (
    Prepare
    | Quantise
    | Conv
    | Pointwise
    | Dense
    | Pool
    | GlobalPool
    | Pad
    | Scalar
    | Sign
    | Flatten
    | Shuffle
    | Average
    | Channels
    | Residual
    | Choose
)
STEPS: dict[str, type[Step]] = {cls.__name__.lower(): cls for cls in get_args(Step)}


@dataclass(frozen=True)
class Network:
    """A network.

    Attributes:
        input: the frame.
        steps: what is done to it, in order.
        batch: the batch that the file states; the front-end turns all of them into 1.
        seed: of the frames it is tried on.
    """

    input: Input
    steps: tuple[Step, ...]
    batch: int | str = 1
    seed: int = 0


@dataclass(frozen=True)
class Case:
    """A network as hardware.

    Attributes:
        network: the network.
        picks: for layer i, picks[2i] chooses the folding, picks[2i + 1] kernel and storage.
        board: whose primitives are used.
        stall_seed: of the random stalls.
    """

    network: Network
    picks: tuple[int, ...] = ()
    board: str = "pynq-z1"
    stall_seed: int = 0


def to_json(case: Case) -> dict[str, Any]:
    """What ``from_json`` reads; fields that have their default are left out."""
    network = case.network
    return {
        "network": {
            "input": _told(network.input),
            "steps": _told_steps(network.steps),
            "batch": network.batch,
            "seed": network.seed,
        },
        "picks": list(case.picks),
        "board": case.board,
        "stall_seed": case.stall_seed,
    }


def _told_steps(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    return [{"op": type(step).__name__.lower(), **_told(step)} for step in steps]


def _told(item: Any) -> dict[str, Any]:
    if isinstance(item, Residual):
        branches = {name: _told_steps(getattr(item, name)) for name in ("main", "skip")}
        return {**branches, "join": item.join}
    fields = type(item).__dataclass_fields__
    return {k: v for k, v in asdict(item).items() if v != fields[k].default}


def from_json(content: dict[str, Any]) -> Case:
    network = content["network"]
    return Case(
        Network(
            Input(**_tuples(network["input"])),
            tuple(_step(entry) for entry in network["steps"]),
            network["batch"],
            network["seed"],
        ),
        tuple(content["picks"]),
        content["board"],
        content["stall_seed"],
    )


def _step(entry: dict[str, Any]) -> Step:
    fields = _tuples(entry)
    return STEPS[fields.pop("op")](**fields)


def _tuples(entry: dict[str, Any]) -> dict[str, Any]:
    return {k: _tuple(v) if isinstance(v, list) else v for k, v in entry.items()}


def _tuple(content: list[Any]) -> tuple[Any, ...]:
    """Numbers, or steps."""
    return tuple(_step(item) if isinstance(item, dict) else item for item in content)
