"""The collector from the outside: start it as a process of its own, watch it, stop it.

A process of its own because gRPC's threads and a load generator's gevent do not mix, and because a
receiver that dies or is killed must not take the analysis with it.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from analyzer.errors import InputError, SlowhopError
from collector.endpoint import address
from collector.forward.access import HEADERS_VARIABLE
from collector.options import Options, Receiving
from collector.security import TOKEN_VARIABLE
from collector.status import CollectorStatus, Counters, Forwarded, State

START_S: Final = 60.0
"""Starting takes half a second; a machine under load gets this long."""

STOP_S: Final = 20.0
"""More than the collector's own grace for requests under way, and for passing on what is left."""

POLL_S: Final = 0.02

ANY_HOST: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Addresses to listen on that are no address to send to, and one that is."""

LOOPBACK: Final = ("127.0.0.1", "::1")


def start(
    run_dir: Path, *, receiving: Receiving | None = None, log_path: Path | None = None
) -> "RunningCollector":
    """Start a collector and return when it receives on all ports.

    It stops by itself when the calling process ends, however that ends. Ctrl-C in the terminal does
    not reach it: the caller decides when the last spans are in.

    Args:
        run_dir: where it writes; made where it is missing.
        receiving: where it listens; on the usual ports of this machine if None.
        log_path: where its output is appended; `logs/collector.log` of the run directory if None.

    Raises:
        InputError: a port is in use or the run directory is unusable.
        SlowhopError: it ended or hung for another reason; the hint names its log.
    """
    log_path = log_path or run_dir / "logs" / "collector.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    receiving = receiving or Receiving()
    options = Options(run_dir=run_dir, receiving=receiving, parent_pid=os.getpid())
    # -P: the caller's working directory may hold a package of the same name
    command = [sys.executable, "-P", "-m", "collector", *options.arguments()]
    # what the person's shell may say of tokens is not for this collector
    secrets = (TOKEN_VARIABLE, HEADERS_VARIABLE)
    inherited = {name: value for name, value in os.environ.items() if name not in secrets}
    with log_path.open("ab") as log:
        log_start = log.tell()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=inherited | receiving.environment(),
            start_new_session=True,
        )
    try:
        status = _first_status(process, run_dir, log_path, log_start)
    except BaseException:
        _end(process)
        raise
    return RunningCollector(
        process=process,
        run_dir=run_dir,
        status=status,
        log_path=log_path,
        host=host_for_clients(receiving),
    )


def host_for_clients(receiving: Receiving) -> str:
    """The name or address that clients on this machine call.

    With TLS it is one that the certificate names, if there is any.
    """
    host = ANY_HOST.get(receiving.host, receiving.host)
    if not receiving.security.tls:
        return host
    from collector.certificates import names

    known = [host, *(["localhost"] if host in LOOPBACK else [])]
    known += [socket.gethostname()] if receiving.host in ANY_HOST else []
    return next((each for each in known if names(receiving.security, each)), host)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningCollector:
    """A collector that was started here; as a context manager it is stopped at the end.

    Attributes:
        status: what its first `collector.json` said.
        log_path: where its output goes.
        host: the name or address that clients on this machine call.
    """

    process: subprocess.Popen[bytes]
    run_dir: Path
    status: CollectorStatus
    log_path: Path
    host: str

    @property
    def grpc_address(self) -> str:
        """`host:port` of OTLP over gRPC, as it is listened on."""
        return self.status.grpc

    @property
    def http_address(self) -> str:
        """`host:port` of OTLP over HTTP, as it is listened on."""
        return self.status.http

    @property
    def endpoint_grpc(self) -> str:
        """The OTEL_EXPORTER_OTLP_ENDPOINT of this machine's gRPC exporters."""
        return self._endpoint(self.status.grpc)

    @property
    def endpoint_http(self) -> str:
        """The OTEL_EXPORTER_OTLP_ENDPOINT of this machine's HTTP exporters."""
        return self._endpoint(self.status.http)

    def _endpoint(self, listening: str) -> str:
        scheme = "https" if self.status.tls else "http"
        return f"{scheme}://{address(self.host, int(listening.rpartition(':')[2]))}"

    def counters(self) -> Counters:
        """What it has counted, at most half a second old; final after `stop`."""
        latest = _status_of(self.process, self.run_dir)
        return latest.counters if latest is not None else self.status.counters

    def forward(self) -> tuple[Forwarded, ...]:
        """How far passing on has come, at most half a second old; final after `stop`."""
        latest = _status_of(self.process, self.run_dir)
        return latest.forward if latest is not None else self.status.forward

    def poll(self) -> int | None:
        """Its exit code if it has ended; None while it runs."""
        return self.process.poll()

    def stop(self) -> Counters:
        """Let it answer the requests under way and close its files; what it counted in all."""
        _end(self.process)
        return self.counters()

    def __enter__(self) -> Self:
        """The running collector."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()


def _first_status(
    process: subprocess.Popen[bytes], run_dir: Path, log_path: Path, log_start: int
) -> CollectorStatus:
    """Wait for the first `collector.json`, which says that both ports are bound."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        status = _status_of(process, run_dir)
        if status is not None and status.state is State.RUNNING:
            return status
        if process.poll() is not None:
            raise _why_it_ended(log_path, log_start)
        time.sleep(POLL_S)
    raise SlowhopError(
        f"the collector did not start within {START_S:.0f} s", hint=f"its log is {log_path}"
    )


def _status_of(process: subprocess.Popen[bytes], run_dir: Path) -> CollectorStatus | None:
    """This process's status; that of an earlier collector in the same directory is not it."""
    try:
        status = CollectorStatus.read(run_dir)
    except ValueError:
        return None
    return status if status is not None and status.pid == process.pid else None


def _why_it_ended(log_path: Path, log_start: int) -> SlowhopError:
    """The two lines that the collector ended with."""
    with log_path.open("rb") as log:
        log.seek(log_start)
        lines = log.read().decode("utf-8", errors="replace").splitlines()
    said = dict(line.split(": ", 1) for line in lines if line.startswith(("error: ", "hint: ")))
    if "error" in said:
        return InputError(said["error"], hint=said.get("hint", f"its log is {log_path}"))
    return SlowhopError("the collector could not start", hint=f"its log is {log_path}")


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
