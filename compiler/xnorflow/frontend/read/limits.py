# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""How much the front-end is willing to hold: a small file must not unfold into terabytes."""

from __future__ import annotations

from collections.abc import Sequence

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError

__all__ = ["MAX_ELEMENTS", "MAX_NODES", "out_of_memory", "too_large"]

MAX_ELEMENTS = 1 << 26
"""The largest tensor, in elements, whether of the graph or made on the way."""

MAX_NODES = 10_000
"""The most nodes of a graph; qonnx's transformations are quadratic in them."""


def too_large(
    what: str, sizes: Sequence[int], nodes: tuple[str, ...], limit: int = MAX_ELEMENTS
) -> XnorflowError:
    """What is wrong with more than ``limit`` elements, as many as the product of ``sizes``."""
    shown = " x ".join(map(str, sizes))
    return XnorflowError(
        Diagnostic(
            "tensor-too-large",
            f"{what} must be at most {limit} elements, not {shown}",
            "make the image, the kernel or the number of channels smaller",
            Origin(nodes),
        )
    )


def out_of_memory(nodes: tuple[str, ...] = ()) -> XnorflowError:
    """What to say of a network that this machine cannot hold."""
    return XnorflowError(
        Diagnostic(
            "tensor-too-large",
            "every tensor must fit this machine's memory, not be larger",
            "compile on a machine with more memory, or make the network smaller",
            Origin(nodes),
        )
    )
