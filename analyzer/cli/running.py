"""The parts of a run while they run: collector, sample system, load, and what is known of them."""

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analyzer.cli.alerting import AlertWatch
from analyzer.cli.live_page import LivePage
from analyzer.cli.own_clients import exporter_variables
from analyzer.cli.passing_on import troubles
from analyzer.cli.run_store import RunStore
from analyzer.cli.session_plan import SessionPlan, load_record
from analyzer.cli.watch import Screen, Watcher
from analyzer.errors import InputError
from loadgen.advice import CollectorAddresses, Missing, advice

if TYPE_CHECKING:
    from analyzer.model.run import Capture
    from analyzer.report.model import Latency, Report
    from analyzer.reporters.terminal.live import LiveState, Phase
    from collector.launcher import RunningCollector
    from loadgen.launcher import RunningLoad
    from services.running import RunningServices

ADVISE_AFTER_S = 6.0
"""Most exporters send every 5 s: before that, missing spans mean nothing."""


@dataclass(slots=True, kw_only=True)
class Running:
    """A run under way.

    Attributes:
        plan: what was asked for.
        store: its run directory.
        watcher: what has arrived.
        broken: what ended before its time, in plain sentences.
        alerts: which conditions hold that somebody wants to know of.
    """

    plan: SessionPlan
    store: RunStore
    watcher: Watcher
    broken: list[str] = field(default_factory=list)
    alerts: AlertWatch = field(default_factory=AlertWatch)
    _collector: "RunningCollector | None" = None
    _system: "RunningServices | None" = None
    _load: "RunningLoad | None" = None
    _page: LivePage | None = None
    _exporter: dict[str, str] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)

    def start(self, stack: ExitStack, screen: Screen) -> None:
        """Start all parts; the stack stops them.

        Raises:
            InputError: a port is in use, the locustfile or the system cannot be started, or what
                they send would not be let in.
        """
        from analyzer.reporters.terminal.live import Phase
        from collector.exposure import warnings
        from collector.launcher import start

        screen.show(self.state(Phase.STARTING))
        receiving = self.plan.receiving
        if self.plan.load is not None or self.plan.system is not None:
            otel = self.plan.load is not None and self.plan.load.otel
            self._exporter = exporter_variables(receiving, otel=otel)
        self._collector = stack.enter_context(start(self.store.path, receiving=receiving))
        self.watcher.start()
        for warning in warnings(receiving):
            screen.note(warning, style="bold yellow")
        screen.note(
            f"receiving OTLP: gRPC on {self._collector.grpc_address},"
            f" HTTP on {self._collector.http_address}"
        )
        if receiving.security.asked:
            screen.note(f"what clients need: {receiving.security.asked}")
        for wire, where in self._collector.status.wires.items():
            screen.note(f"receiving {wire} on {where}")
        for target in self.plan.receiving.forward:
            screen.note(f"passing on to {target}")
        if self.plan.watch:
            from collector.watching import Watch

            stack.enter_context(Watch(self.plan.watch, self.store.path, screen.note))
        if self.plan.system is not None:
            self._start_system(stack)
        if self.plan.load is not None:
            self._start_load(stack, screen)
        self._began = time.monotonic()

    def _start_load(self, stack: ExitStack, screen: Screen) -> None:
        from loadgen.launcher import start
        from loadgen.load_options import LoadOptions

        plan = self.plan.load
        if plan is None or self._collector is None:
            return
        host = plan.host or (self._system.entry_url if self._system else None)
        self._load = stack.enter_context(
            start(
                LoadOptions(
                    locustfile=plan.locustfile,
                    run_dir=self.store.path,
                    run_id=self.store.id,
                    collector=self._collector.endpoint_http,
                    exporter=self._exporter,
                    host=host,
                    users=plan.users,
                    spawn_rate=plan.spawn_rate,
                    run_time=plan.run_time,
                    web_ui_port=plan.web_ui_port,
                    otel=plan.otel,
                    test=plan.test,
                    extra=plan.extra,
                )
            )
        )
        self.store.write_run(load=load_record(plan, host))
        if plan.web_ui_port is not None:
            self._page = LivePage(self.store.path)
            screen.note(f"locust's web page: http://127.0.0.1:{plan.web_ui_port}")

    def _start_system(self, stack: ExitStack) -> None:
        from services.errors import ServiceError
        from services.launcher import up

        wanted = self.plan.system
        if wanted is None or self._collector is None:
            return
        try:
            self._system = stack.enter_context(
                up(
                    wanted.name,
                    log_dir=self.store.path / "logs",
                    fault=wanted.fault,
                    strength=wanted.strength,
                    variant=wanted.variant,
                    seed=wanted.seed,
                    otlp_endpoint=self._collector.endpoint_http,
                    otlp_variables=self._exporter,
                )
            )
        except ServiceError as error:
            raise InputError(error.message, hint=error.hint) from error

    def is_over(self) -> bool:
        """Whether the load has ended or time is up, or a part is broken that the rest needs."""
        if self.collector_ended() or self.alerts.aborted is not None:
            return True
        if self._system is not None and (ended := _ended_services(self._system)):
            logs = self.store.path / "logs"
            self.broken.append(f"{ended} of the sample system ended during the run: see {logs}")
            return True
        if self._load is not None:
            return self._load_ended(self._load)
        limit = self.plan.lasts_s
        return limit is not None and time.monotonic() - self._began >= limit

    def _load_ended(self, load: "RunningLoad") -> bool:
        """Whether the load has ended; if nobody wanted that, it is said."""
        from loadgen.launcher import LoadEnd

        end = load.poll()
        if end in (LoadEnd.KILLED, LoadEnd.BROKEN):
            how = "was killed" if end is LoadEnd.KILLED else "broke off"
            self.broken.append(f"locust {how} during the run: see {load.log_path}")
        return end is not None

    def collector_ended(self) -> bool:
        """Whether the collector has ended though nobody stopped it."""
        if self._collector is None or (code := self._collector.poll()) is None:
            return False
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        log = self.store.path / "logs" / "collector.log"
        note = f"the collector ended during the run ({how}), spans after that are lost: see {log}"
        if note not in self.broken:
            self.broken.append(note)
        return True

    def wait(self, timeout_s: float) -> None:
        """Let some time pass; less if the load ends."""
        if self._load is not None:
            self._load.wait(timeout_s)
        else:
            time.sleep(timeout_s)

    def stop_load(self) -> None:
        """Let users finish their requests and the load end; a Ctrl-C meanwhile kills it."""
        if self._load is None:
            return
        try:
            self._load.stop()
        except KeyboardInterrupt:
            self._load.stop(timeout_s=0)
            raise
        finally:
            if self._page is not None:
                self._page.close()

    def stop_system(self) -> None:
        """Stop the sample system: what its exporters still hold goes out now."""
        if self._system is not None:
            self._system.stop()

    def stop_collector(self, screen: Screen) -> None:
        """Let the collector close its files."""
        from analyzer.reporters.terminal.live import Phase

        screen.show(self.state(Phase.ANALYSING))
        if self._collector is not None and not self.collector_ended():
            for target in self._collector.forward():
                if target.traces.waiting:
                    screen.note(f"passing on what is left to {target.to}")
            datagrams = self._collector.stop().datagrams
            if datagrams.malformed or datagrams.lost:
                screen.note(
                    f"of {datagrams.received} datagrams {datagrams.lost} were lost"
                    f" and {datagrams.malformed} were no spans"
                )

    def check_load(self) -> None:
        """See whether there was any load.

        Raises:
            InputError: not one request was made, and locust says why.
        """
        if self._load is not None and not self.broken:
            self._load.check()

    def look(self) -> None:
        """Take in what has arrived."""
        self.watcher.look(self._capture())

    def show(self, screen: Screen) -> None:
        """Show where the run is: in the terminal, and on locust's web page where there is one."""
        from analyzer.reporters.terminal.live import Phase

        state = self.state(Phase.RUNNING)
        screen.show(state)
        if self._page is not None:
            self._page.publish(state)

    def _capture(self) -> "Capture":
        """What is known of the run so far besides its spans."""
        from analyzer.model.run import Capture, LoadRecord
        from analyzer.model.spans import Spans

        latest = self._load.latest() if self._load is not None else None
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

    def state(self, phase: "Phase") -> "LiveState":
        """What the live view shows."""
        from analyzer.reporters.terminal.live import LiveState

        latest = self._load.latest() if self._load is not None else None
        elapsed = time.monotonic() - self._began
        report = self.watcher.report
        return LiveState(
            run_name=self.store.id,
            phase=phase,
            elapsed_s=elapsed,
            run_time_s=self.plan.lasts_s,
            users=latest.users if latest else None,
            throughput_rps=latest.throughput_rps if latest else None,
            requests=latest.requests if latest else (report.load.requests if report else 0),
            failures=latest.failures if latest else (report.load.failures if report else 0),
            spans=self.watcher.spans,
            latency=_overall(report) if report else None,
            resources=self.watcher.resources,
            report=report,
            advice=self._live_advice(elapsed),
            compiling=not self.watcher.ready,
            troubles=(
                *self.alerts.holding,
                *(troubles(self._collector.forward()) if self._collector else ()),
            ),
        )

    def advice(self, report: "Report") -> tuple[str, ...]:
        """What to set or run, where the final report shows no services."""
        if not report.completeness.spans:
            return self._advice(Missing.EVERYTHING)
        if not report.completeness.client_spans_only:
            return ()
        if report.load.failures == report.load.requests:
            host = f" at {report.run.load.host}" if report.run.load and report.run.load.host else ""
            log = self.store.path / "logs" / "locust.log"
            return (f"Every request failed: is the system up{host}? What locust saw: {log}",)
        return self._advice(Missing.SERVICES)

    def _live_advice(self, elapsed_s: float) -> tuple[str, ...]:
        if self.plan.load is not None and elapsed_s < ADVISE_AFTER_S:
            return ()
        if not self.watcher.spans:
            return self._advice(Missing.EVERYTHING)
        report = self.watcher.report
        client_only = report is not None and report.completeness.client_spans_only
        return self._advice(Missing.SERVICES) if client_only else ()

    def _advice(self, missing: Missing) -> tuple[str, ...]:
        if self._collector is None:
            return ()
        security = self.plan.receiving.security
        at = CollectorAddresses(
            grpc=self._collector.grpc_address,
            http=self._collector.http_address,
            tls=security.tls,
            client_certificates=security.client_ca is not None,
            token=security.token is not None,
        )
        return advice(missing, at)


def _ended_services(system: "RunningServices") -> str:
    """The names of services that have ended; empty while all run."""
    ended = [name for name, service in system.services.items() if service.child.poll() is not None]
    return ", ".join(ended)


def _overall(report: "Report") -> "Latency":
    from analyzer.report.model import Latency

    of = report.kpis.response_time_ms
    return Latency(mean_ms=of.mean, p50_ms=of.p50, p95_ms=of.p95, p99_ms=of.p99, max_ms=of.max)
