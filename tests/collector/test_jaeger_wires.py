"""Jaeger's four ports, as its clients see them."""

import contextlib
import gzip
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import grpc  # noqa: TID253  a client of the collector
import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from analyzer.cli.receiving import receiver
from analyzer.errors import InputError
from analyzer.model.issue import Issues
from analyzer.readers.read_requests import read_requests
from collector.intake import Intake
from collector.jaeger.http_route import ThriftRoute
from collector.jaeger.ports import JaegerPorts
from collector.jaeger.wires import jaeger_wires
from collector.launcher import RunningCollector, start
from collector.limits import Limits
from collector.options import FREE_PORTS, Options, Receiving
from collector.room import Room
from collector.security import Security
from collector.spool import NotStoredError
from collector.status import CollectorStatus
from tests.cli.command import slowhop
from tests.collector import jaeger_messages as jaeger
from tests.collector.jaeger_messages import EVERYTHING, Json, span
from tests.collector.otlp import frames, stored
from tests.collector.test_process import run_collector, wait_until

FREE_JAEGER = JaegerPorts(compact=0, binary=0, http=0, grpc=0)
POST_SPANS = "/jaeger.api_v2.CollectorService/PostSpans"
THRIFT = "application/x-thrift"


@pytest.fixture
def collector(run_dir: Path) -> Iterator[RunningCollector]:
    with start(run_dir, receiving=replace(FREE_PORTS, jaeger=FREE_JAEGER)) as running:
        yield running
        assert running.poll() in (None, 0), running.log_path.read_text()


def send(collector: RunningCollector, wire: str, *datagrams: bytes) -> None:
    host, _, port = collector.status.wires[wire].rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for datagram in datagrams:
            client.sendto(datagram, (host, int(port)))


def post(
    collector: RunningCollector, body: bytes, *, kind: str = THRIFT, query: str = "", **more: str
) -> requests.Response:
    headers = {"content-type": kind} | {name.replace("_", "-"): v for name, v in more.items()}
    url = f"http://{collector.status.wires['jaeger-http']}/api/traces{query}"
    return requests.post(url, data=body, headers=headers, timeout=30)


def post_spans(collector: RunningCollector, body: bytes) -> bytes:
    with grpc.insecure_channel(collector.status.wires["jaeger-grpc"]) as channel:
        answer: bytes = channel.unary_unary(POST_SPANS)(body, timeout=30)
        return answer


def by_compact(collector: RunningCollector, *spans: Json) -> None:
    send(collector, "jaeger-compact", jaeger.call(jaeger.thrift_batch(*spans), compact=True))


def by_binary(collector: RunningCollector, *spans: Json) -> None:
    send(collector, "jaeger-binary", jaeger.call(jaeger.thrift_batch(*spans)))


def by_http(collector: RunningCollector, *spans: Json) -> None:
    answer = post(collector, jaeger.thrift_bytes(jaeger.thrift_batch(*spans)))
    assert (answer.status_code, answer.text) == (202, "")


def by_grpc(collector: RunningCollector, *spans: Json) -> None:
    process = jaeger.proto_process(jaeger.PROCESS)
    body = jaeger.post_spans(*map(jaeger.proto_span, spans), process=process)
    assert post_spans(collector, body) == b""


WIRES: dict[str, Callable[..., None]] = {
    "jaeger-compact": by_compact,
    "jaeger-binary": by_binary,
    "jaeger-http": by_http,
    "jaeger-grpc": by_grpc,
}


def accepted(collector: RunningCollector) -> int:
    return collector.counters().traces.accepted


def requests_stored(run_dir: Path) -> list[ExportTraceServiceRequest]:
    return [ExportTraceServiceRequest.FromString(f) for f in frames(run_dir / "spans.otlp")]


def of_json(place: Path, *spans: Json) -> list[ExportTraceServiceRequest]:
    dump = place / "dump.json"
    dump.write_text(json.dumps(jaeger.document(*spans)))
    return list(read_requests([dump], Issues()))


def test_off_unless_asked_for(run_dir: Path) -> None:
    with start(run_dir, receiving=FREE_PORTS) as running:
        assert running.status.wires == {}


def test_a_span_is_the_same_by_every_wire(
    collector: RunningCollector, run_dir: Path, tmp_path: Path
) -> None:
    assert collector.status.wires.keys() == WIRES.keys()
    for number, by_wire in enumerate(WIRES.values(), 1):
        by_wire(collector, EVERYTHING, span())
        wait_until(lambda number=number: accepted(collector) == 2 * number)  # type: ignore[misc]
    assert collector.stop().datagrams.received == 2
    assert requests_stored(run_dir) == of_json(tmp_path, EVERYTHING, span()) * len(WIRES)


