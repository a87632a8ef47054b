"""Ways in besides OTLP: other protocols, each on a port of its own and off unless asked for.

A wire turns what it receives into OTLP and hands it to the same intake. Its modules are imported
only when it is asked for.
"""

import contextlib
from typing import Final, Protocol

from collector.intake import Intake
from collector.options import Receiving

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

    def start(self) -> None:
        """Begin to take spans, on the running event loop."""
        ...

    async def stop(self) -> None:
        """Take in what has arrived, within the collector's grace, and close the port."""
        ...

    def close(self) -> None:
        """Give the port back without ever having started."""
        ...


def open_wires(receiving: Receiving, intake: Intake) -> tuple[Wire, ...]:
    """The wires that are asked for, bound to their ports.

    Raises:
        InputError: a port is in use; the wires opened before it are closed.
    """
    with contextlib.ExitStack() as undo:
        wires: list[Wire] = []
        if receiving.jaeger is not None:
            from collector.jaeger.wires import jaeger_wires

            for wire in jaeger_wires(receiving.host, receiving.jaeger, intake):
                undo.callback(wire.close)
                wires.append(wire)
        undo.pop_all()
    return tuple(wires)
