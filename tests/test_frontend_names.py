# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Every node has a name of its own, whatever the file says."""

from __future__ import annotations

import pytest
from onnx import helper

from xnorflow.frontend.read.names import name_nodes


def named(*names: str) -> list[str]:
    nodes = [helper.make_node("Relu", ["x"], ["y"], name=name) for name in names]
    graph = helper.make_graph(nodes, "g", [], [])
    name_nodes(graph)
    found = [node.name for node in graph.node]
    name_nodes(graph)
    assert [node.name for node in graph.node] == found
    return found


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (("a", "b"), ["a", "b"]),
        (("", "a", ""), ["Relu_0", "a", "Relu_1"]),
        (("Relu_0", "", ""), ["Relu_0", "Relu_1", "Relu_2"]),
        (("a", "a", "a"), ["a", "a_2", "a_3"]),
        (("a", "a", "a_2", "a"), ["a", "a_3", "a_2", "a_4"]),
        (("a_2", "a", "a", "a_2"), ["a_2", "a", "a_3", "a_2_2"]),
        (("\x1b", r"\x1b"), [r"\x1b", r"\x1b_2"]),
    ],
)
def test_names(given: tuple[str, ...], names: list[str]) -> None:
    assert named(*given) == names


def test_names_that_differ_only_beyond_what_is_shown() -> None:
    found = named("M" * 300, "M" * 299 + "N", "M" * 200)
    assert found == ["M" * 200, "M" * 190 + "_2", "M" * 190 + "_3"]


def test_many_nodes_of_one_name_and_of_none() -> None:
    found = named(*["same", "", "M" * 300] * 3000)
    assert len(set(found)) == 9000
    assert max(map(len, found)) == 200
