"""What a reader of a format is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from analyzer.model.issue import Issues
from analyzer.model.spans import Spans
from analyzer.readers.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What was found in some bytes.

    Attributes:
        spans: in the order of the bytes.
        issues: what was odd.
        records: how many lines, frames or documents could be decoded, those without spans too.
    """

    spans: Spans
    issues: Issues
    records: int


class Reader(Protocol):
    """One format."""

    @property
    def name(self) -> str:
        """What `--input-format` and reports call it."""
        ...

    def recognizes(self, head: bytes) -> bool:
        """Whether a file that begins with these bytes (up to `HEAD_BYTES`) is in this format."""
        ...

    def read(self, source: Source) -> Decoded:
        """Every span of the source; a bad record is an issue and the rest is still read."""
        ...

    def requests(self, source: Source, issues: Issues) -> "Iterator[ExportTraceServiceRequest]":
        """Every span of the source with all that is told of it, in OTLP's messages."""
        ...
