"""Zipkin's JSON, version 2: lists of spans, or lists of traces that are lists of spans.

Source: zipkin-api, zipkin2-api.yaml.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.readers.json_decoding import json_elements
from analyzer.readers.json_elements import ElementSplitter
from analyzer.readers.json_outline import outline
from analyzer.readers.source import Source
from analyzer.records.record import SpanRecord
from analyzer.records.typed_json import DECODE_ERRORS, decode
from analyzer.records.zipkin import ZipkinRecords

_SPANS = msgspec.json.Decoder(list[msgspec.Raw])

_SIGNS = ({"[].traceId", "[].id"}, {"[][].traceId", "[][].id"})
"""Fields of which all of one set are there."""


@dataclass(frozen=True, slots=True)
class ZipkinJson:
    """Zipkin's JSON, span by span."""

    name: ClassVar[str] = "zipkin"

    def recognizes(self, head: bytes) -> bool:
        """A list of spans in Zipkin's spelling (`traceId` and `id`), or a list of such lists."""
        fields = outline(head)
        return any(fields.issuperset(sign) for sign in _SIGNS)

    def records(self, source: Source, issues: Issues, *, whole: bool) -> Iterator[SpanRecord]:
        """Every span; a bad one costs no other."""
        records = ZipkinRecords(whole=whole)
        for element in json_elements(source, issues, ElementSplitter()):
            where = f"{source.label}:{element.line}"
            try:
                is_trace = element.text.startswith(b"[")
                raws = decode(_SPANS, element.text) if is_trace else [msgspec.Raw(element.text)]
            except DECODE_ERRORS as error:
                detail = f"trace {element.number} cannot be read: {error}"
                kind = IssueKind.UNDECODABLE_RECORD
                issues.add(Issue(kind=kind, where=where, detail=detail))
                continue
            yield from records.of_json(raws, where, issues)
