"""One OTLP JSON document, however it is laid out: what is posted to `/v1/traces`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from analyzer.model.issue import Issues
from analyzer.readers.json_decoding import json_elements
from analyzer.readers.json_elements import ElementSplitter
from analyzer.readers.json_outline import outline
from analyzer.readers.otlp_json import ResourceSpansText
from analyzer.readers.source import Source

SIGNALS = frozenset(("resourceSpans", "resourceMetrics", "resourceLogs", "resourceProfiles"))
"""The outermost field of OTLP's documents."""

SPANS = ("resourceSpans",)


@dataclass(frozen=True, slots=True)
class OtlpJsonBody:
    """One document, or several laid out over many lines."""

    name: ClassVar[str] = "otlp-json"

    def recognizes(self, head: bytes) -> bool:
        """An object that has OTLP's outermost field."""
        return not SIGNALS.isdisjoint(outline(head))

    def resource_spans(self, source: Source, issues: Issues) -> Iterator[ResourceSpansText]:
        """The document's resources one by one, so that it may be larger than memory."""
        return resource_spans_of(source, issues, ElementSplitter())


def resource_spans_of(
    source: Source,
    issues: Issues,
    splitter: ElementSplitter,
    *,
    paths: tuple[tuple[str, ...], ...] = (SPANS,),
    begun: bytes = b"",
) -> Iterator[ResourceSpansText]:
    """The elements of a source that are ResourceSpans.

    Args:
        source: the file.
        issues: where odd data is counted.
        splitter: cuts the text.
        paths: the fields that have ResourceSpans in them.
        begun: what was read of the source before.
    """
    for element in json_elements(source, issues, splitter, begun=begun):
        if element.path in paths:
            where = f"{source.label}:{element.line}"
            yield ResourceSpansText(text=element.text, where=where)
