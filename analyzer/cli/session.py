"""A live run from its start to its report: receiver, sample system, load, live view, analysis."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from analyzer.cli.analysis import follow_ups, report_on
from analyzer.cli.output import Closing
from analyzer.cli.run_store import RunStore, new_run, replace_file
from analyzer.cli.watch import REFRESH_S, Screen, Watcher
from analyzer.errors import InputError

if TYPE_CHECKING:
    from analyzer.model.run import Capture
    from analyzer.report.model import Latency, Report
    from analyzer.reporters.terminal.live import LiveState, Phase
    from collector.launcher import RunningCollector
    from loadgen.launcher import RunningLoad
    from services.running import RunningServices

QUIET_S = 1.2
"""No span for this long, and no trace that lacks any: all have arrived."""

ADVISE_AFTER_S = 6.0
"""Most exporters send every 5 s: before that, missing spans mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiving:
    """Where spans are received, and how long for after the load."""

    listen: str
    grpc_port: int
    http_port: int
    late_spans_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """The load to put on. Times are in seconds."""

    locustfile: str
    host: str | None
    users: int | None
    spawn_rate: float | None
    run_time: str | None
    web_ui_port: int | None = None
    otel: bool = False
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSystem:
    """A sample system to start first; the load goes to its entry."""

    name: str
    fault: str | None = None
    variant: str = "automatic"
    strength: float = 1.0
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlan:
    """What to run. Without a load it lasts until it is stopped, or for `record_s`."""

    name: str
    command: str
    runs_dir: Path
    receiving: Receiving
    max_clock_shift: str
    load: LoadPlan | None = None
    system: SampleSystem | None = None
    record_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A run that has ended: its directory, its report, and what to say below it."""

    run_dir: Path
    report: "Report"
    closing: Closing


def run_session(plan: SessionPlan) -> Finished:
    """Run a plan to its report.

    Raises:
        InputError: a port is in use, the locustfile is unusable, the system cannot be started.
    """
    store = new_run(plan.runs_dir, name=plan.name, command=plan.command)
    with _terminate_as_interrupt(), ExitStack() as stack:
        session = _Session(plan=plan, store=store, watcher=Watcher(store.path, store.id))
        addresses = session.run(stack)
    store.end()
    if (code := session.collector_code) is not None:
        session.notes += (f"the collector ended early, with {code}: see logs/collector.log",)
    report = _final_report(plan, store)
    replace_file(store.path / "report.json", report.to_json())
    closing = Closing(
        saved=str(store.path),
        follow_ups=follow_ups(report, str(store.path), replay=True),
        advice=(*session.notes, *_advice(report, addresses)),
    )
    return Finished(run_dir=store.path, report=report, closing=closing)


def _final_report(plan: SessionPlan, store: RunStore) -> "Report":
    """The report a replay of the run directory gives: it is one."""
    from analyzer.readers.read import read

    paths = [str(store.path)]
    return report_on(read(paths), paths, plan.command, plan.max_clock_shift)


def _advice(report: "Report", addresses: tuple[str, str]) -> tuple[str, ...]:
    from loadgen.advice import CollectorAddresses, Missing, advice

    at = CollectorAddresses(grpc=addresses[0], http=addresses[1])
    if not report.completeness.spans:
        return advice(Missing.EVERYTHING, at)
    return advice(Missing.SERVICES, at) if report.completeness.client_spans_only else ()


@dataclass(slots=True, kw_only=True)
class _Session:
    """A run under way."""

    plan: SessionPlan
    store: RunStore
    watcher: Watcher
    notes: tuple[str, ...] = ()
    collector_code: int | None = None
    started: float = 0.0
    addresses: tuple[str, str] = ("", "")

    def run(self, stack: ExitStack) -> tuple[str, str]:
        """Run until all spans are in; the collector's gRPC and HTTP addresses."""
        from analyzer.reporters.terminal.live import Phase
        from collector.launcher import start

        receiving = self.plan.receiving
        screen = stack.enter_context(Screen())
        self.started = time.monotonic()
        screen.show(self._state(Phase.STARTING, None))
        collector = stack.enter_context(
            start(
                self.store.path,
                host=receiving.listen,
                grpc_port=receiving.grpc_port,
                http_port=receiving.http_port,
            )
        )
        self.addresses = (collector.grpc_address, collector.http_address)
        self.watcher.start()
        system = self._start_system(stack, collector)
        load = self._start_load(stack, collector, system)
        self.started = time.monotonic()
        self._watch(screen, collector, load)
        if system is not None:
            system.stop()  # what its exporters still hold goes out now
        self._wait_for_late_spans(screen, load)
        screen.show(self._state(Phase.ANALYSING, load))
        self.collector_code = collector.poll()
        collector.stop()
        self.watcher.finish_compiling()
        return self.addresses

    def _start_system(
        self, stack: ExitStack, collector: "RunningCollector"
    ) -> "RunningServices | None":
        if (wanted := self.plan.system) is None:
            return None
        from services.errors import ServiceError
        from services.launcher import up

        try:
            return stack.enter_context(
                up(
                    wanted.name,
                    log_dir=self.store.path / "logs",
                    fault=wanted.fault,
                    strength=wanted.strength,
                    variant=wanted.variant,
                    seed=wanted.seed,
                    otlp_endpoint=collector.endpoint_http,
                )
            )
        except ServiceError as error:
            raise InputError(error.message, hint=error.hint) from error

    def _start_load(
        self, stack: ExitStack, collector: "RunningCollector", system: "RunningServices | None"
    ) -> "RunningLoad | None":
        if (plan := self.plan.load) is None:
            return None
        from loadgen.launcher import start
        from loadgen.load_options import LoadOptions

        host = plan.host or (system.entry_url if system else None)
        load = start(
            LoadOptions(
                locustfile=plan.locustfile,
                run_dir=self.store.path,
                run_id=self.store.id,
                collector=collector.endpoint_http,
                host=host,
                users=plan.users,
                spawn_rate=plan.spawn_rate,
                run_time=plan.run_time,
                web_ui_port=plan.web_ui_port,
                otel=plan.otel,
                extra=plan.extra,
            )
        )
        self.store.write_run(load=load_record(plan, host))
        return stack.enter_context(load)

    def _watch(
        self, screen: Screen, collector: "RunningCollector", load: "RunningLoad | None"
    ) -> None:
        """Renew the view until the load ends, or Ctrl-C."""
        from analyzer.reporters.terminal.live import Phase

        try:
            while not self._over(collector, load):
                begun = time.monotonic()
                self.watcher.look(self._capture(load))
                screen.show(self._state(Phase.RUNNING, load))
                rest = REFRESH_S - (time.monotonic() - begun)
                if load is not None:
                    load.wait(max(rest, 0.05))
                else:
                    time.sleep(max(rest, 0.05))
            if load is not None:
                load.check()
        except KeyboardInterrupt:
            if load is not None:
                load.stop()

    def _over(self, collector: "RunningCollector", load: "RunningLoad | None") -> bool:
        if load is not None:
            return load.poll() is not None
        limit = self.plan.record_s
        past = limit is not None and time.monotonic() - self.started >= limit
        return past or collector.poll() is not None

    def _wait_for_late_spans(self, screen: Screen, load: "RunningLoad | None") -> None:
        """Exporters send in batches: wait until traces are whole and quiet, but not for ever."""
        from analyzer.reporters.terminal.live import Phase

        deadline = time.monotonic() + self.plan.receiving.late_spans_s
        try:
            while time.monotonic() < deadline:
                self.watcher.look(self._capture(load))
                quiet = time.monotonic() - self.watcher.quiet_since
                whole = self.watcher.ready and self.watcher.spans and not self.watcher.unfinished
                if quiet >= QUIET_S and whole:
                    return
                screen.show(self._state(Phase.WAITING, load))
                time.sleep(0.2)
        except KeyboardInterrupt:
            return

    def _capture(self, load: "RunningLoad | None") -> "Capture":
        """What is known of the run so far besides its spans."""
        from analyzer.model.run import Capture, LoadRecord
        from analyzer.model.spans import Spans

        latest = load.latest() if load is not None else None
        record = None
        if latest is not None:
            record = LoadRecord(
                tool="locust",
                requests=latest.requests,
                failures=latest.failures,
                throughput_rps=latest.throughput_rps,
                users_max=latest.users,
            )
        return Capture(spans=Spans.empty(), inputs=(), load=record)

    def _state(self, phase: "Phase", load: "RunningLoad | None") -> "LiveState":
        from analyzer.reporters.terminal.live import LiveState

        latest = load.latest() if load is not None else None
        elapsed = time.monotonic() - self.started
        report = self.watcher.report
        return LiveState(
            run_name=self.store.id,
            phase=phase,
            elapsed_s=elapsed,
            run_time_s=self._run_time_s(),
            users=latest.users if latest else None,
            throughput_rps=latest.throughput_rps if latest else None,
            requests=latest.requests if latest else (report.load.requests if report else 0),
            failures=latest.failures if latest else (report.load.failures if report else 0),
            spans=self.watcher.spans,
            latency=_overall(report) if report else None,
            report=report,
            advice=self._live_advice(elapsed),
        )

    def _live_advice(self, elapsed_s: float) -> tuple[str, ...]:
        if not self.addresses[0] or (self.plan.load is not None and elapsed_s < ADVISE_AFTER_S):
            return ()
        from loadgen.advice import CollectorAddresses, Missing, advice

        at = CollectorAddresses(grpc=self.addresses[0], http=self.addresses[1])
        if not self.watcher.spans:
            return advice(Missing.EVERYTHING, at)
        report = self.watcher.report
        if report is not None and report.completeness.client_spans_only:
            return advice(Missing.SERVICES, at)
        return ()

    def _run_time_s(self) -> float | None:
        if self.plan.load is None:
            return self.plan.record_s
        return seconds(self.plan.load.run_time)


