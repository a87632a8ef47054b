"""Start and end as an exporter sent them, made usable."""

from enum import IntEnum

from msgspec import Struct

INT64_MAX = (1 << 63) - 1

LONGEST_SPAN_NS = 366 * 24 * 3600 * 10**9
"""A longer span has a start that was never set: the epoch is more than 50 years ago, and nobody
load-tests for a year."""


class TimeFault(IntEnum):
    """What was wrong with a span's times."""

    NONE = 0
    INVALID = 1
    """One of the two is missing or absurd: the span is kept, as a moment at the other one."""
    MISSING = 2
    """Neither is usable: the span is left out."""


class Times(Struct, frozen=True, kw_only=True, gc=False):
    """Usable times: nanoseconds since the epoch, the end never before the start."""

    start_ns: int
    end_ns: int
    fault: TimeFault


def usable_times(start: int, end: int) -> Times:
    """The times to go on with, from the numbers that were sent (0 where nothing was).

    ```
    end < start         |                 0 or behind: the end is missing, keep the start
    end - start > year         |          the start is missing (0), keep the end
    ```

    Numbers that no clock gives (negative, beyond the year 2262) count as not sent.
    """
    start_ns = start if 0 <= start <= INT64_MAX else 0
    end_ns = end if 0 <= end <= INT64_MAX else 0
    fault = TimeFault.NONE if start_ns == start and end_ns == end else TimeFault.INVALID
    if start_ns == end_ns == 0:
        return Times(start_ns=0, end_ns=0, fault=TimeFault.MISSING)
    if end_ns < start_ns:
        return Times(start_ns=start_ns, end_ns=start_ns, fault=TimeFault.INVALID)
    if end_ns - start_ns > LONGEST_SPAN_NS:
        return Times(start_ns=end_ns, end_ns=end_ns, fault=TimeFault.INVALID)
    return Times(start_ns=start_ns, end_ns=end_ns, fault=fault)
