# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Many foldings of one network: the front of speed against LUTs and block RAMs."""

from xnorflow.explore.exploration import Exploration, explore

__all__ = ["Exploration", "explore"]
