"""Which spans of a big trace are worth a line each; the others are folded into a count."""

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.model.spans import Status
from analyzer.model.waterfall import WaterfallSpan

SPANS_SHOWN = 120
"""Traces up to this size are shown whole: a few screens can still be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Consecutive spans that are not shown one by one."""

    spans: int
    depth: int
    own_ns: int
    errors: int


def fold(
    spans: Sequence[WaterfallSpan], *, most: int = SPANS_SHOWN
) -> list[WaterfallSpan | Folded]:
    """The spans in their order, at most `most` of them by themselves, with what was folded between.

    Kept are the root, those with most own time on the path, errors, and, as far as there is room,
    the spans above them.
    """
    if len(spans) <= most:
        return list(spans)
    kept = _kept(spans, most)
    lines: list[WaterfallSpan | Folded] = []
    start = 0
    for position in [*sorted(kept), len(spans)]:
        between = spans[start:position]
        if len(between) == 1:
            lines.append(between[0])
        elif between:
            lines.append(_folded(between))
        if position < len(spans):
            lines.append(spans[position])
        start = position + 1
    return lines


def _folded(spans: Sequence[WaterfallSpan]) -> Folded:
    return Folded(
        spans=len(spans),
        depth=min(span.depth for span in spans),
        own_ns=sum(span.own_ns for span in spans),
        errors=sum(span.status is Status.ERROR for span in spans),
    )


def _kept(spans: Sequence[WaterfallSpan], most: int) -> set[int]:
    """Positions of the spans to show: half by own time, a sixth errors, the rest ancestors."""
    by_own_time = sorted(
        (position for position, span in enumerate(spans) if span.own_ns > 0),
        key=lambda position: (-spans[position].own_ns, position),
    )
    errors = [position for position, span in enumerate(spans) if span.status is Status.ERROR]
    chosen = [0, *by_own_time[: most // 2], *errors[: most // 6]]
    kept = set(chosen)
    above = _parents(spans)
    for position in chosen:
        parent = above[position]
        while parent is not None and parent not in kept and len(kept) < most:
            kept.add(parent)
            parent = above[parent]
    return kept


def _parents(spans: Sequence[WaterfallSpan]) -> list[int | None]:
    """The position of the span each one hangs under, from order and depth."""
    parents: list[int | None] = []
    open_spans: list[int] = []
    for position, span in enumerate(spans):
        while open_spans and spans[open_spans[-1]].depth >= span.depth:
            open_spans.pop()
        parents.append(open_spans[-1] if open_spans else None)
        open_spans.append(position)
    return parents
