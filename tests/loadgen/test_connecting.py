"""What opening connections takes."""

from threading import Thread
from types import SimpleNamespace

import pytest

from loadgen.connecting import CONNECT, DNS, MOST_STEPS, TLS, Connections, Step

US = 1_000


class Clock:
    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


def client(connections: Connections, clock: Clock, host: str) -> SimpleNamespace:
    """A client that opens connections as real ones do: each function calls the one before it."""

    def look_up(_host: str) -> None:
        clock.now += 200 * US

    def connect() -> None:
        opener.look_up(host)
        clock.now += 300 * US

    def connect_tls() -> None:
        opener.connect()
        clock.now += 500 * US

    def refuse() -> None:
        opener.look_up(host)
        clock.now += 50 * US
        raise ConnectionRefusedError

    opener = SimpleNamespace(look_up=look_up, connect=connect, connect_tls=connect_tls)
    connections.time_method(opener, "look_up", DNS, lambda host: host)
    connections.time_method(opener, "connect", CONNECT)
    connections.time_method(opener, "connect_tls", TLS)
    connections.time_method(opener, "of_another_version", TLS)
    opener.refuse = connections.timed(CONNECT, refuse)
    return opener


def opened(host: str = "shop.test") -> tuple[Connections, Clock, SimpleNamespace]:
    clock = Clock()
    connections = Connections(clock)
    return connections, clock, client(connections, clock, host)


def test_steps_follow_each_other_though_the_functions_are_nested() -> None:
    connections, _, opener = opened()
    opener.connect_tls()
    assert connections.since(0) == (
        Step(DNS, 0, 200 * US),
        Step(CONNECT, 200 * US, 500 * US),
        Step(TLS, 500 * US, 1000 * US),
    )
    assert connections.noted == 3
    assert connections.since(0) == ()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "fe80::1%eth0"])
def test_an_address_is_not_looked_up(host: str) -> None:
    connections, _, opener = opened(host)
    opener.connect()
    assert connections.since(0) == (Step(CONNECT, 0, 500 * US),)


def test_a_connection_that_is_refused_took_its_time_too() -> None:
    connections, _, opener = opened()
    with pytest.raises(ConnectionRefusedError):
        opener.refuse()
    assert [step.name for step in connections.since(0)] == [DNS, CONNECT]


def test_connections_that_were_opened_before_the_request_are_not_its() -> None:
    connections, clock, opener = opened()
    opener.connect()
    begin = clock.now = clock.now + US
    opener.connect()
    assert [step.start_ns >= begin for step in connections.since(begin)] == [True, True]


def test_other_threads_steps_are_theirs() -> None:
    connections, _, opener = opened()
    thread = Thread(target=opener.connect)
    thread.start()
    thread.join()
    assert connections.since(0) == ()
    assert connections.noted == 2


def test_steps_that_nobody_asks_for_do_not_pile_up() -> None:
    connections, _, opener = opened()
    for _ in range(MOST_STEPS):
        opener.connect()
    assert len(connections.since(0)) == MOST_STEPS
