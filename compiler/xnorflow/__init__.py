# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""xnorflow: from a trained binary neural network to a streaming FPGA accelerator."""

__version__ = "0.1.0"
