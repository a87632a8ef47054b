"""A run from its start to its report: receiver, sample system, load, live view, analysis.

Ctrl-C (or SIGTERM) ends a run early: the first ends the load in good order, a further one the
step that is under way. While a run still starts, and while it is analysed, there is nothing to
shorten: then it ends there, and what was received stays in the run directory.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from analyzer.cli.alerting import AlertWatch
from analyzer.cli.analysis import follow_ups, read_capture, report_on
from analyzer.cli.interruptions import Interruptions, interruptions, is_interrupt
from analyzer.cli.jaeger_ui import jaeger_ui_beside
from analyzer.cli.output import Closing, tell
from analyzer.cli.run_store import RunStore, new_run, replace_file
from analyzer.cli.running import Running
from analyzer.cli.session_plan import Finished, SessionPlan
from analyzer.cli.watch import REFRESH_S, Screen, Watcher
from analyzer.errors import InputError, SlowhopError

if TYPE_CHECKING:
    from analyzer.report.model import Report

QUIET_S = 1.2
"""No span for this long, and no trace that lacks any: all have arrived."""

LATE_LOOK_S = 0.2
"""How often to look for late spans."""


def run_session(plan: SessionPlan) -> Finished:
    """Run a plan to its report.

    Raises:
        InputError: a port is in use, the locustfile is unusable, the system cannot be started.
        KeyboardInterrupt: it was stopped before it began, or while it was analysed.
    """
    store = new_run(plan.runs_dir, name=plan.name, command=plan.command)
    with interruptions() as signals:
        try:
            running = _run(plan, store, signals)
            if jaeger_ui := plan.jaeger_ui or jaeger_ui_beside(plan.receiving.forward):
                with _unsaved():
                    store.write_run(jaeger_ui=jaeger_ui)
            with _unsaved():
                if plan.alerting:
                    store.write_run(alerts=running.alerts.record())
                store.end()
            with signals.heeded():
                running.watcher.finish_compiling()
                report = _final_report(plan, store)
            with _unsaved():
                replace_file(store.path / "report.json", report.to_json())
        except (KeyboardInterrupt, SystemError) as error:
            if not is_interrupt(error):
                raise
            if store.path.is_dir():
                tell(f"interrupted; what was received is kept: slowhop replay {store.path}")
            raise KeyboardInterrupt from error
    closing = Closing(
        saved=str(store.path),
        follow_ups=follow_ups(
            report, str(store.path), replay=True, max_clock_shift=plan.max_clock_shift
        ),
        advice=running.advice(report),
    )
    return Finished(
        run_dir=store.path, report=report, closing=closing, broken=tuple(running.broken)
    )


@contextmanager
def _unsaved() -> Iterator[None]:
    """Go on where a file cannot be written: on a full disk the report is still printed."""
    try:
        yield
    except InputError as error:
        tell(f"{error.message}: {error.hint}")


def _final_report(plan: SessionPlan, store: RunStore) -> "Report":
    """The report a replay of the run directory gives: it is one."""
    paths = [str(store.path)]
    capture = read_capture(paths, None, all_traffic=plan.all_traffic)
    return report_on(capture, paths, plan.command, plan.max_clock_shift, plan.sort)


def _run(plan: SessionPlan, store: RunStore, signals: Interruptions) -> Running:
    """Run until all spans are in; everything that was started has ended then."""
    running = Running(
        plan=plan,
        store=store,
        watcher=Watcher(store.path, store.id, all_traffic=plan.all_traffic),
        alerts=AlertWatch(asked=plan.alerting),
    )
    with ExitStack() as stack:
        screen = stack.enter_context(Screen())
        try:
            with signals.heeded():
                running.start(stack, screen)
        except (SlowhopError, KeyboardInterrupt) as error:
            stack.close()
            _forget(store, error)
            raise
        with suppress(KeyboardInterrupt):
            _watch(running, screen, signals)
        with suppress(KeyboardInterrupt), signals.heeded():
            running.stop_load()
        try:
            running.check_load()
        except SlowhopError as error:
            stack.close()
            _forget(store, error)
            raise
        with suppress(KeyboardInterrupt), signals.heeded():
            running.stop_system()
        with suppress(KeyboardInterrupt):
            _wait_for_late_spans(running, screen, signals)
        with suppress(KeyboardInterrupt), signals.heeded():
            running.stop_collector(screen)
    return running


def _forget(store: RunStore, error: BaseException) -> None:
    """Remove the directory of a run that never began, unless it has spans or the error names it."""
    if isinstance(error, SlowhopError) and str(store.path) in error.hint:
        return
    spans = store.path / "spans.otlp"
    if spans.exists() and spans.stat().st_size:
        return  # they were acknowledged: their senders have forgotten them
    shutil.rmtree(store.path, ignore_errors=True)
    with suppress(OSError):
        store.path.parent.rmdir()  # where it was made for this run alone


def _watch(running: Running, screen: Screen, signals: Interruptions) -> None:
    """Renew the view until the load ends, or a part breaks."""
    while not running.is_over():
        begun = time.monotonic()
        running.look()
        for line in running.alerts.look(running.watcher.found):
            screen.note(line, style="bold red")
        running.show(screen)
        with signals.heeded():
            running.wait(max(REFRESH_S - (time.monotonic() - begun), 0.05))


def _wait_for_late_spans(running: Running, screen: Screen, signals: Interruptions) -> None:
    """Exporters send in batches: wait until traces are whole and quiet, but not for ever."""
    from analyzer.reporters.terminal.live import Phase

    watcher = running.watcher
    deadline = time.monotonic() + running.plan.late_spans_s
    while time.monotonic() < deadline and not running.collector_ended():
        running.look()
        whole = watcher.ready and watcher.spans and not watcher.unfinished
        if whole and time.monotonic() - watcher.quiet_since >= QUIET_S:
            return
        screen.show(running.state(Phase.WAITING))
        with signals.heeded():
            time.sleep(LATE_LOOK_S)
