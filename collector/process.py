"""The collector from its first bound port to its last `collector.json`."""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from analyzer.errors import InputError
from collector.certificates import check
from collector.endpoint import address, check_free, listening_socket, unusable
from collector.exposure import warnings
from collector.forward.client_tls import check_access
from collector.forward.forwarding import Forwarding
from collector.forward.target import check_not_own
from collector.grpc_door import GrpcDoor
from collector.http_door import HttpDoor
from collector.http_listener import HttpListener
from collector.http_routes import otlp_routes
from collector.intake import ANALYSED, Intake
from collector.limits import Limits
from collector.open_files import raise_open_files
from collector.options import Options
from collector.room import Room
from collector.signals import Signal
from collector.spool import Spool
from collector.status import CollectorStatus, Counters, State
from collector.wires import GRACE_S, open_wires

RENEW_S: Final = 0.5
"""`collector.json` is renewed this often while anything changes."""

logger = logging.getLogger(__name__)


async def receive(
    options: Options, *, limits: Limits | None = None, open_spool: Callable[[Path], Spool] = Spool
) -> None:
    """Bind both ports, receive until told to stop, drain, and leave the last `collector.json`.

    Raises:
        InputError: a port is in use, or the run directory is unusable.
    """
    await Collector(options, limits or Limits(), open_spool).run()


class Collector:
    """All doors, bound to their ports, and the files behind them.

    Args:
        options: what the command line says.
        limits: what clients may take of memory and time.
        open_spool: what opens the files that requests are appended to.

    Raises:
        InputError: a port is in use, or the run directory or a certificate is unusable.
    """

    def __init__(
        self, options: Options, limits: Limits, open_spool: Callable[[Path], Spool]
    ) -> None:
        self._options = options
        self._stop = asyncio.Event()
        at = options.receiving
        if at.grpc_port == at.http_port != 0:
            raise InputError(
                f"gRPC and HTTP cannot share port {at.grpc_port}",
                hint="give --grpc-port and --http-port different numbers (0 takes a free one)",
            )
        check(at.security)
        check_access(at.forward, at.forward_access)
        with contextlib.ExitStack() as undo:
            listener = listening_socket(at.host, at.http_port, option="--http-port")
            undo.callback(listener.close)
            check_free(at.host, at.grpc_port, option="--grpc-port")
            ports = (at.grpc_port, listener.getsockname()[1])
            check_not_own(at.forward, [(at.host, port) for port in ports])
            # logs are for nobody but those that they are passed on to
            stored = tuple(Signal) if at.forward else ANALYSED
            self._intake = _intake(options.run_dir, stored, open_spool)
            undo.callback(self._intake.close)
            self._room = Room(limits)
            self._wires = open_wires(at, self._intake, self._room)
            for wire in self._wires:
                undo.callback(wire.close)
            try:
                where = address(at.host, at.grpc_port)
                self._grpc = GrpcDoor(self._intake, where, room=self._room, security=at.security)
            except OSError as error:
                raise unusable(at.host, at.grpc_port, error, option="--grpc-port") from error
            undo.pop_all()
        self._forwarding = Forwarding(
            options.run_dir, at.forward, self._intake.sizes(), at.forward_access
        )
        door = HttpDoor(
            otlp_routes(self._intake), allowed_origins=at.allowed_origins, room=self._room
        )
        self._http = HttpListener(listener, door, grace_s=GRACE_S, security=at.security)

    async def run(self) -> None:
        """Receive until SIGTERM, SIGINT or the parent's end; then drain and close."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        raise_open_files()
        self._forwarding.start()
        await self._grpc.start()
        self._http.start()
        for wire in self._wires:
            await wire.start()
        status = self._status(State.RUNNING, self._intake.counters())
        status.write(self._options.run_dir)
        for warning in warnings(self._options.receiving):
            logger.warning("%s", warning)
        logger.info("receiving OTLP: gRPC on %s, HTTP on %s", status.grpc, status.http)
        if asked := self._options.receiving.security.asked:
            logger.info("what clients need: %s", asked)
        for name, where in status.wires.items():
            logger.info("receiving %s on %s", name, where)
        await self._renew_until_stopped(status)
        await asyncio.gather(
            self._http.stop(),
            self._grpc.stop(GRACE_S),
            *(wire.stop() for wire in self._wires),
        )
        self._room.close()
        self._intake.close()
        counters = self._intake.counters()
        self._write(self._status(State.RUNNING, counters))
        await self._forwarding.stop()
        self._write(self._status(State.STOPPED, counters))
        logger.info("stopped: %d spans accepted", counters.traces.accepted)

    async def _renew_until_stopped(self, written: CollectorStatus) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), RENEW_S)
            parent = self._options.parent_pid
            if parent is not None and os.getppid() != parent:
                logger.warning("the process that started the collector is gone")
                self._stop.set()
            self._forwarding.look()
            status = self._status(State.RUNNING, self._intake.counters())
            if status != written and self._write(status):
                written = status

    def _status(self, state: State, counters: Counters) -> CollectorStatus:
        host = self._options.receiving.host
        return CollectorStatus(
            pid=os.getpid(),
            state=state,
            grpc=address(host, self._grpc.port),
            http=address(host, self._http.port),
            tls=self._options.receiving.security.tls,
            wires={wire.name: wire.address for wire in self._wires},
            counters=counters,
            forward=self._forwarding.status(counters),
        )

    def _write(self, status: CollectorStatus) -> bool:
        """Whether `collector.json` could be renewed; on a full disk receiving goes on without."""
        try:
            status.write(self._options.run_dir)
        except OSError:
            return False
        return True


def _intake(run_dir: Path, stored: Iterable[Signal], open_spool: Callable[[Path], Spool]) -> Intake:
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot make {run_dir}: {error.strerror}", hint="name a writable --run-dir"
        ) from error
    return Intake(run_dir, stored=stored, open_spool=open_spool)
