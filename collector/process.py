"""The collector from its first bound port to its last `collector.json`."""

import asyncio
import contextlib
import logging
import os
import signal
from pathlib import Path
from typing import Final

from analyzer.errors import InputError
from collector.endpoint import address, check_free, listening_socket, unusable
from collector.exports import EXPORTS
from collector.grpc_door import GrpcDoor, otlp_services
from collector.http_door import HttpDoor
from collector.http_listener import HttpListener
from collector.http_routes import OtlpRoute
from collector.intake import Intake
from collector.options import Options
from collector.status import CollectorStatus, Counters, State
from collector.wires import GRACE_S, open_wires

RENEW_S: Final = 0.5
"""`collector.json` is renewed this often while anything changes."""

logger = logging.getLogger(__name__)


async def receive(options: Options) -> None:
    """Bind both ports, receive until told to stop, drain, and leave the last `collector.json`.

    Raises:
        InputError: a port is in use, or the run directory is unusable.
    """
    await Collector(options).run()


class Collector:
    """Both doors, bound to their ports, and the files behind them.

    Raises:
        InputError: a port is in use, or the run directory is unusable.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._stop = asyncio.Event()
        at = options.receiving
        if at.grpc_port == at.http_port != 0:
            raise InputError(
                f"gRPC and HTTP cannot share port {at.grpc_port}",
                hint="give --grpc-port and --http-port different numbers (0 takes a free one)",
            )
        with contextlib.ExitStack() as undo:
            listener = listening_socket(at.host, at.http_port, option="--http-port")
            undo.callback(listener.close)
            check_free(at.host, at.grpc_port, option="--grpc-port")
            self._intake = _intake(options.run_dir)
            undo.callback(self._intake.close)
            self._wires = open_wires(at, self._intake)
            for wire in self._wires:
                undo.callback(wire.close)
            try:
                services = otlp_services(self._intake)
                self._grpc = GrpcDoor(services, address(at.host, at.grpc_port))
            except OSError as error:
                raise unusable(at.host, at.grpc_port, error, option="--grpc-port") from error
            undo.pop_all()
        routes = {export.path: OtlpRoute(self._intake, export) for export in EXPORTS}
        door = HttpDoor(routes, allowed_origins=at.allowed_origins)
        self._http = HttpListener(listener, door, grace_s=GRACE_S)

    async def run(self) -> None:
        """Receive until SIGTERM, SIGINT or the parent's end; then drain and close."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        self._grpc.start()
        self._http.start()
        for wire in self._wires:
            wire.start()
        status = self._status(State.RUNNING, self._intake.counters())
        status.write(self._options.run_dir)
        logger.info("receiving OTLP: gRPC on %s, HTTP on %s", status.grpc, status.http)
        for name, where in status.wires.items():
            logger.info("receiving %s on %s", name, where)
        await self._renew_until_stopped(status.counters)
        await asyncio.gather(
            self._http.stop(),
            asyncio.to_thread(self._grpc.stop, GRACE_S),
            *(wire.stop() for wire in self._wires),
        )
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
        host = self._options.receiving.host
        return CollectorStatus(
            pid=os.getpid(),
            state=state,
            grpc=address(host, self._grpc.port),
            http=address(host, self._http.port),
            wires={wire.name: wire.address for wire in self._wires},
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
