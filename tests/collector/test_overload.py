"""However much is sent and however slow the disk is: memory has a bound, clients are told to come
back, and what was acknowledged is on disk.
"""

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import grpc  # noqa: TID253  a client of the collector
import pytest
import requests
from google.rpc.code_pb2 import RESOURCE_EXHAUSTED

from collector.json_values import MAX_VALUES
from collector.launcher import RunningCollector
from collector.limits import Limits
from collector.signals import MAX_MESSAGE_BYTES
from tests.collector.limited import PROGRAM, collector_with, peak_mib
from tests.collector.otlp import (
    TRACES_METHOD,
    batch,
    export,
    span,
    stored_numbers,
    trace_request,
)
from tests.collector.raw_grpc import RawGrpc, message_head
from tests.collector.test_grpc import refusal, retry_info
from tests.collector.test_process import wait_until

MIB: Final = 1024 * 1024
PLAIN: Final = {"content-type": "application/x-protobuf"}
GZIP: Final = {"content-type": "application/x-protobuf", "content-encoding": "gzip"}

SLOW_DISK: Final = """
import time
from collector.spool import Spool

class SlowSpool(Spool):
    def append(self, body):
        time.sleep(0.1)
        super().append(body)
""" + PROGRAM.replace("limits=", "open_spool=SlowSpool, limits=")


ALL_PORTS: Final = PROGRAM.replace(
    "receiving=FREE_PORTS",
    "receiving=replace(FREE_PORTS, zipkin_port=0, jaeger=FREE_JAEGER)",
).replace(
    "import asyncio",
    "from dataclasses import replace\n"
    "from tests.collector.test_jaeger_wires import FREE_JAEGER\n"
    "import asyncio",
)


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """A gibibyte of zeros as gzip, a thousandth of its size."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    zeros = bytes(MIB)
    return b"".join(packer.compress(zeros) for _ in range(1024)) + packer.flush()


def at_one_time(count: int, work: Callable[[int], int]) -> list[int]:
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(work, range(count)))


def test_bombs_over_http_cost_no_more_than_the_largest_body(
    collector: RunningCollector, run_dir: Path, bomb: bytes
) -> None:
    def post(_: int) -> int:
        url = collector.endpoint_http + "/v1/traces"
        return requests.post(url, data=bomb, headers=GZIP, timeout=60).status_code

    before = peak_mib(collector.process.pid)
    assert at_one_time(3, post) == [413, 413, 413]
    assert peak_mib(collector.process.pid) - before < 3 * 2 * 64 + 50
    assert export(collector.grpc_address, batch(1, 1)) == b""
    assert stored_numbers(run_dir) == [1]


def test_bombs_over_grpc_cost_no_more_than_the_largest_message(
    collector: RunningCollector, run_dir: Path, bomb: bytes
) -> None:
    def call(_: int) -> int:
        with RawGrpc(collector.grpc_address, timeout_s=60) as client:
            client.begin(encoding="gzip")
            client.send_all(message_head(len(bomb), compressed=True) + bomb)
            status = client.status_of_call()
            assert status is not None
            return status

    before = peak_mib(collector.process.pid)
    assert at_one_time(3, call) == [RESOURCE_EXHAUSTED] * 3
    assert peak_mib(collector.process.pid) - before < 3 * 2 * 64 + 50
    assert export(collector.grpc_address, batch(1, 1)) == b""
    assert stored_numbers(run_dir) == [1]


def test_json_that_would_take_gigabytes_as_objects_is_refused(collector: RunningCollector) -> None:
    def spans(count: int) -> bytes:
        inside = b"{}," * (count - 1) + b"{}"
        return b'{"resourceSpans":[{"scopeSpans":[{"spans":[' + inside + b"]}]}]}"

    largest = spans(MAX_MESSAGE_BYTES // 3 - 100)
    url, kind = collector.endpoint_http + "/v1/traces", {"content-type": "application/json"}
    before = peak_mib(collector.process.pid)
    for body in (largest, spans(MAX_VALUES // 2 + 100)):
        answer = requests.post(url, data=body, headers=kind, timeout=60)
        assert answer.status_code == 413
        assert "values" in answer.json()["message"]
    assert peak_mib(collector.process.pid) - before < 3 * 64 + 50
    body = spans(10_000)
    assert requests.post(url, data=body, headers=kind, timeout=60).status_code == 200


def test_many_large_messages_over_grpc_at_one_time(run_dir: Path) -> None:
    """All but the last byte of each is sent, which is what takes most memory for longest."""
    size, clients = 40 * MIB, 8
    limits = Limits(messages=2, patience_s=0.3, waiting=20, wait_s=60.0, body_s=3.0)
    with collector_with(limits, run_dir) as collector:
        before = peak_mib(collector.process.pid)

        def send(_: int) -> int:
            with RawGrpc(collector.grpc_address, timeout_s=60) as client:
                client.begin()
                client.send_all(message_head(size) + bytes(size - 1))
                status = client.status_of_call()
                assert status is not None
                return status

        assert set(at_one_time(clients, send)) == {grpc.StatusCode.UNAVAILABLE.value[0]}
        taken = peak_mib(collector.process.pid) - before
        counts = collector.stop().traces
    assert taken < 2 * 2 * 40 + clients / 2 + 60  # and not eight times forty or more
    assert counts.turned_away == counts.unread == clients


def test_a_call_without_a_place_is_told_to_come_back(run_dir: Path) -> None:
    limits = Limits(messages=1, waiting=1, wait_s=0.2, patience_s=600.0)
    with collector_with(limits, run_dir) as collector, RawGrpc(collector.grpc_address) as holder:
        holder.begin()
        holder.send(message_head(100))
        wait_until_crowded(collector)
        error = refusal(collector.grpc_address, batch(1, 1))
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        assert "too many" in error.details()
        info = retry_info(error)
        assert info is not None
        assert info.retry_delay.seconds > 0
        holder.send(bytes(100), last=True)  # undecodable, but an end
        holder.status_of_call()
        assert export(collector.grpc_address, batch(1, 1)) == b""
    assert stored_numbers(run_dir) == [1]


def wait_until_crowded(collector: RunningCollector) -> None:
    """Until the only place is taken: then an empty request is refused."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            export(collector.grpc_address, b"")
        except grpc.RpcError:
            return
    raise TimeoutError


