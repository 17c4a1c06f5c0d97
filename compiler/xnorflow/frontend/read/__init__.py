# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""From bytes to a cleaned graph: parsed, vetted, inlined, at batch 1."""
