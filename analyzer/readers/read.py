"""Paths to one capture: the only way in for everything that analyses."""

from collections.abc import Callable, Sequence
from pathlib import Path

from analyzer.errors import InputError, UnreadableTraces
from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.model.run import Capture, InputFile
from analyzer.model.spans import Spans
from analyzer.readers.inputs import Input, find_inputs
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_json import OtlpJson, OtlpJsonLines
from analyzer.readers.otlp_proto import OtlpProto
from analyzer.readers.reader import Decoded, Reader
from analyzer.readers.run_directory import SPANS, RunRecords, read_records
from analyzer.readers.sink import count_missing_services
from analyzer.readers.source import STDIN, Source, open_source

Progress = Callable[[int, int], None]
"""Told how many bytes of how many are read; the second is 0 where that is not known."""


def readers(namer: Namer) -> tuple[Reader, ...]:
    """A reader for each format; the first that recognises a file reads it."""
    return (OtlpProto(namer), OtlpJsonLines(namer), OtlpJson(namer))


def format_names() -> tuple[str, ...]:
    """The names of the formats that can be read."""
    return tuple(reader.name for reader in readers(Namer()))


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
    chosen = _choose(format_name)
    try:
        inputs = find_inputs(paths)
        reading = _Reading(chosen, inputs, progress)
        for entry in inputs:
            reading.read(entry)
    except OSError as error:
        name = error.filename or "input"
        hint = "check that the path is right and that you may read it"
        raise InputError(f"{name}: {error.strerror or error}", hint=hint) from error
    return reading.capture()


def _choose(format_name: str | None) -> tuple[Reader, ...]:
    known = readers(Namer())
    if format_name is None:
        return known
    chosen = tuple(reader for reader in known if reader.name == format_name)
    if not chosen:
        names = ", ".join(reader.name for reader in known)
        raise InputError(f"unknown format: {format_name}", hint=f"known formats: {names}")
    return chosen


class _Reading:
    """What was read so far."""

    def __init__(
        self, chosen: tuple[Reader, ...], inputs: Sequence[Input], progress: Progress | None
    ) -> None:
        self._readers = chosen
        self._progress = progress
        self._done = 0
        self._total = sum(_size(entry) for entry in inputs)
        self._only = len(inputs) == 1
        self._spans: list[Spans] = []
        self._files: list[InputFile] = []
        self._issues = Issues()
        self._records: RunRecords | None = None

    def read(self, entry: Input) -> None:
        """Read one input."""
        if not entry.is_run:
            self._read_file(entry.path, entry.label, self._readers, asked_for=entry.asked_for)
            return
        # A report must not depend on where its run directory lies.
        label = SPANS if self._only else f"{entry.path.name}/{SPANS}"
        self._records = read_records(entry.path, self._issues)
        if (entry.path / SPANS).is_file():
            self._read_file(entry.path / SPANS, label, (OtlpProto(),), asked_for=False)

    def capture(self) -> Capture:
        """Everything read."""
        records = self._records if self._only else None
        return Capture(
            spans=Spans.concat(self._spans),
            inputs=tuple(self._files),
            issues=tuple(self._issues),
            run=records.run if records else None,
            load=records.load if records else None,
            collector=records.collector if records else None,
        )

    def _read_file(
        self, path: Path, label: str, chosen: tuple[Reader, ...], *, asked_for: bool
    ) -> None:
        with open_source(path, label, self._advance) as source:
            reader = _recognize(source, chosen)
            if reader is None:
                self._pass_over(source, asked_for=asked_for)
                return
            decoded = reader.read(source)
            if source.cut:
                detail = f"the compressed data are cut or damaged: {source.cut}"
                kind = IssueKind.TRUNCATED_FILE
                decoded.issues.add(Issue(kind=kind, where=label, detail=detail))
            if asked_for:
                _require_spans(decoded, label, reader)
            count_missing_services(decoded.spans, label, decoded.issues)
            self._issues.extend(decoded.issues)
            self._spans.append(decoded.spans)
            self._files.append(
                InputFile(
                    path=label, format=reader.name, bytes=source.size, spans=len(decoded.spans)
                )
            )

    def _pass_over(self, source: Source, *, asked_for: bool) -> None:
        """Leave out a file without traces, unless someone asked for it."""
        if asked_for:
            hint = _hint() if source.head else "check that what wrote it has finished"
            raise UnreadableTraces(f"{source.label}: {_what_instead(source)}", hint=hint)
        if source.head:
            kind, detail = IssueKind.NOT_TRACES, "no known trace format: passed over"
            self._issues.add(Issue(kind=kind, where=source.label, detail=detail))

    def _advance(self, count: int) -> None:
        self._done += count
        if self._progress:
            self._progress(self._done, self._total)


def _recognize(source: Source, chosen: tuple[Reader, ...]) -> Reader | None:
    if len(chosen) == 1 and source.head:
        return chosen[0]
    return next((reader for reader in chosen if reader.recognizes(source.head)), None)


def _require_spans(decoded: Decoded, label: str, reader: Reader) -> None:
    """Refuse a file of which nothing is left; one that is rightly empty is fine."""
    if len(decoded.spans) or not decoded.issues:
        return
    first = next(iter(decoded.issues)).examples[0]
    raise UnreadableTraces(
        f"{label}: no usable span in this {reader.name} file ({first.detail})", hint=_hint()
    )


def _what_instead(source: Source) -> str:
    if source.cut:
        return f"damaged compressed file ({source.cut})"
    if not source.head:
        return "the file is empty"
    text = source.head.lstrip()
    if text[:1] in (b"{", b"["):
        return "JSON, but not a trace format that is known here"
    return "not a trace file"


def _hint() -> str:
    return f"formats that can be read: {', '.join(format_names())}; --input-format names one"


def _size(entry: Input) -> int:
    if str(entry.path) == STDIN:
        return 0
    path = entry.path / SPANS if entry.is_run else entry.path
    return path.stat().st_size if path.is_file() else 0
