"""Spans of OTLP as rows of a table; imported only by what writes Parquet."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa  # noqa: TID253  this module is imported late
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from analyzer.model.span_table import SPAN_ID_BYTES, TRACE_ID_BYTES, Column, ValueField

_INT64_MAX = (1 << 63) - 1
_INT8 = range(-(1 << 7), 1 << 7)
_SERVICE = "service.name"

_VALUE_FIELDS = {
    "string_value": ValueField.STRING,
    "int_value": ValueField.INT,
    "double_value": ValueField.DOUBLE,
    "bool_value": ValueField.BOOL,
}


@dataclass(slots=True)
class SpanRows:
    """Rows that wait to be written; what rows of one resource or scope have in common once."""

    _columns: dict[Column, list[Any]] = field(
        default_factory=lambda: {column: [] for column in Column}
    )
    _resource: list[int] = field(default_factory=list)
    _scope: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        """How many."""
        return len(self._resource)

    def add(self, request: ExportTraceServiceRequest) -> None:
        """Take in every span that has ids."""
        columns = self._columns
        for resource_spans in request.resource_spans:
            resource = _values(resource_spans.resource.attributes)
            named = (
                value.get(ValueField.STRING) for key, value in resource if key == _SERVICE and value
            )
            service = next(named, None)
            columns[Column.SERVICE].append(service)
            columns[Column.RESOURCE].append(resource)
            columns[Column.RESOURCE_REST].append(_rest_of_resource(resource_spans))
            for scope_spans in resource_spans.scope_spans:
                columns[Column.SCOPE].append(_rest_of_scope(scope_spans))
                for span in scope_spans.spans:
                    if _has_ids(span) and len(span.parent_span_id) in (0, SPAN_ID_BYTES):
                        self._add_span(span)
                        self._resource.append(len(columns[Column.RESOURCE]) - 1)
                        self._scope.append(len(columns[Column.SCOPE]) - 1)

    def take(self, schema: pa.Schema) -> pa.Table:
        """The rows so far as a table; none are left."""
        resource, scope = pa.array(self._resource, pa.int32()), pa.array(self._scope, pa.int32())
        arrays = []
        for kind in schema:
            column = Column(kind.name)
            array = pa.array(self._columns[column], kind.type)
            if column in (Column.SERVICE, Column.RESOURCE, Column.RESOURCE_REST):
                array = array.take(resource)
            arrays.append(array.take(scope) if column is Column.SCOPE else array)
        for collected in (*self._columns.values(), self._resource, self._scope):
            collected.clear()
        return pa.table(arrays, schema=schema)

    def _add_span(self, span: Span) -> None:
        columns = self._columns
        columns[Column.TRACE_ID].append(span.trace_id)
        columns[Column.SPAN_ID].append(span.span_id)
        columns[Column.PARENT_ID].append(span.parent_span_id or None)
        columns[Column.NAME].append(span.name)
        columns[Column.ATTRIBUTES].append(_values(span.attributes))
        columns[Column.LINKS].append(
            [
                {Column.TRACE_ID: link.trace_id, Column.SPAN_ID: link.span_id}
                for link in span.links
                if _has_ids(link)
            ]
        )
        rest = Span()
        rest.CopyFrom(span)
        for name in ("trace_id", "span_id", "parent_span_id", "name", "attributes"):
            rest.ClearField(name)
        columns[Column.START].append(_time(rest, "start_time_unix_nano"))
        columns[Column.END].append(_time(rest, "end_time_unix_nano"))
        columns[Column.KIND].append(_small(rest, "kind"))
        columns[Column.STATUS].append(_small(rest.status, "code"))
        if not rest.status.ByteSize():
            rest.ClearField("status")
        columns[Column.SPAN_REST].append(rest.SerializeToString() or None)


def _has_ids(span: Span | Span.Link) -> bool:
    return len(span.trace_id) == TRACE_ID_BYTES and len(span.span_id) == SPAN_ID_BYTES


def _time(rest: Span, name: str) -> int | None:
    """A time, taken out of the rest; null where it is missing or beyond what the column holds."""
    time_ns: int = getattr(rest, name)
    if not 0 < time_ns <= _INT64_MAX:
        return None
    rest.ClearField(name)  # type: ignore[arg-type]  # one of two names
    return time_ns


def _small(rest: Span | Status, name: str) -> int | None:
    """An enum's number, taken out of the rest; null where it is beyond all that are known."""
    number: int = getattr(rest, name)
    if number not in _INT8:
        return None
    rest.ClearField(name)  # type: ignore[arg-type]  # as above
    return number


def _values(attributes: Iterable[KeyValue]) -> list[tuple[str, dict[str, Any] | None]]:
    """Keys and values; an attribute without any value has null for it."""
    return [(a.key, _value(a.value) if a.HasField("value") else None) for a in attributes]


def _value(value: AnyValue) -> dict[str, Any]:
    kind = value.WhichOneof("value")
    if kind is None:
        return {}
    name = _VALUE_FIELDS.get(kind)
    if name is None:
        return {ValueField.OTHER: value.SerializeToString()}
    return {name: getattr(value, kind)}


def _rest_of_resource(resource_spans: ResourceSpans) -> bytes | None:
    rest = ResourceSpans()
    rest.CopyFrom(resource_spans)
    rest.ClearField("scope_spans")
    rest.resource.ClearField("attributes")
    if not rest.resource.ByteSize():
        rest.ClearField("resource")
    return rest.SerializeToString() or None


def _rest_of_scope(scope_spans: ScopeSpans) -> bytes | None:
    rest = ScopeSpans()
    rest.CopyFrom(scope_spans)
    rest.ClearField("spans")
    return rest.SerializeToString() or None
