"""Paths to OTLP's messages with all that was recorded: the way in for what converts."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.model.issue import Issues
from analyzer.readers.formats import choose
from analyzer.readers.inputs import find_inputs
from analyzer.readers.opening import Opening, Progress, count_cut

if TYPE_CHECKING:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def read_requests(
    paths: Sequence[Path | str],
    issues: Issues,
    *,
    format_name: str | None = None,
    progress: Progress | None = None,
) -> "Iterator[ExportTraceServiceRequest]":
    """Every span in some files, as `read` finds them, with everything its format tells of it.

    Requests come as they are read: nothing is kept that grows with the files.

    Args:
        paths: what to read; `-` is standard input.
        issues: where odd data is counted while the requests are taken.
        format_name: read every file as this format instead of recognising it.
        progress: told how far the reading is.

    Raises:
        InputError: a path leads nowhere or cannot be opened, or there is no such format.
        UnreadableTraces: a file holds no traces in any known format, or is empty.
    """
    readers = choose(format_name)
    inputs = find_inputs(paths)
    opening = Opening(readers=readers, inputs=inputs, issues=issues, progress=progress)
    for opened in opening.files():
        of_file = Issues()
        spans = 0
        for request in opened.reader.requests(opened.source, of_file):
            spans += _size(request)
            yield request
        count_cut(opened.source, of_file)
        opened.refuse_if_empty(spans, of_file)
        issues.extend(of_file)


def _size(request: "ExportTraceServiceRequest") -> int:
    return sum(
        len(scope_spans.spans)
        for resource_spans in request.resource_spans
        for scope_spans in resource_spans.scope_spans
    )