@pytest.mark.parametrize("wire", WIRES)
def test_spans_without_ids_cost_no_others(
    collector: RunningCollector, run_dir: Path, wire: str
) -> None:
    nobody = span(spanID="0" * 16)
    if wire == "jaeger-http":
        answer = post(collector, jaeger.thrift_bytes(jaeger.thrift_batch(nobody, span())))
        assert (answer.status_code, answer.text.split(":")[0]) == (202, "1 spans are refused")
    else:
        WIRES[wire](collector, nobody, span())
    wait_until(lambda: accepted(collector) == 1)
    counts = collector.stop().traces
    assert (counts.requests, counts.received, counts.refused) == (1, 2, 1)
    assert len(stored(run_dir)) == 1


def test_a_large_batch_is_one_request(collector: RunningCollector, run_dir: Path) -> None:
    by_http(collector, *(span(spanID=f"{number:016x}") for number in range(1, 2001)))
    assert len(frames(run_dir / "spans.otlp")) == 1
    assert [each.span_id for each in stored(run_dir)] == [n.to_bytes(8) for n in range(1, 2001)]


def test_datagrams_that_are_nothing_are_counted(collector: RunningCollector) -> None:
    whole = jaeger.call(jaeger.thrift_batch(span()), compact=True)
    send(collector, "jaeger-compact", b"", b"\x82", whole[:-40], bytes(60_000), whole)
    send(collector, "jaeger-binary", whole)
    wait_until(lambda: accepted(collector) == 1)
    counts = collector.stop()
    assert (counts.datagrams.received, counts.datagrams.malformed) == (6, 5)
    assert counts.datagrams.lost == 0
    log = collector.log_path.read_text()
    assert log.count("jaeger-compact: a datagram is no batch of spans") == 1
    assert log.count("jaeger-binary: a datagram is no batch of spans") == 1


def test_what_is_in_the_socket_at_the_end_is_stored(
    collector: RunningCollector, run_dir: Path
) -> None:
    datagram = jaeger.call(jaeger.thrift_batch(span()), compact=True)
    send(collector, "jaeger-compact", *[datagram] * 200)
    counts = collector.stop()
    assert counts.datagrams.lost == 0
    assert counts.traces.accepted == len(stored(run_dir)) == 200


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        (THRIFT, "?format=jaeger.thrift"),
        ("application/vnd.apache.thrift.binary", ""),
        ("Application/X-Thrift; charset=utf-8", ""),
    ],
)
def test_thrift_by_its_names(collector: RunningCollector, kind: str, query: str) -> None:
    body = jaeger.thrift_bytes(jaeger.thrift_batch(span()))
    assert post(collector, body, kind=kind, query=query).status_code == 202
    zipped = post(collector, gzip.compress(body), kind=kind, content_encoding="gzip")
    assert zipped.status_code == 202
    assert collector.stop().traces.accepted == 2


def test_http_refuses_in_plain_words(collector: RunningCollector, run_dir: Path) -> None:
    whole = jaeger.thrift_bytes(jaeger.thrift_batch(span()))
    compact = jaeger.thrift_bytes(jaeger.thrift_batch(span()), compact=True)
    for body in (whole[:-1], whole[:50], b"", compact, b"{}"):
        answer = post(collector, body)
        assert answer.status_code == 400, body
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.text.startswith("the body is no batch of spans in Thrift: ")
    assert post(collector, whole, kind="application/json").status_code == 415
    assert post(collector, whole, content_encoding="gzip").status_code == 400
    too_large = post(collector, gzip.compress(bytes(64 * 1024 * 1024 + 1)), content_encoding="gzip")
    assert too_large.status_code == 413
    base = f"http://{collector.status.wires['jaeger-http']}"
    assert requests.get(f"{base}/api/traces", timeout=30).status_code == 405
    assert "/api/traces" in requests.post(f"{base}/v1/traces", timeout=30).text
    counts = collector.stop()
    assert (counts.traces.requests, counts.traces.received) == (7, 0)
    assert stored(run_dir) == []


def test_grpc_refuses_with_a_code(collector: RunningCollector) -> None:
    broken_span = jaeger.post_spans(jaeger.proto_span(span())[:-1])
    for body in (b"\xff", broken_span, jaeger.post_spans(jaeger.proto_span(span()))[:-1]):
        with pytest.raises(grpc.RpcError) as caught:
            post_spans(collector, body)
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "PostSpansRequest" in caught.value.details()
    with pytest.raises(grpc.RpcError) as caught:
        post_spans(collector, bytes(64 * 1024 * 1024 + 1))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert post_spans(collector, b"") == b""
    assert collector.stop().traces.received == 0


@pytest.mark.parametrize("name", ["compact", "binary", "http", "grpc"])
def test_a_port_in_use_is_named_with_the_way_out(
    collector: RunningCollector, tmp_path: Path, name: str
) -> None:
    taken = int(collector.status.wires[f"jaeger-{name}"].rpartition(":")[2])
    ports = replace(FREE_JAEGER, **{name: taken})
    with pytest.raises(InputError, match=f"port {taken} of 127.0.0.1 is in use") as caught:
        start(tmp_path / "second", receiving=replace(FREE_PORTS, jaeger=ports))
    assert "--jaeger-ports" in caught.value.hint


