"""A bound on gRPC messages in memory: a call's message is read once the call has a place.

gRPC tells nobody how large a message is or how much of it is there, so the bound on bytes is a
number of places, each good for the largest message. A slow client must not keep its place from
others:

    places   |== message being handled ==|
             |.. message trickling in .......|   longer than the patience while others wait: given
    waiting         [call] [call] [call]         up, and told to send again
"""

import asyncio
from collections import deque
from collections.abc import Callable

from collector.limits import Limits


class Crowded(Exception):  # noqa: N818  reads as what it is: it is crowded
    """There is no place now; the client may come back."""


class Place:
    """What a call has while its message is in memory.

    Args:
        began: when the message began to be read, in the event loop's time.
        give_up: what ends the reading.
    """

    __slots__ = ("began", "give_up")

    def __init__(self, began: float, give_up: Callable[[], None]) -> None:
        self.began = began
        self.give_up = give_up


class Places:
    """The places of all gRPC servers, for the coroutines of one event loop."""

    def __init__(self, limits: Limits) -> None:
        self._free = limits.messages
        self._limits = limits
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._reading: dict[Place, None] = {}  # the longest under way first
        self._pressing: asyncio.TimerHandle | None = None

    async def take(self) -> None:
        """Wait for a place; `leave` gives it back.

        Raises:
            Crowded: too many wait already, or it took too long.
        """
        if self._free:
            self._free -= 1
            return
        if len(self._waiting) >= self._limits.waiting:
            raise Crowded
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._press()
        try:
            async with asyncio.timeout(self._limits.wait_s):
                await turn
        except (TimeoutError, asyncio.CancelledError) as error:
            if turn.done() and not turn.cancelled():
                self.leave()  # the place came in the same moment
            elif turn in self._waiting:
                self._waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise Crowded from error
            raise

    def leave(self) -> None:
        """Give a place to the one who waits longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self._press()
                return
        self._free += 1

    def begin_reading(self, give_up: Callable[[], None]) -> Place:
        """From now on the call waits for its client; `give_up` is called if that takes too long."""
        place = Place(asyncio.get_running_loop().time(), give_up)
        self._reading[place] = None
        if self._waiting:
            self._press()
        return place

    def end_reading(self, place: Place) -> None:
        """The message is there, or will never be."""
        self._reading.pop(place, None)

    def _press(self) -> None:
        """Give up the messages that have been trickling in while others wait."""
        if self._pressing is not None:
            return
        loop = asyncio.get_running_loop()
        wanted = len(self._waiting)
        for place in list(self._reading):
            due = place.began + self._limits.patience_s
            if not wanted:
                return
            if loop.time() < due:
                self._pressing = loop.call_at(due, self._press_again)
                return
            self.end_reading(place)
            place.give_up()
            wanted -= 1

    def _press_again(self) -> None:
        self._pressing = None
        self._press()
