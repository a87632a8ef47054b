"""Files to read, one after another, each with the reader that knows its format."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from analyzer.errors import InputError, UnreadableTraces
from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.readers import js_console
from analyzer.readers.formats import format_names
from analyzer.readers.inputs import Input
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_proto import OtlpProto
from analyzer.readers.reader import Reader
from analyzer.readers.run_directory import SPANS
from analyzer.readers.source import STDIN, Source, open_source

Progress = Callable[[int, int], None]
"""Told how many bytes of how many are read; the second is 0 where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file and the reader for it.

    Attributes:
        asked_for: whether a path names it, so that it must be traces.
    """

    source: Source
    reader: Reader
    asked_for: bool

    def refuse_if_empty(self, spans: int, issues: Issues) -> None:
        """Refuse a file of which nothing is left; one that is rightly empty is fine.

        Args:
            spans: how many spans came out of it.
            issues: what was odd in this file.

        Raises:
            UnreadableTraces: there are none, and there should be.
        """
        if spans or not self.asked_for:
            return
        if not issues and self.reader.recognizes(self.source.head):
            return
        first = next(iter(issues), None)
        detail = first.examples[0].detail if first else "it does not look like one"
        raise UnreadableTraces(
            f"{self.source.label}: no usable span in this {self.reader.name} file ({detail})",
            hint=_hint(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Opens inputs.

    Attributes:
        readers: those to choose from.
        inputs: all that will be opened.
        issues: where files that were passed over are counted.
        progress: told how far the reading is.
        namer: remembers the processes of run directories.
    """

    readers: tuple[Reader, ...]
    inputs: Sequence[Input]
    issues: Issues
    progress: Progress | None = None
    namer: Namer = field(default_factory=Namer)

    def files(self) -> Iterator[Opened]:
        """Every input with traces in it; each is closed when the next one is asked for.

        Raises:
            InputError: one cannot be opened or read.
            UnreadableTraces: one that was asked for is in no known format, or is empty.
        """
        meter = _Meter(sum(_size(entry) for entry in self.inputs), self.progress)
        for entry in self.inputs:
            with readable(entry.path):
                yield from self._file(entry, meter)

    def _file(self, entry: Input, meter: "_Meter") -> Iterator[Opened]:
        path, label, readers = entry.path, entry.label, self.readers
        if entry.is_run:
            path, readers = entry.path / SPANS, (OtlpProto(self.namer),)
            if not path.is_file():
                return
            # A report must not depend on where its run directory lies.
            label = SPANS if len(self.inputs) == 1 else f"{entry.path.name}/{SPANS}"
        asked_for = entry.asked_for and not entry.is_run
        with open_source(path, label, meter.advance) as source:
            reader = _recognize(source, readers)
            if reader is None:
                self._pass_over(source, asked_for=asked_for)
            else:
                yield Opened(source=source, reader=reader, asked_for=asked_for)

    def _pass_over(self, source: Source, *, asked_for: bool) -> None:
        """Leave out a file without traces, unless someone asked for it."""
        if asked_for:
            raise UnreadableTraces(
                f"{source.label}: {_what_instead(source)}", hint=_way_out(source)
            )
        if source.head:
            kind, detail = IssueKind.NOT_TRACES, "no known trace format: passed over"
            self.issues.add(Issue(kind=kind, where=source.label, detail=detail))


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say as a person needs it why something cannot be read.

    Raises:
        InputError: instead of any OSError.
    """
    try:
        yield
    except OSError as error:
        hint = "check that the path is right and that you may read it"
        raise InputError(
            f"{error.filename or path}: {error.strerror or error}", hint=hint
        ) from error


@dataclass(slots=True)
class _Meter:
    total: int
    progress: Progress | None
    done: int = 0

    def advance(self, count: int) -> None:
        self.done += count
        if self.progress:
            self.progress(self.done, self.total)


def count_cut(source: Source, issues: Issues) -> None:
    """Count a compressed file that ended before its end."""
    if source.cut:
        detail = f"the compressed data are cut or damaged: {source.cut}"
        issues.add(Issue(kind=IssueKind.TRUNCATED_FILE, where=source.label, detail=detail))


def _recognize(source: Source, chosen: tuple[Reader, ...]) -> Reader | None:
    if len(chosen) == 1 and source.head:
        return chosen[0]
    return next((reader for reader in chosen if reader.recognizes(source.head)), None)


def _what_instead(source: Source) -> str:
    if source.cut:
        return f"damaged compressed file ({source.cut})"
    if not source.head:
        return "the file is empty"
    if js_console.recognizes(source.head):
        return js_console.WHAT_IT_IS
    text = source.head.lstrip()
    if text[:1] in (b"{", b"["):
        return "JSON, but not a trace format that is known here"
    return "not a trace file"


def _way_out(source: Source) -> str:
    if not source.head:
        return "check that what wrote it has finished"
    return js_console.WAY_OUT if js_console.recognizes(source.head) else _hint()


def _hint() -> str:
    return f"formats that can be read: {', '.join(format_names())}; --input-format names one"


def _size(entry: Input) -> int:
    if str(entry.path) == STDIN:
        return 0
    path = entry.path / SPANS if entry.is_run else entry.path
    return path.stat().st_size if path.is_file() else 0
