"""OTLP's JSON as types: decoding by these skips what nobody reads.

Source: opentelemetry-proto, trace/v1/trace.proto, and the OTLP specification's JSON encoding. null
means that a field is not set, as in protobuf's JSON.
"""

from typing import TypeAlias

from msgspec import Raw, Struct

_NOTHING = Raw()

Number: TypeAlias = int | str | float | None
"""A number, as a number or as decimal text."""


class AnyValue(Struct, rename="camel"):
    """An attribute's value; of other types no name is made."""

    string_value: str | None = None
    int_value: Number = None
    bool_value: bool | None = None


class KeyValue(Struct):
    """An attribute."""

    key: str | None = None
    value: AnyValue | None = None


class SpanLink(Struct, rename="camel"):
    """A link to another span."""

    trace_id: str | None = None
    span_id: str | None = None


class SpanStatus(Struct):
    """How a span ended."""

    code: Number = None


class Span(Struct, rename="camel"):
    """One span."""

    trace_id: str | None = None
    span_id: str | None = None
    trace_state: str | None = None
    parent_span_id: str | None = None
    name: str | None = None
    kind: Number = None
    start_time_unix_nano: Number = None
    end_time_unix_nano: Number = None
    attributes: list[KeyValue] | None = None
    links: list[SpanLink] | None = None
    status: SpanStatus | None = None


class ScopeSpans(Struct):
    """Spans of one instrumentation scope, each decoded by itself so that a bad one is alone."""

    spans: list[Raw] | None = None


class Resource(Struct):
    """The process that spans come from."""

    attributes: list[KeyValue] | None = None


class ResourceSpans(Struct, rename="camel"):
    """Spans of one resource. `instrumentationLibrarySpans` is what `scopeSpans` was called once."""

    resource: Resource | None = None
    scope_spans: list[ScopeSpans] | None = None
    instrumentation_library_spans: list[ScopeSpans] | None = None


class Document(Struct, rename="camel"):
    """A line or a body. The Collector puts metrics and logs into the same file."""

    resource_spans: list[Raw] | None = None
    resource_metrics: Raw = _NOTHING
    resource_logs: Raw = _NOTHING
    resource_profiles: Raw = _NOTHING

    @property
    def is_otlp(self) -> bool:
        """Whether it holds anything that OTLP knows."""
        others = (self.resource_metrics, self.resource_logs, self.resource_profiles)
        return self.resource_spans is not None or any(other != _NOTHING for other in others)
