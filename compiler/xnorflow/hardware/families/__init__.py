# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The families, found by discovery: each file of this folder describes one, and exports it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from xnorflow.hardware.family import Family

__all__ = ["families"]


@cache
def families() -> Mapping[str, Family]:
    """All families by name, sorted."""
    found: dict[str, Family] = {}
    for entry in pkgutil.iter_modules(__path__, f"{__name__}."):
        module = importlib.import_module(entry.name)
        for value in (getattr(module, name) for name in module.__all__):
            if isinstance(value, Family):
                assert value.name not in found, f"two families call themselves {value.name}"
                found[value.name] = value
    return MappingProxyType(dict(sorted(found.items())))
