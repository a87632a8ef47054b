"""The plugin for locust: traces the requests of any locustfile and writes what locust counted.

With `describe`, `plugin_shapes`, `plugin_arrivals` and `plugin_smoke` the only modules that import
locust. It is locust's command line with a listener registered first, so that options and
locustfiles work as they always do. What a process does depends on its role:

    master or single process    the test's shape; load.jsonl, load.json, phases.jsonl,
                                arrivals.json, profile.json
    worker or single process    arrivals, traceparent on requests, client spans, what users do

Threads and sleeps are greenlets here: locust patches the standard library when it is imported.
"""

import gc
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import locust  # noqa: TID253  this module is imported inside locust's process only
import locust.main  # noqa: TID253  as above
import psutil
import urllib3.connection
from geventhttpclient.connectionpool import ConnectionPool, SSLConnectionPool
from locust.clients import HttpSession  # noqa: TID253  as above
from locust.contrib.fasthttp import FastHttpSession  # noqa: TID253  as above
from locust.env import Environment  # noqa: TID253  as above
from locust.runners import MasterRunner, Runner, WorkerRunner  # noqa: TID253  as above
from locust.user.task import DefaultTaskSet, TaskSet  # noqa: TID253  as above

from analyzer.errors import InputError
from loadgen.bottlenecks_tab import add_bottlenecks_tab
from loadgen.capacity_run import CapacityRun
from loadgen.capacity_search import Search
from loadgen.connecting import CONNECT, DNS, TLS, Connections
from loadgen.event_tracing import EventTracer
from loadgen.lifeline import end_with_parent
from loadgen.load_test import SMOKE, LoadTest
from loadgen.otlp_client import OtlpClient
from loadgen.otlp_target import resource_from_environment
from loadgen.phase_log import append, write_arrivals
from loadgen.planned_profile import planned_profile
from loadgen.plugin_arrivals import OpenLoop, WorkersPool, open_loop, open_worker
from loadgen.plugin_settings import PluginSettings
from loadgen.plugin_shapes import PlannedLoad, SearchedLoad
from loadgen.plugin_smoke import EachTask
from loadgen.profile_file import write_profile
from loadgen.recording import Recording
from loadgen.request_tracing import RequestTracer
from loadgen.span_encoding import SpanEncoder
from loadgen.span_export import SpanCounts, SpanExporter
from loadgen.task_watch import TaskWatch

if TYPE_CHECKING:
    from loadgen.protocols import Attributes

FLUSH_S = 5.0
"""How long the end of a run waits for the receiver: a restart of it fits in, patience does too."""

WORKER_WINDOW_S = 3.0
"""Workers report to the master every three seconds (locust's WORKER_REPORT_INTERVAL)."""

HELLO, DRAIN, DRAINED = "slowhop_hello", "slowhop_drain", "slowhop_drained"
"""Messages between master and workers: I trace; stop and export what you have; that is done."""

LEAST_CPU_S = 0.5
"""The system counts processor time in hundredths of a second: of less time they say too little."""

SEEN = "slowhop.tasks"
"""What a worker's users did, in the reports that it sends to the master."""

_SEND = "_send_request_safe_mode"
"""The method of both of locust's HTTP sessions that sends a request and returns its response."""


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

    _listen(locust.events.init, on_init)
    locust_main: Callable[[], None] = locust.main.main
    locust_main()


def install(settings: PluginSettings, environment: Environment, runner: Runner) -> None:
    """Give this process its parts, by its role. Called once, after worker processes are forked."""
    watch = _watch_tasks(environment)
    options = environment.parsed_options
    traced = options is None or not options.otel  # --otel makes its own spans of the same requests
    _listen(environment.events.test_stopping, _let_due_users_run)
    if settings.test is not None:
        _install_test(settings.test, settings, environment, runner)
    if isinstance(runner, WorkerRunner):
        if options is not None and options.processes:
            end_with_parent(os.getppid())
        _listen(
            environment.events.report_to_master,
            lambda data, **_: data.update({SEEN: watch.snapshot()}),
        )
        if traced:
            _install_worker(environment, runner, _trace_requests(settings, environment))
        return
    recording = _record(settings, environment, runner)
    _keep_profile(settings, environment, runner, watch)
    if settings.run_dir is not None and environment.web_ui is not None:
        base_path = options.web_base_path if options is not None else None
        add_bottlenecks_tab(environment.web_ui, settings.run_dir, base_path)
    if isinstance(runner, MasterRunner):
        drain = WorkerDrain(runner)
        _listen(environment.events.test_stopping, drain.ask)
        _at_quit(environment, lambda: recording.finish(drain.counts if traced else None))
    elif traced:
        exporter = _trace_requests(settings, environment)
        _at_quit(environment, lambda: recording.finish(exporter.close(FLUSH_S)))
    else:
        _at_quit(environment, lambda: recording.finish(None))


