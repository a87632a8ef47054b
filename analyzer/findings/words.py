"""Figures as sentences have them, with their units."""

NS_PER_MS = 1e6


def ms(ns: float) -> str:
    """A duration, such as `12.3 ms`; seconds from 10 s on."""
    value = ns / NS_PER_MS
    if value >= 10_000:
        return f"{value / 1000:,.1f} s"
    if value >= 100:
        return f"{value:,.0f} ms"
    return f"{value:.1f} ms" if value >= 1 else f"{value:.2f} ms"


def percent(share: float) -> str:
    """A fraction, such as `12 %`."""
    value = 100 * share
    return f"{value:.0f} %" if value >= 10 or value == 0 else f"{value:.1f} %"


def several(count: int, one: str, many: str = "") -> str:
    """A count with its noun, such as `1 call` or `1,200 calls`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def number(value: float) -> str:
    """A mean of counts, such as `3` or `2.4`."""
    text = f"{value:,.1f}" if value < 100 else f"{value:,.0f}"
    return text.removesuffix(".0")


def listed(names: tuple[str, ...], *, most: int = 4) -> str:
    """Names in a sentence, such as `a, b and 3 more`."""
    shown, more = names[:most], len(names) - most
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join(part for part in (", ".join(shown[:-1]), *shown[-1:]) if part)
