# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Exit codes of commands."""

from __future__ import annotations

__all__ = ["FAILED", "USER_MISTAKE"]

FAILED = 1
"""A mismatch, or a check that failed."""

USER_MISTAKE = 2
"""Something that was given is wrong."""
