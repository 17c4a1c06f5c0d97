# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""PyTorch modules: recognised without PyTorch, exported and compared with it (extra `train`)."""
