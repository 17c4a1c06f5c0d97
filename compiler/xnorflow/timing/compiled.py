# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Functions compiled by numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

__all__ = ["compiled"]

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """Compiled when it is first called, and kept on disk where there is a place for it."""
    compiler: Callable[..., Any] = numba.njit
    try:
        found: _Function = compiler(cache=True)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        found = compiler(function)
    return found
