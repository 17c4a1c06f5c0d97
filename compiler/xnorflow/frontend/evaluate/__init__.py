# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What values there are: products, sums, and what the nodes behind them make of each."""
