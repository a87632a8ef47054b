"""OTLP JSON in lines, as the Collector's file exporter writes it: one document a line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.readers import otlp_json_schema as schema
from analyzer.readers.json_elements import ElementSplitter
from analyzer.readers.json_outline import BYTE_ORDER_MARK, outline
from analyzer.readers.otlp_json import ResourceSpansText
from analyzer.readers.otlp_json_body import SIGNALS, resource_spans_of
from analyzer.readers.source import Source
from analyzer.records.typed_json import DECODE_ERRORS, decode

LONGEST_LINE = 1 << 26
"""Bytes; what is longer is no line of an exporter's, but a whole file without line ends, which is
read piece by piece."""

_DOCUMENT = msgspec.json.Decoder(schema.Document)


@dataclass(frozen=True, slots=True)
class OtlpJsonLines:
    """One document a line; metrics and logs in between are passed over.

    Attributes:
        longest_line: bytes of a line that is decoded at once.
    """

    name: ClassVar[str] = "otlp-jsonl"

    longest_line: int = LONGEST_LINE

    def recognizes(self, head: bytes) -> bool:
        """Any line that is a whole OTLP document, or is one as far as it can be seen."""
        lines = head.removeprefix(BYTE_ORDER_MARK).split(b"\n")
        last = lines.pop()
        return any(_is_document(line) for line in lines) or _begins_document(last)

    def resource_spans(self, source: Source, issues: Issues) -> Iterator[ResourceSpansText]:
        """What is in the lines; a bad line costs no other."""
        number = 0
        while line := source.stream.readline(self.longest_line):
            number += 1
            ended = line.endswith(b"\n")
            if len(line) == self.longest_line and not ended:
                splitter = ElementSplitter(line=number)
                yield from resource_spans_of(source, issues, splitter, begun=line)
                return
            text = (line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line).strip()
            if text:
                found = _Line(text=text, number=number, ended=ended)
                yield from _in_line(found, f"{source.label}:{number}", issues)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    text: bytes
    number: int
    ended: bool


def _in_line(line: _Line, where: str, issues: Issues) -> Iterator[ResourceSpansText]:
    try:
        document = decode(_DOCUMENT, line.text)
    except DECODE_ERRORS as error:
        kind, detail = IssueKind.UNDECODABLE_RECORD, f"no OTLP JSON: {error}"
        if not line.ended:
            kind, detail = IssueKind.TRUNCATED_FILE, "the last line is cut: left out"
        issues.add(Issue(kind=kind, where=where, detail=detail))
        return
    if not document.is_otlp:
        detail = "JSON that is not OTLP: passed over"
        issues.add(Issue(kind=IssueKind.NOT_TRACES, where=where, detail=detail))
    for raw in document.resource_spans or ():
        yield ResourceSpansText(text=raw, where=where, document=line.number)


def _begins_document(line: bytes) -> bool:
    return not SIGNALS.isdisjoint(outline(line))


def _is_document(line: bytes) -> bool:
    if not any(signal.encode() in line for signal in SIGNALS):
        return False
    try:
        return decode(_DOCUMENT, line).is_otlp
    except DECODE_ERRORS:
        return False
