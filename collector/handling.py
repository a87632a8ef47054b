"""Does the doors' work on whole requests without keeping other clients waiting."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from collector.limits import THREADS

INLINE_BYTES: Final = 256 * 1024
"""What is quick up to this size takes under a millisecond and is done at once; all else goes to a
thread, so that other clients are not kept waiting."""

SLOW_S: Final = 0.02
"""Where a request took this long at once the disk is slow, and the next goes to a thread."""

LARGE_BYTES: Final = 512 * 1024
"""What is converted takes up to two hundred times its size, so larger bodies take turns, and keep
no smaller ones waiting: an exporter's batch of 512 spans is smaller in any form."""

T = TypeVar("T")


class Handling:
    """Where requests are examined and stored: here at once, or in a thread.

    What is not quick is converted first, value by value: the interpreter does one at a time anyway.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="take")
        self._small = ThreadPoolExecutor(1, thread_name_prefix="convert")
        self._large = ThreadPoolExecutor(1, thread_name_prefix="convert-large")
        self._slow = False

    async def run(self, work: Callable[[], T], *, size: int, quick: bool) -> T:
        """What `work` on a body of `size` bytes gives; `quick`: small bodies need no thread."""
        if quick and size <= INLINE_BYTES and not self._slow:
            return self._timed(work)
        converting = self._small if size <= LARGE_BYTES else self._large
        threads = self._threads if quick else converting
        working = asyncio.get_running_loop().run_in_executor(threads, self._timed, work)
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            # the client is gone, but its body is in memory, and counts, until the thread is done
            await asyncio.wait({working})
            working.exception()  # which is no news to anyone
            raise

    def close(self) -> None:
        """Wait for the threads."""
        for threads in (self._large, self._small, self._threads):
            threads.shutdown()

    def _timed(self, work: Callable[[], T]) -> T:
        begun = time.monotonic()
        try:
            return work()
        finally:
            self._slow = time.monotonic() - begun > SLOW_S
