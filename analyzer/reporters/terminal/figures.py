"""Figures as a person reads them: as many digits as matter, thousands apart."""

import math
from datetime import UTC, datetime, timedelta

UNKNOWN = "–"
"""Stands where a figure is not known."""

LEAST_MS = 0.005
"""Anything above 0 and below this would be rounded to 0.00."""


def milliseconds(value: float | None) -> str:
    """Milliseconds without their unit, for a column that names it: 0.12, 4.5, 55.7, 131, 1,204.

    From 10 s on it is seconds, with their unit: 12.3 s.
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value < 0:
        return f"-{milliseconds(-value)}"
    if value == 0:
        return "0"
    if value < LEAST_MS:
        return "<0.01"
    if value < 0.995:
        return f"{value:.2f}"
    if value < 99.95:
        return f"{value:.1f}"
    if value < 9_999.5:
        return f"{value:,.0f}"
    seconds = value / 1_000
    return f"{seconds:.1f} s" if seconds < 99.95 else f"{seconds:,.0f} s"


def with_unit(value: float | None) -> str:
    """Milliseconds with their unit: 55.7 ms, 12.3 s."""
    text = milliseconds(value)
    return text if text == UNKNOWN or text.endswith("s") else f"{text} ms"


def nanoseconds(value_ns: int) -> str:
    """A duration in nanoseconds, as milliseconds without their unit."""
    return milliseconds(value_ns / 1_000_000)


def change(saving_ms: float | None) -> str:
    """What a saving does to a time: -27.1 for 27.1 ms saved, 0 for none, +2.0 for a loss."""
    if saving_ms is None or not math.isfinite(saving_ms):
        return UNKNOWN
    if abs(saving_ms) < LEAST_MS:
        return "0"
    sign = "-" if saving_ms > 0 else "+"
    return f"{sign}{milliseconds(abs(saving_ms))}"


def change_with_unit(saving_ms: float | None) -> str:
    """What a saving does to a time, with its unit: -27.1 ms."""
    text = change(saving_ms)
    return text if text == UNKNOWN or text.endswith("s") else f"{text} ms"


def percent(share: float | None) -> str:
    """A fraction of 1 with one decimal; neither a little nor nearly all is rounded away."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    if 0 < share < 0.0005:
        return "<0.1 %"
    if 0.9995 <= share < 1:
        return ">99.9 %"
    return f"{share * 100:.1f} %"


def count(number: int | None) -> str:
    """A count with its thousands apart."""
    return UNKNOWN if number is None else f"{number:,}"


def rate(per_second: float | None) -> str:
    """Requests or the like a second, without unit: 0.42, 80.2, 1,234."""
    if per_second is None or not math.isfinite(per_second):
        return UNKNOWN
    if 0 < per_second < 0.995:
        return f"{per_second:.2f}"
    return f"{per_second:.1f}" if per_second < 999.95 else f"{per_second:,.0f}"


def times(factor: float | None) -> str:
    """A factor: ×3.1, ×120."""
    if factor is None or not math.isfinite(factor):
        return UNKNOWN
    return f"×{factor:.1f}" if abs(factor) < 99.95 else f"×{factor:,.0f}"


def seconds(value_s: float) -> str:
    """How long something took, for a heading: 0.4 s, 60 s, 5 min, 2 h 5 min."""
    if not math.isfinite(value_s):
        return UNKNOWN
    if value_s < 9.95 and abs(value_s - round(value_s)) >= 0.05:
        return f"{value_s:.1f} s"
    whole = round(value_s)
    if whole < 120:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if minutes else f"{hours:,} h"


def clock(value_s: float) -> str:
    """A running time: 00:12, 1:02:03."""
    whole = max(0, int(value_s)) if math.isfinite(value_s) else 0
    hours, rest = divmod(whole, 3_600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes:02d}:{left:02d}"


def moment(time_ns: int) -> str:
    """A time of day with its date, in UTC: 2026-11-23 10:00:01.234."""
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_ns // 1_000)
    return f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1_000:03d}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """A count and its noun: 1 span, 4,000 spans."""
    return f"{count(number)} {one if number == 1 else many or f'{one}s'}"