class Senders:
    """Clients that send one request after another, each until it is taken.

    Attributes:
        acknowledged: the numbers of the spans that the collector said it has.
        refused: how often each door told a client to come back.
    """

    def __init__(self, collector: RunningCollector) -> None:
        self.acknowledged: set[int] = set()
        self.refused = {"grpc": 0, "http": 0}
        self._collector = collector
        self._enough = threading.Event()

    def run(self, count: int, until: Callable[[], bool]) -> None:
        """Let half of them send over gRPC and half over HTTP."""
        threads = [
            threading.Thread(target=send, args=(range(1 + 1000 * n, 1000 + 1000 * n),))
            for n, send in enumerate([self._over_grpc, self._over_http] * (count // 2))
        ]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not until():
            time.sleep(0.05)
        self._enough.set()
        for thread in threads:
            thread.join()

    def _over_grpc(self, numbers: range) -> None:
        options = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(self._collector.grpc_address, options=options) as channel:
            call = channel.unary_unary(TRACES_METHOD)

            def takes(body: bytes) -> bool:
                done = call.future(body, timeout=60)
                error = done.exception()
                if error is None:
                    return True
                assert error.code() is grpc.StatusCode.UNAVAILABLE, error
                assert retry_info(error) is not None
                return False

            self._send("grpc", numbers, takes)

    def _over_http(self, numbers: range) -> None:
        url = self._collector.endpoint_http + "/v1/traces"
        with requests.Session() as session:

            def takes(body: bytes) -> bool:
                answer = session.post(url, data=body, headers=PLAIN, timeout=60)
                assert answer.status_code in (200, 503)
                assert answer.status_code == 200 or int(answer.headers["retry-after"]) > 0
                return answer.status_code == 200

            self._send("http", numbers, takes)

    def _send(self, door: str, numbers: range, takes: Callable[[bytes], bool]) -> None:
        for number in numbers:
            while not self._enough.is_set():
                if takes(large(number)):
                    self.acknowledged.add(number)
                    break
                self.refused[door] += 1


def large(number: int) -> bytes:
    """A request of a megabyte with one span."""
    return trace_request(span(number, name="x" * MIB)).SerializeToString()


def test_ten_times_what_the_disk_takes(run_dir: Path) -> None:
    """40 senders of requests of a megabyte, to a disk that takes ten a second."""
    limits = Limits(messages=2, waiting=4, wait_s=0.1, max_held_bytes=8 * MIB)
    with collector_with(limits, run_dir, program=SLOW_DISK) as collector:
        export(collector.grpc_address, large(1_000_000))  # loads what large requests need
        before = peak_mib(collector.process.pid)
        senders = Senders(collector)
        senders.run(
            40,
            until=lambda: len(senders.acknowledged) >= 20 and min(senders.refused.values()) >= 60,
        )
        taken = peak_mib(collector.process.pid) - before
        counts = collector.stop().traces
    stored = stored_numbers(run_dir)
    assert len(senders.acknowledged) >= 20
    assert min(senders.refused.values()) >= 60, senders.refused
    assert sorted(stored) == sorted(senders.acknowledged | {1_000_000})
    assert counts.accepted == len(stored)
    assert counts.turned_away == sum(senders.refused.values())
    held_mib = 2 * (limits.max_held_bytes // MIB + limits.messages + limits.waiting)
    assert taken < held_mib + 60


def test_the_bound_on_memory_is_stated() -> None:
    assert Limits().memory_bytes < 2.2 * 1024 * MIB
    few = Limits(messages=1, waiting=0, max_held_bytes=0)
    more = Limits(messages=2, waiting=0, max_held_bytes=0)
    assert more.memory_bytes - few.memory_bytes == 2 * MAX_MESSAGE_BYTES


def test_a_message_on_one_port_takes_the_place_of_one_on_another(run_dir: Path) -> None:
    limits = Limits(messages=1, waiting=0, patience_s=600.0)
    with (
        collector_with(limits, run_dir, program=ALL_PORTS) as collector,
        RawGrpc(collector.grpc_address) as holder,
        grpc.insecure_channel(collector.status.wires["jaeger-grpc"]) as channel,
    ):
        holder.begin()
        holder.send(message_head(100))
        wait_until_crowded(collector)
        post = channel.unary_unary("/jaeger.api_v2.CollectorService/PostSpans")
        with pytest.raises(grpc.RpcError) as refused:
            post(b"", timeout=30)
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        holder.send(bytes(100), last=True)
        holder.status_of_call()
        assert post(b"", timeout=30) == b""


def test_a_body_on_one_port_takes_the_room_of_one_on_another(run_dir: Path) -> None:
    limits = Limits(max_held_bytes=1_000, body_s=600.0)
    with collector_with(limits, run_dir, program=ALL_PORTS) as collector:
        host, _, port = collector.status.wires["Zipkin"].rpartition(":")
        url = f"http://{collector.status.wires['jaeger-http']}/api/traces"

        def post() -> int:
            kind = {"content-type": "application/x-thrift"}
            return requests.post(url, data=bytes(500), headers=kind, timeout=30).status_code

        with socket.create_connection((host, int(port)), timeout=30) as holder:
            head = "POST /api/v2/spans HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            holder.sendall(f"{head}content-length: 700\r\n\r\n".encode() + b" " * 600)
            wait_until(lambda: post() == 503)
        wait_until(lambda: post() != 503)


def test_the_largest_body_fits(collector: RunningCollector, run_dir: Path) -> None:
    body = trace_request(span(1, name="x" * (MAX_MESSAGE_BYTES - 200))).SerializeToString()
    assert len(body) <= MAX_MESSAGE_BYTES
    assert export(collector.grpc_address, body) == b""
    url, packed = collector.endpoint_http + "/v1/traces", gzip.compress(body, 1)
    assert requests.post(url, data=packed, headers=GZIP, timeout=60).status_code == 200
    assert stored_numbers(run_dir) == [1, 1]
