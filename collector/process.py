"""The collector from its first bound port to its last `collector.json`."""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn

from analyzer.errors import InputError
from collector.endpoint import address, check_free, listening_socket, unusable
from collector.grpc_door import GrpcDoor
from collector.http_door import HttpDoor
from collector.intake import Intake
from collector.status import CollectorStatus, Counters, State

RENEW_S: Final = 0.5
"""`collector.json` is renewed this often while anything changes."""

GRACE_S: Final = 5
"""Requests under way get this long to finish at the end."""

KEEP_ALIVE_S: Final = 75
"""Idle HTTP connections stay open longer than exporters are quiet (60 s for metrics), so that none
is closed under a request that is just being sent."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the collector's command line says.

    Attributes:
        parent_pid: stop when this process is gone; None to outlive everybody.
        allowed_origins: web pages that may post over HTTP.
    """

    run_dir: Path
    host: str
    grpc_port: int
    http_port: int
    parent_pid: int | None = None
    allowed_origins: frozenset[str] = frozenset()


async def receive(options: Options) -> None:
    """Bind both ports, receive until told to stop, drain, and leave the last `collector.json`.

    Raises:
        InputError: a port is in use, or the run directory is unusable.
    """
    await Collector(options).run()


class HttpServer(uvicorn.Server):
    """uvicorn without its signal handlers: the collector stops both doors itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


class Collector:
    """Both doors, bound to their ports, and the files behind them.

    Raises:
        InputError: a port is in use, or the run directory is unusable.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._stop = asyncio.Event()
        if options.grpc_port == options.http_port != 0:
            raise InputError(
                f"gRPC and HTTP cannot share port {options.grpc_port}",
                hint="give --grpc-port and --http-port different numbers (0 takes a free one)",
            )
        with contextlib.ExitStack() as undo:
            self._listener = listening_socket(options.host, options.http_port, option="--http-port")
            undo.callback(self._listener.close)
            self._http_port: int = self._listener.getsockname()[1]
            check_free(options.host, options.grpc_port, option="--grpc-port")
            self._intake = _intake(options.run_dir)
            undo.callback(self._intake.close)
            try:
                self._grpc = GrpcDoor(self._intake, address(options.host, options.grpc_port))
            except OSError as error:
                raise unusable(
                    options.host, options.grpc_port, error, option="--grpc-port"
                ) from error
            undo.pop_all()
        self._http_door = HttpDoor(self._intake, allowed_origins=options.allowed_origins)
        self._http = HttpServer(_http_config(self._http_door))

    async def run(self) -> None:
        """Receive until SIGTERM, SIGINT or the parent's end; then drain and close."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        self._grpc.start()
        serving = asyncio.create_task(self._http.serve(sockets=[self._listener]))
        status = self._status(State.RUNNING, self._intake.counters())
        status.write(self._options.run_dir)
        logger.info("receiving OTLP: gRPC on %s, HTTP on %s", status.grpc, status.http)
        await self._renew_until_stopped(status.counters)
        self._http.should_exit = True
        await asyncio.gather(serving, asyncio.to_thread(self._grpc.stop, GRACE_S))
        self._http_door.close()
        self._intake.close()
        counters = self._intake.counters()
        self._write(self._status(State.STOPPED, counters))
        logger.info("stopped: %d spans accepted", counters.traces.accepted)

    async def _renew_until_stopped(self, written: Counters) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), RENEW_S)
            parent = self._options.parent_pid
            if parent is not None and os.getppid() != parent:
                logger.warning("the process that started the collector is gone")
                self._stop.set()
            counters = self._intake.counters()
            if counters != written and self._write(self._status(State.RUNNING, counters)):
                written = counters

    def _status(self, state: State, counters: Counters) -> CollectorStatus:
        host = self._options.host
        return CollectorStatus(
            pid=os.getpid(),
            state=state,
            grpc=address(host, self._grpc.port),
            http=address(host, self._http_port),
            counters=counters,
        )

    def _write(self, status: CollectorStatus) -> bool:
        """Whether `collector.json` could be renewed; on a full disk receiving goes on without."""
        try:
            status.write(self._options.run_dir)
        except OSError:
            return False
        return True


def _intake(run_dir: Path) -> Intake:
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot make {run_dir}: {error.strerror}", hint="name a writable --run-dir"
        ) from error
    return Intake(run_dir)


def _http_config(door: HttpDoor) -> uvicorn.Config:
    return uvicorn.Config(
        door,
        loop="asyncio",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
