"""Paths to one capture: the only way in for everything that analyses."""

from collections.abc import Sequence
from pathlib import Path

from analyzer.model.issue import Issues
from analyzer.model.run import Capture, InputFile
from analyzer.model.spans import Spans
from analyzer.readers.formats import choose, format_names
from analyzer.readers.inputs import find_inputs
from analyzer.readers.opening import Opened, Opening, Progress, count_cut
from analyzer.readers.run_directory import read_records
from analyzer.readers.short_ids import with_whole_trace_ids
from analyzer.readers.sink import count_missing_services

__all__ = ["Progress", "format_names", "read"]


def read(
    paths: Sequence[Path | str],
    *,
    format_name: str | None = None,
    progress: Progress | None = None,
) -> Capture:
    """Everything in some files, run directories, directories of files, or patterns.

    Spans are in the order of the sorted paths, and of the bytes in each file. Spans sent twice are
    there twice. Run, load and collector are known if a run directory is the only input.

    Args:
        paths: what to read; `-` is standard input.
        format_name: read every file as this format instead of recognising it.
        progress: told how far the reading is.

    Raises:
        InputError: a path leads nowhere or cannot be opened, or there is no such format.
        UnreadableTraces: a file holds no traces in any known format, or is empty.
    """
    readers = choose(format_name)
    inputs = find_inputs(paths)
    issues = Issues()
    records = [read_records(entry.path, issues) for entry in inputs if entry.is_run]
    opening = Opening(readers=readers, inputs=inputs, issues=issues, progress=progress)
    spans: list[Spans] = []
    files: list[InputFile] = []
    for opened in opening.files():
        found = _read_file(opened, issues)
        spans.append(found)
        files.append(
            InputFile(
                path=opened.source.label,
                format=opened.reader.name,
                bytes=opened.source.size,
                spans=len(found),
            )
        )
    only = records[0] if records and len(inputs) == 1 else None
    return Capture(
        spans=with_whole_trace_ids(Spans.concat(spans)),
        inputs=tuple(files),
        issues=tuple(issues),
        run=only.run if only else None,
        load=only.load if only else None,
        collector=only.collector if only else None,
        jaeger_ui=only.run.jaeger_ui if only and only.run else None,
        test=only.test if only else None,
    )


def _read_file(opened: Opened, issues: Issues) -> Spans:
    source = opened.source
    decoded = opened.reader.read(source)
    count_cut(source, decoded.issues)
    opened.refuse_if_empty(len(decoded.spans), decoded.issues)
    count_missing_services(decoded.spans, source.label, decoded.issues)
    issues.extend(decoded.issues)
    return decoded.spans
