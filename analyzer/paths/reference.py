"""The critical path of one request in plain Python: what the kernel and the graph agree on.

```
root    |=====..........==========..===|      = own time on it   . of a child on it
  a          |==========|                     a ends where b begins: both are on the path
  b                      |-------|            hidden: c ran beside it and ended later
  c                      |==========|
```

Walk back from the end of the root. The last child to end by then is what it waited for: step into
it, go on from its start, until the root's own start. Time that no such child covers is own time.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSpan:
    """A span after repair, which put it inside its parent.

    Attributes:
        span_id: decides between siblings with the same times.
        parent: position of its parent in the sequence of spans, or -1.
        low_ns: where it begins.
        high_ns: where it ends.
        waited: whether its parent waited for it.
        disregards: positions of siblings that its start did not wait for, though they had ended.
        overtakes: positions of siblings whose start its own did not wait for either.
    """

    span_id: int
    parent: int
    low_ns: int
    high_ns: int
    waited: bool
    disregards: frozenset[int] = frozenset()
    overtakes: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A half-open interval, never empty, in which a request waited for a span's own work.

    Attributes:
        span: position of the span in the sequence of spans.
        start_ns: where the interval begins.
        end_ns: where it ends.
    """

    span: int
    start_ns: int
    end_ns: int


def critical_path(spans: Sequence[PathSpan], root: int) -> tuple[Piece, ...]:
    """The pieces that make up the root's duration, exactly and in order of time.

    Args:
        spans: the spans of a trace; those that do not descend from the root are left out.
        root: position of the span to begin at; whether it was waited for itself does not matter.
    """
    children = waited_for_children(spans, root)
    pieces: list[Piece] = []
    on_path = [root]
    while on_path:
        at = on_path.pop()
        cursor = spans[at].high_ns
        for child in waited_one_after_another(spans, children[at]):
            low, high = spans[child].low_ns, spans[child].high_ns
            if high < cursor:
                pieces.append(Piece(span=at, start_ns=high, end_ns=cursor))
            cursor = low
            on_path.append(child)
        if spans[at].low_ns < cursor:
            pieces.append(Piece(span=at, start_ns=spans[at].low_ns, end_ns=cursor))
    return tuple(sorted(pieces, key=lambda piece: piece.start_ns))  # they never overlap


def waited_one_after_another(spans: Sequence[PathSpan], children: Sequence[int]) -> list[int]:
    """The children on the path, from the end back: each is what the one before it waited for.

    The end of the parent waits for all children. The start of a child waits for every event before
    it but for those that it disregards; where that is the start of a sibling, which the parent's
    own work led to, for what that one waited for.
    """
    found: list[int] = []
    events = events_in_order(spans, children)
    waiting: int | None = None
    while events:
        is_start, child = events.pop()
        if waiting is not None and not waits_for(spans[waiting], child, is_start=is_start):
            continue
        if not is_start:
            found.append(child)
            while events[-1] != (True, child):
                events.pop()
            events.pop()
        waiting = child
    return found


def events_in_order(spans: Sequence[PathSpan], children: Sequence[int]) -> list[tuple[bool, int]]:
    """(whether it is a start, child) in order of time; at one instant ends come before starts."""

    def when(event: tuple[bool, int]) -> tuple[int, bool, int, int]:
        is_start, child = event
        span = spans[child]
        first, then = (span.low_ns, span.high_ns) if is_start else (span.high_ns, span.low_ns)
        return first, is_start, then, span.span_id

    return sorted(((is_start, c) for c in children for is_start in (False, True)), key=when)


def waits_for(span: PathSpan, sibling: int, *, is_start: bool) -> bool:
    """Whether a span's start waited for the start or the end of a sibling, which came before it."""
    return sibling not in (span.overtakes if is_start else span.disregards)


def waited_for_children(spans: Sequence[PathSpan], root: int) -> list[list[int]]:
    """By span: its children that took time and were waited for, latest end first."""
    children: list[list[int]] = [[] for _ in spans]
    for at, span in enumerate(spans):
        if at != root and span.parent >= 0 and span.waited and span.low_ns < span.high_ns:
            children[span.parent].append(at)
    for siblings in children:
        siblings.sort(key=lambda c: (spans[c].high_ns, spans[c].low_ns, spans[c].span_id))
        siblings.reverse()
    return children
