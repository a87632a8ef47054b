"""Who gets a place, who waits, and who must give one up."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import pytest

from collector.handling import INLINE_BYTES, Handling
from collector.limits import Limits
from collector.places import Crowded, Places

UNHURRIED = 3600.0


def run(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scene)


async def turns() -> None:
    """Let all tasks get as far as they can."""
    for _ in range(10):
        await asyncio.sleep(0)


def places(count: int, *, waiting: int = 10, wait_s: float = UNHURRIED) -> Places:
    return Places(Limits(messages=count, waiting=waiting, wait_s=wait_s, patience_s=0.0))


def test_a_place_goes_to_the_one_who_waits_longest() -> None:
    async def scene() -> None:
        those = places(1)
        await those.take()
        first, second = (asyncio.create_task(those.take()) for _ in range(2))
        await turns()
        assert not first.done()
        those.leave()
        await turns()
        assert first.done()
        assert not second.done()
        those.leave()
        await second
        those.leave()
        await those.take()

    run(scene())


def test_a_queue_that_is_full_takes_nobody() -> None:
    async def scene() -> None:
        those = places(1, waiting=1)
        await those.take()
        waiting = asyncio.create_task(those.take())
        await turns()
        with pytest.raises(Crowded):
            await those.take()
        those.leave()
        await waiting

    run(scene())


def test_who_waited_too_long_is_told_so_and_takes_no_place_along() -> None:
    async def scene() -> None:
        those = places(1, wait_s=0.0)
        await those.take()
        with pytest.raises(Crowded):
            await those.take()
        those.leave()
        await those.take()

    run(scene())


@pytest.mark.parametrize("has_place", [False, True])
def test_who_goes_while_waiting_takes_no_place_along(*, has_place: bool) -> None:
    async def scene() -> None:
        those = places(1)
        await those.take()
        waiting = asyncio.create_task(those.take())
        await turns()
        if has_place:
            those.leave()
        waiting.cancel()  # in the same moment in which it gets its place
        with pytest.raises(asyncio.CancelledError):
            await waiting
        if not has_place:
            those.leave()
        await those.take()

    run(scene())


def test_who_has_just_given_up_is_passed_over() -> None:
    async def scene() -> None:
        those = places(1)
        await those.take()
        leaver, stayer = (asyncio.create_task(those.take()) for _ in range(2))
        await turns()
        leaver.cancel()
        those.leave()  # before the one who goes has had a chance to say so
        await stayer
        with pytest.raises(asyncio.CancelledError):
            await leaver
        those.leave()
        await those.take()

    run(scene())


def test_slow_messages_go_when_others_wait_the_longest_under_way_first() -> None:
    async def scene() -> None:
        those = places(3)
        gone: list[str] = []

        def give_up(name: str) -> None:
            gone.append(name)
            those.leave()

        for name in ("first", "second", "third"):
            await those.take()
            those.begin_reading(lambda name=name: give_up(name))  # type: ignore[misc]
        await turns()
        assert gone == []
        await those.take()
        await those.take()
        assert gone == ["first", "second"]

    run(scene())


def test_a_message_that_is_there_is_never_given_up() -> None:
    async def scene() -> None:
        those = places(1)
        await those.take()
        place = those.begin_reading(lambda: pytest.fail("it was there already"))
        those.end_reading(place)
        waiting = asyncio.create_task(those.take())
        await turns()
        assert not waiting.done()
        those.leave()
        await waiting

    run(scene())


def test_a_client_that_goes_leaves_its_place_when_the_thread_is_done() -> None:
    async def scene() -> None:
        handling, may_end = Handling(), threading.Event()
        work = handling.run(may_end.wait, size=INLINE_BYTES + 1, quick=True)
        handled = asyncio.create_task(work)
        await turns()
        handled.cancel()
        await turns()
        assert not handled.done()
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await handled
        handling.close()

    run(scene())
