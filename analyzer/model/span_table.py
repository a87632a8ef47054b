"""Spans as a table in files of ours: a row for each span, with everything that OTLP says of it.

What is asked for often has a column; what is left of the message has one too, so that nothing is
lost on the way from OTLP and back. Attributes keep their types.

| column | holds |
|---|---|
| `trace_id`, `span_id`, `parent_span_id` | 16 and 8 bytes; no parent is null |
| `start_time`, `end_time` | nanoseconds since the epoch, UTC; null where the span has none |
| `name`, `kind`, `status_code` | as OTLP has them |
| `service_name` | `service.name` of the resource, for queries; readers take it from there |
| `attributes`, `resource_attributes` | key to one of `string`, `int`, `double`, `bool`, `other` |
| `links` | trace and span ids of linked spans |
| `span_rest`, `scope`, `resource_rest` | protobuf: Span, ScopeSpans, ResourceSpans without these |
"""

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_KEY = b"slowhop.spans"
SCHEMA_VERSION = b"1"
"""What the file's metadata say, so that a reader knows it."""

TRACE_ID_BYTES, SPAN_ID_BYTES = 16, 8


class Column(StrEnum):
    """Columns of the table."""

    TRACE_ID = "trace_id"
    SPAN_ID = "span_id"
    PARENT_ID = "parent_span_id"
    START = "start_time"
    END = "end_time"
    NAME = "name"
    KIND = "kind"
    STATUS = "status_code"
    SERVICE = "service_name"
    ATTRIBUTES = "attributes"
    RESOURCE = "resource_attributes"
    LINKS = "links"
    SPAN_REST = "span_rest"
    SCOPE = "scope"
    RESOURCE_REST = "resource_rest"


class ValueField(StrEnum):
    """Fields of an attribute's value, of which one is not null; none for a value that is not set.

    `OTHER` is an AnyValue in protobuf: a list, a map or bytes.
    """

    STRING = "string"
    INT = "int"
    DOUBLE = "double"
    BOOL = "bool"
    OTHER = "other"


def table_schema() -> "pa.Schema":
    """Names and types of the columns."""
    import pyarrow as pa

    trace_id, span_id = pa.binary(TRACE_ID_BYTES), pa.binary(SPAN_ID_BYTES)
    value = pa.struct(
        {
            ValueField.STRING: pa.string(),
            ValueField.INT: pa.int64(),
            ValueField.DOUBLE: pa.float64(),
            ValueField.BOOL: pa.bool_(),
            ValueField.OTHER: pa.binary(),
        }
    )
    attributes = pa.map_(pa.string(), value)
    types = {
        Column.TRACE_ID: trace_id,
        Column.SPAN_ID: span_id,
        Column.PARENT_ID: span_id,
        Column.START: pa.timestamp("ns", "UTC"),
        Column.END: pa.timestamp("ns", "UTC"),
        Column.NAME: pa.string(),
        Column.KIND: pa.int8(),
        Column.STATUS: pa.int8(),
        Column.SERVICE: pa.string(),
        Column.ATTRIBUTES: attributes,
        Column.RESOURCE: attributes,
        Column.LINKS: pa.list_(pa.struct({Column.TRACE_ID: trace_id, Column.SPAN_ID: span_id})),
        Column.SPAN_REST: pa.binary(),
        Column.SCOPE: pa.binary(),
        Column.RESOURCE_REST: pa.binary(),
    }
    fields = [pa.field(str(name), kind) for name, kind in types.items()]
    return pa.schema(fields, metadata={SCHEMA_KEY: SCHEMA_VERSION})
