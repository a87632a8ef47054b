"""slowhop convert: dumps of one format to another."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.analysis import SOUND_ISSUES
from analyzer.cli.options import STDIN, InputFormat
from analyzer.cli.output import check_target, progress_bar, tell
from analyzer.errors import ExitCode, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    from analyzer.model.issue import Issues

EPILOG = """\
From OTLP to OTLP and to Parquet everything is kept. Jaeger's format has no nanoseconds, so times
are cut to microseconds. From other formats comes what they tell.

Where the name of OUT ends in .gz or .zst, it is compressed.
"""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("convert", short_help="Write spans in another format.", epilog=EPILOG)(convert)


def convert(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Run directories, span dumps, directories of them, globs; - is standard input.",
            metavar="IN",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Argument(
            help="The file to write; - is standard output.", metavar="OUT", show_default=False
        ),
    ],
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help="The format to write: otlp-json, otlp-proto, jaeger, parquet.",
            metavar="FORMAT",
        ),
    ],
    input_format: InputFormat = None,
) -> None:
    """Read spans in any format and write them in one, with all that both have a place for."""
    from analyzer.model.issue import Issues
    from analyzer.readers.read_requests import read_requests
    from analyzer.writers.destination import open_destination
    from analyzer.writers.registry import writer_for

    writer = writer_for(to)
    _check(paths, out)
    issues = Issues()
    with progress_bar("converting") as advance:
        requests = read_requests(paths, issues, format_name=input_format, progress=advance)
        counted = _Counted(requests)
        try:
            with open_destination(out) as file:
                written = writer.write(counted, file)
        except OSError as error:
            hint = "check that there is room and that you may write there"
            raise InputError(f"{out}: {error.strerror or error}", hint=hint) from error
    _say(written, counted.spans - written, out, issues)
    unusable = counted.spans > written or any(i.kind not in SOUND_ISSUES for i in issues)
    raise typer.Exit(ExitCode.PARTIAL if unusable else ExitCode.OK)


class _Counted:
    """Requests as they pass, their spans counted."""

    def __init__(self, requests: "Iterator[ExportTraceServiceRequest]") -> None:
        self.spans = 0
        self._requests = requests

    def __iter__(self) -> "Iterator[ExportTraceServiceRequest]":
        from analyzer.writers.counting import span_count

        for request in self._requests:
            self.spans += span_count(request)
            yield request


def _check(paths: list[str], out: Path) -> None:
    """Refuse before the work what cannot be written.

    Raises:
        InputError: it would write over what it reads, or cannot write at all.
    """
    if str(out) == STDIN:
        return
    check_target(out)
    if out.exists() and any(Path(p).exists() and Path(p).samefile(out) for p in paths):
        raise InputError(f"{out} is both read and written", hint="name another file to write")


def _say(written: int, left_out: int, out: Path, issues: "Issues") -> None:
    """Say on the error stream what was done, and what was odd."""
    tell(f"{written:,} spans written to {'standard output' if str(out) == STDIN else out}")
    if left_out:
        tell(f"warning: {left_out:,} spans without usable ids have no place there: left out")
    for count in issues:
        first = count.examples[0]
        told = f"{count.count:,} × {count.kind.value}, first {first.where}: {first.detail}"
        tell(f"warning: {told}")
