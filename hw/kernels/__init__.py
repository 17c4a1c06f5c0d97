# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""One folder a kernel, found by ``xnorflow.hardware.catalog``."""
