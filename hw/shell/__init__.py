# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What surrounds the accelerator on a board; one folder a way to reach it."""
