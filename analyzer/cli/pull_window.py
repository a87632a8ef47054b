"""The times that people give for what lies behind them."""

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final

from analyzer.errors import InputError

if TYPE_CHECKING:
    from analyzer.pull.query import Window

USUAL_NS: Final = 3600 * 10**9
"""As far back as is looked if nobody says how far."""

_NS_PER_S: Final = 10**9
_SECONDS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_BACK: Final = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def window_of(last: str | None, since: str | None, until: str | None, *, now_ns: int) -> "Window":
    """The window that the options name.

    Raises:
        InputError: they contradict each other, or one is no time.
    """
    from analyzer.pull.query import Window

    if last is not None and since is not None:
        raise InputError("--last and --since say the same", hint="leave one of them out")
    end_ns = now_ns if until is None else moment_ns(until)
    back_ns = USUAL_NS if last is None else _back_ns(last)
    start_ns = max(end_ns - back_ns, 0) if since is None else moment_ns(since)
    if start_ns >= end_ns:
        raise InputError("there is no time between --since and --until", hint="swap them")
    return Window(start_ns=start_ns, end_ns=end_ns)


def moment_ns(text: str) -> int:
    """A moment as ISO 8601 has it, in nanoseconds since the epoch; local time if it says no zone.

    Raises:
        InputError: it is no such moment.
    """
    hint = "write it like 2025-06-15T12:00:00Z or 2025-06-15T14:00+02:00"
    try:
        moment = datetime.fromisoformat(text.strip())
        seconds = int(moment.replace(microsecond=0).timestamp())
    except (ValueError, OverflowError) as error:
        raise InputError(f"{text!r} is no moment", hint=hint) from error
    if seconds < 0:
        raise InputError(f"{text!r} is before 1970", hint=hint)
    return seconds * _NS_PER_S + moment.microsecond * 1_000


def _back_ns(text: str) -> int:
    found = _BACK.fullmatch(text.strip().lower().replace(" ", ""))
    parts = zip(found.groups(), _SECONDS.values(), strict=True) if found else ()
    total = sum(int(number or 0) * seconds for number, seconds in parts)
    if not total:
        raise InputError(f"{text!r} is no time to look back", hint="write it like 15m, 1h30m or 2d")
    return total * _NS_PER_S
