"""What OTLP fixes for each signal: names, paths and messages."""

from dataclasses import dataclass

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from collector.signals import Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """How one signal is exported.

    Attributes:
        service: the gRPC service whose method `Export` takes it.
        path: where it is posted over HTTP.
        request: the message that is sent.
        response: the message that is answered.
        refused_field: the field of `partial_success` that counts refused items.
    """

    signal: Signal
    service: str
    path: str
    request: type[Message]
    response: type[Message]
    refused_field: str

    def answer(self, refused: int, reason: str) -> Message:
        """The response: empty on full success, as the specification demands."""
        response = self.response()
        if refused:
            partial = response.partial_success  # type: ignore[attr-defined]  # all three have it
            setattr(partial, self.refused_field, refused)
            partial.error_message = reason
        return response


TRACES = Export(
    signal=Signal.TRACES,
    service="opentelemetry.proto.collector.trace.v1.TraceService",
    path="/v1/traces",
    request=ExportTraceServiceRequest,
    response=ExportTraceServiceResponse,
    refused_field="rejected_spans",
)
METRICS = Export(
    signal=Signal.METRICS,
    service="opentelemetry.proto.collector.metrics.v1.MetricsService",
    path="/v1/metrics",
    request=ExportMetricsServiceRequest,
    response=ExportMetricsServiceResponse,
    refused_field="rejected_data_points",
)
LOGS = Export(
    signal=Signal.LOGS,
    service="opentelemetry.proto.collector.logs.v1.LogsService",
    path="/v1/logs",
    request=ExportLogsServiceRequest,
    response=ExportLogsServiceResponse,
    refused_field="rejected_log_records",
)
EXPORTS = (TRACES, METRICS, LOGS)
