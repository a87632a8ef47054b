"""Reports to where a person wants them: the terminal, standard output, a file."""

import errno
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from analyzer.cli.options import STDIN, Format
from analyzer.cli.run_store import replace_file
from analyzer.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from analyzer.pipeline.contributions import Progress
    from analyzer.report.model import Report


BAR_AFTER_S: Final = 1.0
"""A bar for less would only flicker."""

READER_LEFT: Final = frozenset((errno.EPIPE, errno.EIO))
"""What writing to a pipe or a terminal fails with when its other end is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What stands below a report in the terminal.

    Attributes:
        saved: where the run was saved.
        follow_ups: (what for, command) to go on with.
        advice: what to set or run where services sent no spans.
    """

    saved: str | None = None
    follow_ups: tuple[tuple[str, str], ...] = ()
    advice: tuple[str, ...] = ()


def console(*, errors: bool = False) -> "Console":
    """The terminal; rich sees to its width, its colours and NO_COLOR."""
    from rich.console import Console

    return Console(stderr=errors, highlight=False, soft_wrap=False)


def show(renderable: "RenderableType") -> None:
    """Print to standard output, laid out for the terminal."""
    screen = console()
    with screen.capture() as captured:
        screen.print(renderable)
    write(captured.get())


def write(text: str) -> None:
    """Print text to standard output as it is."""
    with _reader_may_leave(sys.stdout):
        sys.stdout.write(text)
        sys.stdout.flush()


def tell(text: str) -> None:
    """Print a line to the error stream, which carries all that is not the result.

    Names in it come from spans, files and arguments: they are shown and never obeyed.
    """
    from analyzer.reporters.terminal.safe_text import safe_line

    with _reader_may_leave(sys.stderr):
        sys.stderr.write(f"{safe_line(text)}\n")
        sys.stderr.flush()


@contextmanager
def _reader_may_leave(stream: TextIO) -> Iterator[None]:
    """Whoever reads our output may have seen enough (`| head`, a closed terminal).

    That is no error of ours: what is written to the stream from then on goes nowhere, also at the
    end of the process.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in READER_LEFT:
            raise
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def check_target(path: Path | None) -> None:
    """Make sure before the work that its result can be written after it.

    Raises:
        InputError: the directory is missing or cannot be written to, or it is no file.
    """
    if path is None:
        return
    if str(path) == STDIN:
        raise InputError(
            "--json takes the name of a file", hint="--format json prints JSON to standard output"
        )
    with _usable(path):
        _check_place(path)


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    """A path may be one that no system takes: too long, a NUL in it."""
    try:
        yield
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot write {path}: {why}", hint="name another file") from error


def _check_place(path: Path) -> None:
    if path.is_dir():
        raise InputError(f"{path} is a directory", hint="name a file in it")
    if not path.parent.is_dir():
        raise InputError(f"there is no directory {path.parent}", hint="make it first")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"cannot write to {path.parent}", hint="name a file in another directory")


def deliver(
    report: "Report",
    *,
    format: Format,  # noqa: A002  the option's name
    json_file: Path | None,
    closing: Closing,
) -> None:
    """Print a report in the wanted form, and write the JSON file if one is wanted.

    Raises:
        InputError: the file cannot be written; the report is printed even then.
    """
    text = report.to_json() if format is Format.JSON or json_file is not None else ""
    if format is Format.JSON:
        write(text)
    else:
        _show_report(report, closing)
    if json_file is not None:
        replace_file(json_file, text)


def _show_report(report: "Report", closing: Closing) -> None:
    from analyzer.reporters.terminal.report import FollowUp, render_report

    show(
        render_report(
            report,
            saved=closing.saved,
            follow_ups=[FollowUp(purpose=p, command=c) for p, c in closing.follow_ups],
            advice=closing.advice,
        )
    )


@contextmanager
def progress_bar(what: str) -> Iterator["Progress"]:
    """A progress bar on the error stream for work that takes a while; none without a terminal."""
    screen = console(errors=True)
    if not screen.is_terminal:
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        console=screen,
        transient=True,
    )
    task = bar.add_task(what, total=None)
    begun = time.monotonic()

    def advance(done: int, total: int) -> None:
        if time.monotonic() - begun > BAR_AFTER_S:
            bar.start()  # which does nothing if it has begun
        bar.update(task, completed=done, total=max(total, 1))

    try:
        yield advance
    finally:
        bar.stop()


def some_exemplar(report: "Report") -> str | None:
    """A trace worth looking at: one of the first row's, else of the run's."""
    ranked: Sequence[tuple[float, tuple[str, ...]]] = [
        (row.contribution.share, row.exemplars) for row in (*report.services, *report.hops)
    ]
    for _, exemplars in sorted(ranked, key=lambda r: -r[0]):
        if exemplars:
            return exemplars[0]
    return report.exemplars[0].trace_id if report.exemplars else None
