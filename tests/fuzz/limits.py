"""What an input may cost: time each, memory all together."""

import faulthandler
import gc
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LONGEST_S: Final = 2.0
"""An input of some kilobytes takes under a millisecond; this is a thousand times as much."""

HANGS_S: Final = 120.0
"""A batch that is not done by then never will be; compiled code can only be stopped from outside,
so the process ends with its traceback, and the batch is on disk."""

MOST_GROWTH_BYTES: Final = 256 << 20
"""What a process may grow by after its first batches: caches that are bounded stay far below."""

_UNIT: Final = 1 if sys.platform == "darwin" else 1_024
"""What `ru_maxrss` counts in."""


def resident_bytes() -> int:
    """What the process holds now; where the system does not say, the most it ever held."""
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return peak_bytes()
    return pages * resource.getpagesize()


def peak_bytes() -> int:
    """The most the process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT


@contextmanager
def no_hang() -> Iterator[None]:
    """End the process where what is inside does not end."""
    faulthandler.dump_traceback_later(HANGS_S, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
