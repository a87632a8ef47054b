"""A request with something in every field that OTLP has, and in one that nobody knows yet."""

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from tests.readers import wire

TRACE = bytes(range(1, 17))
NOON_NS = 1_700_000_000_000_000_000


def values() -> list[KeyValue]:
    """A value of each type, odd numbers too, and one key twice."""
    nested = AnyValue(array_value=ArrayValue(values=[AnyValue(int_value=1), AnyValue()]))
    pairs = KeyValueList(values=[KeyValue(key="inside", value=nested)])
    return [
        KeyValue(key="text", value=AnyValue(string_value="caf\u00e9 \U0001f600")),
        KeyValue(key="empty", value=AnyValue(string_value="")),
        KeyValue(key="none", value=AnyValue()),
        KeyValue(key="nothing"),
        KeyValue(key="flag", value=AnyValue(bool_value=False)),
        KeyValue(key="lowest", value=AnyValue(int_value=-(1 << 63))),
        KeyValue(key="half", value=AnyValue(double_value=0.5)),
        KeyValue(key="endless", value=AnyValue(double_value=float("inf"))),
        KeyValue(key="bytes", value=AnyValue(bytes_value=b"\x00\xff")),
        KeyValue(key="list", value=nested),
        KeyValue(key="pairs", value=AnyValue(kvlist_value=pairs)),
        KeyValue(key="text", value=AnyValue(string_value="again")),
    ]


def everything() -> ExportTraceServiceRequest:
    """Two resources, two scopes in one of them, three spans."""
    request = ExportTraceServiceRequest()
    for number in (1, 2):
        resource_spans = request.resource_spans.add(schema_url=f"https://schema/{number}")
        resource = resource_spans.resource
        service = KeyValue(key="service.name", value=AnyValue(string_value=f"service {number}"))
        resource.attributes.extend([service, *values()])
        resource.dropped_attributes_count = number
        for scope in range(number):
            scope_spans = resource_spans.scope_spans.add(schema_url="https://scope")
            scope_spans.scope.name, scope_spans.scope.version = f"scope {scope}", "1.2"
            scope_spans.scope.attributes.extend(values())
            span = scope_spans.spans.add(
                trace_id=TRACE,
                span_id=bytes([number, scope, 0, 0, 0, 0, 0, 1]),
                parent_span_id=bytes(7) + b"\x01" if scope else b"",
                trace_state="a=1,b=2",
                flags=257,
                name="GET /",
                kind=3,
                start_time_unix_nano=NOON_NS + 1,
                end_time_unix_nano=NOON_NS + 1_001,
                attributes=values(),
                dropped_attributes_count=1,
                dropped_events_count=2,
                dropped_links_count=3,
            )
            span.status.code, span.status.message = 2, "it broke"  # type: ignore[assignment]  # as above
            span.events.add(
                time_unix_nano=NOON_NS + 5,
                name="exception",
                attributes=values(),
                dropped_attributes_count=4,
            )
            span.links.add(
                trace_id=TRACE[::-1],
                span_id=b"\x09" * 8,
                trace_state="c=3",
                flags=1,
                attributes=values(),
                dropped_attributes_count=5,
            )
    return request


def with_unknown_fields() -> ExportTraceServiceRequest:
    """The same, and a field of a later version in a span, a resource and a scope."""
    request = everything()
    later = wire.part(1_999, b"from a later version")
    resource_spans = request.resource_spans[0]
    resource_spans.MergeFromString(later)
    resource_spans.resource.MergeFromString(later)
    resource_spans.scope_spans[0].MergeFromString(later)
    resource_spans.scope_spans[0].spans[0].MergeFromString(later)
    return request
