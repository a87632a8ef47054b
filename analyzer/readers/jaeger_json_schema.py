"""Jaeger's JSON as types: what its UI downloads, its API answers and its anonymiser writes.

Source: jaeger, internal/uimodel/model.go. Every field may be missing; null is as if it were.
"""

from typing import Any, TypeAlias

from msgspec import Raw, Struct, field

Number: TypeAlias = int | str | float | None
"""A number, as a number or as decimal text."""


class Tag(Struct):
    """A key and its value; numbers may be written as text."""

    key: str | None = None
    type: str | None = None
    value: Any = None


Tags: TypeAlias = list[Tag] | dict[str, Any] | None
"""A list of tags; some storages give them as an object."""


class Process(Struct):
    """Who recorded spans."""

    service_name: str | None = field(name="serviceName", default=None)
    tags: Tags = None


class Reference(Struct):
    """Another span, and how it is meant."""

    ref_type: str | None = field(name="refType", default=None)
    trace_id: str | None = field(name="traceID", default=None)
    span_id: str | None = field(name="spanID", default=None)


class Log(Struct):
    """Something that happened during a span."""

    timestamp: Number = None
    fields: Tags = None


class Span(Struct):
    """One span; its process stands beside it, or in the trace by its id."""

    trace_id: str | None = field(name="traceID", default=None)
    span_id: str | None = field(name="spanID", default=None)
    parent_span_id: str | None = field(name="parentSpanID", default=None)
    operation_name: str | None = field(name="operationName", default=None)
    references: list[Reference] | None = None
    start_time: Number = field(name="startTime", default=None)
    duration: Number = None
    tags: Tags = None
    logs: Raw = field(default_factory=Raw)
    process_id: str | None = field(name="processID", default=None)
    process: Process | None = None


class Trace(Struct):
    """A trace, or a span that stands by itself: then it has no `spans`."""

    spans: list[Raw] | None = None
    processes: dict[str, Process] | None = None
    span_id: str | None = field(name="spanID", default=None)
