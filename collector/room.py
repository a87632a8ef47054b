"""The room that all ports of a collector share: places, bytes and threads.

Each port has a door of its own, but none has memory of its own: however many are open, what they
take together stays within one bound (`Limits.memory_bytes`).
"""

import threading

from collector.handling import Handling
from collector.limits import Limits
from collector.places import Places


class Held:
    """Counts bytes in memory, from any thread.

    Args:
        most: how many there may be.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes = 0
        self._lock = threading.Lock()

    def add(self, size: int) -> bool:
        """Count so many more, or fewer if negative; whether all are within the bound now."""
        with self._lock:
            self._bytes += size
            return self._bytes <= self._most


class Room:
    """What the doors of one collector draw on. Its places are for one event loop.

    Attributes:
        limits: what it was made by.
        places: where gRPC messages are read.
        bodies: the bytes of bodies over HTTP.
        datagrams: the bytes of datagrams that wait to be decoded.
        handling: what examines and stores requests.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.places = Places(limits)
        self.bodies = Held(limits.max_held_bytes)
        self.datagrams = Held(limits.max_datagram_bytes)
        self.handling = Handling()

    def close(self) -> None:
        """Wait for what is being handled; the doors take nothing any more."""
        self.handling.close()
