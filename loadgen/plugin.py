"""The plugin for locust: traces the requests of any locustfile and writes what locust counted.

The modules `plugin*` and `describe` are the only ones that import locust. This is locust's command
line with a listener registered first, so that options and locustfiles work as they always do. What
a process does depends on its role:

    master or single process    the test's shape; load.jsonl, load.json, phases.jsonl,
                                arrivals.json, profile.json
    worker or single process    arrivals, traceparent on requests, client spans, what users do

Threads and sleeps are greenlets here: locust patches the standard library when it is imported.
"""

import gc
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import locust  # noqa: TID253  this module is imported inside locust's process only
import locust.main  # noqa: TID253  as above
from locust.env import Environment  # noqa: TID253  as above
from locust.runners import MasterRunner, Runner, WorkerRunner  # noqa: TID253  as above
from locust.user.task import DefaultTaskSet, TaskSet  # noqa: TID253  as above

from analyzer.errors import InputError
from loadgen.bottlenecks_tab import add_bottlenecks_tab
from loadgen.lifeline import end_with_parent
from loadgen.planned_profile import planned_profile
from loadgen.plugin_listening import at_quit, listen
from loadgen.plugin_load_test import install_test
from loadgen.plugin_processor import BusiestProcess
from loadgen.plugin_settings import PluginSettings
from loadgen.plugin_tracing import FLUSH_S, trace_requests
from loadgen.plugin_workers import WorkerDrain, install_worker
from loadgen.profile_file import write_profile
from loadgen.recording import Recording
from loadgen.task_watch import TaskWatch

if TYPE_CHECKING:
    from collections.abc import Callable

WORKER_WINDOW_S = 3.0
"""Workers report to the master every three seconds (locust's WORKER_REPORT_INTERVAL)."""

SEEN = "slowhop.tasks"
"""What a worker's users did, in the reports that it sends to the master."""


def main() -> None:
    """Run locust's command line with the plugin."""
    sys.argv[0] = "locust"  # its messages begin with the program's name
    try:
        settings = PluginSettings.from_environment(os.environ)
    except InputError as error:
        sys.exit(f"{error.message}\n{error.hint}")
    if settings.parent_pid is not None:
        end_with_parent(settings.parent_pid)

    def on_init(environment: Environment, runner: Runner, **_other: object) -> None:
        install(settings, environment, runner)
        # What is imported by now stays: no collection of garbage has to look through it again.
        gc.freeze()

    listen(locust.events.init, on_init)
    locust_main: Callable[[], None] = locust.main.main
    locust_main()


def install(settings: PluginSettings, environment: Environment, runner: Runner) -> None:
    """Give this process its parts, by its role. Called once, after worker processes are forked."""
    watch = _watch_tasks(environment)
    options = environment.parsed_options
    traced = options is None or not options.otel  # --otel makes its own spans of the same requests
    listen(environment.events.test_stopping, _let_due_users_run)
    if settings.test is not None:
        install_test(settings.test, settings, environment, runner)
    if isinstance(runner, WorkerRunner):
        if options is not None and options.processes:
            end_with_parent(os.getppid())
        listen(
            environment.events.report_to_master,
            lambda data, **_: data.update({SEEN: watch.snapshot()}),
        )
        if traced:
            install_worker(environment, runner, trace_requests(settings, environment))
        return
    recording = _record(settings, environment, runner)
    _keep_profile(settings, environment, runner, watch)
    if settings.run_dir is not None and environment.web_ui is not None:
        base_path = options.web_base_path if options is not None else None
        add_bottlenecks_tab(environment.web_ui, settings.run_dir, base_path)
    if isinstance(runner, MasterRunner):
        drain = WorkerDrain(runner)
        listen(environment.events.test_stopping, drain.ask)
        at_quit(environment, lambda: recording.finish(drain.counts if traced else None))
    elif traced:
        exporter = trace_requests(settings, environment)
        at_quit(environment, lambda: recording.finish(exporter.close(FLUSH_S)))
    else:
        at_quit(environment, lambda: recording.finish(None))


def _let_due_users_run(**_other: object) -> None:
    """Let users whose pause is over begin before locust looks who pauses, to end those at once.

    Locust blocks some 50 ms on its way to here. A user whose pause ends in that time would be seen
    as pausing, wake up, send a request and be killed in it: a trace without a root.
    """
    time.sleep(0.01)


def _record(settings: PluginSettings, environment: Environment, runner: Runner) -> Recording:
    events = environment.events
    recording = Recording(
        stats=lambda: environment.stats,
        users=lambda: runner.user_count,
        cpu_percent=BusiestProcess(runner),
        run_dir=settings.run_dir,
        tool_version=locust.__version__,
        window_s=WORKER_WINDOW_S if isinstance(runner, MasterRunner) else 1.0,
    )
    listen(events.test_start, lambda **_: recording.test_started())
    listen(events.spawning_complete, lambda **_: recording.note_users())
    listen(events.test_stopping, lambda **_: recording.note_users())
    listen(events.test_stop, lambda **_: recording.test_stopped())
    recording.start()
    return recording


def _watch_tasks(environment: Environment) -> TaskWatch:
    watch = TaskWatch()
    for task_set in (TaskSet, DefaultTaskSet):
        setattr(task_set, "execute_task", watch.wrap_execute(task_set.execute_task))  # noqa: B010  mypy takes no other way
    setattr(TaskSet, "wait", watch.wrap_wait(TaskSet.wait))  # noqa: B010  as above
    listen(environment.events.test_start, lambda **_: watch.reset())
    return watch


def _keep_profile(
    settings: PluginSettings, environment: Environment, runner: Runner, watch: TaskWatch
) -> None:
    """Write `profile.json`: now what is planned, at the end also what was done."""
    run_dir = settings.run_dir
    if run_dir is None:
        return
    planned = planned_profile(environment.user_classes, version=locust.__version__, sampled=False)
    write_profile(run_dir, planned, None)

    def note_users(**_other: object) -> None:
        counted = getattr(runner, "reported_user_classes_count", runner.user_classes_count)
        watch.note_users(counted)

    def on_report(client_id: str, data: dict[str, Any], **_other: object) -> None:
        if SEEN in data:
            watch.take(client_id, data[SEEN])

    listen(environment.events.worker_report, on_report)
    listen(environment.events.spawning_complete, note_users)
    listen(environment.events.test_stopping, note_users)
    at_quit(environment, lambda: write_profile(run_dir, planned, watch.observed()))
