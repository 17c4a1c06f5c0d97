# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Integer layers out: tables, thresholds, choices, and what the host does."""
