"""Applications that still send Jaeger's protocols are received as they are."""

import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from analyzer.report.model import Report
from collector.jaeger.ports import JaegerPorts
from collector.launcher import RunningCollector, start
from collector.options import FREE_PORTS
from tests.cli.command import as_process
from tests.collector.otlp import stored
from tests.collector.test_process import wait_until
from tests.e2e.live_runs import share_of
from tests.ports import free_ports
from tests.real.tools import jaeger_clients

REQUESTS = 10
SPANS_A_REQUEST = 3
"""service1 answering, service1 calling, service2 answering."""


@pytest.fixture
def collector(run_dir: Path) -> Iterator[RunningCollector]:
    jaeger = JaegerPorts(compact=0, binary=0, http=0, grpc=0)
    with start(run_dir, receiving=replace(FREE_PORTS, jaeger=jaeger)) as running:
        yield running
        assert running.poll() in (None, 0), running.log_path.read_text()


def port_of(collector: RunningCollector, wire: str) -> str:
    return collector.status.wires[f"jaeger-{wire}"].rpartition(":")[2]


def client(name: str, *arguments: str) -> list[str]:
    """The command that runs a program with the exporters for Jaeger."""
    place = jaeger_clients()
    return [str(place / "environment" / "bin" / "python"), str(place / f"{name}.py"), *arguments]


def environment(**changes: str) -> dict[str, str]:
    """This process's environment, without what would lead the applications elsewhere."""
    hidden = ("OTEL_", "PYTHON")
    return {k: v for k, v in os.environ.items() if not k.startswith(hidden)} | changes


@pytest.mark.parametrize("wire", ["compact", "http", "grpc"])
def test_exporters_deliver_every_span_once(
    collector: RunningCollector, run_dir: Path, wire: str
) -> None:
    command = client("export", wire, port_of(collector, wire), "300")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment())
    assert done.returncode == 0, done.stderr
    wait_until(lambda: collector.counters().traces.accepted == 300)
    assert Counter(each.span_id.hex() for each in stored(run_dir)) == Counter(
        json.loads(done.stdout)
    )
    places = {kv.value.string_value for each in stored(run_dir) for kv in each.attributes}
    assert "é" in places
    assert {event.name for each in stored(run_dir) for event in each.events} == {"half way"}


@contextmanager
def service(name: str, *arguments: str, agent_port: str, log_dir: Path) -> Iterator[None]:
    """One of the pair, until it has sent its last spans."""
    with (log_dir / f"{name}.log").open("wb") as log:
        running = subprocess.Popen(
            client(name, *arguments),
            stdout=log,
            stderr=log,
            env=environment(OTEL_EXPORTER_JAEGER_AGENT_PORT=agent_port),
        )
        try:
            yield
            running.send_signal(signal.SIGINT)
            running.wait(30)
        finally:
            running.kill()
            running.wait()


def answers(url: str) -> bool:
    """Whether a service is up; asked for a path that it does not have."""
    try:
        return requests.get(f"{url}/up", timeout=5).status_code == 404
    except requests.ConnectionError:
        return False


def put_requests_on_the_pair(agent_port: str, log_dir: Path) -> None:
    """Start the pair, get its front page some times, and let it end."""
    ports = free_ports(2)
    url, inner = (f"http://127.0.0.1:{port}" for port in ports)
    with ExitStack() as stack:
        for name, arguments in (
            ("service2", (str(ports[1]),)),
            ("service1", (str(ports[0]), inner)),
        ):
            stack.enter_context(service(name, *arguments, agent_port=agent_port, log_dir=log_dir))
        for each in (inner, url):
            wait_until(lambda each=each: answers(each))  # type: ignore[misc]
        for _ in range(REQUESTS):
            assert requests.get(url, timeout=30).text == "Hello World"


def test_a_pair_of_services_is_analysed_as_it_is(
    collector: RunningCollector, run_dir: Path, tmp_path: Path
) -> None:
    put_requests_on_the_pair(port_of(collector, "compact"), tmp_path)
    wait_until(lambda: collector.counters().traces.accepted >= REQUESTS * SPANS_A_REQUEST)
    counts = collector.stop()
    assert (counts.datagrams.malformed, counts.datagrams.lost) == (0, 0)
    ended = as_process("replay", run_dir, "--format", "json")
    assert ended.code == 0, ended.err
    report = Report.from_json(ended.out)
    assert {row.service for row in report.services} == {"service1", "service2"}
    ((caller, callee),) = {(row.caller, row.callee) for row in report.hops}
    assert (caller, callee) == ("service1", "service2")
    assert share_of(report, "service2") > 0.5
    shares = [row.contribution.share for row in (*report.services, *report.hops)]
    assert all(0 <= share <= 1 for share in shares)
    assert sum(shares) == pytest.approx(1, abs=0.01)
