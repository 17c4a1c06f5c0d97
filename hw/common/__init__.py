# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""SystemVerilog shared by several kernels; installed as data beside them."""
