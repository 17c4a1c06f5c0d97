# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Folding files of either form: xnorflow's own, or FINN's."""

from __future__ import annotations

from pathlib import Path

from xnorflow.diagnostics import Diagnostic
from xnorflow.finn.config import FinnConfig, is_finn_config, parse_finn_config
from xnorflow.finn.match import match_finn
from xnorflow.folding.file import FoldingFile, parse_folding, read_content
from xnorflow.ir.graph import Graph

__all__ = ["held_against", "read_any_folding"]


def read_any_folding(path: Path) -> FoldingFile | FinnConfig:
    """Read a folding file of the form that it has.

    Raises:
        XnorflowError: ``folding-file``, or ``finn-file`` and ``finn-node`` for one of FINN's.
    """
    content = read_content(path)
    if is_finn_config(content):
        return parse_finn_config(content, path)
    return parse_folding(content, path)


def held_against(
    file: FoldingFile | FinnConfig | None, graph: Graph
) -> tuple[FoldingFile | None, tuple[Diagnostic, ...]]:
    """The file in xnorflow's form, and notes on what was left out.

    Raises:
        XnorflowError: a file of FINN's that does not fit the network.
    """
    return match_finn(file, graph) if isinstance(file, FinnConfig) else (file, ())
