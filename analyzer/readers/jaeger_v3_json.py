"""What Jaeger's `/api/v3/traces` answers: OTLP's JSON in an envelope, several objects in a row.

Source: jaeger-idl, proto/api_v3/query_service.proto, as its HTTP gateway writes it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from analyzer.model.issue import Issues
from analyzer.readers.json_elements import ElementSplitter
from analyzer.readers.json_outline import outline
from analyzer.readers.otlp_json import ResourceSpansText
from analyzer.readers.otlp_json_body import resource_spans_of
from analyzer.readers.source import Source

_PATH = ("result", "resourceSpans")


@dataclass(frozen=True, slots=True)
class JaegerV3Json:
    """Answers of Jaeger's API of version 3."""

    name: ClassVar[str] = "jaeger-v3"

    def recognizes(self, head: bytes) -> bool:
        """The gateway's envelope."""
        return ".".join(_PATH) in outline(head)

    def resource_spans(self, source: Source, issues: Issues) -> Iterator[ResourceSpansText]:
        """What is in the envelopes."""
        return resource_spans_of(source, issues, ElementSplitter(), paths=(_PATH,))
