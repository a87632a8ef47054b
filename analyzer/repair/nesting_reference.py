"""Times of one request after repair, in plain Python: what the kernels must find, rule by rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analyzer.model.spans import Kind
from analyzer.repair.reference import Family, RecordedSpan
from analyzer.repair.steps import GRAIN_NS

OVERLAP_PER_PARENT = 100
"""An overlap below 1/100 of the parent is a rounding of clocks: the figure of CRISP (rule 3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A span's part that somebody waited for, on the root's clock.

    Attributes:
        low_ns: where it begins.
        high_ns: where it ends.
        shift_ns: by how much the span was moved.
        waited: whether the parent waited for it.
        asynchronous: whether it is work that its parent did not wait for by rule 4.
    """

    low_ns: int
    high_ns: int
    shift_ns: int = 0
    waited: bool = True
    asynchronous: bool = False


def nest(
    spans: Sequence[RecordedSpan],
    family: Family,
    request: Sequence[int],
    *,
    grain_ns: Mapping[str, int],
    most_ns: int,
) -> dict[int, Interval]:
    """The interval of every span of a request, by position.

    Args:
        spans: the trace.
        family: whose parent is who.
        request: its spans, the root first, parents before children.
        grain_ns: by service, what its clock is trusted to.
        most_ns: no clock is believed to be further off; 0 moves nothing.
    """
    root = request[0]
    found = {root: Interval(low_ns=spans[root].start_ns, high_ns=spans[root].end_ns)}
    children: dict[int, list[int]] = {}
    for i in request[1:]:
        children.setdefault(family.parent[i], []).append(i)
    for p in request:
        placed = {c: _place(spans, family, c, p, found[p], most_ns) for c in children.get(p, ())}
        nested = {
            c: _clip(spans, family, c, p, moved, found[p], grain_ns) for c, moved in placed.items()
        }
        found |= _settle(nested, found[p])
    return found


def _is_message(child: RecordedSpan, parent: RecordedSpan) -> bool:
    return parent.kind == Kind.PRODUCER and child.kind == Kind.CONSUMER


def _place(
    spans: Sequence[RecordedSpan], family: Family, c: int, p: int, above: Interval, most_ns: int
) -> Interval:
    """Move a span with its parent, and into it if it ran on another clock (rule 5).

    ```
    parent        |------------|            |--------|               |--------|
    child     |------|                   |---------------|              |---------------|
    moved            |------|               |---------------|           stays: no clock explains it
    ```
    """
    shift = above.shift_ns
    low, high = spans[p].start_ns + shift, spans[p].end_ns + shift
    start, end = spans[c].start_ns + shift, spans[c].end_ns + shift
    move = 0
    if family.remote[c] and not _is_message(spans[c], spans[p]):
        if not (low <= start and end <= high):
            spare = (high - low) - (end - start)
            move = low + spare // 2 - start if spare >= 0 else max(low - start, 0)
        if abs(move) > most_ns:
            move = 0
    return Interval(low_ns=start + move, high_ns=end + move, shift_ns=shift + move)


def _clip(
    spans: Sequence[RecordedSpan],
    family: Family,
    c: int,
    p: int,
    moved: Interval,
    above: Interval,
    grain_ns: Mapping[str, int],
) -> Interval:
    """Keep the part that the parent waited for (rules 1 and 4).

    ```
    parent    |------------|
    a      |-----|               same or other process: the part inside counts
    b               |---------|  other process: the part inside counts
    b               |---------|  same process: nobody waited for it, it is asynchronous
    ```
    """
    grain = grain_ns.get(spans[c].service, GRAIN_NS)
    outlived = not family.remote[c] and spans[c].end_ns > spans[p].end_ns + grain
    if outlived or _is_message(spans[c], spans[p]):
        return Interval(
            low_ns=moved.low_ns,
            high_ns=moved.high_ns,
            shift_ns=moved.shift_ns,
            waited=False,
            asynchronous=True,
        )
    low, high = max(moved.low_ns, above.low_ns), min(moved.high_ns, above.high_ns)
    return Interval(low_ns=low, high_ns=max(low, high), shift_ns=moved.shift_ns, waited=low <= high)


def _settle(siblings: Mapping[int, Interval], above: Interval) -> dict[int, Interval]:
    """End a sibling where a later one begins that it overlaps by less than the grain (rule 3).

    ```
    b   |-----------|                 |---------|
    c             |-------|    ->               |-------|
    ```
    """
    waited = [interval for interval in siblings.values() if interval.waited]
    settled = {}
    for i, b in siblings.items():
        starts = [
            c.low_ns
            for c in waited
            if b.waited
            and b.low_ns < c.low_ns < b.high_ns < c.high_ns
            and (b.high_ns - c.low_ns) * OVERLAP_PER_PARENT < above.high_ns - above.low_ns
        ]
        settled[i] = Interval(
            low_ns=b.low_ns,
            high_ns=min([b.high_ns, *starts]),
            shift_ns=b.shift_ns,
            waited=b.waited,
            asynchronous=b.asynchronous,
        )
    return settled
