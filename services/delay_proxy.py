"""A slow network: passes TCP connections on and delays every byte, each way."""

import asyncio
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass

READ_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowNetwork:
    """Where connections go, and how long what they carry is under way."""

    host: str
    port: int
    delay_s: float

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


def run(network: SlowNetwork, listener: socket.socket) -> None:
    """Pass on what a socket accepts, until SIGTERM or SIGINT."""
    asyncio.run(_run(network, listener))


async def _run(network: SlowNetwork, listener: socket.socket) -> None:
    stopped = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stopped.set)
    server = await asyncio.start_server(network.connect, sock=listener)
    await stopped.wait()
    server.close()
