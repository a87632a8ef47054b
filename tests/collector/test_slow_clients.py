"""Clients that are slow, silent or gone: they hold up nobody, and are given up on after a while."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from google.rpc.code_pb2 import OK, UNAVAILABLE
from google.rpc.status_pb2 import Status

from collector.launcher import RunningCollector
from collector.limits import Limits
from tests.collector.limited import collector_with, open_files
from tests.collector.otlp import batch, export, span, stored_numbers, trace_request
from tests.collector.raw_grpc import GOAWAY, PING, RawGrpc, message_head
from tests.collector.test_process import wait_until

PROTOBUF = {"content-type": "application/x-protobuf"}
HEAD = (
    "POST /v1/traces HTTP/1.1\r\nhost: x\r\n"
    "content-type: application/x-protobuf\r\ncontent-length: 1000\r\n\r\n"
)
SLOW_CLIENTS = 40
"""More than the collector has threads, places or cores."""

BRISK = Limits(body_s=1.0, head_s=1.0, patience_s=0.2, wait_s=20.0, probe_s=1.0)
"""Whoever has a second here has half a minute in earnest."""


@pytest.fixture(scope="module")
def brisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """A collector with little patience, for tests that leave nothing in it."""
    with collector_with(BRISK, tmp_path_factory.mktemp("brisk")) as collector:
        yield collector


def connect(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=30)


def post(collector: RunningCollector, body: bytes) -> requests.Response:
    url = collector.endpoint_http + "/v1/traces"
    return requests.post(url, data=body, headers=PROTOBUF, timeout=30)


def send_without_end(connection: socket.socket) -> None:
    for _ in range(1000):
        connection.sendall(b"x" * 65536)


def answer_before_the_end(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    received = b""
    while part := connection.recv(65536):
        received += part
    return received


def test_half_sent_messages_over_grpc_hold_up_nobody(run_dir: Path) -> None:
    with collector_with(Limits(patience_s=0.2, wait_s=20.0), run_dir) as collector:
        slow = [RawGrpc(collector.grpc_address) for _ in range(SLOW_CLIENTS)]
        for client in slow:
            client.begin()
            client.send(message_head(1000) + b"not all of it")
        for number in range(1, 21):
            assert export(collector.grpc_address, batch(number, 1)) == b""
        assert post(collector, batch(21, 1)).status_code == 200
        for client in slow:
            client.socket.close()
    assert stored_numbers(run_dir) == list(range(1, 22))


def test_half_sent_bodies_over_http_hold_up_nobody(
    collector: RunningCollector, run_dir: Path
) -> None:
    slow = [connect(collector.http_address) for _ in range(SLOW_CLIENTS)]
    for client in slow:
        client.sendall(HEAD.encode() + b"not all of it")
    for number in range(1, 11):
        assert post(collector, batch(number, 1)).status_code == 200
    assert export(collector.grpc_address, batch(11, 1)) == b""
    for client in slow:
        client.close()
    assert stored_numbers(run_dir) == list(range(1, 12))


def test_a_slow_message_over_grpc_is_taken_where_nobody_waits(run_dir: Path) -> None:
    body = batch(1, 5)
    with (
        collector_with(Limits(patience_s=0.0), run_dir) as collector,
        RawGrpc(collector.grpc_address) as slow,
    ):
        slow.begin()
        slow.send(message_head(len(body)))
        for start in range(0, len(body), 50):
            slow.send(body[start : start + 50])
            export(collector.grpc_address, b"")  # time passes, and others are served
        slow.send(b"", last=True)
        wait_until(lambda: stored_numbers(run_dir) == [1, 2, 3, 4, 5])


def test_a_drip_fed_body_over_http_is_given_up_and_may_come_again(run_dir: Path) -> None:
    gone = threading.Event()
    with collector_with(BRISK, run_dir) as collector, connect(collector.http_address) as slow:

        def drip() -> None:
            slow.sendall(HEAD.encode())
            while not gone.wait(0.05):
                try:
                    slow.sendall(b"x")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        head, _, body = answer_before_the_end(slow).partition(b"\r\n\r\n")
        gone.set()
        thread.join()
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nretry-after: " in head
        assert Status.FromString(body).code == UNAVAILABLE
        counts = collector.stop().traces
    assert (counts.turned_away, counts.unread, counts.accepted) == (1, 1, 0)


def test_a_drip_fed_message_over_grpc_is_given_up_and_may_come_again(run_dir: Path) -> None:
    with collector_with(BRISK, run_dir) as collector, RawGrpc(collector.grpc_address) as slow:
        slow.begin()
        slow.send(message_head(1000) + b"x")
        assert slow.status_of_call() == UNAVAILABLE
        counts = collector.stop().traces
    assert (counts.turned_away, counts.unread, counts.accepted) == (1, 1, 0)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"POST /v1/tra", id="half a request line"),
        pytest.param(b"POST /v1/traces HTTP/1.1\r\nhost: x\r\n", id="half its headers"),
    ],
)
def test_a_connection_over_http_that_asks_for_nothing_is_closed(
    brisk: RunningCollector, said: bytes
) -> None:
    with connect(brisk.http_address) as silent:
        silent.sendall(said)
        assert answer_before_the_end(silent) == b""


def test_half_headers_after_a_good_request_are_closed_too(brisk: RunningCollector) -> None:
    good = "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n"
    good += "content-length: 0\r\n\r\n"
    with connect(brisk.http_address) as silent:
        silent.sendall(good.encode() + b"POST /v1/tra")
        assert answer_before_the_end(silent).startswith(b"HTTP/1.1 200 ")


def test_headers_without_end_are_refused(collector: RunningCollector) -> None:
    with connect(collector.http_address) as endless:
        endless.sendall(b"POST /v1/traces HTTP/1.1\r\nx: ")
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            send_without_end(endless)
    assert post(collector, batch(1, 1)).status_code == 200


def test_trailers_without_end_are_refused(collector: RunningCollector, run_dir: Path) -> None:
    with connect(collector.http_address) as endless:
        head = "POST /v1/traces HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n"
        head += "content-type: application/x-protobuf\r\n\r\n0\r\nx: "
        endless.sendall(head.encode())
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            send_without_end(endless)
    assert post(collector, batch(1, 1)).status_code == 200
    assert stored_numbers(run_dir) == [1]


def test_a_silent_connection_over_grpc_is_closed(brisk: RunningCollector) -> None:
    with connect(brisk.grpc_address) as silent:
        answer_before_the_end(silent)  # it comes to an end


def test_a_grpc_client_that_vanished_is_found_out(brisk: RunningCollector) -> None:
    # its connection is open as far as anyone can tell, but nobody answers there
    with RawGrpc(brisk.grpc_address) as vanished:
        seen = vanished.frames_until_closed()
        assert PING in seen
        assert seen[-1] == GOAWAY
        assert export(brisk.grpc_address, b"") == b""


def test_pings_without_calls_are_answered_and_permitted(collector: RunningCollector) -> None:
    with RawGrpc(collector.grpc_address) as client:
        for number in range(30):
            assert client.ping(number.to_bytes(8, "big"))
        client.begin()
        client.send(message_head(0), last=True)
        assert client.status_of_call() == 0


@pytest.mark.parametrize("size", [300, 400_000])
def test_a_message_that_is_arriving_at_the_end_is_still_taken(run_dir: Path, size: int) -> None:
    body = trace_request(span(1, name="x" * size)).SerializeToString()
    with (
        collector_with(Limits(), run_dir) as collector,
        RawGrpc(collector.grpc_address) as last,
    ):
        last.begin()
        last.send(message_head(len(body)) + body[:100])
        assert export(collector.grpc_address, b"") == b""  # so the call has begun
        collector.process.terminate()
        wait_until(lambda: refuses(collector.http_address))
        last.send_all(body[100:])
        assert last.status_of_call() == OK
        last.socket.close()  # as clients do that are told to go away
        assert collector.process.wait(30) == 0
        assert collector.counters().traces.accepted == 1
    assert stored_numbers(run_dir) == [1]


def refuses(address: str) -> bool:
    try:
        connect(address).close()
    except OSError:
        return True
    return False


def test_thousands_of_idle_connections_leave_room_for_others(run_dir: Path) -> None:
    idle: list[socket.socket] = []
    with collector_with(Limits(head_s=600.0), run_dir) as collector:
        before = open_files(collector.process.pid)
        try:
            for address in (collector.grpc_address, collector.http_address):
                idle += [connect(address) for _ in range(2000)]
            wait_until(lambda: open_files(collector.process.pid) >= before + 4000)
            assert export(collector.grpc_address, batch(1, 3)) == b""
            assert post(collector, batch(4, 3)).status_code == 200
        finally:
            for connection in idle:
                connection.close()
        wait_until(lambda: open_files(collector.process.pid) < before + 100)
        assert export(collector.grpc_address, batch(7, 1)) == b""
    assert stored_numbers(run_dir) == list(range(1, 8))
