"""From rows of a table to OTLP's messages, as they were; imported only by what converts."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa  # noqa: TID253  this module is imported late
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from analyzer.model.span_table import Column, ValueField

ROWS_A_REQUEST = 512

_VALUE_FIELDS = {
    ValueField.STRING: "string_value",
    ValueField.INT: "int_value",
    ValueField.DOUBLE: "double_value",
    ValueField.BOOL: "bool_value",
}


def requests_of(batch: pa.RecordBatch) -> Iterator[ExportTraceServiceRequest]:
    """The rows in requests of some hundred, spans of one resource and scope side by side."""
    for column in (Column.START, Column.END):
        # Python's own moments have no nanoseconds.
        place = batch.schema.get_field_index(column)
        batch = batch.set_column(place, column, batch.column(place).cast(pa.int64()))
    for start in range(0, batch.num_rows, ROWS_A_REQUEST):
        rows = batch.slice(start, ROWS_A_REQUEST).to_pylist(maps_as_pydicts=None)
        request = ExportTraceServiceRequest()
        resources: dict[str, ResourceSpans] = {}
        scopes: dict[str, ScopeSpans] = {}
        for row in rows:
            of_resource = repr((row[Column.RESOURCE], row[Column.RESOURCE_REST]))
            resource_spans = resources.get(of_resource)
            if resource_spans is None:
                resource_spans = resources[of_resource] = request.resource_spans.add()
                _fill_resource(resource_spans, row)
            of_scope = f"{row[Column.SCOPE]!r}{of_resource}"
            scope_spans = scopes.get(of_scope)
            if scope_spans is None:
                scope_spans = scopes[of_scope] = resource_spans.scope_spans.add()
                scope_spans.MergeFromString(row[Column.SCOPE] or b"")
            _fill_span(scope_spans.spans.add(), row)
        yield request


def _fill_resource(resource_spans: ResourceSpans, row: dict[str, Any]) -> None:
    resource_spans.MergeFromString(row[Column.RESOURCE_REST] or b"")
    resource_spans.resource.attributes.extend(_key_values(row[Column.RESOURCE]))


def _fill_span(span: Span, row: dict[str, Any]) -> None:
    span.MergeFromString(row[Column.SPAN_REST] or b"")
    span.trace_id, span.span_id = row[Column.TRACE_ID], row[Column.SPAN_ID]
    if row[Column.PARENT_ID] is not None:
        span.parent_span_id = row[Column.PARENT_ID]
    span.name = row[Column.NAME]
    if row[Column.START] is not None:
        span.start_time_unix_nano = row[Column.START]
    if row[Column.END] is not None:
        span.end_time_unix_nano = row[Column.END]
    if row[Column.KIND]:
        span.kind = row[Column.KIND]
    if row[Column.STATUS]:
        span.status.code = row[Column.STATUS]
    span.attributes.extend(_key_values(row[Column.ATTRIBUTES]))


def _key_values(pairs: list[tuple[str, dict[str, Any] | None]]) -> Iterator[KeyValue]:
    for key, value in pairs:
        yield KeyValue(key=key, value=None if value is None else _any_value(value))


def _any_value(value: dict[str, Any]) -> AnyValue:
    if value[ValueField.OTHER] is not None:
        return AnyValue.FromString(value[ValueField.OTHER])
    for name, field in _VALUE_FIELDS.items():
        if value[name] is not None:
            return AnyValue(**{field: value[name]})
    return AnyValue()
