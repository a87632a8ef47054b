"""Traces of production as a server's spans tell them, written as a dump."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.readers import wire

S = 1_000_000_000
BEGIN_NS = 1_700_000_000 * S


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as its server saw it; times in seconds. `name`: the span's, else the method."""

    at: float
    path: str = "/"
    method: str = "GET"
    took: float = 0.1
    name: str = ""
    trace: int = 0
    span: int = 1
    parent: int = 0
    kind: "Span.SpanKind.ValueType" = Span.SPAN_KIND_SERVER
    failed: bool = False
    more: Mapping[str, str] = field(default_factory=dict)


def asked(at: float, path: str = "/", who: str = "", **more: str) -> Asked:
    """A request of a session."""
    return Asked(at=at, path=path, more=({"session.id": who} if who else {}) | more)


def dump(place: Path, requests: Iterable[Asked], name: str = "dump.otlp") -> Path:
    """A file with one span for each; those without a trace of their own get one by their place."""
    export = ExportTraceServiceRequest()
    process = export.resource_spans.add()
    process.resource.attributes.append(_pair("service.name", "shop"))
    scope = process.scope_spans.add()
    for place_in_file, each in enumerate(requests, 1):
        start = BEGIN_NS + round(each.at * S)
        attributes = {"http.request.method": each.method, "url.path": each.path, **each.more}
        scope.spans.append(
            Span(
                trace_id=(each.trace or 1_000_000 + place_in_file).to_bytes(16, "big"),
                span_id=each.span.to_bytes(8, "big"),
                parent_span_id=each.parent.to_bytes(8, "big") if each.parent else b"",
                name=each.name or each.method,
                kind=each.kind,
                start_time_unix_nano=start,
                end_time_unix_nano=start + round(each.took * S),
                status=Status(code=Status.STATUS_CODE_ERROR) if each.failed else Status(),
                attributes=[_pair(key, value) for key, value in attributes.items() if value],
            )
        )
    file = place / name
    file.write_bytes(wire.frames(export.SerializeToString()))
    return file


def _pair(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))
