"""How many spans a request has."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def span_count(request: "ExportTraceServiceRequest") -> int:
    """The number of spans of all resources and scopes."""
    return sum(
        len(scope_spans.spans)
        for resource_spans in request.resource_spans
        for scope_spans in resource_spans.scope_spans
    )
