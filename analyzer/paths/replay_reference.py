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

from analyzer.paths.reference import PathSpan, waited_for_children


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
    ends = [(spans[c].high_ns, 0, c) for c in children]
    starts = [(spans[c].low_ns, 1, c) for c in children]  # at one instant ends come first
    began: dict[int, float] = {}
    reached, last_ns = 0.0, spans[at].low_ns
    for time_ns, is_start, child in sorted(ends + starts):
        if is_start:
            reached += (time_ns - last_ns) * factor
            began[child] = reached
        else:
            reached = max(reached, began[child] + replayed[child])
        last_ns = time_ns
    return reached + (spans[at].high_ns - last_ns) * factor
