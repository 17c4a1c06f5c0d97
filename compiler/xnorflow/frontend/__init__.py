# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""QONNX -> IR; the only importer of onnx and qonnx."""
