"""Signals cut short what may be cut short, and nothing else."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from analyzer.cli.interruptions import SIGNALS, interruptions, is_interrupt


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Signals as a terminal sends them, though the tests themselves may run under nohup."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def send(number: int) -> None:
    """Send this process a signal; its handler has run when this returns."""
    signal.raise_signal(number)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_cuts_short_what_heeds_it(number: int) -> None:
    reached = False
    with interruptions() as signals, suppress(KeyboardInterrupt), signals.heeded():
        send(number)
        reached = True
    assert not reached


def test_elsewhere_it_waits_for_the_next_place_that_heeds_it() -> None:
    done = []
    with interruptions() as signals:
        send(signal.SIGINT)
        done.append("all of this")
        with pytest.raises(KeyboardInterrupt), signals.heeded():
            done.append("none of this")
        with signals.heeded():
            done.append("and this, for it was taken")
    assert done == ["all of this", "and this, for it was taken"]


def test_many_signals_at_once_are_one() -> None:
    with interruptions() as signals:
        send(signal.SIGINT)
        send(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt), signals.heeded():
            pass
        with signals.heeded():
            pass


def test_handlers_are_given_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with interruptions():
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_closed_terminal_stays_ignored_where_it_was() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptions() as signals, signals.heeded():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_interrupt_is_known_in_what_compiled_code_makes_of_it() -> None:
    made_of_it = SystemError("returned a result with an exception set")
    made_of_it.__cause__ = KeyboardInterrupt()
    assert is_interrupt(made_of_it)
    assert is_interrupt(KeyboardInterrupt())
    assert not is_interrupt(SystemError("something else"))
