# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Device families."""

from __future__ import annotations

__all__ = ["Family"]

Family = str
"""Device family whose primitives are counted: ``xc7`` (LUT6, RAMB18) or ``ecp5`` (LUT4, DP16KD)."""
