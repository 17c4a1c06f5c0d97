# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The search finds what trying everything finds; folding files are held against the model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.designs import Maker

from xnorflow.folding.assemble import assemble
from xnorflow.folding.board import Board
from xnorflow.folding.boards import load_board
from xnorflow.folding.design import Design
from xnorflow.folding.fifos import with_fifos
from xnorflow.folding.file import FoldingFile, read_folding
from xnorflow.folding.options import options_of
from xnorflow.folding.search import fold as search
from xnorflow.folding.search import intervals
from xnorflow.ir.diagnostics import Diagnostic, XnorflowError
from xnorflow.ir.graph import Graph
from xnorflow.ir.kernel import Folding, Resources
from xnorflow.ir.layer import Layer
from xnorflow.ir.sweep import Sweep
from xnorflow.ir.types import BINARY, ValueType
from xnorflow.kernels import adapters, kernels_for

LARGE = replace(
    load_board("pynq-z1"), resources=Resources(10**6, 10**6, 10**4, 0), shell=Resources(), cap=1.0
)
CLOCK_MHZ = 100.0
ANY = (1, 1)
FIFOS = 30
"""LUTs, of all that a small network may need."""


def pixels() -> Graph:
    maker = Maker(6, ValueType(8), seed=1).quantize("pixels", ANY).dense("dense0", 4, ANY)
    return maker.dense("dense1", 3, ANY, raw=True).label("label", ANY).graph()


def bits() -> Graph:
    maker = Maker(12, BINARY, seed=2).dense("dense0", 6, ANY).dense("dense1", 10, ANY)
    return maker.dense("dense2", 2, ANY, raw=True).graph()


def single(columns: int, rows: int = 1) -> Graph:
    return Maker(columns, BINARY, seed=3).dense("dense0", rows, ANY, raw=True).graph()


def choices(layer: Layer) -> Iterator[Folding]:
    (kernel,) = kernels_for(layer)
    for bare in kernel.foldings(layer):
        for storage in kernel.storages(layer, bare) or ("auto",):
            yield Folding(bare.pe, bare.simd, storage)


def fold(*arguments: Any, **how: Any) -> Design:
    return search(*arguments, **how).design


def everything(graph: Graph, family: str = "xc7") -> list[tuple[int, int, Resources]]:
    """Interval, cycles of all layers and resources of every possible design without fifos."""
    columns = []
    for layer in graph.layers:
        (kernel,) = kernels_for(layer)
        columns.append(
            [
                (
                    kernel.cycles(layer, f),
                    kernel.resources(layer, f, family),
                    kernel.input_stream(layer, f),
                    kernel.output_stream(layer, f),
                )
                for f in choices(layer)
            ]
        )
    converter, joints = adapters()["width_converter"], {}
    found = []
    for chain in product(*columns):
        total = sum((cost for _, cost, _, _ in chain), Resources())
        for (_, _, _, source), (_, _, sink, _) in pairwise(chain):
            if source != sink:
                if (source, sink) not in joints:
                    joints[source, sink] = converter.resources(source, sink, 0, family)
                total += joints[source, sink]
        cycles = [part[0] for part in chain]
        found.append((max(cycles), sum(cycles), total))
    return found


def measure(total: Resources, cycles: int, first: str = "lut") -> tuple[int, ...]:
    """What is made as small as possible, in this order."""
    area = total.lut + 24 * total.bram18
    return (area if first == "area" else getattr(total, first), total.lut, total.bram18, cycles)


def with_luts(count: int) -> Board:
    return replace(LARGE, resources=replace(LARGE.resources, lut=count))


def refusal(*arguments: object, **how: object) -> Diagnostic:
    with pytest.raises(XnorflowError) as caught:
        fold(*arguments, **how)
    (fault,) = caught.value.diagnostics
    return fault


@pytest.mark.parametrize("minimize", ["lut", "bram18", "area"])
@pytest.mark.parametrize("family", ["xc7", "ecp5"])
@pytest.mark.parametrize("graph", [pixels(), bits()], ids=["pixels", "bits"])
def test_the_smallest_of_all_designs_is_found_for_every_interval(
    graph: Graph, family: str, minimize: str
) -> None:
    designs = everything(graph, family)
    intervals = sorted({interval for interval, *_ in designs})
    assert len(intervals) >= 8
    for limit in intervals:
        best = min(measure(d[2], d[1], minimize) for d in designs if d[0] <= limit)
        board = replace(LARGE, family=family)
        target = CLOCK_MHZ * 1e6 / limit
        found = search(graph, board, CLOCK_MHZ, target_fps=target, minimize=minimize)
        assert found.design.interval_cycles <= limit
        cycles = sum(stage.cycles for stage in found.design.stages)
        assert measure(found.design.resources(), cycles, minimize) == best
        assert found.verdict.goal == minimize
        assert found.verdict.found == found.verdict.bound == best[0]
        assert found.verdict.gap == 0


