"""Requests to send to the collector, and what of them its files hold."""

import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import grpc  # noqa: TID253  the tests of a gRPC server
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

TRACES_METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
METRICS_METHOD = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
LOGS_METHOD = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"


def span(number: int, *, name: str = "GET /") -> Span:
    """A span whose ids say its number, from 1."""
    return Span(
        trace_id=number.to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        name=name,
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=1_700_000_000_000_000_000 + number,
        end_time_unix_nano=1_700_000_000_000_000_000 + number + 1_000_000,
    )


def trace_request(*spans: Span, service: str = "shop") -> ExportTraceServiceRequest:
    """One request with all spans in one scope."""
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    resource_spans.resource.attributes.add(key="service.name").value.string_value = service
    resource_spans.scope_spans.add().spans.extend(spans)
    return request


def batch(first: int, count: int) -> bytes:
    """The bytes of a request of `count` spans, numbered from `first`."""
    return trace_request(*map(span, range(first, first + count))).SerializeToString()


def frames(path: Path) -> list[bytes]:
    """The frames of a file that must hold whole ones only."""
    data = path.read_bytes()
    found = []
    position = 0
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        position += 4 + length
        assert position <= len(data), "the last frame is cut"
        found.append(data[position - length : position])
    return found


def stored(run_dir: Path) -> list[Span]:
    """All spans of `spans.otlp`, in order of arrival."""
    return list(_spans(run_dir / "spans.otlp"))


def stored_numbers(run_dir: Path) -> list[int]:
    """The numbers of all spans of `spans.otlp`."""
    return [int.from_bytes(span.span_id, "big") for span in stored(run_dir)]


def stored_ids(run_dir: Path) -> Counter[str]:
    """How often each span id is in `spans.otlp`."""
    return Counter(span.span_id.hex() for span in stored(run_dir))


def stored_points(run_dir: Path) -> int:
    """How many points of gauges and sums are in `metrics.otlp`."""
    return sum(
        len(metric.gauge.data_points) + len(metric.sum.data_points)
        for frame in frames(run_dir / "metrics.otlp")
        for resource in ExportMetricsServiceRequest.FromString(frame).resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    )


def _spans(path: Path) -> Iterator[Span]:
    for frame in frames(path):
        for resource_spans in ExportTraceServiceRequest.FromString(frame).resource_spans:
            for scope_spans in resource_spans.scope_spans:
                yield from scope_spans.spans


def export(
    address: str,
    body: bytes,
    *,
    method: str = TRACES_METHOD,
    compression: grpc.Compression = grpc.Compression.NoCompression,
) -> bytes:
    """Send one request over gRPC and return the bytes of the answer."""
    with grpc.insecure_channel(address) as channel:
        answer: bytes = channel.unary_unary(method)(body, timeout=30, compression=compression)
        return answer
