"""OTLP protobuf behind lengths: what the Collector's file exporter writes as `format: proto`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, ClassVar

from analyzer.writers.counting import span_count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class OtlpProto:
    """Writes a frame for each request."""

    name: ClassVar[str] = "otlp-proto"

    def write(self, requests: "Iterable[ExportTraceServiceRequest]", out: BinaryIO) -> int:
        """Write frames; fields that are not known here are kept."""
        written = 0
        for request in requests:
            if not request.resource_spans:
                continue
            message = request.SerializeToString()
            out.write(len(message).to_bytes(_LENGTH_BYTES, "big"))
            out.write(message)
            written += span_count(request)
        return written