@pytest.mark.parametrize("seed", range(12))
def test_the_smallest_of_all_designs_that_keep_to_a_random_budget(seed: int) -> None:
    """Budgets that bind: the cheapest designs take more of some resource than there is."""
    random = Random(seed)
    graph = [pixels(), bits()][seed % 2]
    designs = everything(graph)
    _, _, some = random.choice(designs)
    least = {name: min(getattr(d[2], name) for d in designs) for name in ("lut", "ff", "bram18")}
    limits = {
        n: round(low + random.random() * (getattr(some, n) - low)) for n, low in least.items()
    }
    board = replace(LARGE, resources=Resources(**limits))
    fitting = [d for d in designs if all(getattr(d[2], n) <= m for n, m in limits.items())]
    for limit in sorted({interval for interval, *_ in designs}):
        able = [measure(d[2], d[1]) for d in fitting if d[0] <= limit]
        target = CLOCK_MHZ * 1e6 / limit
        if able:
            found = search(graph, board, CLOCK_MHZ, target_fps=target)
            cycles = sum(stage.cycles for stage in found.design.stages)
            assert measure(found.design.resources(), cycles) == min(able)
            assert found.verdict.gap == 0
        else:
            assert refusal(graph, board, CLOCK_MHZ, target_fps=target).code == "over-budget"
    if fitting:
        fastest = search(graph, board, CLOCK_MHZ)
        assert fastest.design.interval_cycles == min(d[0] for d in fitting)
        assert (fastest.verdict.goal, fastest.verdict.gap) == ("fps", 0)


def test_the_same_network_is_folded_the_same_way_again() -> None:
    board = replace(LARGE, resources=Resources(400, 10**6, 2, 0))
    first, second = (search(pixels(), board, CLOCK_MHZ) for _ in range(2))
    assert first.verdict == second.verdict
    assert [stage.folding for stage in first.design.stages] == [
        stage.folding for stage in second.design.stages
    ]


def test_what_more_would_give_is_true() -> None:
    designs = everything(bits())
    limits = {interval for interval, *_ in designs}
    least = {limit: min(d[2].lut for d in designs if d[0] <= limit) for limit in limits}
    luts = least[12]
    verdict = search(bits(), with_luts(luts), CLOCK_MHZ).verdict
    assert verdict.slowest
    assert verdict.lifts
    for lift in verdict.lifts:
        interval = round(CLOCK_MHZ * 1e6 / lift.fps)
        assert interval < 12
        assert lift.more == Resources(lut=least[interval] - luts)
        more = search(bits(), with_luts(luts + lift.more.lut), CLOCK_MHZ)
        assert more.design.fps >= lift.fps
        less = search(bits(), with_luts(luts + lift.more.lut - 1), CLOCK_MHZ)
        assert less.design.fps < lift.fps


def test_of_a_design_for_a_target_more_means_more_than_it_takes() -> None:
    found = search(bits(), LARGE, CLOCK_MHZ, target_fps=CLOCK_MHZ * 1e6 / 24)
    used = found.design.resources()
    assert found.verdict.lifts
    for lift in found.verdict.lifts:
        faster = search(bits(), LARGE, CLOCK_MHZ, target_fps=lift.fps).design
        assert faster.fps >= lift.fps > found.design.fps
        assert lift.more.lut == faster.resources().lut - used.lut > 0


