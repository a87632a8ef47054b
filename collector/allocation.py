"""The C library's memory allocator, told to keep large blocks instead of giving them back.

Every request is a block of some hundred kilobytes that lives for a millisecond. By default glibc
maps and unmaps such blocks, and the kernel fills each with zeros: half of what receiving costs.
"""

import ctypes
from typing import Final

M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
KEPT_BYTES: Final = 256 * 1024 * 1024
"""Free memory that is kept: some of the largest requests."""


def keep_freed_memory() -> None:
    """Raise glibc's thresholds; where the C library has none, nothing happens."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES)
