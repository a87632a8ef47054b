"""Answers in JSON to OTLP's messages, by the readers of dumps."""

from typing import TYPE_CHECKING

from analyzer.model.issue import IssueKind, Issues
from analyzer.pull.complaints import NotJson, Unanswered
from analyzer.pull.web import Answer
from analyzer.readers.formats import choose
from analyzer.readers.source import open_stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def requests_of(
    answer: Answer, where: str, formats: tuple[str, ...], issues: Issues
) -> "Iterator[ExportTraceServiceRequest]":
    """The spans of an answer.

    Args:
        answer: JSON, in one of the formats; one that none of them recognises has no spans.
        where: where it is from, as issues name it.
        formats: the names of the formats, as `--input-format` has them.
        issues: where odd data is counted.

    Raises:
        NotJson: it is something else.
        Unanswered: it is cut. What came before that was told.
    """
    found = Issues()
    with open_stream(answer.body, where) as source:
        if not source.head.lstrip().startswith((b"{", b"[")):
            raise NotJson(where, answer.media)
        readers = [reader for name in formats for reader in choose(name)]
        for reader in readers:
            if reader.recognizes(source.head):
                yield from reader.requests(source, found)
                break
    cut = found.by_kind().get(IssueKind.TRUNCATED_FILE)
    issues.extend(found)
    if cut:
        raise Unanswered(where, "breaks off in the middle")
