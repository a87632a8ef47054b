"""Datagrams for which there is no room: nobody is told, so they are counted."""

import asyncio
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.intake import Intake
from collector.jaeger.agent_wire import BESIDE_BYTES, MAX_DATAGRAM, AgentWire
from collector.jaeger.thrift_compact import CompactReader
from collector.limits import MAX_DATAGRAM_BYTES, SOCKET_BYTES
from collector.room import Held
from tests.collector import jaeger_messages as jaeger
from tests.collector.jaeger_messages import span
from tests.collector.otlp import stored

SMALL = jaeger.call(jaeger.thrift_batch(span()), compact=True)
LARGE = jaeger.call(
    jaeger.thrift_batch(span(operationName="x" * (MAX_DATAGRAM - 1_000))), compact=True
)


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    intake = Intake(tmp_path)
    yield intake
    intake.close()


def wire_into(intake: Intake, held: Held | None = None) -> AgentWire:
    held = held or Held(MAX_DATAGRAM_BYTES)
    return AgentWire("jaeger-compact", CompactReader, "127.0.0.1", 0, intake, held)


def send(wire: AgentWire, *datagrams: bytes) -> None:
    host, _, port = wire.address.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for datagram in datagrams:
            client.sendto(datagram, (host, int(port)))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of lost datagrams")
def test_what_found_no_room_in_the_socket_is_counted_as_lost(
    intake: Intake, tmp_path: Path
) -> None:
    too_many = 4 * SOCKET_BYTES // len(LARGE)
    wire = wire_into(intake)

    async def receive() -> None:
        send(wire, *[LARGE] * too_many)
        await wire.start()
        await wire.stop()

    asyncio.run(receive())
    counts = intake.counters()
    assert counts.datagrams.received == too_many
    kept = too_many - counts.datagrams.lost
    assert 0 < kept < too_many
    assert counts.traces.accepted == len(stored(tmp_path)) == kept


def test_what_cannot_be_stored_is_counted_as_lost(tmp_path: Path) -> None:
    intake = Intake(tmp_path)
    wire = wire_into(intake)
    intake.close()

    async def receive() -> None:
        await wire.start()
        send(wire, SMALL)
        await wire.stop()

    asyncio.run(receive())
    counts = intake.counters()
    assert (counts.datagrams.received, counts.datagrams.lost) == (1, 1)
    assert counts.traces.accepted == 0


@pytest.mark.parametrize("datagram", [SMALL, b""])
def test_both_ports_hold_no_more_than_they_may_together(
    intake: Intake, tmp_path: Path, datagram: bytes
) -> None:
    sent, fit = 100, 10
    held = Held(fit * (len(datagram) + BESIDE_BYTES))
    wires = [wire_into(intake, held) for _ in range(2)]
    of_the_other = fit // 2 * (len(datagram) + BESIDE_BYTES)
    assert held.add(of_the_other)

    async def receive() -> None:
        send(wires[0], *[datagram] * sent)  # all are read before the first is decoded
        await wires[0].start()
        await wires[0].stop()

    asyncio.run(receive())
    wires[1].close()
    counts = intake.counters().datagrams
    assert (counts.received, counts.lost) == (sent, sent - fit // 2)
    assert counts.malformed + len(stored(tmp_path)) == fit // 2
    assert held.add(fit // 2 * (len(datagram) + BESIDE_BYTES))  # what was decoded is given back
