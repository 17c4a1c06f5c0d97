# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The shape behind each step of a description, as ONNX has it: channels first, no batch."""

from __future__ import annotations

from functools import reduce
from math import ceil, prod

from tests.fuzz.network import (
    Average,
    Channels,
    Conv,
    Dense,
    Flatten,
    GlobalPool,
    Network,
    Pad,
    Pair,
    Pointwise,
    Pool,
    Residual,
    Step,
)

Shape = tuple[int, ...]


def after(step: Step, shape: Shape) -> Shape:
    """The shape of what ``step`` makes of ``shape``."""
    if isinstance(step, Conv):
        return (step.channels, *_positions(step, shape))
    if isinstance(step, Pointwise):
        return (step.channels, *shape[1:])
    if isinstance(step, Pool):
        return (shape[0], *_positions(step, shape))
    if isinstance(step, Average):
        return (shape[0], shape[1] // step.kernel[0], shape[2] // step.kernel[1])
    if isinstance(step, Channels):
        return (step.stop - step.start, *shape[1:])
    if isinstance(step, Residual):
        return _joined(step, shape)
    if isinstance(step, GlobalPool):
        return (shape[0], 1, 1)
    if isinstance(step, Pad):
        top, left, bottom, right = step.pads
        return (shape[0], shape[1] + top + bottom, shape[2] + left + right)
    if isinstance(step, Dense):
        return (step.width,)
    return (prod(shape),) if isinstance(step, Flatten) else shape


def behind(steps: tuple[Step, ...], shape: Shape) -> Shape:
    """The shape behind some steps."""
    return reduce(lambda entry, step: after(step, entry), steps, shape)


def _joined(step: Residual, shape: Shape) -> Shape:
    main, skip = behind(step.main, shape), behind(step.skip, shape)
    return (main[0] + skip[0], *main[1:]) if step.join == "concat" else main


def shapes(network: Network) -> list[Shape]:
    """The shape in front of each step, and behind the last."""
    found = [network.input.shape]
    for step in network.steps:
        found.append(after(step, found[-1]))
    return found


def _positions(step: Conv | Pool, shape: Shape) -> Shape:
    if step.auto_pad in ("SAME_UPPER", "SAME_LOWER"):
        return tuple(ceil(size / s) for size, s in zip(shape[1:], step.stride, strict=True))
    return tuple(
        positions(
            shape[1 + axis],
            step.kernel[axis],
            step.stride[axis],
            (step.pads[axis], step.pads[2 + axis]),
            isinstance(step, Pool) and step.ceil,
        )
        for axis in (0, 1)
    )


def positions(size: int, kernel: int, stride: int, pads: Pair, up: bool) -> int:
    """Positions along one axis; ``up`` counts a last one that hangs over."""
    room = size + sum(pads) - kernel
    return (ceil(room / stride) if up else room // stride) + 1
