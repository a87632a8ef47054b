"""Everything accepted is passed on, and a target in trouble costs the receiver nothing."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import grpc  # noqa: TID253  a client of the collector
import pytest
import requests
from google.protobuf.any_pb2 import Any as PackedAny
from google.protobuf.duration_pb2 import Duration
from google.rpc.code_pb2 import (
    INVALID_ARGUMENT,
    RESOURCE_EXHAUSTED,
    UNAUTHENTICATED,
    UNAVAILABLE,
    UNIMPLEMENTED,
)
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from analyzer.errors import InputError
from collector.exports import Export
from collector.forward.stream import BATCH_BYTES, CATCH_UP_S
from collector.forward.target import Target
from collector.launcher import RunningCollector, start
from collector.options import FREE_PORTS, Receiving
from collector.signals import Signal
from collector.status import CollectorStatus, Forwarded, PassedOn
from tests.collector.otlp import (
    LOGS_METHOD,
    METRICS_METHOD,
    batch,
    export,
    frames,
    span,
    stored,
    trace_request,
)
from tests.collector.targets import (
    WELL,
    Inbox,
    Said,
    grpc_target,
    http_target,
    numbers_of,
    refused_port,
    silent_target,
)

DEADLINE_S = 40.0


class Opening(Protocol):
    """A way to open a target, which gives its address."""

    def __call__(self, inbox: Inbox, *, port: int = 0) -> AbstractContextManager[str]: ...


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for another process to get somewhere."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def to(*targets: str) -> Receiving:
    return replace(FREE_PORTS, forward=tuple(map(Target.from_text, targets)))


def forwarded(run_dir: Path) -> tuple[Forwarded, ...]:
    status = CollectorStatus.read(run_dir)
    assert status is not None
    return status.forward


def only(run_dir: Path) -> Forwarded:
    (target,) = forwarded(run_dir)
    return target


def log_of(collector: RunningCollector) -> str:
    return collector.log_path.read_text()


@pytest.mark.parametrize("open_target", [grpc_target, http_target])
def test_everything_accepted_arrives(run_dir: Path, open_target: Opening) -> None:
    metrics, logs = ExportMetricsServiceRequest(), ExportLogsServiceRequest()
    gauge = metrics.resource_metrics.add().scope_metrics.add().metrics.add(name="cpu").gauge
    gauge.data_points.add(as_double=0.5)
    gauge.data_points.add(as_double=0.75)
    logs.resource_logs.add().scope_logs.add().log_records.add(severity_text="INFO")
    inbox = Inbox()
    with open_target(inbox) as address, start(run_dir, receiving=to(address)) as collector:
        for number in range(1, 301, 3):
            export(collector.grpc_address, batch(number, 3))
        export(collector.grpc_address, metrics.SerializeToString(), method=METRICS_METHOD)
        export(collector.grpc_address, logs.SerializeToString(), method=LOGS_METHOD)
        collector.stop()
        assert inbox.spans() == stored(run_dir)
        assert inbox.together() == b"".join(frames(run_dir / "spans.otlp"))
        assert inbox.numbers() == list(range(1, 301))
        assert inbox.together(Signal.METRICS) == metrics.SerializeToString()
        assert inbox.together(Signal.LOGS) == logs.SerializeToString()
        said = only(run_dir)
    assert said.to == address
    assert (said.traces.sent, said.traces.refused, said.traces.waiting) == (300, 0, 0)
    assert (said.metrics.sent, said.metrics.waiting) == (2, 0)
    assert (said.logs.sent, said.logs.waiting) == (1, 0)


def test_what_arrives_is_passed_on_while_the_run_lasts(run_dir: Path) -> None:
    inbox = Inbox()
    with grpc_target(inbox) as address, start(run_dir, receiving=to(address)) as collector:
        export(collector.grpc_address, batch(1, 5))
        wait_until(lambda: inbox.numbers() == [1, 2, 3, 4, 5])
        wait_until(lambda: only(run_dir).traces.sent == 5)
        export(collector.grpc_address, batch(6, 1))
        wait_until(lambda: inbox.numbers() == [1, 2, 3, 4, 5, 6])


def test_json_is_passed_on_as_protobuf(run_dir: Path) -> None:
    inbox = Inbox()
    with http_target(inbox, prefix="/otlp") as url, start(run_dir, receiving=to(url)) as collector:
        body = {"resourceSpans": [{"scopeSpans": [{"spans": [JSON_SPAN]}]}]}
        posted = requests.post(
            f"{collector.endpoint_http}/v1/traces", json=body, timeout=DEADLINE_S
        )
        assert posted.status_code == 200
        collector.stop()
    assert [each.name for each in inbox.spans()] == ["GET /"]


JSON_SPAN = {"traceId": "01" * 16, "spanId": "02" * 8, "name": "GET /"}


def test_what_the_collector_refused_is_not_passed_on(run_dir: Path) -> None:
    nameless = span(2)
    nameless.span_id = b""
    inbox = Inbox()
    with grpc_target(inbox) as address, start(run_dir, receiving=to(address)) as collector:
        export(
            collector.grpc_address, trace_request(span(1), nameless, span(3)).SerializeToString()
        )
        with pytest.raises(grpc.RpcError):
            export(collector.grpc_address, b"\xff\xff\xff")
        counters = collector.stop()
    assert counters.traces.refused == 1
    assert inbox.numbers() == [1, 3]
    assert only(run_dir).traces.sent == 2


def test_targets_do_not_wait_for_each_other(run_dir: Path) -> None:
    over_grpc, over_http = Inbox(), Inbox()
    gone = f"127.0.0.1:{refused_port()}"
    with (
        grpc_target(over_grpc) as first,
        http_target(over_http) as second,
        silent_target() as silent,
        start(run_dir, receiving=to(gone, silent, first, second)) as collector,
    ):
        export(collector.grpc_address, batch(1, 10))
        wait_until(lambda: over_grpc.numbers() == over_http.numbers() == list(range(1, 11)))
        collector.stop()
    by_name = {each.to: each.traces for each in forwarded(run_dir)}
    assert [by_name[name].sent for name in (gone, silent, first, second)] == [0, 0, 10, 10]
    assert by_name[gone].waiting == 10
    assert by_name[gone].trouble == "connection refused"
    assert by_name[silent].waiting == 10
    assert by_name[silent].trouble == "no answer"


def test_a_target_that_comes_back_gets_all_of_it_in_order(run_dir: Path) -> None:
    port = refused_port()
    inbox = Inbox()
    with start(run_dir, receiving=to(f"127.0.0.1:{port}")) as collector:
        export(collector.grpc_address, batch(1, 10))
        wait_until(lambda: only(run_dir).traces.trouble == "connection refused")
        with grpc_target(inbox, port=port):
            wait_until(lambda: only(run_dir).traces.sent == 10)
        export(collector.grpc_address, batch(11, 10))
        wait_until(lambda: only(run_dir).traces.trouble != "")
        export(collector.grpc_address, batch(21, 10))
        with grpc_target(inbox, port=port):
            wait_until(lambda: inbox.numbers() == list(range(1, 31)))
            collector.stop()
        log = log_of(collector)
    assert inbox.numbers() == list(range(1, 31))
    traces = only(run_dir).traces
    assert (traces.sent, traces.waiting, traces.trouble) == (30, 0, "")
    assert log.count("cannot pass on traces") == 2
    assert log.count("are passed on to") == 2


def busy(times: int, said: Said) -> Callable[[Export, bytes], Said]:
    """Say something so many times, and then that all is well."""
    left = iter([said] * times)
    return lambda _export, _body: next(left, WELL)


def try_again(code: int) -> Status:
    delay = PackedAny()
    delay.Pack(RetryInfo(retry_delay=Duration(nanos=50_000_000)))
    return Status(code=code, message="too much", details=[delay])


@pytest.mark.parametrize(
    ("open_target", "said"),
    [
        (grpc_target, Said(grpc_status=Status(code=UNAVAILABLE, message="not now"))),
        (grpc_target, Said(grpc_status=try_again(UNAVAILABLE))),
        (grpc_target, Said(grpc_status=try_again(RESOURCE_EXHAUSTED))),
        (http_target, Said(http_code=429)),
        (http_target, Said(http_code=503, headers=(("retry-after", "1"),))),
        (http_target, Said(http_code=502)),
        (http_target, Said(http_code=504)),
    ],
)
def test_a_busy_target_is_asked_again(run_dir: Path, open_target: Opening, said: Said) -> None:
    inbox = Inbox(answering=busy(2, said))
    with open_target(inbox) as address, start(run_dir, receiving=to(address)) as collector:
        export(collector.grpc_address, batch(1, 10))
        wait_until(lambda: inbox.numbers() == list(range(1, 11)))
        collector.stop()
    assert inbox.requests == 3
    traces = only(run_dir).traces
    assert (traces.sent, traces.refused, traces.waiting) == (10, 0, 0)


@pytest.mark.parametrize(
    ("open_target", "said", "why"),
    [
        (
            grpc_target,
            Said(grpc_status=Status(code=UNAUTHENTICATED, message="no token")),
            "UNAUTHENTICATED: no token",
        ),
        (
            grpc_target,
            Said(grpc_status=Status(code=RESOURCE_EXHAUSTED, message="quota is used up")),
            "RESOURCE_EXHAUSTED: quota is used up",
        ),
        (
            http_target,
            Said(http_code=401, body=Status(message="no token").SerializeToString()),
            "HTTP 401 no token",
        ),
        (http_target, Said(http_code=500), "HTTP 500 Internal Server Error"),
        (
            http_target,
            Said(http_code=302, headers=(("location", "http://127.0.0.1:9/"),)),
            "HTTP 302 Found",
        ),
    ],
)
def test_what_a_target_will_never_take_is_counted_and_left(
    run_dir: Path, open_target: Opening, said: Said, why: str
) -> None:
    inbox = Inbox(answering=busy(1, said))
    with open_target(inbox) as address, start(run_dir, receiving=to(address)) as collector:
        export(collector.grpc_address, batch(1, 10))
        wait_until(lambda: only(run_dir).traces.refused == 10)
        export(collector.grpc_address, batch(11, 5))
        collector.stop()
        assert why in log_of(collector)
    assert inbox.numbers() == list(range(11, 16))
    traces = only(run_dir).traces
    assert (traces.sent, traces.refused, traces.waiting, traces.refusal) == (5, 10, 0, why)


def test_a_target_for_traces_alone_is_no_trouble(run_dir: Path) -> None:
    """As Jaeger is: it knows neither metrics nor logs."""

    def traces_alone(export: Export, _: bytes) -> Said:
        if export.signal is Signal.TRACES:
            return WELL
        return Said(grpc_status=Status(code=UNIMPLEMENTED, message="unknown service"))

    logs = ExportLogsServiceRequest()
    logs.resource_logs.add().scope_logs.add().log_records.add()
    inbox = Inbox(answering=traces_alone)
    with grpc_target(inbox) as address, start(run_dir, receiving=to(address)) as collector:
        export(collector.grpc_address, batch(1, 10))
        export(collector.grpc_address, logs.SerializeToString(), method=LOGS_METHOD)
        collector.stop()
    said = only(run_dir)
    assert (said.traces.sent, said.traces.refusal) == (10, "")
    assert (said.logs.refused, said.logs.waiting) == (1, 0)
    assert said.logs.refusal == "UNIMPLEMENTED: unknown service"


def test_a_partial_success_is_counted(run_dir: Path) -> None:
    response = ExportTraceServiceResponse()
    response.partial_success.rejected_spans = 3
    response.partial_success.error_message = "too old"
    inbox = Inbox(answering=lambda _e, _b: Said(body=response.SerializeToString()))
    with grpc_target(inbox) as address, start(run_dir, receiving=to(address)) as collector:
        export(collector.grpc_address, batch(1, 10))
        collector.stop()
    traces = only(run_dir).traces
    assert (traces.sent, traces.refused, traces.refusal) == (7, 3, "too old")


@pytest.mark.parametrize(
    ("open_target", "said"),
    [
        (grpc_target, Said(grpc_status=Status(code=INVALID_ARGUMENT, message="span 7"))),
        (http_target, Said(http_code=400)),
    ],
)
def test_one_request_that_is_found_bad_takes_no_other_with_it(
    run_dir: Path, open_target: Opening, said: Said
) -> None:
    asked: list[int] = []

    def dislikes_7(_: Export, body: bytes) -> Said:
        asked.append(len(numbers_of(body)))
        return said if 7 in numbers_of(body) else WELL

    port = refused_port()
    inbox = Inbox(answering=dislikes_7)
    scheme = "http://" if open_target is http_target else ""
    with start(run_dir, receiving=to(f"{scheme}127.0.0.1:{port}")) as collector:
        for number in range(1, 16):
            export(collector.grpc_address, batch(number, 1))
        wait_until(lambda: only(run_dir).traces.trouble != "")
        with open_target(inbox, port=port):
            wait_until(lambda: only(run_dir).traces.sent == 14)
            collector.stop()
    assert max(asked) > 1  # they were joined, and taken apart again
    assert inbox.numbers() == [number for number in range(1, 16) if number != 7]
    assert only(run_dir).traces.refused == 1


def test_a_request_over_the_target_s_limit_goes_in_parts(run_dir: Path) -> None:
    inbox = Inbox()
    with (
        grpc_target(inbox, most_bytes=10_000) as address,
        start(run_dir, receiving=to(address)) as collector,
    ):
        export(collector.grpc_address, batch(1, 1000))
        export(collector.grpc_address, batch(1001, 1))
        wait_until(lambda: only(run_dir).traces.sent == 1001)
        collector.stop()
    assert len(batch(1, 1000)) > 40_000
    assert max(map(len, inbox.bodies())) <= 10_000
    assert inbox.spans() == stored(run_dir)
    assert {service_of(body) for body in inbox.bodies()} == {"shop"}


def service_of(body: bytes) -> str:
    request = trace_request()
    request.ParseFromString(body)
    (resource,) = {r.resource.SerializeToString() for r in request.resource_spans}
    request.resource_spans[0].resource.ParseFromString(resource)
    return request.resource_spans[0].resource.attributes[0].value.string_value


def test_a_span_that_is_too_large_alone_is_refused(run_dir: Path) -> None:
    inbox = Inbox(answering=lambda _e, body: Said(http_code=413) if 2 in numbers_of(body) else WELL)
    with http_target(inbox) as url, start(run_dir, receiving=to(url)) as collector:
        export(collector.grpc_address, batch(1, 5))
        collector.stop()
    assert inbox.numbers() == [1, 3, 4, 5]
    traces = only(run_dir).traces
    assert (traces.sent, traces.refused) == (4, 1)


def test_many_requests_go_in_few_and_none_is_too_large(run_dir: Path) -> None:
    port = refused_port()
    inbox = Inbox()
    body = batch(1, 2000)
    count = 3 * BATCH_BYTES // len(body)
    with start(run_dir, receiving=to(f"127.0.0.1:{port}")) as collector:
        for _ in range(count):
            export(collector.grpc_address, body)
        wait_until(lambda: only(run_dir).traces.trouble != "")
        with grpc_target(inbox, port=port):
            wait_until(lambda: only(run_dir).traces.sent == 2000 * count)
            collector.stop()
    assert max(map(len, inbox.bodies())) <= BATCH_BYTES
    assert len(inbox.bodies()) < count
    assert inbox.together() == body * count


@pytest.mark.parametrize("scheme", ["", "http://"])
def test_a_target_that_never_answers_ends_with_the_run(run_dir: Path, scheme: str) -> None:
    with silent_target() as address, start(run_dir, receiving=to(scheme + address)) as collector:
        export(collector.grpc_address, batch(1, 10))
        begun = time.monotonic()
        collector.stop()
        took_s = time.monotonic() - begun
    assert collector.poll() == 0
    assert took_s < CATCH_UP_S + 8  # a bound on us, not on the machine: it is 20 s without one
    traces = only(run_dir).traces
    assert (traces.sent, traces.waiting) == (0, 10)
    assert traces.trouble


def test_a_slow_target_gets_what_the_time_at_the_end_allows(run_dir: Path) -> None:
    said = threading.Event()

    def hesitates(_: Export, _body: bytes) -> Said:
        said.wait(DEADLINE_S)
        return WELL

    inbox = Inbox(answering=hesitates)
    with grpc_target(inbox) as address, start(run_dir, receiving=to(address)) as collector:
        export(collector.grpc_address, batch(1, 10))
        wait_until((run_dir / "forward.json").exists)
        stopping = threading.Thread(target=collector.stop)
        stopping.start()
        said.set()
        stopping.join()
    assert inbox.numbers() == list(range(1, 11))
    assert only(run_dir).traces.sent == 10


def test_after_a_kill_the_next_collector_goes_on_where_it_stood(run_dir: Path) -> None:
    port = refused_port()
    inbox = Inbox()
    with grpc_target(inbox, port=port) as address:
        first = start(run_dir, receiving=to(address))
        export(first.grpc_address, batch(1, 10))
        wait_until(lambda: passed(run_dir, address) == 10)
    # the target is gone: what comes now waits
    export(first.grpc_address, batch(11, 10))
    first.process.kill()
    first.process.wait()
    with start(run_dir, receiving=to(address)) as second:
        export(second.grpc_address, batch(21, 10))
        with grpc_target(inbox, port=port):
            wait_until(lambda: inbox.numbers() == list(range(1, 31)))
            second.stop()
    assert inbox.numbers() == list(range(1, 31))
    assert only(run_dir).traces.waiting == 0


def test_what_one_collector_leaves_the_next_one_passes_on(run_dir: Path) -> None:
    port = refused_port()
    receiving = to(f"127.0.0.1:{port}")
    with start(run_dir, receiving=receiving) as first:
        export(first.grpc_address, batch(1, 10))
    assert only(run_dir).traces.waiting == 10
    inbox = Inbox()
    with start(run_dir, receiving=receiving) as second:
        wait_until(lambda: only(run_dir).traces.waiting == 10)
        export(second.grpc_address, batch(11, 5))
        wait_until(lambda: only(run_dir).traces.waiting == 15)
        with grpc_target(inbox, port=port):
            second.stop()
    assert inbox.numbers() == list(range(1, 16))
    assert only(run_dir).traces == PassedOn(sent=15)


def passed(run_dir: Path, name: str) -> int:
    try:
        document = json.loads((run_dir / "forward.json").read_text())
    except FileNotFoundError:
        return 0
    sent: int = document["targets"][name]["traces"]["sent"]
    return sent


def test_what_an_earlier_run_received_for_itself_is_not_passed_on(run_dir: Path) -> None:
    with start(run_dir, receiving=FREE_PORTS) as collector:
        export(collector.grpc_address, batch(1, 10))
    inbox = Inbox()
    with grpc_target(inbox) as address, start(run_dir, receiving=to(address)) as collector:
        export(collector.grpc_address, batch(11, 10))
        collector.stop()
    assert inbox.numbers() == list(range(11, 21))
    assert only(run_dir).traces.waiting == 0


def test_a_forwarder_that_was_killed_is_started_again_where_it_stood(run_dir: Path) -> None:
    inbox = Inbox()
    with grpc_target(inbox) as address, start(run_dir, receiving=to(address)) as collector:
        export(collector.grpc_address, batch(1, 10))
        wait_until(lambda: only(run_dir).traces.sent == 10)
        os.kill(forwarder_of(collector), signal.SIGKILL)
        export(collector.grpc_address, batch(11, 10))
        wait_until(lambda: "forwarder ended" in only(run_dir).traces.trouble)
        wait_until(lambda: inbox.numbers() == list(range(1, 21)))
        collector.stop()
    traces = only(run_dir).traces
    assert (traces.sent, traces.waiting, traces.trouble) == (20, 0, "")


def forwarder_of(collector: RunningCollector) -> int:
    task = Path(f"/proc/{collector.process.pid}/task")
    if not task.exists():
        pytest.skip("needs /proc to find the forwarder")
    children = "".join((each / "children").read_text() for each in task.iterdir()).split()
    (child,) = children
    return int(child)


def test_no_forwarder_outlives_a_killed_collector(run_dir: Path) -> None:
    with silent_target() as address:
        collector = start(run_dir, receiving=to(address))
        forwarder = forwarder_of(collector)
        export(collector.grpc_address, batch(1, 10))
        collector.process.kill()
        collector.process.wait()
        wait_until(lambda: not Path(f"/proc/{forwarder}").exists())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("over_http", [False, True])
def test_nobody_passes_on_to_himself(run_dir: Path, host: str, *, over_http: bool) -> None:
    port = refused_port()
    receiving = Receiving(
        grpc_port=0 if over_http else port,
        http_port=port if over_http else 0,
        forward=to(f"{host}:{port}").forward,
    )
    with pytest.raises(InputError, match="is where slowhop itself receives") as caught:
        start(run_dir, receiving=receiving)
    assert "another port" in caught.value.hint


def test_a_target_that_is_gone_is_no_error_and_said_once(run_dir: Path) -> None:
    gone = f"127.0.0.1:{refused_port()}"
    with start(run_dir, receiving=to(gone)) as collector:
        for number in range(1, 4):
            export(collector.grpc_address, batch(number, 1))
        wait_until(lambda: only(run_dir).traces.trouble == "connection refused")
        collector.stop()
        assert collector.poll() == 0
        assert log_of(collector).count(f"cannot pass on traces to {gone}") == 1
    assert only(run_dir).traces.waiting == 3


def test_without_targets_nothing_is_started_and_no_logs_are_kept(
    collector: RunningCollector, run_dir: Path
) -> None:
    collector.stop()
    assert forwarded(run_dir) == ()
    assert not (run_dir / "forward.json").exists()
    assert not (run_dir / "logs.otlp").exists()
