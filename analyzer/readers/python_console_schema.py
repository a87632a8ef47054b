"""Python's `ReadableSpan.to_json` as types. Every field may be missing or null."""

from typing import Any

from msgspec import Struct


class Context(Struct):
    """Which span it is."""

    trace_id: str | None = None
    span_id: str | None = None


class SpanStatus(Struct):
    """How a span ended."""

    status_code: str | None = None
    description: str | None = None


class Event(Struct):
    """Something that happened during a span."""

    name: str | None = None
    timestamp: str | None = None
    attributes: dict[str, Any] | None = None


class SpanLink(Struct):
    """A link to another span."""

    context: Context | None = None
    attributes: dict[str, Any] | None = None


class Span(Struct):
    """One span."""

    name: str | None = None
    context: Context | None = None
    kind: str | None = None
    parent_id: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    status: SpanStatus | None = None
    attributes: dict[str, Any] | None = None
    events: list[Event] | None = None
    links: list[SpanLink] | None = None
    resource: dict[str, Any] | None = None
