"""Records of spans to OTLP's messages; imported only by what converts."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.records.ids import INVALID_IDS_DETAIL, SPAN_ID_BYTES, TRACE_ID_BYTES
from analyzer.records.record import Link, Scope, SpanRecord, Value

SPANS_A_REQUEST = 512
"""What exporters send at once by default."""

_DEEPEST = 16
"""Values inside values; what is deeper is written as JSON text."""

_INT64 = range(-(1 << 63), 1 << 63)
_LATEST_NS = (1 << 64) - 1


def requests(
    records: Iterable[SpanRecord], issues: Issues, *, at_once: int = SPANS_A_REQUEST
) -> Iterator[ExportTraceServiceRequest]:
    """The records in requests of `at_once` spans, in order within each process and scope."""
    batch = _Batch()
    for record in records:
        if not record.trace_id or not record.span_id or record.parent_id is None:
            kind, where = IssueKind.INVALID_IDS, record.where
            issues.add(Issue(kind=kind, where=where, detail=INVALID_IDS_DETAIL, spans=1))
            continue
        _fill(batch.span(record.resource, record.scope), record)
        if batch.size == at_once:
            yield batch.request
            batch = _Batch()
    if batch.size:
        yield batch.request


@dataclass(slots=True)
class _Batch:
    """A request while it is filled."""

    request: ExportTraceServiceRequest = field(default_factory=ExportTraceServiceRequest)
    size: int = 0
    _resources: dict[int, ResourceSpans] = field(default_factory=dict)
    _scopes: dict[tuple[int, Scope], ScopeSpans] = field(default_factory=dict)
    _alive: list[Mapping[str, Value]] = field(default_factory=list)

    def span(self, resource: Mapping[str, Value], scope: Scope) -> Span:
        """A new span of a process and scope."""
        self.size += 1
        key = (id(resource), scope)
        scope_spans = self._scopes.get(key)
        if scope_spans is None:
            scope_spans = self._scopes[key] = self._of(resource).scope_spans.add()
            scope_spans.scope.name, scope_spans.scope.version = scope.name, scope.version
        return scope_spans.spans.add()

    def _of(self, resource: Mapping[str, Value]) -> ResourceSpans:
        found = self._resources.get(id(resource))
        if found is None:
            # While it is kept here, no other object gets its place in memory.
            self._alive.append(resource)
            found = self._resources[id(resource)] = self.request.resource_spans.add()
            found.resource.attributes.extend(key_values(resource))
        return found


def _fill(span: Span, record: SpanRecord) -> None:
    span.trace_id = (record.trace_id or 0).to_bytes(TRACE_ID_BYTES, "big")
    span.span_id = (record.span_id or 0).to_bytes(SPAN_ID_BYTES, "big")
    if record.parent_id:
        span.parent_span_id = record.parent_id.to_bytes(SPAN_ID_BYTES, "big")
    span.name = _text(record.name)
    span.kind = record.kind  # type: ignore[assignment]  # an enum's number
    span.start_time_unix_nano = _time(record.start)
    span.end_time_unix_nano = _time(record.end)
    span.trace_state = _text(record.trace_state)
    span.attributes.extend(key_values(record.attributes))
    if record.status or record.status_message:
        span.status.code = record.status  # type: ignore[assignment]  # as above
        span.status.message = _text(record.status_message)
    for event in record.events:
        added = span.events.add(time_unix_nano=_time(event.time_ns), name=_text(event.name))
        added.attributes.extend(key_values(event.attributes))
    span.links.extend(_link(link) for link in record.links)


def _link(link: Link) -> Span.Link:
    return Span.Link(
        trace_id=link.trace_id.to_bytes(TRACE_ID_BYTES, "big"),
        span_id=link.span_id.to_bytes(SPAN_ID_BYTES, "big"),
        attributes=key_values(link.attributes),
    )


def key_values(attributes: Mapping[str, Value]) -> Iterator[KeyValue]:
    """Attributes as OTLP has them."""
    for key, value in attributes.items():
        yield KeyValue(key=_text(key), value=any_value(value))


def any_value(value: Value, depth: int = 0) -> AnyValue:
    """A value as OTLP has it; whole numbers that have no room are text."""
    if isinstance(value, str):
        return AnyValue(string_value=_text(value))
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value) if value in _INT64 else AnyValue(string_value=str(value))
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, bytes):
        return AnyValue(bytes_value=value)
    if value is None:
        return AnyValue()
    if depth >= _DEEPEST:
        return AnyValue(string_value=_text(json.dumps(value, default=str)))
    found = AnyValue()
    if isinstance(value, Mapping):
        found.kvlist_value.values.extend(
            KeyValue(key=_text(key), value=any_value(item, depth + 1))
            for key, item in value.items()
        )
        found.kvlist_value.SetInParent()
    else:
        found.array_value.values.extend(any_value(item, depth + 1) for item in value)
        found.array_value.SetInParent()
    return found


def _time(time_ns: int) -> int:
    return time_ns if 0 <= time_ns <= _LATEST_NS else 0


def _text(text: str) -> str:
    """Text as UTF-8 can hold it: JSON may name halves of characters."""
    return text.encode("utf-8", "replace").decode()
