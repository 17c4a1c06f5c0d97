# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a stage of hardware is: kernels, adapters, foldings, streams, resources."""