def load_record(plan: LoadPlan, host: str | None) -> dict[str, object]:
    """What `run.json` says of the load."""
    from importlib.metadata import version

    from loadgen.launcher import profile_hash

    files = [Path(part) for part in plan.locustfile.split(",")]
    contents = b"".join(f.read_bytes() for f in files if f.is_file())
    return {
        "tool": "locust",
        "version": version("locust"),
        "users": plan.users,
        "spawn_rate": plan.spawn_rate,
        "run_time_s": seconds(plan.run_time),
        "shape": "load",
        "host": host,
        "locustfile": files[0].name,
        "profile_hash": profile_hash(contents),
    }


def seconds(run_time: str | None) -> float | None:
    """Locust's run time (`90`, `60s`, `1h30m`) in seconds; None where it is no such time."""
    if run_time is None:
        return None
    total, digits = 0.0, ""
    for c in run_time.strip().lower():
        if c.isdigit():
            digits += c
        elif c in "hms" and digits:
            total += int(digits) * {"h": 3600, "m": 60, "s": 1}[c]
            digits = ""
        else:
            return None
    return total + int(digits or 0)


def _overall(report: "Report") -> "Latency":
    from analyzer.report.model import Latency

    of = report.kpis.response_time_ms
    return Latency(mean_ms=of.mean, p50_ms=of.p50, p95_ms=of.p95, p99_ms=of.p99, max_ms=of.max)


@contextmanager
def _terminate_as_interrupt() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does: with its report."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
