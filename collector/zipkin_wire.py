"""Zipkin over HTTP, on a port of its own."""

from collector.exports import TRACES
from collector.http_door import HttpDoor
from collector.http_wire import HttpWire
from collector.intake import Intake
from collector.options import Receiving
from collector.room import Room
from collector.zipkin_route import PATH, ZipkinRoute


def zipkin_wire(receiving: Receiving, port: int, intake: Intake, room: Room) -> HttpWire:
    """A door for Zipkin's spans, bound to its port.

    Raises:
        InputError: the port is in use.
    """
    routes = {PATH: ZipkinRoute(intake, TRACES)}
    door = HttpDoor(routes, allowed_origins=receiving.allowed_origins, room=room)
    return HttpWire("Zipkin", receiving, port, option="--zipkin-port", door=door)
