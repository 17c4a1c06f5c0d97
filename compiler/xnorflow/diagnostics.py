# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Diagnostics: every failure that a user can cause is one, with cause and remedy."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

__all__ = ["Diagnostic", "Origin", "Severity", "XnorflowError"]


class Severity(Enum):
    """How grave a Diagnostic is; only an error stops the work."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Origin:
    """Where in the user's own files something comes from.

    Attributes:
        nodes: names in the model's graph.
        file: a file, or a place in one.
        modules: the PyTorch modules that the nodes come from, where they are known.
    """

    nodes: tuple[str, ...] = ()
    file: str = ""
    modules: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [self.file] if self.file else []
        if self.nodes:
            noun = "node" if len(self.nodes) == 1 else "nodes"
            known = f" ({', '.join(self.modules)})" if self.modules else ""
            parts.append(f"{noun} {', '.join(self.nodes)}{known}")
        return ", ".join(parts)


@dataclass(frozen=True)
class Diagnostic:
    """What is wrong, where, and what to do.

    Attributes:
        code: stable kebab-case identifier, e.g. ``model-not-found``.
        message: "X must be Y, not Z".
        hint: what the user can change.
        origin: the place in the user's model or file.
        severity: errors stop the work, warnings and notes are shown.
    """

    code: str
    message: str
    hint: str = ""
    origin: Origin = field(default_factory=Origin)
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        where = str(self.origin)
        text = f"{self.severity.value}[{self.code}]: {self.message}"
        if where:
            text += f"\n  at: {where}"
        if self.hint:
            text += f"\n  fix: {self.hint}"
        return text


class XnorflowError(Exception):
    """One or more Diagnostics that stop the work; the command line exits with 2."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        assert diagnostics, "an error must say what is wrong"
        self.diagnostics = diagnostics
        super().__init__("\n".join(str(d) for d in diagnostics))

    def in_file(self, path: Path) -> XnorflowError:
        """The same, found in a file."""
        here = (replace(d, origin=replace(d.origin, file=str(path))) for d in self.diagnostics)
        return XnorflowError(*here)

    def __reduce__(self) -> tuple[type[XnorflowError], tuple[Diagnostic, ...]]:
        """From one process to another with its Diagnostics, not their text."""
        return type(self), self.diagnostics
