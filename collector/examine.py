"""Is a request fit to be acknowledged? Decodable, and without spans nobody could ever place.

The protobuf library decides; it is the same library that reads the file later.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from collector.signals import Signal
from collector.wire_edit import has_ids, without_nameless

RequestT = TypeVar("RequestT", bound=Message)

REASON = "spans need a trace id of 16 bytes and a span id of 8 bytes, neither all zero"


class Undecodable(Exception):  # noqa: N818  reads as what it is: this request is undecodable
    """The body is no request of its signal: the client is told not to send it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A request that may be acknowledged.

    Attributes:
        body: what to store: the bytes as received, or without the refused spans.
        items: spans, data points or log records in the request, refused ones included.
        refused: how many of them are not in `body`.
    """

    body: bytes
    items: int
    refused: int = 0


def examine_traces(body: bytes) -> Examined:
    """Count spans, and drop those without a usable id.

    Raises:
        Undecodable: the bytes are no ExportTraceServiceRequest.
    """
    request = _parsed(ExportTraceServiceRequest, body)
    items = named = 0
    for resource_spans in request.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            items += len(scope_spans.spans)
            named += sum(has_ids(span.trace_id, span.span_id) for span in scope_spans.spans)
    return examined_traces(body, items=items, nameless=items - named)


def examined_traces(body: bytes, *, items: int, nameless: int) -> Examined:
    """What to do with a decodable request, once its spans are counted (only spans have ids)."""
    if nameless == 0:
        return Examined(body=body, items=items)
    stored = without_nameless(body) if nameless < items else b""
    return Examined(body=stored, items=items, refused=nameless)


def examine_metrics(body: bytes) -> Examined:
    """Count data points.

    Raises:
        Undecodable: the bytes are no ExportMetricsServiceRequest.
    """
    request = _parsed(ExportMetricsServiceRequest, body)
    items = sum(
        _data_points(metric)
        for resource_metrics in request.resource_metrics
        for scope_metrics in resource_metrics.scope_metrics
        for metric in scope_metrics.metrics
    )
    return Examined(body=body, items=items)


def examine_logs(body: bytes) -> Examined:
    """Count log records.

    Raises:
        Undecodable: the bytes are no ExportLogsServiceRequest.
    """
    request = _parsed(ExportLogsServiceRequest, body)
    items = sum(
        len(scope_logs.log_records)
        for resource_logs in request.resource_logs
        for scope_logs in resource_logs.scope_logs
    )
    return Examined(body=body, items=items)


EXAMINE: dict[Signal, Callable[[bytes], Examined]] = {
    Signal.TRACES: examine_traces,
    Signal.METRICS: examine_metrics,
    Signal.LOGS: examine_logs,
}
"""How each signal's request is examined."""


def _data_points(metric: Metric) -> int:
    kind = metric.WhichOneof("data")
    return len(getattr(metric, kind).data_points) if kind else 0


def _parsed(kind: type[RequestT], body: bytes) -> RequestT:
    try:
        return kind.FromString(body)
    except DecodeError as error:
        raise Undecodable(f"the body is no {kind.__name__} in protobuf") from error
