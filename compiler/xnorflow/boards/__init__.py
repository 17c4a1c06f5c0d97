# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Boards: what their parts have, and what the shell around an accelerator takes."""
