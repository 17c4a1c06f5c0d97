# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What the host does around the accelerator, in numpy alone: frames in, meaning out."""
