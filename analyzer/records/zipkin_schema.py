"""Zipkin's spans, version 2, as types.

Source: zipkin-api, zipkin2-api.yaml. Every field may be missing; null is as if it were.
"""

from typing import Any, TypeAlias

from msgspec import Struct, field

Number: TypeAlias = int | str | float | None
"""A number, as a number or as decimal text."""


class Endpoint(Struct):
    """One side of a call."""

    service_name: str | None = field(name="serviceName", default=None)
    ipv4: str | None = None
    ipv6: str | None = None
    port: Number = None


class Annotation(Struct):
    """Something that happened during a span."""

    timestamp: Number = None
    value: str | None = None


class Span(Struct):
    """One span, or one half of a call whose other half has the same id."""

    trace_id: str | None = field(name="traceId", default=None)
    id: str | None = None
    parent_id: str | None = field(name="parentId", default=None)
    name: str | None = None
    kind: str | None = None
    timestamp: Number = None
    duration: Number = None
    local_endpoint: Endpoint | None = field(name="localEndpoint", default=None)
    remote_endpoint: Endpoint | None = field(name="remoteEndpoint", default=None)
    annotations: list[Annotation] | None = None
    tags: dict[str, Any] | None = None
    shared: bool | None = None
