# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""FINN's folding configuration, read strictly: JSON with an object of settings for each node.

{"Defaults": {"ram_style": ["auto", ["MVAU_hls"]]},
 "Thresholding_rtl_0": {"PE": 1}, "MVAU_hls_0": {"PE": 16, "SIMD": 49, "ram_style": "block"}, ...}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.files.strict import Strict
from xnorflow.finn.nodes import Kind, Name, close_type, is_finn_name, parse_name

__all__ = ["CODE", "FinnConfig", "FinnNode", "is_finn_config", "parse_finn_config"]

CODE = "finn-file"
_HINT = 'write FINN\'s form, e.g. {"MVAU_hls_0": {"PE": 16, "SIMD": 49, "ram_style": "auto"}}'
_DEFAULTS = "Defaults"
_ALL = "all"
_MAX_NODES = 10_000
_MAX_DEFAULTS = 100


@dataclass(frozen=True)
class FinnNode:
    """A node and what is set for it, defaults included.

    Attributes:
        name: its name.
        kind: what it is here.
        settings: FINN's attributes by name, not looked at yet.
    """

    name: Name
    kind: Kind
    settings: Mapping[str, Strict]

    def __str__(self) -> str:
        return self.name.text


@dataclass(frozen=True)
class FinnConfig:
    """A folding configuration of FINN, not yet held against a model.

    Attributes:
        path: the file.
        nodes: in the file's order.
    """

    path: Path
    nodes: tuple[FinnNode, ...]


def is_finn_config(content: object) -> bool:
    """Whether parsed JSON has the form of FINN's files, and not that of xnorflow's."""
    if not isinstance(content, dict) or "layers" in content:
        return False
    return _DEFAULTS in content or any(map(is_finn_name, content))


def parse_finn_config(content: object, path: Path) -> FinnConfig:
    """A configuration from a file's parsed content.

    Raises:
        XnorflowError: ``finn-file``: not of FINN's form; ``finn-node``: nodes of which no layer
            here can be the counterpart.
    """
    file = Strict(content, "", path, CODE, _HINT)
    entries = file.entries()
    defaults = entries.pop(_DEFAULTS, None)
    if not 0 < len(entries) <= _MAX_NODES:
        raise file.error(f"of 1 to {_MAX_NODES} nodes, not {len(entries)}")
    rules = tuple(_rules(defaults)) if defaults is not None else ()
    nodes, unknown = [], []
    for key, entry in entries.items():
        name = parse_name(key)
        if name is None:
            raise file.error(f"of nodes with names such as MVAU_hls_0, not {ascii(key)[:60]}")
        if name.kind is None:
            unknown.append(_unknown(name, path))
            continue
        given = {rule.key: rule.value for rule in rules if rule.holds_for(name)}
        nodes.append(FinnNode(name, name.kind, given | _settings(entry)))
    if unknown:
        raise XnorflowError(*unknown)
    return FinnConfig(path, tuple(nodes))


@dataclass(frozen=True)
class _Rule:
    """A default: an attribute, its value, and the operators that get it, None for all."""

    key: str
    value: Strict
    types: frozenset[str] | None

    def holds_for(self, name: Name) -> bool:
        return self.types is None or name.op_type in self.types


def _rules(defaults: Strict) -> Iterator[_Rule]:
    """{"attribute": [value, "all"]} or {"attribute": [value, [types], value, [types], ...]}."""
    listed = defaults.entries()
    if len(listed) > _MAX_DEFAULTS:
        raise defaults.error(f"of at most {_MAX_DEFAULTS} settings, not {len(listed)}")
    for key, entry in listed.items():
        items = entry.items()
        if len(items) % 2 or len(items) > _MAX_DEFAULTS:
            raise entry.error("pairs of a value and the types of nodes that get it")
        for value, types in zip(items[::2], items[1::2], strict=True):
            if types.value == _ALL:
                yield _Rule(key, value, None)
            else:
                yield _Rule(key, value, frozenset(item.text() for item in types.items()))


def _settings(entry: Strict) -> dict[str, Strict]:
    settings = entry.entries()
    if len(settings) > _MAX_DEFAULTS:
        raise entry.error(f"of at most {_MAX_DEFAULTS} settings, not {len(settings)}")
    return settings


def _unknown(name: Name, path: Path) -> Diagnostic:
    close = close_type(name.op_type)
    hint = f"did you mean {close}?" if close else "remove it, or fold this network without the file"
    text = (
        "every node must be of a kind that a layer here has, such as MVAU, "
        f"ConvolutionInputGenerator or Thresholding, not {name.text[:80]}"
    )
    return Diagnostic("finn-node", text, hint, Origin(file=str(path)))
