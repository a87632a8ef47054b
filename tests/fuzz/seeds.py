"""Whole inputs that damage begins with: the samples, and requests with something in every field."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue

from tests.collector.otlp import span, trace_request
from tests.readers import wire
from tests.readers.fuzz_walk import FIELDS
from tests.readers.wire import WireSpan
from tests.writers.everything import everything, values, with_unknown_fields

if TYPE_CHECKING:
    from google.protobuf.message import Message

TRAPS = Path(__file__).parents[2] / "samples" / "traps"

HEX = ("traceId", "spanId", "parentSpanId")


def traps(*suffixes: str) -> list[bytes]:
    """The samples of odd files whose names end so."""
    return [
        path.read_bytes()
        for path in sorted(TRAPS.iterdir())
        if path.name.endswith(suffixes) and not path.name.endswith(".expected.json")
    ]


def requests() -> list[bytes]:
    """Requests of spans: ordinary, with all there is, as no library writes them."""
    odd = WireSpan(
        name=b"GET", kind=3, extra=tuple(wire.part(number, content) for number, content in FIELDS)
    )
    nameless = span(2)
    nameless.span_id = b""
    deep = AnyValue(int_value=1)
    for _ in range(30):
        deep = AnyValue(array_value=ArrayValue(values=[deep]))
    nested = trace_request(span(1))
    nested.resource_spans[0].resource.attributes.add(key="deep").value.CopyFrom(deep)
    return [
        wire.request([odd.encoded(), WireSpan(parent_id=wire.SPAN).encoded()]),
        wire.request([WireSpan(extra=(wire.group(40, wire.whole(1, 5)),)).encoded()]),
        everything().SerializeToString(),
        with_unknown_fields().SerializeToString(),
        trace_request(span(1), nameless).SerializeToString(),
        nested.SerializeToString(),
        b"",
    ]


def metrics() -> list[bytes]:
    """Requests of metrics of all kinds, packed fields among them."""
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add().scope_metrics.add()
    for kind in ("gauge", "sum", "histogram", "exponential_histogram", "summary"):
        metric = scope.metrics.add(name=kind, unit="ms")
        point = getattr(metric, kind).data_points.add(start_time_unix_nano=5)
        point.attributes.extend(values()[:4])
        if kind in ("gauge", "sum"):
            point.as_double = 0.5
            point.exemplars.add(as_int=1, trace_id=wire.TRACE, span_id=wire.SPAN)
        elif kind == "histogram":
            point.bucket_counts.extend((1, 2, 3))
            point.explicit_bounds.extend((0.1, 0.5))
        elif kind == "exponential_histogram":
            point.positive.bucket_counts.extend((1, 1 << 40))
        else:
            point.quantile_values.add(quantile=0.5, value=1)
    return [request.SerializeToString()]


def logs() -> list[bytes]:
    """A request of log records."""
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(trace_id=wire.TRACE)
    record.body.string_value = "it broke"
    record.attributes.extend(values())
    return [request.SerializeToString()]


def json_bodies() -> list[bytes]:
    """The requests above as OTLP/JSON."""
    kinds: tuple[tuple[type[Message], list[bytes]], ...] = (
        (type(everything()), requests()),
        (ExportMetricsServiceRequest, metrics()),
        (ExportLogsServiceRequest, logs()),
    )
    found = []
    for kind, bodies in kinds:
        for body in bodies:
            try:
                document = MessageToDict(kind.FromString(body))
            except ValueError:
                continue
            found.append(json.dumps(_with_hex_ids(document)).encode())
    return found


def json_texts() -> list[bytes]:
    """JSON of all formats."""
    return [*json_bodies(), *traps(".json", ".jsonl")]


def _with_hex_ids(value: object) -> object:
    """The protobuf library writes ids in base64; here they only have to be ids."""
    if isinstance(value, dict):
        return {
            key: (wire.TRACE if key == "traceId" else wire.SPAN).hex()
            if key in HEX
            else _with_hex_ids(inside)
            for key, inside in value.items()
        }
    return [_with_hex_ids(inside) for inside in value] if isinstance(value, list) else value
