"""A fetch from its first question to its report.

Ctrl-C ends the fetch; what was fetched until then is kept, and reported on.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from analyzer.cli.analysis import SOUND_ISSUES, follow_ups, read_capture, report_on
from analyzer.cli.interruptions import Interruptions, interruptions, is_interrupt
from analyzer.cli.options import RankedBy
from analyzer.cli.output import Closing, progress_bar, tell
from analyzer.cli.run_store import RunStore, new_run, replace_file
from analyzer.cli.session_plan import Finished
from analyzer.errors import ExitCode, InputError

if TYPE_CHECKING:
    from analyzer.model.issue import Issues
    from analyzer.pull.address import Address
    from analyzer.pull.backend import Backend
    from analyzer.pull.fetching import Fetched
    from analyzer.pull.query import Query
    from analyzer.pull.traces import Traces
    from analyzer.pull.web import Web
    from analyzer.report.model import Report

COMMAND: Final = "pull"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullPlan:
    """What to fetch.

    Attributes:
        backend: `jaeger` or `tempo`.
        silence_s: how long the backend may be silent.
        report: whether a report is wanted too.
    """

    backend: str
    address: "Address"
    query: "Query"
    silence_s: float
    name: str
    runs_dir: Path
    report: bool
    max_clock_shift: str
    sort: RankedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """A fetch that has ended.

    Attributes:
        broken: why not all is here, in plain sentences.
        report: None where none was wanted.
    """

    run_dir: Path
    broken: tuple[str, ...]
    report: "Report | None"
    closing: Closing

    @property
    def exit_code(self) -> ExitCode:
        """What it amounts to, without a report."""
        return ExitCode.PARTIAL if self.broken else ExitCode.OK

    def with_report(self) -> Finished:
        """The same as a run that has ended."""
        assert self.report is not None  # whoever asks has looked
        return Finished(
            run_dir=self.run_dir, report=self.report, closing=self.closing, broken=self.broken
        )


def pull_session(plan: PullPlan) -> Pulled:
    """Fetch, and report on what came.

    Raises:
        InputError: the backend cannot be asked, or has no such trace: nothing is left behind then.
        KeyboardInterrupt: it was stopped before there was any trace, or while they were analysed.
    """
    store = new_run(plan.runs_dir, name=plan.name, command=COMMAND)
    with interruptions() as signals:
        try:
            broken = _fetch(plan, store, signals)
        except BaseException:
            shutil.rmtree(store.path, ignore_errors=True)
            with suppress(OSError):
                store.path.parent.rmdir()  # where it was made for this run alone
            raise
        if not plan.report:
            return Pulled(run_dir=store.path, broken=broken, report=None, closing=Closing())
        try:
            with signals.heeded():
                report = _report(plan, store)
        except (KeyboardInterrupt, SystemError) as error:
            if not is_interrupt(error):
                raise
            tell(f"interrupted; what was fetched is kept: slowhop replay {store.path}")
            raise KeyboardInterrupt from error
    path = str(store.path)
    commands = follow_ups(report, path, replay=True, max_clock_shift=plan.max_clock_shift)
    return Pulled(
        run_dir=store.path,
        broken=broken,
        report=report,
        closing=Closing(saved=path, follow_ups=commands),
    )


def _report(plan: PullPlan, store: RunStore) -> "Report":
    """The report a replay of the run directory gives: it is one."""
    paths = [str(store.path)]
    capture = read_capture(paths, None)
    report = report_on(capture, paths, COMMAND, plan.max_clock_shift, plan.sort)
    replace_file(store.path / "report.json", report.to_json())
    return report


def _fetch(plan: PullPlan, store: RunStore, signals: Interruptions) -> tuple[str, ...]:
    """Fill the run directory; why not all is in it."""
    from analyzer.pull.fetching import fetch
    from analyzer.pull.traces import Traces
    from analyzer.pull.web import Web

    web = Web(address=plan.address, silence_s=plan.silence_s, heeded=signals.heeded)
    backend = _backend(plan, web)
    spans = store.path / "spans.otlp"
    try:
        with closing(web), spans.open("wb") as out, progress_bar("fetching") as advance:
            traces = Traces(out=out, limit=plan.query.limit)
            fetched = fetch(backend, plan.query, traces, advance)
    except OSError as error:
        raise InputError(
            f"cannot write {spans}: {error.strerror or error}", hint="check the disk's space"
        ) from error
    if not len(traces):
        raise InputError(f"{plan.address.shown} has no such traces", hint=backend.advice())
    store.write_run(
        started_at_ns=traces.first_ns,
        ended_at_ns=traces.last_ns or None,
        pull=_record(plan, traces, fetched) | {"api": backend.api},
    )
    tell(f"{len(traces):,} traces, {traces.spans:,} spans from {plan.address.shown}")
    _warn_of(traces.issues)
    return tuple(_what_is_missing(plan, traces, fetched))


def _backend(plan: PullPlan, web: "Web") -> "Backend":
    if plan.backend == "jaeger":
        from analyzer.pull.jaeger import Jaeger

        return Jaeger(web, plan.query)
    from analyzer.pull.tempo import Tempo

    return Tempo(web, plan.query)


def _record(plan: PullPlan, traces: "Traces", fetched: "Fetched") -> dict[str, object]:
    """What `run.json` says of the fetch: all that was asked, and nothing that lets one in."""
    query = plan.query
    return {
        "backend": plan.backend,
        "url": plan.address.shown,
        "services": list(query.services),
        "operation": query.operation,
        "min_duration_ns": query.min_duration_ns,
        "query": query.traceql,
        "since_ns": query.window.start_ns,
        "until_ns": query.window.end_ns,
        "limit": query.limit,
        "fetched_at_ns": time.time_ns(),
        "traces": len(traces),
        "spans": traces.spans,
        "stopped": fetched.stopped,
        "limited": fetched.limited,
    }


def _warn_of(issues: "Issues") -> None:
    from analyzer.reporters.terminal.safe_text import safe

    for count in issues:
        first = count.examples[0]
        # not how many: a trace that several searches find is read as often
        tell(f"warning: {safe(f'{count.kind.value}, first {first.where}: {first.detail}')}")


def _what_is_missing(plan: PullPlan, traces: "Traces", fetched: "Fetched") -> Iterator[str]:
    """Why not all that was asked for is here."""
    if fetched.stopped is not None:
        yield f"the fetch ended before its time: {fetched.stopped}"
    if fetched.limited:
        tell(f"note: there may be more than the --limit of {plan.query.limit:,} traces")
    if fetched.crowded:
        yield (
            f"{fetched.crowded:,} times more than {plan.query.page:,} traces began at one time, of"
            " which some are missing: a larger --page brings them"
        )
    if traces.gone:
        yield f"{traces.gone:,} traces were found and could not be fetched"
    if traces.partly:
        yield f"{traces.partly:,} traces are there in part only"
    if any(count.kind not in SOUND_ISSUES for count in traces.issues):
        yield "not all of what the backend told could be read"
