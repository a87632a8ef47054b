"""What slowhop passes on arrives at a real Jaeger and a real OpenTelemetry Collector."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from analyzer.cli.jaeger_ui import jaeger_ui_beside
from collector.exports import TRACES
from collector.forward.items import count
from collector.forward.target import Target, targets
from collector.launcher import RunningCollector, start
from collector.options import FREE_PORTS
from collector.status import CollectorStatus, Forwarded
from tests.cli.command import TUTORIAL, slowhop
from tests.collector.otlp import LOGS_METHOD, batch, export, frames, stored
from tests.real.jaeger import Jaeger
from tests.real.otelcol import Otelcol, StartOtelcol

pytestmark = pytest.mark.needs("go")

DEADLINE_S = 60.0

TO_A_FILE = """
exporters:
  file: {{path: "{path}", format: proto}}
service:
  pipelines:
    traces: {{receivers: [otlp], exporters: [file]}}
"""
"""A Collector as a step on the way, for traces alone."""

Starting = Callable[..., RunningCollector]


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def passing_on(run_dir: Path) -> Iterator[Starting]:
    """Starts a collector that passes on to the addresses it is given."""
    with ExitStack() as stack:

        def begin(*to: str) -> RunningCollector:
            receiving = replace(FREE_PORTS, forward=targets(to))
            return stack.enter_context(start(run_dir, receiving=receiving))

        yield begin


def only(run_dir: Path) -> Forwarded:
    status = CollectorStatus.read(run_dir)
    assert status is not None
    (target,) = status.forward
    return target


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def addressed(server: Jaeger | Otelcol, protocol: str) -> str:
    """How the server is named as a target of a protocol."""
    return server.otlp_grpc.removeprefix("http://") if protocol == "grpc" else server.otlp_http


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_jaeger_has_all_spans_with_their_ids_and_durations(
    jaeger: Jaeger, passing_on: Starting, run_dir: Path, protocol: str
) -> None:
    collector = passing_on(addressed(jaeger, protocol))
    for body in frames(TUTORIAL / "spans.otlp"):
        export(collector.grpc_address, body)
    logs = ExportLogsServiceRequest()
    logs.resource_logs.add().scope_logs.add().log_records.add()
    export(collector.grpc_address, logs.SerializeToString(), method=LOGS_METHOD)
    collector.stop()
    sent = {(s.trace_id.hex(), s.span_id.hex()): microseconds(s) for s in stored(run_dir)}
    theirs = {
        (span["traceID"], span["spanID"]): span["duration"]
        for trace in json.loads(jaeger.search("locust"))["data"]
        for span in trace["spans"]
    }
    assert theirs == sent
    told = only(run_dir)
    assert (told.traces.refused, told.traces.waiting, told.traces.trouble) == (0, 0, "")
    assert told.traces.sent == sum(count(TRACES, f) for f in frames(run_dir / "spans.otlp"))
    assert told.logs.refused == 1  # Jaeger has no place for them


def microseconds(span: Span) -> int:
    """A duration as Jaeger's own JSON has it."""
    return (span.end_time_unix_nano - span.start_time_unix_nano) // 1_000


def test_an_exemplar_s_address_is_its_page_in_jaeger(
    jaeger: Jaeger, passing_on: Starting, run_dir: Path
) -> None:
    collector = passing_on(addressed(jaeger, "grpc"))
    for body in frames(TUTORIAL / "spans.otlp"):
        export(collector.grpc_address, body)
    collector.stop()
    port = int(jaeger.query_url.rpartition(":")[2])
    page = jaeger_ui_beside([Target.from_text(addressed(jaeger, "grpc"))], port=port)
    assert page == jaeger.query_url
    ended = slowhop("replay", run_dir, "--format", "json", "--jaeger-ui", page)
    exemplars: list[dict[str, Any]] = json.loads(ended.out)["exemplars"]
    assert exemplars
    for exemplar in exemplars:
        assert requests.get(exemplar["url"], timeout=30).status_code == 200
        assert jaeger.trace(exemplar["trace_id"])


def test_jaeger_that_comes_back_gets_what_came_meanwhile(
    jaeger: Jaeger, passing_on: Starting, run_dir: Path
) -> None:
    collector = passing_on(addressed(jaeger, "grpc"))
    export(collector.grpc_address, batch(1, 10))
    wait_until(lambda: only(run_dir).traces.sent == 10)
    jaeger.stop()
    export(collector.grpc_address, batch(11, 10))
    wait_until(lambda: only(run_dir).traces.trouble == "connection refused")
    jaeger.start()
    wait_until(lambda: only(run_dir).traces.sent == 20)
    found = json.loads(jaeger.search("shop"))["data"]
    numbers = sorted(int(span["spanID"], 16) for trace in found for span in trace["spans"])
    assert numbers == list(range(11, 21))  # it forgot the others when it was stopped


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_a_batch_over_the_collector_s_limit_arrives_in_parts(
    otelcol: StartOtelcol, passing_on: Starting, run_dir: Path, tmp_path: Path, protocol: str
) -> None:
    """Its limit for gRPC is 4 MiB unless it is told otherwise."""
    written = tmp_path / "written.proto"
    other = otelcol(TO_A_FILE.format(path=written))
    collector = passing_on(addressed(other, protocol))
    large = batch(1, 80_000)
    assert len(large) > 4 * 1024 * 1024
    export(collector.grpc_address, batch(90_000, 7))
    export(collector.grpc_address, large)
    wait_until(lambda: only(run_dir).traces.sent == 80_007)
    collector.stop()
    other.stop()
    assert sorted(ids(frames(written))) == sorted(ids(frames(run_dir / "spans.otlp")))


def ids(bodies: list[bytes]) -> Iterator[bytes]:
    for body in bodies:
        for resource in TRACES.request.FromString(body).resource_spans:  # type: ignore[attr-defined]
            for scope in resource.scope_spans:
                yield from (span.span_id for span in scope.spans)
