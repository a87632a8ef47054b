import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.delay_proxy import SlowNetwork
from services.errors import ServiceError
from services.shop.faults import knobs
from services.shop.network import slow_network

DELAY_S = 0.05

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]


async def through_a_slow_network(talk: Talk) -> tuple[bytes, float]:
    """What a caller gets from an echo server behind a slow network, and after how many seconds."""
    passed_on = asyncio.Event()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1024):
            writer.write(data.upper())
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        network = SlowNetwork(host="127.0.0.1", port=port, delay_s=DELAY_S)

        async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await network.connect(reader, writer)
            passed_on.set()

        async with await asyncio.start_server(pass_on, "127.0.0.1", 0) as proxy:
            reader, writer = await asyncio.open_connection(*proxy.sockets[0].getsockname())
            clock = asyncio.get_running_loop()
            begun = clock.time()
            answer = await talk(reader, writer)
            took = clock.time() - begun
            writer.write_eof()
            await passed_on.wait()
            writer.close()
            await writer.wait_closed()
    return answer, took


def test_an_answer_takes_the_delay_there_and_back() -> None:
    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(b"hello")
        return await reader.readexactly(5)

    answer, took = asyncio.run(through_a_slow_network(ask))
    assert answer == b"HELLO"
    assert took >= 2 * DELAY_S


def test_a_large_message_arrives_whole_and_in_order() -> None:
    message = bytes(range(97, 123)) * 20_000

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(message)
        return await reader.readexactly(len(message))

    assert asyncio.run(through_a_slow_network(ask))[0] == message.upper()


def test_the_end_of_the_stream_is_passed_on_after_what_was_sent() -> None:
    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(b"bye")
        writer.write_eof()
        return await reader.read(-1)

    assert asyncio.run(through_a_slow_network(ask))[0] == b"BYE"


def test_a_callee_that_does_not_listen_ends_the_connection() -> None:
    async def ask() -> bytes:
        # Port 1 is reserved, and nothing listens there.
        network = SlowNetwork(host="127.0.0.1", port=1, delay_s=0)
        async with await asyncio.start_server(network.connect, "127.0.0.1", 0) as proxy:
            reader, writer = await asyncio.open_connection(*proxy.sockets[0].getsockname())
            answer = await reader.read(-1)
            writer.close()
            return answer

    assert asyncio.run(ask()) == b""


SEARCH = {"SLOWHOP_URL_SEARCH": "http://search:8000"}


def test_the_shops_network_is_slow_only_if_that_is_the_fault() -> None:
    slow = slow_network({**SEARCH, "SLOWHOP_FAULT": "slow_hop", "SLOWHOP_FAULT_STRENGTH": "0.5"})
    assert slow_network(SEARCH) == SlowNetwork(host="search", port=8000, delay_s=0)
    assert slow.delay_s == knobs("slow_hop").search_hop_delay_ms / 2000


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "SLOWHOP_URL_SEARCH is not set"),
        ({"SLOWHOP_URL_SEARCH": "search"}, "no host and port"),
        ({**SEARCH, "SLOWHOP_FAULT": "rain"}, "no fault 'rain'"),
        ({**SEARCH, "SLOWHOP_FAULT_STRENGTH": "much"}, "'much', not a number"),
    ],
)
def test_an_environment_without_meaning_is_an_error(
    environment: dict[str, str], message: str
) -> None:
    with pytest.raises(ServiceError, match=message):
        slow_network(environment)
