"""How long a call worked by itself, in plain Python: what the kernel agrees on.

```
span     |==..........====....==|      = its own time, . time in which at least one child worked
a          |-----|
b             |-------|
c                          |---|
```

Unlike time on the critical path it does not depend on what ran beside the span: a call that is
hidden behind a longer one still tells whether it became slower. Of a call to another service it is
the gap between the client's and the server's span: network, queue, connection, serialisation.
"""

from collections.abc import Sequence

from analyzer.paths.reference import PathSpan


def own_times(spans: Sequence[PathSpan]) -> list[int]:
    """By span: its duration in ns less the time covered by children it waited for."""
    children: list[list[PathSpan]] = [[] for _ in spans]
    for span in spans:
        if span.parent >= 0 and span.waited:
            children[span.parent].append(span)
    return [
        span.high_ns - span.low_ns - _covered(of) for span, of in zip(spans, children, strict=True)
    ]


def awaited(spans: Sequence[PathSpan]) -> list[bool]:
    """By span: whether the request waited for it: it and all spans above it were waited for."""
    found = []
    for span in spans:
        at = span
        while at.parent >= 0 and at.waited:
            at = spans[at.parent]
        found.append(at.parent < 0)
    return found


def _covered(children: Sequence[PathSpan]) -> int:
    """How long at least one of them worked."""
    covered = 0
    until: int | None = None
    for child in sorted(children, key=lambda c: (c.low_ns, c.high_ns, c.span_id)):
        begin = child.low_ns if until is None else max(child.low_ns, until)
        covered += max(child.high_ns - begin, 0)
        until = child.high_ns if until is None else max(child.high_ns, until)
    return covered
