"""The collector as a process: ports, signals, kills, its parent, its status file."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import grpc  # noqa: TID253  a client of the collector
import pytest
import requests

from analyzer.errors import InputError
from collector.launcher import RunningCollector, start
from collector.options import FREE_PORTS, Receiving
from tests.collector.otlp import TRACES_METHOD, batch, export, stored_numbers

DEADLINE_S = 30.0


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for another process to get somewhere."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def status_file(run_dir: Path) -> dict[str, object]:
    document: dict[str, object] = json.loads((run_dir / "collector.json").read_text())
    return document


def test_the_status_file_says_where_and_what(collector: RunningCollector, run_dir: Path) -> None:
    nothing = {"requests": 0, "received": 0, "accepted": 0, "refused": 0, "bytes": 0}
    nothing |= {"turned_away": 0, "unread": 0, "missing": 0}
    assert status_file(run_dir) == {
        "schema": "slowhop.collector/1",
        "pid": collector.process.pid,
        "state": "running",
        "grpc": collector.grpc_address,
        "http": collector.http_address,
        "tls": False,
        "wires": {},
        "traces": nothing,
        "metrics": nothing,
        "logs": nothing,
        "datagrams": {"received": 0, "malformed": 0, "lost": 0},
        "forward": [],
    }
    body = batch(1, 3)
    export(collector.grpc_address, body)
    wait_until(lambda: collector.counters().traces.accepted == 3)
    assert status_file(run_dir)["state"] == "running"
    counters = collector.stop()
    assert status_file(run_dir)["state"] == "stopped"
    assert counters.traces.bytes == len(body)
    assert collector.poll() == 0


def test_loopback_is_the_default(collector: RunningCollector) -> None:
    assert collector.grpc_address.startswith("127.0.0.1:")
    assert collector.http_address.startswith("127.0.0.1:")


def test_endpoints_are_addresses_one_can_send_to(run_dir: Path) -> None:
    with start(run_dir, receiving=replace(FREE_PORTS, host="0.0.0.0")) as everywhere:
        assert everywhere.grpc_address.startswith("0.0.0.0:")
        assert everywhere.endpoint_grpc.startswith("http://127.0.0.1:")
        answer = requests.post(
            everywhere.endpoint_http + "/v1/traces",
            data=b"",
            headers={"content-type": "application/x-protobuf"},
            timeout=30,
        )
        assert answer.status_code == 200


@pytest.mark.parametrize("taken", ["grpc_port", "http_port"])
def test_a_port_in_use_is_named_with_the_way_out(tmp_path: Path, taken: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        ports = {"grpc_port": 0, "http_port": 0, taken: port}
        with pytest.raises(InputError, match=f"port {port} of 127.0.0.1 is in use") as caught:
            start(tmp_path / "run", receiving=Receiving(**ports))
        assert f"--{taken.replace('_', '-')}" in caught.value.hint
        assert "0 takes a free one" in caught.value.hint
        assert not (tmp_path / "run" / "spans.otlp").exists()


def test_two_collectors_cannot_share_ports(collector: RunningCollector, tmp_path: Path) -> None:
    port = int(collector.grpc_address.rpartition(":")[2])
    with pytest.raises(InputError, match="in use"):
        start(tmp_path / "second", receiving=Receiving(grpc_port=port, http_port=0))


def run_collector(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "collector", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_errors_are_two_lines_and_exit_code_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = str(holder.getsockname()[1])
        ended = run_collector("--run-dir", str(tmp_path), "--grpc-port", port, "--http-port", "0")
    assert ended.returncode == 2
    error, hint = ended.stderr.splitlines()
    assert error == f"error: port {port} of 127.0.0.1 is in use"
    assert hint.startswith("hint: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--grpc-port", "5000", "--http-port", "5000"], "cannot share port 5000"),
        (["--host", "192.0.2.1", "--grpc-port", "0", "--http-port", "0"], "cannot listen on"),
        (["--host", "no.such.host.invalid"], "cannot listen on"),
    ],
)
def test_addresses_that_cannot_be_listened_on(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    ended = run_collector("--run-dir", str(tmp_path / "run"), *arguments)
    assert ended.returncode == 2
    assert message in ended.stderr.splitlines()[0]
    assert len(ended.stderr.splitlines()) == 2


@pytest.mark.parametrize("port", ["65536", "-1", "otlp"])
def test_what_is_no_port(tmp_path: Path, port: str) -> None:
    ended = run_collector("--run-dir", str(tmp_path), f"--grpc-port={port}")
    assert ended.returncode == 2
    assert "a port is a number from 0 to 65535" in ended.stderr


def test_a_run_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    inside = str(tmp_path / "file" / "run")
    ended = run_collector("--run-dir", inside, "--grpc-port", "0", "--http-port", "0")
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: cannot make")


def test_every_acknowledged_span_survives_kill_9(run_dir: Path) -> None:
    collector = start(run_dir, receiving=FREE_PORTS)
    acknowledged: list[int] = []
    enough = threading.Event()

    def send(first: int) -> None:
        with grpc.insecure_channel(
            collector.grpc_address, options=[("grpc.use_local_subchannel_pool", 1)]
        ) as channel:
            call = channel.unary_unary(TRACES_METHOD)
            for number in range(first, first + 1_000_000, 7):
                try:
                    call(batch(number, 7), timeout=10)
                except grpc.RpcError:
                    return
                acknowledged.extend(range(number, number + 7))
                if len(acknowledged) > 2000:
                    enough.set()

    threads = [threading.Thread(target=send, args=(1 + n * 1_000_000,)) for n in range(4)]
    for thread in threads:
        thread.start()
    assert enough.wait(DEADLINE_S)
    collector.process.kill()
    for thread in threads:
        thread.join()
    collector.process.wait()
    # the last frame may be cut by the kill; the next collector cuts it off and goes on
    with start(run_dir, receiving=FREE_PORTS) as again:
        export(again.grpc_address, batch(9_000_000, 1))
        numbers = stored_numbers(run_dir)
    assert set(acknowledged) <= set(numbers)
    assert len(numbers) == len(set(numbers))
    assert 9_000_000 in numbers


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_requests_under_way_finish(
    collector: RunningCollector, run_dir: Path, number: signal.Signals
) -> None:
    body = batch(1, 10)
    host, _, port = collector.http_address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=DEADLINE_S) as connection:
        head = "POST /v1/traces HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n"
        head += f"content-type: application/x-protobuf\r\ncontent-length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode())
        assert b"100 Continue" in connection.recv(1000)  # the request is under way
        collector.process.send_signal(number)

        def refuses_others() -> bool:
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
            except OSError:
                return True
            return False

        wait_until(refuses_others)
        connection.sendall(body)
        assert b"200 OK" in connection.recv(1000)
    assert collector.process.wait(DEADLINE_S) == 0
    assert stored_numbers(run_dir) == list(range(1, 11))
    assert collector.counters().traces.accepted == 10


def test_a_client_that_never_ends_its_request_does_not_keep_it_alive(
    collector: RunningCollector,
) -> None:
    host, _, port = collector.http_address.rpartition(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n")
        collector.stop()
    assert collector.poll() == 0


def test_no_collector_outlives_its_parent(run_dir: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from collector.launcher import start; "
        "from collector.options import FREE_PORTS\n"
        "start(Path(sys.argv[1]), receiving=FREE_PORTS); print('started', flush=True)\n"
        "time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(run_dir)], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"started\n"
        address = status_file(run_dir)["grpc"]
        assert isinstance(address, str)
        export(address, batch(1, 5))
        parent.kill()
    wait_until(lambda: status_file(run_dir)["state"] == "stopped")
    assert stored_numbers(run_dir) == list(range(1, 6))


def test_without_the_option_it_outlives_its_parent(run_dir: Path) -> None:
    program = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-m', 'collector', *sys.argv[1:]])"
    )
    arguments = ["--run-dir", str(run_dir), "--grpc-port", "0", "--http-port", "0"]
    subprocess.run(
        [sys.executable, "-c", program, *arguments], check=True, stderr=subprocess.DEVNULL
    )
    wait_until((run_dir / "collector.json").exists)
    status = status_file(run_dir)
    pid, address = status["pid"], status["grpc"]
    assert isinstance(pid, int)
    assert isinstance(address, str)
    try:
        export(address, batch(1, 5))
    finally:
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: status_file(run_dir)["state"] == "stopped")


def test_a_full_disk_tells_clients_to_send_again(run_dir: Path, tmp_path: Path) -> None:
    """Files end at 20 kB: what does not fit is refused for now, over both doors."""
    program = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "from collector.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["--run-dir", str(run_dir), "--grpc-port", "0", "--http-port", "0"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", program, *arguments], stderr=log)
    try:
        wait_until((run_dir / "collector.json").exists)
        status = status_file(run_dir)
        grpc_address, http_address = str(status["grpc"]), str(status["http"])
        export(grpc_address, batch(1, 100))
        with pytest.raises(grpc.RpcError) as caught:
            export(grpc_address, batch(101, 1000))
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        trailers = dict(caught.value.trailing_metadata())
        assert b"google.rpc.RetryInfo" in trailers["grpc-status-details-bin"]
        answer = requests.post(
            f"http://{http_address}/v1/traces",
            data=batch(101, 1000),
            headers={"content-type": "application/x-protobuf"},
            timeout=30,
        )
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        export(grpc_address, batch(101, 10))
    finally:
        process.terminate()
        assert process.wait(DEADLINE_S) == 0
    assert stored_numbers(run_dir) == list(range(1, 111))
    counts = status_file(run_dir)["traces"]
    assert isinstance(counts, dict)
    assert (counts["requests"], counts["received"], counts["accepted"]) == (4, 110, 110)
    assert (tmp_path / "log").read_text().count("cannot store") == 1
