"""Tempo: a search names traces, which are then fetched one by one.

Searches find as many traces as they may, in no order, and have no cursor. Their times are whole
seconds.
Source: grafana/tempo, docs of its HTTP API and pkg/tempopb/tempo.proto.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

import msgspec
from google.protobuf.message import DecodeError
from msgspec import Struct

from analyzer.errors import InputError
from analyzer.model.issue import Issues
from analyzer.pull.complaints import BASE_PATH_HINT, Unanswered
from analyzer.pull.decoding import requests_of
from analyzer.pull.query import Query, Window
from analyzer.pull.traces import Traces
from analyzer.pull.web import Answer, Web
from analyzer.records.ids import TRACE_ID_BYTES, parse_short_hex

if TYPE_CHECKING:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

NS_PER_S: Final = 10**9

LONGEST_NS: Final = 30 * 60 * NS_PER_S
"""The first versions search no more than half an hour at once; later ones a week, as a rule."""

SEARCH: Final = "/api/search"
TRACE_PATHS: Final = ("/api/v2/traces/", "/api/traces/")

PROTOBUF: Final = "application/protobuf"
"""Exactly so: Tempo compares the header with it."""

FORMATS: Final = ("tempo", "otlp-json")

COMPLETE: Final = "COMPLETE"


@dataclass(slots=True)
class Tempo:
    """A Tempo that is asked in TraceQL."""

    web: Web
    query: Query
    _paths: tuple[str, ...] = TRACE_PATHS

    name: ClassVar[str] = "tempo"
    grain_ns: ClassVar[int] = NS_PER_S
    longest_ns: ClassVar[int | None] = LONGEST_NS

    @property
    def api(self) -> str:
        """Where its traces are."""
        return self._paths[0].strip("/")

    def searches(self) -> Sequence[str]:
        """The query that was given, else one for each service."""
        if self.query.traceql is not None:
            return [self.query.traceql]
        return [traceql(self.query, service) for service in self.query.services or (None,)]

    def advice(self) -> str:
        """What to do if there is no trace at all."""
        return "look further back with --last, or for something else"

    def fetch(self, search: str, window: Window, traces: Traces) -> bool:
        """One search, and those of its traces that are not here yet."""
        found = self._found(search, window)
        for trace_id in found:
            if traces.knows(trace_id):
                continue
            if traces.full:
                traces.turn_away()
                break
            self._fetch(trace_id, traces)
        return len(found) >= self.query.page

    def _found(self, search: str, window: Window) -> list[bytes]:
        """The ids of the traces that a search finds."""
        document = self.web.json(
            SEARCH,
            {
                "q": search,
                "start": str(window.start_ns // NS_PER_S),
                "end": str(-(-window.end_ns // NS_PER_S)),
                "limit": str(self.query.page),
                "spss": "1",
            },
        )
        if document is None:
            shown = self.web.address.shown
            raise InputError(f"{shown} has no {SEARCH}: it is no Tempo", hint=BASE_PATH_HINT)
        traces = document.get("traces") if isinstance(document, dict) else None
        ids = (
            parse_short_hex(trace["traceID"], TRACE_ID_BYTES)
            for trace in traces or ()
            if isinstance(trace, dict) and isinstance(trace.get("traceID"), str)
        )
        return [found.to_bytes(TRACE_ID_BYTES, "big") for found in ids if found]

    def _fetch(self, trace_id: bytes, traces: Traces) -> None:
        """One trace, from the place that has it: the newer one says whether it is whole."""
        for path in self._paths:
            with self.web.get(path + trace_id.hex(), {}, accept=PROTOBUF) as answer:
                if not answer.found:
                    continue
                where = f"{self.web.address.shown}{path}{trace_id.hex()}"
                told = _told(answer, where, traces.issues, wrapped=path == TRACE_PATHS[0])
                traces.partly += told.partial
                traces.gone += not traces.add(told.requests)
                self._paths = (path,)
                return
        traces.gone += 1


def traceql(query: Query, service: str | None) -> str:
    """The query in Tempo's language, for spans of one service or of any."""
    wanted = []
    if service is not None:
        wanted.append(f"resource.service.name = {_quoted(service)}")
    if query.operation is not None:
        wanted.append(f"name = {_quoted(query.operation)}")
    if query.min_duration_ns is not None:
        wanted.append(f"duration >= {query.min_duration_ns}ns")
    return f"{{ {' && '.join(wanted)} }}" if wanted else "{}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What an answer says of a trace."""

    requests: "Iterable[ExportTraceServiceRequest]"
    partial: bool


class _Status(Struct):
    """The end of an answer of version 2 in JSON."""

    status: str | int = COMPLETE


_STATUS = msgspec.json.Decoder(_Status)


def _told(answer: Answer, where: str, issues: Issues, *, wrapped: bool) -> _Told:
    """A trace, in whichever encoding it comes: what stands between us may know JSON alone."""
    if answer.media == PROTOBUF:
        return _of_protobuf(answer, where, wrapped=wrapped)
    partial = False
    if wrapped:
        with suppress(ValueError):
            partial = _STATUS.decode(answer.body.read()).status not in (COMPLETE, 0)
        answer.body.seek(0)
    return _Told(requests=requests_of(answer, where, FORMATS, issues), partial=partial)


def _of_protobuf(answer: Answer, where: str, *, wrapped: bool) -> _Told:
    """A Trace, which is on the wire what an ExportTraceServiceRequest is, or it in a wrapper."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    content, partial = answer.body.read(), False
    try:
        if wrapped:
            message = trace_by_id_response().FromString(content)
            content, partial = message.trace, message.status != 0
        return _Told(requests=[ExportTraceServiceRequest.FromString(content)], partial=partial)
    except DecodeError as error:
        raise Unanswered(where, "answers with something that is no trace") from error


@cache
def trace_by_id_response() -> Any:  # noqa: ANN401  a message that is declared here
    """A TraceByIDResponse with what is looked at of it."""
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.message_factory import GetMessageClass

    file = FileDescriptorProto(name="slowhop/tempo.proto", package="slowhop", syntax="proto3")
    message = file.message_type.add(name="TraceByIDResponse")
    label = FieldDescriptorProto.LABEL_OPTIONAL
    for name, number, kind in (
        ("trace", 1, FieldDescriptorProto.TYPE_BYTES),
        ("status", 3, FieldDescriptorProto.TYPE_INT32),
    ):
        message.field.add(name=name, number=number, type=kind, label=label)
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("slowhop.TraceByIDResponse"))