def test_where_two_resources_bind_together_both_are_named() -> None:
    fastest = search(bits(), LARGE, CLOCK_MHZ).design.resources()
    less = Resources(fastest.lut * 3 // 4, fastest.ff * 3 // 4, 0, 0)
    lifts = search(bits(), replace(LARGE, resources=less), CLOCK_MHZ).verdict.lifts
    assert any(lift.more.lut and lift.more.ff for lift in lifts)


def windows() -> Graph:
    """Pools that let beats through in bursts, for which fifos are needed here and there."""
    maker = Maker((7, 6, 1), BINARY).window("window0", Sweep((3, 1)), ANY).conv("conv0", 2, ANY)
    maker = maker.pool("pool0", Sweep((3, 2)), ANY).pool("pool1", Sweep((1, 2), (2, 1)), ANY)
    return maker.dense("dense1", 2, ANY).graph()


def test_fifos_are_counted_while_the_smallest_is_sought() -> None:
    """Against all designs with their fifos."""
    graph = windows()
    options = [options_of(layer, LARGE, None) for layer in graph.layers]
    designs = []
    for choice in Random(1).sample(list(product(*options)), 1500):
        stages = [option.stage for option in choice]
        design = with_fifos(assemble(graph, LARGE, CLOCK_MHZ, stages))
        designs.append((design.interval_cycles, design.resources().lut, design.joints))
    assert sum(any(joint.depth for joint in joints) for *_, joints in designs) > 300
    for limit in sorted({interval for interval, *_ in designs}):
        found = search(graph, LARGE, CLOCK_MHZ, target_fps=CLOCK_MHZ * 1e6 / limit)
        best = min(lut for interval, lut, _ in designs if interval <= limit)
        assert found.verdict.bound <= found.verdict.found <= best
        assert found.design.resources().lut == found.verdict.found


def test_fifos_count_where_something_else_is_sought_too() -> None:
    graph = windows()
    for interval in (60, 90, 180):
        found = search(graph, LARGE, CLOCK_MHZ, target_fps=1e8 / interval, minimize="bram18")
        faster = search(graph, LARGE, CLOCK_MHZ, target_fps=1e8 / 42, minimize="bram18")
        assert found.design.resources().bram18 == faster.design.resources().bram18 == 0
        assert found.design.resources().lut <= faster.design.resources().lut


def test_what_more_would_give_counts_fifos_where_they_alone_do_not_fit() -> None:
    maker = Maker((9, 9, 2), BINARY).window("window0", Sweep((3, 3)), ANY).conv("conv0", 4, ANY)
    graph = maker.pool("pool0", Sweep((3, 2)), ANY).dense("dense1", 3, ANY).graph()
    lifted = 0
    for luts in range(190, 260, 7):
        for lift in search(graph, with_luts(luts), CLOCK_MHZ).verdict.lifts:
            if not (lift.more.ff or lift.more.bram18):
                more = with_luts(luts + lift.more.lut + FIFOS)
                assert search(graph, more, CLOCK_MHZ).design.fps >= lift.fps
                lifted += 1
    assert lifted > 4


def test_a_design_that_cannot_be_followed_spoils_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    designs = []

    def with_fifos_at_first(design: Design) -> Design:
        designs.append(design)
        if len(designs) > 1:
            raise XnorflowError(Diagnostic("fifo-schedule", "", ""))
        return with_fifos(design)

    monkeypatch.setattr("xnorflow.folding.fit.with_fifos", with_fifos_at_first)
    found = search(windows(), LARGE, CLOCK_MHZ, target_fps=1e8 / 60)
    assert len(designs) > 1
    assert found.verdict.found > found.verdict.bound


def test_what_fits_in_no_combination_is_named() -> None:
    """Of two resources as much as the designs take that take least of it."""
    maker = Maker((4, 4, 4), BINARY).window("window0", Sweep((3, 3)), ANY).conv("conv0", 4, ANY)
    graph = maker.pool("pool0", Sweep((2, 2)), ANY).dense("dense1", 4, ANY).graph()
    messages = []
    for interval in intervals(graph, LARGE):
        target = CLOCK_MHZ * 1e6 / interval
        found = [
            search(graph, LARGE, CLOCK_MHZ, target_fps=target, minimize=name).design.resources()
            for name in ("lut", "bram18")
        ]
        ff = min(used.ff for used in found) * 3 // 4
        board = replace(LARGE, resources=Resources(10**6, ff, found[1].bram18))
        try:
            search(graph, board, CLOCK_MHZ, target_fps=target)
        except XnorflowError as error:
            messages.append(str(error))
    assert messages
    assert all(re.search(r"at most \d+ (LUT|FF|BRAM18), not \d+", text) for text in messages)


def test_where_only_fifos_do_not_fit_the_error_still_says_of_what() -> None:
    graph = windows()
    target = CLOCK_MHZ * 1e6 / 60
    smallest = search(graph, LARGE, CLOCK_MHZ, target_fps=target).verdict
    assert smallest.bound < smallest.found - 1
    fault = refusal(graph, with_luts(int(smallest.found) - 1), CLOCK_MHZ, target_fps=target)
    assert fault.code == "over-budget"
    assert re.search(r"at most \d+ LUT, not \d+$", fault.message)
    enough = search(graph, with_luts(int(smallest.found)), CLOCK_MHZ, target_fps=target)
    assert enough.verdict.found == smallest.found


def test_where_a_layer_cannot_be_faster_nothing_more_helps() -> None:
    verdict = search(single(47), LARGE, CLOCK_MHZ).verdict
    assert (verdict.slowest, verdict.lifts) == (("dense0",), ())


@pytest.mark.parametrize("clock_mhz", [1 / 3, 33.3, 50.0, 100.0, 142.857142])
@pytest.mark.parametrize("columns", [47, 97, 211])
def test_a_target_that_divides_the_clock_is_met_to_the_cycle(
    clock_mhz: float, columns: int
) -> None:
    """A prime: one step a frame, or as many as there are columns."""
    graph = single(columns)
    exact = clock_mhz * 1e6 / columns
    assert fold(graph, LARGE, clock_mhz, target_fps=exact).interval_cycles == columns
    assert fold(graph, LARGE, clock_mhz, target_fps=exact * 1.00001).interval_cycles == 1


@pytest.mark.parametrize("target_fps", [1e-320, 1e-9, 1.0])
def test_a_target_that_asks_for_nothing_gives_the_cheapest(target_fps: float) -> None:
    found = fold(pixels(), LARGE, CLOCK_MHZ, target_fps=target_fps).resources()
    assert found.lut == min(d[2].lut for d in everything(pixels()))


@pytest.mark.parametrize(
    ("clock_mhz", "target_fps", "most", "asked"),
    [
        (100.0, 100_000_001, "100,000,000 FPS at 100 MHz", "100,000,001 FPS"),
        (0.0000017, 2.5, "1 FPS at 1.7e-06 MHz", "2.5 FPS"),
        (100.0, 1e300, "100,000,000 FPS at 100 MHz", "1e+300 FPS"),
    ],
)
def test_a_target_too_fast(clock_mhz: float, target_fps: float, most: str, asked: str) -> None:
    fault = refusal(pixels(), LARGE, clock_mhz, target_fps=target_fps)
    assert fault.code == "target-too-fast"
    assert fault.message == (
        f"the target must be at most {most}, since pixels needs 1 cycle a frame, not {asked}"
    )
    assert fault.hint == "lower the target or raise the clock (--clock-mhz)"
    assert fault.origin.nodes == ("/pixels/node",)


def test_too_little_room_says_what_would_fit_and_that_does() -> None:
    graph = bits()
    least = {limit: min(d[2].lut for d in everything(graph) if d[0] <= limit) for limit in (1, 7)}
    board = with_luts(least[7])
    fault = refusal(graph, board, CLOCK_MHZ, target_fps=CLOCK_MHZ * 1e6)
    assert fault.code == "over-budget"
    start = "the accelerator must keep to what pynq-z1 leaves beside the shell, at most "
    assert fault.message == f"{start}{least[7]} LUT, not {least[1]}"
    words = fault.hint.split()
    assert fault.hint == f"ask for at most {words[4]} FPS, or choose a larger board"
    target = int(words[4].replace(",", ""))
    assert target * 7 >= CLOCK_MHZ * 1e6 * 0.99
    assert fold(graph, board, CLOCK_MHZ, target_fps=target).resources().lut <= least[7]


def test_no_room_at_all_has_no_such_hint() -> None:
    for how in ({"target_fps": 1.0}, {}):
        fault = refusal(bits(), with_luts(10), CLOCK_MHZ, **how)
        assert fault.code == "over-budget"
        assert "at most 10 LUT, not " in fault.message
        assert fault.hint == "choose a larger board"


def test_every_resource_that_is_short_is_named() -> None:
    board = replace(LARGE, resources=Resources(10, 20, 0, 0))
    message = refusal(bits(), board, CLOCK_MHZ, target_fps=1.0).message
    assert "at most 10 LUT, not " in message
    assert " and 20 FF, not " in message
    assert "BRAM18" not in message


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_without_a_wish_the_fastest_design_that_fits(share: float) -> None:
    graph = bits()
    designs = everything(graph)
    low = min(d[2].lut for d in designs)
    high = min(d[2].lut for d in designs if d[0] == 1)
    luts = round(low + share * (high - low))
    found = fold(graph, with_luts(luts), CLOCK_MHZ)
    assert found.resources().lut <= luts
    assert found.interval_cycles == min(d[0] for d in designs if d[2].lut <= luts)


def test_block_ram_is_used_where_it_saves_and_only_where_there_is_some() -> None:
    graph, target = single(144, rows=64), CLOCK_MHZ * 1e6 / 256
    assert fold(graph, LARGE, CLOCK_MHZ, target_fps=target).resources().bram18 > 0
    board = replace(LARGE, resources=replace(LARGE.resources, bram18=0))
    found = fold(graph, board, CLOCK_MHZ, target_fps=target)
    assert found.resources().bram18 == 0
    assert found.interval_cycles <= 256


# Folding files


def folded(graph: Graph, **layers: tuple[int, int] | tuple[int, int, str]) -> Design:
    file = FoldingFile(Path("f.json"), {name: Folding(*f) for name, f in layers.items()})
    return fold(graph, LARGE, CLOCK_MHZ, folding=file)


def faults(**layers: tuple[int, int] | tuple[int, int, str]) -> tuple[Diagnostic, ...]:
    with pytest.raises(XnorflowError) as caught:
        folded(pixels(), **layers)
    assert all(fault.origin.file == "f.json" for fault in caught.value.diagnostics)
    return caught.value.diagnostics


def test_a_file_is_followed_and_what_it_leaves_open_is_chosen() -> None:
    design = folded(pixels(), dense0=(2, 3, "bram"), dense1=(3, 1))
    names = {stage.layer.name: stage for stage in design.stages}
    assert names["dense0"].folding == Folding(2, 3, "bram")
    assert (names["dense1"].folding.pe, names["dense1"].folding.simd) == (3, 1)
    assert names["dense1"].folding.storage != "auto"
    assert design.interval_cycles == names["dense0"].cycles == names["dense1"].cycles == 4


def test_what_a_file_leaves_open_is_of_least_area() -> None:
    """LUTs alone would put each small table into a block RAM of its own."""
    files = [FoldingFile(Path("f.json"), {"dense0": Folding(8, 12)}) for _ in range(3)]
    graph = single(48, rows=32)
    found = {
        goal: fold(graph, LARGE, CLOCK_MHZ, folding=file, minimize=goal).resources()
        for file, goal in zip(files, (None, "area", "lut"), strict=True)
    }
    assert found[None] == found["area"] != found["lut"]
    assert found["lut"].lut < found["area"].lut
    assert found["area"].lut + 24 * found["area"].bram18 < (
        found["lut"].lut + 24 * found["lut"].bram18
    )


def test_a_file_for_every_layer() -> None:
    design = folded(pixels(), pixels=(6, 6), dense0=(4, 6), dense1=(1, 2), label=(1, 1))
    found = [(stage.folding.pe, stage.folding.simd) for stage in design.stages]
    assert found == [(6, 6), (4, 6), (1, 2), (1, 1)]
    assert design.interval_cycles == 6


def test_a_folding_that_does_not_fit_the_board() -> None:
    file = FoldingFile(Path("f.json"), {f"dense{n}": Folding(1, 1) for n in range(3)})
    fault = refusal(bits(), with_luts(10), CLOCK_MHZ, folding=file)
    assert (fault.code, fault.hint) == ("over-budget", "fold more, or change board")


def test_a_stale_file() -> None:
    layers = {"dense0": Folding(1, 1), "dense1": Folding(1, 1)}
    fold(pixels(), LARGE, CLOCK_MHZ, folding=FoldingFile(Path("f"), layers, model="0" * 64))
    stale = FoldingFile(Path("f"), layers, model="ab\n" * 20)
    fault = refusal(pixels(), LARGE, CLOCK_MHZ, folding=stale)
    assert fault.code == "folding-stale"
    assert fault.message == (
        "the folding must be for this model (sha256 000000000000...), not for another "
        "(sha256 ab\\nab\\nab\\n...)"
    )
    assert fault.hint == "fold this model anew, or remove model"


def test_an_unknown_layer() -> None:
    near, far = faults(dense0=(1, 1), dense1=(1, 1), dense7=(1, 1), zzz=(1, 1))
    rule = "a folded layer must be one of pixels, dense0, dense1, label, not"
    assert near.code == far.code == "folding-unknown-layer"
    assert (near.message, far.message) == (f"{rule} 'dense7'", f"{rule} 'zzz'")
    assert near.hint in ("did you mean dense0?", "did you mean dense1?")
    assert far.hint == "remove the entry"


def test_a_missing_layer() -> None:
    (fault,) = faults(dense1=(1, 1))
    assert fault.code == "folding-incomplete"
    assert fault.message == "every conv and dense layer must have a folding, not all but dense0"
    assert fault.hint == "add the missing layers"


@pytest.mark.parametrize(
    ("wanted", "near"), [((3, 6), (2, 6)), ((4, 5), (4, 6)), ((5, 4), (4, 3)), ((99, 99), (4, 6))]
)
def test_an_illegal_folding(wanted: tuple[int, int], near: tuple[int, int]) -> None:
    (fault,) = faults(dense0=wanted, dense1=(1, 1))
    assert fault.code == "folding-illegal"
    assert fault.message == (
        "the folding of dense0 (binary[6] -> binary[4]) must be legal for xnor_mvu, not "
        f"PE {wanted[0]}, SIMD {wanted[1]}"
    )
    assert fault.hint == f"the nearest legal one is PE {near[0]}, SIMD {near[1]}"
    assert fault.origin.nodes == ("/dense0/node",)


@pytest.mark.parametrize(
    ("wanted", "options"),
    [
        ((1, 1, "const"), "auto or lutram or bram, not 'const'"),
        ((4, 6, "disk"), "auto or const or lutram or bram, not 'disk'"),
    ],
)
def test_a_storage_that_the_kernel_has_not(wanted: tuple[int, int, str], options: str) -> None:
    (fault,) = faults(dense0=wanted, dense1=(1, 1))
    assert fault.code == "folding-storage"
    assert fault.message == (
        f"the storage of dense0 at PE {wanted[0]}, SIMD {wanted[1]} must be {options}"
    )
    assert fault.origin.nodes == ("/dense0/node",)


def test_all_faults_of_a_file_at_once() -> None:
    codes = [fault.code for fault in faults(dense0=(3, 3), label=(2, 2), other=(1, 1))]
    assert sorted(codes) == sorted(
        ["folding-unknown-layer", "folding-incomplete", "folding-illegal", "folding-illegal"]
    )


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    entries = {"a": {"pe": 2, "simd": 3}, "b": {"pe": 4, "simd": 5, "storage": "bram"}}
    path.write_text(json.dumps({"layers": entries, "model": "00"}))
    layers = {"a": Folding(2, 3, "auto"), "b": Folding(4, 5, "bram")}
    assert read_folding(path) == FoldingFile(path, layers, "00")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "the file must be an object, not []"),
        ("{}", "the file must be an object of layers, not without 'layers'"),
        ('{"layers": {}, "pe": 1}', "the file must be an object of layers, not with an unknown"),
        ('{"layers": []}', "layers must be an object, not []"),
        ('{"layers": {"a": {"pe": 1}}}', "layers.a must be an object of pe, simd, not without"),
        ('{"layers": {"a": {"pe": 0, "simd": 1}}}', "layers.a.pe must be a whole number from 1"),
        ('{"layers": {"a": {"pe": true, "simd": 1}}}', "layers.a.pe must be a whole number from 1"),
        ('{"layers": {"a": {"pe": 1, "simd": 2.0}}}', "layers.a.simd must be a whole number"),
        ('{"layers": {"a": {"pe": 1, "simd": 1e999}}}', "layers.a.simd must be a whole number"),
        ('{"layers": {"a": {"pe": 1, "simd": NaN}}}', "NaN is not a JSON number"),
        (
            '{"layers": {"a": {"pe": 1, "simd": 1, "storage": 3}}}',
            "layers.a.storage must be a text, not 3",
        ),
        ('{"layers": {}, "model": 5}', "model must be a text, not 5"),
        ("[" * 100_000, "the folding file must be complete JSON, not fail with: "),
        (
            '{"layers": {"dense0": {"pe": 1, "simd": 1}, "dense0": {"pe": 2, "simd": 1}}}',
            "the folding file must be complete JSON, not fail with: the key 'dense0' stands there "
            "twice",
        ),
        (" " * (1 << 20) + "{}", "the folding file must be at most 1048576 bytes, not more"),
    ],
)
def test_a_file_that_is_not_well_formed(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "f.json"
    path.write_text(content)
    with pytest.raises(XnorflowError) as caught:
        read_folding(path)
    (fault,) = caught.value.diagnostics
    assert fault.code == "folding-file"
    assert message in fault.message
    assert fault.hint.startswith('write {"layers": {"dense0": {"pe": 4, "simd": 8}}}')
    assert fault.origin.file == str(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(XnorflowError, match="the folding file must be readable, not fail with: No"):
        read_folding(tmp_path / "gone.json")
