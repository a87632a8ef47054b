"""Load from several locust workers: every one's requests are in the report, and counted once."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from services.launcher import up
from tests.cli.command import environment
from tests.collector.otlp import frames
from tests.e2e.live_runs import LiveRun, UnderWay, only_run
from tests.ports import free_ports

WORKERS = 2

LOCUSTFILE = """
from locust import FastHttpUser, HttpUser, constant, task

class Fast(FastHttpUser):
    wait_time = constant(0.1)

    @task
    def front_page(self):
        self.client.get("/")

class Plain(HttpUser):
    wait_time = constant(0.1)

    @task
    def missing(self):
        self.client.get("/no-such-page")
"""


def forked(place: Path, port: int, http: int) -> tuple[str, ...]:
    """Locust's own way on one machine: it forks its workers."""
    return ("--processes", str(WORKERS))


def by_hand(place: Path, port: int, http: int) -> tuple[str, ...]:
    """A master that waits for workers which somebody else starts."""
    return (
        "--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", str(port),
        "--expect-workers", str(WORKERS),
    )  # fmt: skip


@contextmanager
def workers(place: Path, port: int, http: int) -> Iterator[list["subprocess.Popen[str]"]]:
    """Workers as a person starts them on another machine, told where the collector is."""
    told = environment({"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{http}"})
    command = [
        sys.executable, "-P", "-m", "loadgen", "-f", str(place / "visit.py"),
        "--worker", "--master-host", "127.0.0.1", "--master-port", str(port),
    ]  # fmt: skip
    with ExitStack() as stack:
        started = []
        for number in range(WORKERS):
            log = stack.enter_context((place / f"worker{number}.log").open("w"))
            process = subprocess.Popen(
                command, env=told, cwd=place, stdout=log, stderr=subprocess.STDOUT, text=True
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            started.append(process)
        yield started


@pytest.fixture(params=[forked, by_hand], ids=["forked", "by hand"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> LiveRun:
    """A run on the tutorial's services with its load made by two workers."""
    (tmp_path / "visit.py").write_text(LOCUSTFILE, encoding="utf-8")
    grpc, http, port = free_ports(3)
    endpoint = f"http://127.0.0.1:{http}"
    options = request.param(tmp_path, port, http)
    with (
        ExitStack() as stack,
        up("tutorial", log_dir=tmp_path / "logs", otlp_endpoint=endpoint) as pair,
    ):
        under_way = UnderWay.start(
            "live", "-f", "visit.py", "--host", pair.entry_url, "-u", "4", "-r", "4", "-t", "8s",
            "--grpc-port", str(grpc), "--http-port", str(http), "--format", "json", *options,
            runs_dir=tmp_path / "runs",
        )  # fmt: skip
        stack.callback(under_way.process.kill)
        if request.param is by_hand:
            under_way.collector()
            stack.enter_context(workers(tmp_path, port, http))
        ended = under_way.end()
    assert ended.code == 0, ended.err
    return LiveRun(ended=ended, directory=only_run(tmp_path / "runs"))


def requests_by_instance(run_dir: Path) -> Counter[str]:
    """How many client spans of the load each instance of locust sent."""
    found: Counter[str] = Counter()
    for frame in frames(run_dir / "spans.otlp"):
        for group in ExportTraceServiceRequest.FromString(frame).resource_spans:
            said = {item.key: item.value.string_value for item in group.resource.attributes}
            if said.get("service.name") == "locust":
                spans = sum(
                    span.kind == Span.SPAN_KIND_CLIENT
                    for scope in group.scope_spans
                    for span in scope.spans
                )
                found[said["service.instance.id"]] += spans
    return found


def test_the_requests_of_all_workers_are_in_the_report(run: LiveRun) -> None:
    report, told = run.report, run.report.load.reported
    assert told is not None
    sent = requests_by_instance(run.directory)
    assert len(sent) == WORKERS
    assert all(sent.values())
    assert sent.total() == told.requests == report.load.requests > 20
    assert report.load.failures == told.failures > 0
    assert report.load.users_max == 4
    assert report.completeness.requests_without_trace == 0

    by_name = {f"{row.method} {row.name}": row.requests for row in told.endpoints}
    assert {row.endpoint: row.requests for row in report.endpoints} == by_name
    assert report.services[0].service == "service2"
