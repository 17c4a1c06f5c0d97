# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Names of FINN's hardware nodes: an operator's type, a variant, a number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum

__all__ = ["Kind", "Name", "close_type", "is_finn_name", "parse_name"]


class Kind(Enum):
    """What a node is here; the value says it in words."""

    MATRIX = "matrix unit"
    WINDOW = "window generator"
    POOL = "pool"
    THRESHOLD = "threshold unit"
    LABEL = "label unit"
    PADDING = "padding unit"
    FIFO = "fifo"
    CONVERTER = "width converter"
    SHELL = "part of the shell"


_KINDS = {
    "MVAU": Kind.MATRIX,
    "MatrixVectorActivation": Kind.MATRIX,
    "StreamingFCLayer": Kind.MATRIX,
    "ConvolutionInputGenerator": Kind.WINDOW,
    "ConvolutionInputGenerator1D": Kind.WINDOW,
    "Pool": Kind.POOL,
    "StreamingMaxPool": Kind.POOL,
    "Thresholding": Kind.THRESHOLD,
    "LabelSelect": Kind.LABEL,
    "FMPadding": Kind.PADDING,
    "StreamingFIFO": Kind.FIFO,
    "StreamingDataWidthConverter": Kind.CONVERTER,
    "IODMA": Kind.SHELL,
    "TLastMarker": Kind.SHELL,
    "StreamingDataflowPartition": Kind.SHELL,
}
"""Types of all releases of FINN since 0.5, each also with _Batch, _hls or _rtl behind it."""

_NAME = re.compile(
    r"(?P<part>(?:StreamingDataflowPartition_\d{1,6}_)?)"
    r"(?P<type>(?P<base>[A-Za-z][A-Za-z0-9]{0,99}?)(?:_Batch|_hls|_rtl){0,2})_(?P<number>\d{1,6})"
)


@dataclass(frozen=True)
class Name:
    """A node's name, taken apart.

    Attributes:
        text: all of it.
        series: what is before the number: nodes of one series are numbered along the chain.
        op_type: FINN's type of the operator, as in ``Defaults``.
        number: from 0.
        kind: None for an operator that xnorflow does not have.
    """

    text: str
    series: str
    op_type: str
    number: int
    kind: Kind | None


def parse_name(text: str) -> Name | None:
    """The parts of a node's name; None for a text that is not formed like one."""
    found = _NAME.fullmatch(text) if text.isascii() else None
    if found is None:
        return None
    series = found["part"] + found["type"]
    return Name(text, series, found["type"], int(found["number"]), _KINDS.get(found["base"]))


def is_finn_name(text: str) -> bool:
    """Whether this can be the name of one of FINN's nodes."""
    name = parse_name(text)
    return name is not None and name.kind is not None


def close_type(op_type: str) -> str | None:
    """The known type that an unknown one resembles, without its variant."""
    base = re.sub(r"(_Batch|_hls|_rtl)+$", "", op_type)
    found = get_close_matches(base, _KINDS, 1)
    return found[0] if found else None
