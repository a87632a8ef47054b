"""How long a request takes when own times are scaled, in plain Python: what the kernel agrees on.

```
recorded   root  |====..........====|        root's own time halved   |==..........==|
             a       |----------|                                        |----------|
```

Everything happens as soon as the last thing it waits for has happened. A child waits for the
siblings that had ended when it began, and for the own work its parent did since; the parent's end
waits for all children. With every factor 1 each span takes exactly what was recorded.
"""

from collections.abc import Sequence

from analyzer.paths.reference import PathSpan, events_in_order, waited_for_children, waits_for


def replay(spans: Sequence[PathSpan], root: int, factors: Sequence[float]) -> float:
    """The root's duration in ns if the own time of each span is multiplied by its factor.

    Args:
        spans: the spans of a trace; those that do not descend from the root are left out.
        root: position of the span to begin at.
        factors: by span; 1 leaves its own time as it was, 0 removes it.
    """
    children = waited_for_children(spans, root)
    replayed = [0.0] * len(spans)
    for at in reversed(_parents_first(children, root)):
        replayed[at] = _replay_span(spans, at, children[at], replayed, factors[at])
    return replayed[root]


def _parents_first(children: Sequence[Sequence[int]], root: int) -> list[int]:
    found = [root]
    for at in found:
        found.extend(children[at])
    return found


def _replay_span(
    spans: Sequence[PathSpan],
    at: int,
    children: Sequence[int],
    replayed: Sequence[float],
    factor: float,
) -> float:
    span = spans[at]
    happened: list[tuple[bool, int]] = []
    began: dict[int, float] = {}

    def replayed_time(event: tuple[bool, int]) -> float:
        is_start, child = event
        return began[child] if is_start else began[child] + replayed[child]

    def reached(waited_for: list[tuple[bool, int]], then_ns: int) -> float:
        """When all of that has happened, and the own work that was recorded after the last."""
        latest_ns = span.low_ns
        if waited_for:
            is_start, child = waited_for[-1]
            latest_ns = spans[child].low_ns if is_start else spans[child].high_ns
        return max(map(replayed_time, waited_for), default=0.0) + (then_ns - latest_ns) * factor

    for event in events_in_order(spans, children):
        is_start, child = event
        if is_start:
            waited_for = [
                (start, sibling)
                for start, sibling in happened
                if waits_for(spans[child], sibling, is_start=start)
            ]
            began[child] = reached(waited_for, spans[child].low_ns)
        happened.append(event)
    return reached(happened, span.high_ns)
