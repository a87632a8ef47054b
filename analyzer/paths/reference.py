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
    """

    span_id: int
    parent: int
    low_ns: int
    high_ns: int
    waited: bool


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
        for child in children[at]:
            low, high = spans[child].low_ns, spans[child].high_ns
            if high > cursor:
                continue  # it ran beside a sibling that ended later, which was waited for instead
            if high < cursor:
                pieces.append(Piece(span=at, start_ns=high, end_ns=cursor))
            cursor = low
            on_path.append(child)
        if spans[at].low_ns < cursor:
            pieces.append(Piece(span=at, start_ns=spans[at].low_ns, end_ns=cursor))
    return tuple(sorted(pieces, key=lambda piece: piece.start_ns))  # they never overlap


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
