"""Ways in besides OTLP: other protocols, each on a port of its own and off unless asked for.

A wire turns what it receives into OTLP and hands it to the same intake. Its modules are imported
only when it is asked for.
"""

from typing import Final, Protocol

from collector.intake import Intake
from collector.options import Receiving
from collector.room import Room

GRACE_S: Final = 5
"""Requests under way get this long to finish at the end."""


class Wire(Protocol):
    """One more protocol, bound to its port when it is made."""

    @property
    def name(self) -> str:
        """What `collector.json` calls it."""
        ...

    @property
    def address(self) -> str:
        """`host:port` that it listens on."""
        ...

    async def start(self) -> None:
        """Begin to take spans, on the running event loop."""
        ...

    async def stop(self) -> None:
        """Take in what has arrived, within the collector's grace, and close the port."""
        ...

    def close(self) -> None:
        """Give the port back without ever having started."""
        ...


def open_wires(receiving: Receiving, intake: Intake, room: Room) -> tuple[Wire, ...]:
    """The wires that are asked for, bound to their ports; they share the room with all others.

    Raises:
        InputError: a port is in use; the wires opened before it are closed.
    """
    wires: list[Wire] = []
    try:
        if receiving.zipkin_port is not None:
            from collector.zipkin_wire import zipkin_wire

            wires.append(zipkin_wire(receiving, receiving.zipkin_port, intake, room))
        if receiving.jaeger is not None:
            from collector.jaeger.wires import jaeger_wires

            for wire in jaeger_wires(receiving, receiving.jaeger, intake, room):
                wires.append(wire)  # noqa: PERF402  those before one that fails are to be closed
    except BaseException:
        for wire in wires:
            wire.close()
        raise
    return tuple(wires)
