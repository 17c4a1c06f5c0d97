# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Boards as data: each folder beside this file with a board.toml is one."""
