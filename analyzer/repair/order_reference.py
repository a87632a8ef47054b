"""What one request tells about the order of calls, in plain Python: what the kernel counts."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A child of a span that ran in its process and took time.

    Attributes:
        what: its operation and whom it calls.
        start_ns: as recorded, on the clock of its parent.
        end_ns: as recorded.
        span_id: decides between children with the same times.
    """

    what: Hashable
    start_ns: int
    end_ns: int
    span_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """How something that happened lies to the end of a child before it.

    Attributes:
        first: the child, as a call site.
        second: what happened then, the start of another call site; None for the end of the parent.
        earlier: whether the first started strictly before the second.
        beside: whether it happened while the first ran, by more than the slack.
        just_before: whether it did by less.
        just_after: whether it happened within the slack after the end of the first.
        took_ns: how long the first took; None where it had not ended.
        until_ns: from its start to what happened; None where it had not ended.
    """

    first: Hashable
    second: Hashable | None
    earlier: bool
    beside: bool
    just_before: bool
    just_after: bool
    took_ns: int | None
    until_ns: int | None


def observe(
    children: Sequence[Child], end_ns: int, *, failed: bool, slack_ns: int, grain_ns: int
) -> list[Observed]:
    """What one span tells.

    Args:
        children: of its own process, those that took no time left out.
        end_ns: of the span, as recorded.
        failed: whether the span is an error: then it may have ended without waiting.
        slack_ns: what clocks and schedulers leave between siblings.
        grain_ns: the grain of the clock.
    """
    by_start = sorted(children, key=lambda c: (c.start_ns, c.end_ns, c.span_id))
    sites = _sites(by_start)
    found = []
    for k, later in enumerate(by_start):
        if not failed:
            found.append(_compare(later, sites[k], end_ns, None, grain_ns, earlier=False))
        for j, former in enumerate(by_start[:k]):
            late = max(later.end_ns, former.end_ns) - end_ns > grain_ns
            if late or sites[j] == sites[k]:
                continue
            earlier = former.start_ns < later.start_ns
            found.append(
                _compare(former, sites[j], later.start_ns, sites[k], slack_ns, earlier=earlier)
            )
    return found


def _sites(by_start: Sequence[Child]) -> list[Hashable]:
    """What each child does, which of how many such children it is; from the ninth on all alike."""
    kinds = [child.what for child in by_start]
    return [
        (kind, min(kinds[:place].count(kind), 8), min(kinds.count(kind), 9))
        for place, kind in enumerate(kinds)
    ]


def _compare(
    first: Child,
    site: Hashable,
    then_ns: int,
    second: Hashable | None,
    slack_ns: int,
    *,
    earlier: bool,
) -> Observed:
    gap = then_ns - first.end_ns
    return Observed(
        first=site,
        second=second,
        earlier=earlier,
        beside=gap < -slack_ns,
        just_before=-slack_ns <= gap < 0,
        just_after=0 <= gap <= slack_ns,
        took_ns=first.end_ns - first.start_ns if gap >= 0 else None,
        until_ns=then_ns - first.start_ns if gap >= 0 else None,
    )
