"""Requests that were turned away and have not come again, so that a report can say what is missing.

An exporter that is told to send again sends the same bytes, so a digest recognises them.
"""

import threading
from hashlib import blake2b
from typing import Final

DIGEST_BYTES: Final = 16

REMEMBERED: Final = 100_000
"""Some 10 MB. What is turned away beyond that is not known to be missing."""


class Absent:
    """The requests of one signal that are still awaited; safe to use from many threads.

    Attributes:
        items: how many spans, data points or log records they hold.
    """

    def __init__(self, *, remembered: int = REMEMBERED) -> None:
        self.items = 0
        self._awaited: dict[bytes, int] = {}
        self._remembered = remembered
        self._lock = threading.Lock()

    def turn_away(self, body: bytes, items: int) -> None:
        """Note a request that was not stored; one that was turned away before is one still."""
        digest = _digest(body)
        with self._lock:
            if digest not in self._awaited and len(self._awaited) < self._remembered:
                self._awaited[digest] = items
                self.items += items

    def welcome(self, body: bytes) -> None:
        """Note a request that was stored: if it was awaited, it is no longer."""
        if not self._awaited:  # nearly always; a digest costs a millisecond per megabyte
            return
        digest = _digest(body)
        with self._lock:
            self.items -= self._awaited.pop(digest, 0)


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=DIGEST_BYTES).digest()
