# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Stages and joints as parts, and the links between them: what each reads, and who reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xnorflow.design.stage import HOST, Connection, Joint, Port, Stage
from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.hardware.stream import Stream
from xnorflow.timing import pace

__all__ = ["Link", "Netlist", "Part", "netlist"]


@dataclass(frozen=True)
class Part:
    """A stage or a joint in its place.

    Attributes:
        name: layer's or joint's name.
        item: the stage or joint.
        sources: the streams that enter.
        sinks: the streams that leave.
    """

    name: str
    item: Stage | Joint
    sources: tuple[Stream, ...]
    sinks: tuple[Stream, ...]

    @classmethod
    def of(cls, item: Stage | Joint) -> Part:
        """A stage or a joint."""
        if isinstance(item, Stage):
            return cls(item.layer.name, item, item.input_streams, item.output_streams)
        return cls(item.name, item, (item.source,), (item.sink,))


@dataclass(frozen=True)
class Link:
    """A stream from one part to another.

    Attributes:
        source: number of the part that it leaves, and which of its outputs; or ``pace.HOST``.
        sink: number of the part that it enters, and which of its inputs; or ``pace.HOST``.
        stream: what it carries.
    """

    source: pace.Source
    sink: tuple[int, int]
    stream: Stream


@dataclass(frozen=True)
class Netlist:
    """Parts and links.

    Attributes:
        parts: each behind those that it reads.
        links: in the order of the parts and inputs that they enter; the host's output comes last.
    """

    parts: tuple[Part, ...]
    links: tuple[Link, ...]

    @property
    def branches(self) -> bool:
        """Whether there is more than one way through it."""
        return any(part.item.process.joins_or_forks for part in self.parts)

    @property
    def dataflow(self) -> pace.Dataflow:
        """When beats move."""
        return pace.Dataflow([part.item.process for part in self.parts], self._sources)

    @property
    def untimed(self) -> pace.Dataflow:
        """The same where no beat under way lets more in: what does not deadlock here never does."""
        return pace.Dataflow([part.item.process.untimed for part in self.parts], self._sources)

    @property
    def _sources(self) -> list[list[pace.Source]]:
        """For each input of each part, what it reads."""
        sources: list[list[pace.Source]] = [[] for _ in self.parts]
        for link in self.links[:-1]:
            sources[link.sink[0]].append(link.source)
        return sources

    @property
    def source(self) -> Stream:
        """The accelerator's input stream."""
        return next(link.stream for link in self.links if link.source == pace.HOST)

    @property
    def sink(self) -> Stream:
        """The accelerator's output stream."""
        return self.links[-1].stream


def netlist(stages: Sequence[Stage], connections: Sequence[Connection]) -> Netlist:
    """All parts, with adapters in front of the stages whose inputs they serve.

    Raises:
        XnorflowError: ``design-connections``: an input that nothing or more than one feeds, an
            output that is not read exactly once, a stage that does not exist or comes too late; or
            ``stream-mismatch`` for neighbours whose streams differ.
    """
    return _Builder(stages, connections).netlist()


class _Builder:
    """Puts parts in order, and links them."""

    def __init__(self, stages: Sequence[Stage], connections: Sequence[Connection]) -> None:
        self._stages, self._connections = stages, connections
        self._parts: list[Part] = []
        self._links: list[Link] = []
        self._numbers: dict[str, int] = {}
        self._read: set[Port] = set()

    def netlist(self) -> Netlist:
        for stage in self._stages:
            name = stage.layer.name
            ends = [
                self._arrive(self._into(Port(name, port)))
                for port in range(len(stage.input_streams))
            ]
            self._add(stage, ends)
            self._numbers[name] = len(self._parts) - 1
        self._leave(self._into(HOST))
        self._check_all_used()
        return Netlist(tuple(self._parts), tuple(self._links))

    def _into(self, sink: Port) -> Connection:
        found = [c for c in self._connections if c.sink == sink]
        if len(found) != 1:
            place = "the output" if sink == HOST else f"input {sink.number} of {sink.stage}"
            raise _misplaced(f"exactly one connection must enter {place}, not {len(found)}")
        return found[0]

    def _arrive(self, connection: Connection) -> tuple[pace.Source, Stream | None]:
        """Where a connection's stream comes from at its end, its joints added."""
        end = self._start(connection.source)
        for joint in connection.joints:
            self._add(joint, [end])
            end = (len(self._parts) - 1, 0), joint.sink
        return end

    def _start(self, source: Port) -> tuple[pace.Source, Stream | None]:
        if source in self._read:
            raise _misplaced(f"one connection must leave {_shown(source)}, not several")
        self._read.add(source)
        if source == HOST:
            return pace.HOST, None
        number = self._numbers.get(source.stage)
        sinks = () if number is None else self._parts[number].sinks
        if number is None or not 0 <= source.number < len(sinks):
            raise _misplaced(f"{_shown(source)} must be of an earlier stage, not one that is not")
        return (number, source.number), sinks[source.number]

    def _add(self, item: Stage | Joint, ends: Sequence[tuple[pace.Source, Stream | None]]) -> None:
        part = Part.of(item)
        for port, ((source, found), wanted) in enumerate(zip(ends, part.sources, strict=True)):
            if found not in (None, wanted):
                before = self._parts[source[0]].name
                origin = item.layer.origin if isinstance(item, Stage) else Origin()
                raise XnorflowError(
                    Diagnostic(
                        "stream-mismatch",
                        f"the stream into {part.name} must be {wanted}, not {found} from {before}",
                        "compile the model again, so that adapters fit the foldings",
                        origin,
                    )
                )
            self._links.append(Link(source, (len(self._parts), port), wanted))
        self._parts.append(part)

    def _leave(self, connection: Connection) -> None:
        source, stream = self._arrive(connection)
        assert stream is not None, "the input is read by the first stage, and by nothing else"
        self._links.append(Link(source, pace.HOST, stream))

    def _check_all_used(self) -> None:
        unread = [port for port in self._outputs() if port not in self._read]
        if unread:
            raise _misplaced(f"every output must be read, not all but {_shown(unread[0])}")
        inputs = sum(len(stage.input_streams) for stage in self._stages)
        if len(self._connections) != inputs + 1:
            raise _misplaced("every connection must enter a stage of the design, not another")

    def _outputs(self) -> Iterator[Port]:
        yield HOST
        for stage in self._stages:
            for number in range(len(stage.output_streams)):
                yield Port(stage.layer.name, number)


def _shown(port: Port) -> str:
    if port == HOST:
        return "the input"
    return f"output {port.number} of {port.stage or 'the input'}"


def _misplaced(rule: str) -> XnorflowError:
    return XnorflowError(Diagnostic("design-connections", rule, "compile the model again"))
