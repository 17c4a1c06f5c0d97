# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""How much a stored Design may hold: a small file must not unfold into terabytes."""

from __future__ import annotations

__all__ = ["INT32", "MAX_ELEMENTS"]

INT32 = 1 << 31
"""Integers are below it, and not below its negative."""
MAX_ELEMENTS = 1 << 28
"""Of a tensor or of an array."""
