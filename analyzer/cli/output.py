"""Reports to where a person wants them: the terminal, standard output, a file."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.cli.options import Format
from analyzer.cli.run_store import replace_file

if TYPE_CHECKING:
    from rich.console import Console

    from analyzer.pipeline.contributions import Progress
    from analyzer.report.model import Report


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


def deliver(
    report: "Report",
    *,
    format: Format,
    json_file: Path | None,
    closing: Closing,
) -> None:
    """Print a report in the wanted form and write the JSON file, if one is wanted."""
    if json_file is not None:
        replace_file(json_file, report.to_json())
    if format is Format.JSON:
        sys.stdout.write(report.to_json())
        return
    from analyzer.reporters.terminal.report import FollowUp, render_report

    console().print(
        render_report(
            report,
            saved=closing.saved,
            follow_ups=[FollowUp(purpose=p, command=c) for p, c in closing.follow_ups],
            advice=closing.advice,
        )
    )


@contextmanager
def progress_bar(what: str) -> Iterator["Progress"]:
    """A progress bar on the error stream; silent where that is no terminal."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    screen = console(errors=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    ) as bar:
        task = bar.add_task(what, total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=max(total, 1))

        yield advance


def some_exemplar(report: "Report") -> str | None:
    """A trace worth looking at: one of the first row's, else of the run's."""
    ranked: Sequence[tuple[float, tuple[str, ...]]] = [
        (row.contribution.share, row.exemplars) for row in (*report.services, *report.hops)
    ]
    for _, exemplars in sorted(ranked, key=lambda r: -r[0]):
        if exemplars:
            return exemplars[0]
    return report.exemplars[0].trace_id if report.exemplars else None
