"""What of a span none of its children covers, in plain Python: what the kernel agrees on."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A child that was waited for."""

    span_id: int
    low_ns: int
    high_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OneGap:
    """A half-open interval between two children, or between a child and an end of the span."""

    after: Child | None
    before: Child | None
    gap_ns: int


def gaps(low_ns: int, high_ns: int, children: Sequence[Child]) -> list[OneGap]:
    """The gaps of a span in order of time; without a child that took time it has none."""
    timed = [c for c in children if c.low_ns < c.high_ns]
    if not timed:
        return []
    found = []
    ordered = sorted(timed, key=lambda c: (c.low_ns, c.high_ns, c.span_id))
    for place, child in enumerate([*ordered, None]):
        begins = child.low_ns if child else high_ns
        earlier = ordered[:place]
        last = max(earlier, key=lambda c: (c.high_ns, -c.low_ns, -c.span_id), default=None)
        covered = last.high_ns if last else low_ns
        if begins > covered:
            found.append(OneGap(after=last, before=child, gap_ns=begins - covered))
    return found
