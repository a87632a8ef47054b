"""The collector's two doors inside this process, for tests that send a great many requests."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from collector.grpc_door import GrpcDoor
from collector.http_door import HttpDoor
from collector.http_routes import otlp_routes
from collector.intake import Intake
from collector.limits import Limits
from collector.room import Room
from collector.security import OPEN

START_S: Final = 60.0


@contextmanager
def http_door(intake: Intake, *, limits: Limits | None = None) -> Iterator[HttpDoor]:
    """OTLP over HTTP as an application to call."""
    room = Room(limits or Limits())
    try:
        yield HttpDoor(otlp_routes(intake), room=room)
    finally:
        room.close()


@contextmanager
def grpc_door(intake: Intake) -> Iterator[str]:
    """OTLP over gRPC, served by a thread of its own; its address."""
    ready: list[int] = []
    begun = threading.Event()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    async def serve() -> None:
        room = Room(Limits())
        door = GrpcDoor(intake, "127.0.0.1:0", room=room, security=OPEN)
        await door.start()
        ready.append(door.port)
        begun.set()
        await ended.wait()
        await door.stop(0)
        room.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), name="grpc-door")
    thread.start()
    assert begun.wait(START_S)
    try:
        yield f"127.0.0.1:{ready[0]}"
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()
