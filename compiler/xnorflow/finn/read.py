# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Folding files of either form: xnorflow's own, or FINN's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from xnorflow.finn.config import FinnConfig, is_finn_config, parse_finn_config
from xnorflow.finn.match import match_finn
from xnorflow.folding.file import FoldingFile, parse_folding, read_content
from xnorflow.ir.graph import Graph

__all__ = ["hold_against", "read_any_folding"]


def read_any_folding(path: Path) -> FoldingFile | FinnConfig:
    """Read a folding file of the form that it has.

    Raises:
        XnorflowError: ``folding-file``, or ``finn-file`` and ``finn-node`` for one of FINN's.
    """
    content = read_content(path)
    if is_finn_config(content):
        return parse_finn_config(content, path)
    return parse_folding(content, path)


def hold_against(
    file: FoldingFile | FinnConfig | None, graph: Graph
) -> tuple[FoldingFile | None, Graph]:
    """The file in xnorflow's form, and the network with notes on what was left out.

    Raises:
        XnorflowError: a file of FINN's that does not fit the network.
    """
    if not isinstance(file, FinnConfig):
        return file, graph
    own, notes = match_finn(file, graph)
    return own, replace(graph, notes=(*graph.notes, *notes))
