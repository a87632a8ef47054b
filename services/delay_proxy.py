"""A slow network: passes TCP connections on and delays every byte, each way.

    python -m services.delay_proxy

    SLOWHOP_DELAY_TARGET   host:port to pass connections on to
    SLOWHOP_DELAY_MS       the delay, each way

and what `services.process` lists for where it listens.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from services import process
from services.errors import ServiceError

TARGET = "SLOWHOP_DELAY_TARGET"
DELAY_MS = "SLOWHOP_DELAY_MS"
READ_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowNetwork:
    """Where connections go, and how long what they carry is under way."""

    host: str
    port: int
    delay_s: float

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "SlowNetwork":
        """Read it from a process's environment.

        Raises:
            ServiceError: the target is no host and port, or the delay no number.
        """
        target = process.required(environment, TARGET)
        host, _, port = target.rpartition(":")
        delay = environment.get(DELAY_MS, "0")
        try:
            return cls(host=host, port=int(port), delay_s=float(delay) / 1000)
        except ValueError as error:
            raise ServiceError(
                f"cannot delay {target!r} by {delay!r} ms",
                hint=f"set {TARGET}=host:port and {DELAY_MS} to a number",
            ) from error

    async def connect(
        self, from_caller: asyncio.StreamReader, to_caller: asyncio.StreamWriter
    ) -> None:
        """Pass one connection on until either end closes it."""
        try:
            from_callee, to_callee = await asyncio.open_connection(self.host, self.port)
        except OSError:
            to_caller.close()
            return
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_delayed(from_caller, to_callee, self.delay_s))
                ways.create_task(_delayed(from_callee, to_caller, self.delay_s))
        except* OSError:
            pass  # one end is gone, so the other one is closed
        finally:
            for writer in (to_callee, to_caller):
                writer.close()
            for writer in (to_callee, to_caller):
                with suppress(OSError):
                    await writer.wait_closed()


async def _delayed(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float
) -> None:
    # Bytes are read as they come and wait in a queue for their time: several parts of a message
    # are under way at once, as on a long line. The end of the stream is delayed like any byte.
    clock = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(max(0.0, due - clock.time()))
            if not data:
                if writer.can_write_eof():
                    writer.write_eof()
                return
            writer.write(data)
            await writer.drain()

    async with asyncio.TaskGroup() as both:
        both.create_task(deliver())
        while True:
            data = await reader.read(READ_BYTES)
            under_way.put_nowait((clock.time() + delay_s, data))
            if not data:
                break


async def _run(network: SlowNetwork, listener: socket.socket) -> None:
    stopped = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stopped.set)
    server = await asyncio.start_server(network.connect, sock=listener)
    await stopped.wait()
    server.close()


def main() -> int:
    """Run until SIGTERM; 2 where the environment makes no sense."""
    process.end_with_launcher(os.environ)
    try:
        network = SlowNetwork.from_environment(os.environ)
    except ServiceError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return 2
    with suppress(asyncio.CancelledError):
        asyncio.run(_run(network, process.listening_socket(os.environ)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