def _install_test(
    test: LoadTest, settings: PluginSettings, environment: Environment, runner: Runner
) -> None:
    """Let the test say how much load there is, unless it leaves that to a shape class."""
    own = environment.shape_class
    if own is not None and not test.steers:
        return
    if own is not None:
        sys.exit(
            f"the locustfile has a load shape of its own, {type(own).__name__}, and a {test.kind}"
            " test would replace it"
        )
    if test.kind == SMOKE:
        _install_smoke(settings, environment)
    if isinstance(runner, WorkerRunner):
        if test.arrivals is not None:
            open_worker(environment, runner, test.arrivals)
    elif test.steers:
        environment.shape_class = _steering(test, settings, environment, runner)
        environment.shape_class.runner = runner


def _steering(
    test: LoadTest, settings: PluginSettings, environment: Environment, runner: Runner
) -> PlannedLoad | SearchedLoad:
    """What locust asks how much load there should be."""
    run_dir = settings.run_dir
    pool: OpenLoop | WorkersPool | None = None
    if test.arrivals is not None:
        pool = (
            WorkersPool(runner, test.arrivals)
            if isinstance(runner, MasterRunner)
            else open_loop(environment, test.arrivals)
        )
        if run_dir is not None:
            tally = pool
            _at_quit(environment, lambda: write_arrivals(run_dir, tally.tally))

    def log(line: dict[str, Any]) -> None:
        if run_dir is not None:
            append(run_dir, line)

    if test.search is not None:
        run = CapacityRun(
            search=Search.begin(test.search.bounds),
            requirements=test.requirements,
            level_s=test.search.level_s,
        )
        return SearchedLoad(run, lambda: environment.stats, log, pool)
    if test.shape is None:
        raise ValueError(f"a {test.kind} test without a shape")
    return PlannedLoad(test.shape, log, pool)


def _install_smoke(settings: PluginSettings, environment: Environment) -> None:
    tasks = EachTask(environment)
    tasks.install()
    if settings.run_dir is not None:
        run_dir = settings.run_dir
        _at_quit(environment, lambda: tasks.write(run_dir))


def _at_quit(environment: Environment, finish: Callable[[], object]) -> None:
    """Run `finish` once, when all users have stopped; whoever comes meanwhile waits for its end.

    After SIGTERM locust shuts down in two greenlets at a time, and the first to end exits.
    """
    lock = threading.Lock()
    finished = threading.Event()

    def on_quit(**_other: object) -> None:
        with lock:
            if not finished.is_set():
                finish()
                finished.set()

    _listen(environment.events.quit, on_quit)


def _let_due_users_run(**_other: object) -> None:
    """Let users whose pause is over begin before locust looks who pauses, to end those at once.

    Locust blocks some 50 ms on its way to here. A user whose pause ends in that time would be seen
    as pausing, wake up, send a request and be killed in it: a trace without a root.
    """
    time.sleep(0.01)


def _listen(hook: Any, listener: Callable[..., object]) -> None:  # noqa: ANN401  locust's hooks have no types
    hook.add_listener(listener)


def _trace_requests(settings: PluginSettings, environment: Environment) -> SpanExporter:
    run: Attributes = {"slowhop.run.id": settings.run_id} if settings.run_id else {}
    process: Attributes = {
        "service.version": locust.__version__,
        "service.instance.id": str(uuid4()),
        "process.pid": os.getpid(),
    }
    resource = {**resource_from_environment(os.environ), **process, **run}
    encoder = SpanEncoder(resource, run, scope_version=version("slowhop"))
    exporter = SpanExporter(encoder, OtlpClient(settings.target))
    others = EventTracer(exporter.add, exporter.begin)
    tracer = RequestTracer(
        exporter.add,
        run_id=settings.run_id,
        begun=exporter.begin,
        connections=_timed_connections(),
        others=others.on_request,
    )
    setattr(HttpSession, _SEND, tracer.wrap(getattr(HttpSession, _SEND), _requests_headers))
    setattr(FastHttpSession, _SEND, tracer.wrap(getattr(FastHttpSession, _SEND), _fast_headers))
    _listen(environment.events.request, tracer.on_request)
    exporter.start()
    return exporter


