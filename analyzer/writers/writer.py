"""What a writer of a format is."""

from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Writer(Protocol):
    """One format."""

    @property
    def name(self) -> str:
        """What `--to` calls it."""
        ...

    def write(self, requests: "Iterable[ExportTraceServiceRequest]", out: BinaryIO) -> int:
        """Write every span; as they come where the format allows it. Gives their number."""
        ...
