"""Metrics as a sender puts them together, for readers to read."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    Gauge,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)

from analyzer.readers.frames import HEADER
from tests.readers import wire

CUMULATIVE = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
DELTA = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA

SECOND = 1_000_000_000
BEGIN = 1_700_000_000 * SECOND

SEARCH: Mapping[str, str | int] = {"service.name": "search", "service.instance.id": "search-1"}


def attributes(of: Mapping[str, str | int]) -> list[KeyValue]:
    return [
        KeyValue(
            key=key,
            value=AnyValue(int_value=value)
            if isinstance(value, int)
            else AnyValue(string_value=value),
        )
        for key, value in of.items()
    ]


def point(
    at_s: float,
    value: float,
    named: Mapping[str, str] | None = None,
    *,
    start_s: float | None = None,
) -> NumberDataPoint:
    """A point so many seconds after `BEGIN`."""
    found = NumberDataPoint(
        time_unix_nano=BEGIN + int(at_s * SECOND),
        start_time_unix_nano=0 if start_s is None else BEGIN + int(start_s * SECOND),
        attributes=attributes(named or {}),
    )
    if isinstance(value, int):
        found.as_int = value
    else:
        found.as_double = value
    return found


def counter(
    name: str, unit: str, points: Sequence[NumberDataPoint], *, temporality: int = CUMULATIVE
) -> Metric:
    data = Sum(data_points=points, is_monotonic=True)
    data.aggregation_temporality = temporality  # type: ignore[assignment]
    return Metric(name=name, unit=unit, sum=data)


def level(name: str, unit: str, points: Sequence[NumberDataPoint]) -> Metric:
    return Metric(name=name, unit=unit, gauge=Gauge(data_points=points))


def request(
    *metrics: Metric, resource: Mapping[str, str | int] = SEARCH, scope: str = ""
) -> ExportMetricsServiceRequest:
    scope_metrics = ScopeMetrics(metrics=metrics)
    scope_metrics.scope.name = scope
    found = ResourceMetrics(scope_metrics=[scope_metrics])
    found.resource.attributes.extend(attributes(resource))
    return ExportMetricsServiceRequest(resource_metrics=[found])


def frames(*requests: ExportMetricsServiceRequest) -> bytes:
    encoded = [each.SerializeToString() for each in requests]
    return b"".join(HEADER.pack(len(content)) + content for content in encoded)


def run_with(
    directory: Path,
    *requests: ExportMetricsServiceRequest,
    resources: Sequence[ExportMetricsServiceRequest] = (),
    spans: bytes | None = None,
) -> Path:
    """A run directory with these metrics and, unless told otherwise, a span of the shop."""
    directory.mkdir(exist_ok=True)
    span = wire.frames(wire.request([wire.WireSpan().encoded()]))
    (directory / "spans.otlp").write_bytes(span if spans is None else spans)
    (directory / "metrics.otlp").write_bytes(frames(*requests))
    if resources:
        (directory / "resources.otlp").write_bytes(frames(*resources))
    return directory
