# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a node's attributes in FINN mean for a layer's folding here."""

from __future__ import annotations

from collections.abc import Iterator

from xnorflow.finn.config import FinnNode
from xnorflow.finn.nodes import Kind

__all__ = ["EXTERNAL", "is_ultra", "left_out", "number", "storage", "switch"]

_MAX_SIDE = 1 << 24
_SHOWN = 60
_STORAGES = {"auto": "auto", "block": "bram", "distributed": "lutram", "ultra": "auto"}
"""FINN's ram_style -> storage."""
_EMBEDDED = ("const", "internal_embedded")
_DECOUPLED = ("decoupled", "internal_decoupled")
EXTERNAL = "external"
"""The memory mode of weights outside of the FPGA's own memory."""
_USED = {
    Kind.MATRIX: ("PE", "SIMD", "ram_style", "mem_mode", "runtime_writeable_weights"),
    Kind.WINDOW: ("SIMD", "M", "parallel_window", "ram_style"),
    Kind.POOL: ("PE",),
    Kind.THRESHOLD: ("PE", "runtime_writeable_weights"),
    Kind.LABEL: ("PE",),
}
_REASONS = {
    "inFIFODepths": "fifos are sized from the schedule",
    "outFIFODepths": "fifos are sized from the schedule",
    "inFIFODepth": "fifos are sized from the schedule",
    "outFIFODepth": "fifos are sized from the schedule",
    "resType": "binary products are LUTs",
    "mac_resource": "binary products are LUTs",
    "ram_style": "what it holds is in LUTs",
    "ram_style_thresholds": "thresholds are beside the weights or in LUTs",
    "mem_mode": "what it holds is in LUTs",
    "depth_trigger_bram": "thresholds are in LUTs",
    "depth_trigger_uram": "thresholds are in LUTs",
    "impl_style": "the kernel is chosen by the layer",
    "preferred_impl_style": "the kernel is chosen by the layer",
    "cpp_interface": "there is no HLS",
    "hls_style": "there is no HLS",
}
_UNKNOWN = "there is no counterpart"
_HARMLESS = ("auto", "lut", "", 0)
"""Values that ask for nothing."""


def number(node: FinnNode, key: str) -> int | None:
    """A count of lanes; None where the node leaves it open."""
    return node.settings[key].whole(1, _MAX_SIDE) if key in node.settings else None


def switch(node: FinnNode, key: str) -> bool:
    """An attribute that is 0 or 1, 0 where it is not given."""
    return key in node.settings and node.settings[key].whole(0, 1) == 1


def storage(node: FinnNode) -> str:
    """Where FINN keeps a unit's weights or rows, in words used here, or ``EXTERNAL``.

    Weights compiled into the unit (mem_mode) are constants; ram_style is of no meaning then.
    """
    style = "auto"
    if "ram_style" in node.settings:
        style = _STORAGES[node.settings["ram_style"].one_of(_STORAGES)]
    if node.kind is Kind.MATRIX and "mem_mode" in node.settings:
        mode = node.settings["mem_mode"].one_of((*_EMBEDDED, *_DECOUPLED, EXTERNAL))
        if mode in _EMBEDDED:
            return "const"
        if mode == EXTERNAL:
            return mode
    return style


def is_ultra(node: FinnNode) -> bool:
    """Whether FINN would use UltraRAM, which no family known here has."""
    return "ram_style" in node.settings and node.settings["ram_style"].value == "ultra"


def left_out(node: FinnNode) -> Iterator[tuple[str, str]]:
    """Attributes without a meaning here, as they may be shown, each with the reason."""
    for key in node.settings:
        if key not in _USED.get(node.kind, ()) and node.settings[key].value not in _HARMLESS:
            yield ascii(key)[1:-1][:_SHOWN], _REASONS.get(key, _UNKNOWN)