def test_ports_can_be_given_back_unused(tmp_path: Path) -> None:
    with contextlib.closing(Intake(tmp_path)) as intake:
        ports = replace(FREE_JAEGER, grpc=None)
        for _ in range(2):
            wires = list(jaeger_wires(FREE_PORTS, ports, intake, Room(Limits())))
            compact, binary, http = (int(wire.address.rpartition(":")[2]) for wire in wires)
            ports = JaegerPorts(compact=compact, binary=binary, http=http, grpc=None)
            for wire in wires:
                wire.close()


def test_what_cannot_be_stored_may_be_sent_again(tmp_path: Path) -> None:
    intake = Intake(tmp_path)
    intake.close()
    body = jaeger.thrift_bytes(jaeger.thrift_batch(span()))
    with pytest.raises(NotStoredError):
        ThriftRoute(intake).take(THRIFT, body)


def test_ports_are_the_usual_ones_unless_named() -> None:
    assert JaegerPorts.from_text("") == JaegerPorts()
    ports = JaegerPorts.from_text("compact=0, http=9,grpc=off")
    assert ports == JaegerPorts(compact=0, binary=6832, http=9, grpc=None)
    options = Options(run_dir=Path("run"), receiving=Receiving(jaeger=ports))
    assert Options.from_arguments(options.arguments()) == options
    asked = Options.from_arguments(["--run-dir=run", "--jaeger"])
    assert asked.receiving == Receiving(jaeger=JaegerPorts())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("udp=1", "Jaeger has no port 'udp'"),
        ("compact", "'' is no port for Jaeger's compact"),
        ("grpc=70000", "'70000' is no port for Jaeger's grpc"),
        ("compact=7000,binary=7000", "two of Jaeger's protocols cannot share port 7000"),
    ],
)
def test_ports_that_are_none_are_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        JaegerPorts.from_text(text)
    ended = run_collector("--run-dir=run", f"--jaeger-ports={text}")
    assert ended.returncode == 2
    assert message in ended.stderr


@pytest.mark.parametrize("command", ["record", "live"])
def test_the_command_says_what_is_wrong_with_ports(command: str) -> None:
    error, hint = slowhop(command, "--jaeger-ports", "udp=1").complaint
    assert error == "Jaeger has no port 'udp'"
    assert hint == "its ports are compact, binary, http, grpc"


def test_the_command_s_options_reach_the_receiver(tmp_path: Path) -> None:
    ended = slowhop(
        *("record", "--run-time", "1s", "--grpc-port", "0", "--http-port", "0"),
        *("--jaeger-ports", FREE_JAEGER.as_text(), "--runs-dir", tmp_path),
    )
    (run_dir,) = tmp_path.iterdir()
    status = CollectorStatus.read(run_dir)
    assert status is not None
    assert status.wires.keys() == WIRES.keys()
    for wire, where in status.wires.items():
        assert f"receiving {wire} on {where}" in ended.err
    assert receiver(jaeger=True).jaeger == JaegerPorts()
    assert receiver().jaeger is None


def test_udp_is_refused_where_clients_are_asked_for_something(run_dir: Path) -> None:
    guarded = replace(FREE_PORTS, jaeger=FREE_JAEGER, security=Security(token="secret"))
    with pytest.raises(InputError, match="by UDP, where a token cannot be asked for") as caught:
        start(run_dir, receiving=guarded)
    assert "compact=off,binary=off" in caught.value.hint


def test_a_token_is_asked_for_by_the_other_wires(run_dir: Path) -> None:
    ports = JaegerPorts.from_text("compact=off,binary=off,http=0,grpc=0")
    guarded = replace(FREE_PORTS, jaeger=ports, security=Security(token="secret"))
    with start(run_dir, receiving=guarded) as running:
        assert running.status.wires.keys() == {"jaeger-http", "jaeger-grpc"}
        body = jaeger.thrift_bytes(jaeger.thrift_batch(span()))
        assert post(running, body).status_code == 401
        assert post(running, body, authorization="Bearer secret").status_code == 202
        with pytest.raises(grpc.RpcError) as caught:
            post_spans(running, b"")
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        assert running.stop().traces.accepted == 1


def test_a_status_file_of_before_has_no_datagrams(run_dir: Path) -> None:
    with start(run_dir, receiving=FREE_PORTS) as running:
        running.stop()
    file = run_dir / "collector.json"
    document = json.loads(file.read_text())
    del document["datagrams"], document["wires"]
    file.write_text(json.dumps(document))
    status = CollectorStatus.read(run_dir)
    assert status is not None
    assert status.counters.datagrams.received == 0