def _timed_connections() -> Connections:
    """Time how both kinds of clients open connections: urllib3 and geventhttpclient do it."""
    connections = Connections()
    connections.time_method(socket, "getaddrinfo", DNS, lambda host: host)
    connections.time_method(urllib3.connection.HTTPConnection, "_new_conn", CONNECT)
    connections.time_method(urllib3.connection.HTTPSConnection, "connect", TLS)
    connections.time_method(ConnectionPool, "_resolve", DNS, lambda pool: pool._connection_host)  # noqa: SLF001  it tells nobody else
    connections.time_method(ConnectionPool, "_connect_socket", CONNECT)
    connections.time_method(SSLConnectionPool, "_connect_socket", TLS)
    return connections


def _requests_headers(session: HttpSession) -> Any:  # noqa: ANN401  requests' own kind of mapping
    return session.headers


def _fast_headers(session: FastHttpSession) -> Any:  # noqa: ANN401  geventhttpclient's mapping
    return session.client.default_headers


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
    _listen(events.test_start, lambda **_: recording.test_started())
    _listen(events.spawning_complete, lambda **_: recording.note_users())
    _listen(events.test_stopping, lambda **_: recording.note_users())
    _listen(events.test_stop, lambda **_: recording.test_stopped())
    recording.start()
    return recording


class BusiestProcess:
    """What the busiest of locust's processes uses of one core: it can use no more than one.

    Of this process since it was asked last; of workers as they tell it every five seconds.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._process = psutil.Process()
        self._process.cpu_percent()  # the first answer is about no time at all
        self._asked = time.monotonic()
        self._own: float | None = None

    def __call__(self) -> float | None:
        """Percent of one core; None at first."""
        now = time.monotonic()
        if now - self._asked >= LEAST_CPU_S:
            self._own, self._asked = self._process.cpu_percent(), now
        if self._own is None:
            return None
        workers: list[float] = []
        if isinstance(self._runner, MasterRunner):
            workers = [float(worker.cpu_usage) for worker in self._runner.clients.values()]
        return round(max([self._own, *workers]), 1)


def _watch_tasks(environment: Environment) -> TaskWatch:
    watch = TaskWatch()
    for task_set in (TaskSet, DefaultTaskSet):
        setattr(task_set, "execute_task", watch.wrap_execute(task_set.execute_task))  # noqa: B010  mypy takes no other way
    setattr(TaskSet, "wait", watch.wrap_wait(TaskSet.wait))  # noqa: B010  as above
    _listen(environment.events.test_start, lambda **_: watch.reset())
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

    _listen(environment.events.worker_report, on_report)
    _listen(environment.events.spawning_complete, note_users)
    _listen(environment.events.test_stopping, note_users)
    _at_quit(environment, lambda: write_profile(run_dir, planned, watch.observed()))


def _install_worker(environment: Environment, runner: WorkerRunner, exporter: SpanExporter) -> None:
    def on_drain(**_other: object) -> None:
        runner.stop()
        exporter.flush(FLUSH_S)
        counts = exporter.counts
        runner.send_message(DRAINED, asdict(counts))

    runner.register_message(DRAIN, on_drain, concurrent=True)
    _listen(environment.events.test_start, lambda **_: runner.send_message(HELLO))
    _at_quit(environment, lambda: exporter.close(FLUSH_S))


class WorkerDrain:
    """Waits at the end of a test until the workers' users have finished and their spans are out.

    Locust's master gives its workers half a second for their last numbers. Users that finish their
    requests take longer, and what they did would be missing in the statistics.
    """

    def __init__(self, runner: MasterRunner) -> None:
        self._runner = runner
        self._counts: dict[str, SpanCounts] = {}
        self._asked: set[str] = set()
        runner.register_message(HELLO, self._on_hello)
        runner.register_message(DRAINED, self._on_drained)

    @property
    def counts(self) -> SpanCounts:
        """The spans of all workers, as far as they have told."""
        return sum(self._counts.values(), SpanCounts())

    def ask(self, environment: Environment, **_other: object) -> None:
        """Ask every worker that traces to finish, and wait for it, but not for ever."""
        clients = self._runner.clients
        present = {c.id for c in (*clients.ready, *clients.spawning, *clients.running)}
        self._asked = present & self._counts.keys()
        for worker in sorted(self._asked):
            self._runner.send_message(DRAIN, client_id=worker)
        deadline = time.monotonic() + environment.stop_timeout + 2 * FLUSH_S
        while self._asked and time.monotonic() < deadline:
            time.sleep(0.05)

    def _on_hello(self, msg: Any, **_other: object) -> None:  # noqa: ANN401  locust's Message
        self._counts.setdefault(msg.node_id, SpanCounts())

    def _on_drained(self, msg: Any, **_other: object) -> None:  # noqa: ANN401  locust's Message
        self._counts[msg.node_id] = SpanCounts(**msg.data)
        self._asked.discard(msg.node_id)
