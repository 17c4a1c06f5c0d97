# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Shared support for kernel simulations: drivers, patterns, scoreboard, cached Verilator builds."""
