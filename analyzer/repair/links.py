"""Traces that are joined only by a span link (rule 7)."""

from dataclasses import replace

import numpy as np

from analyzer.model.spans import Kind, Spans

TraceKey = tuple[int, int]


def join_linked_traces(spans: Spans) -> tuple[Spans, int]:
    """Let a root that links into another trace, which covers it, join that trace.

    ```
    trace 1   root  |--------------------|
                s       |----------|
    trace 2   root        |------|            links to s: becomes a child of s in trace 1
    ```

    A consumer's root stays alone: it links to whom it works for, who does not wait for it.

    Returns:
        the spans with changed ids where traces were joined, and how many traces were.
    """
    joins = _joins(spans)
    if not joins:
        return spans, 0
    target: dict[TraceKey, TraceKey] = {}
    for (hi, lo), (_, link) in joins.items():
        link_hi, link_lo = int(spans.links.trace_hi[link]), int(spans.links.trace_lo[link])
        final = target.get((link_hi, link_lo), (link_hi, link_lo))
        if final == (hi, lo):
            continue  # two traces that link to each other: the earlier join stands
        target = {key: final if to == (hi, lo) else to for key, to in target.items()}
        target[hi, lo] = final
    trace_hi, trace_lo, parent_id = (
        spans.trace_hi.copy(),
        spans.trace_lo.copy(),
        spans.parent_id.copy(),
    )
    moved = np.isin(spans.trace_lo, np.array([lo for _, lo in target], np.uint64))
    for row in np.flatnonzero(moved).tolist():
        to = target.get((int(spans.trace_hi[row]), int(spans.trace_lo[row])))
        if to is not None:
            trace_hi[row], trace_lo[row] = to
    for key in target:
        row, link = joins[key]
        parent_id[row] = spans.links.span_id[link]
    return replace(spans, trace_hi=trace_hi, trace_lo=trace_lo, parent_id=parent_id), len(target)


def _joins(spans: Spans) -> dict[TraceKey, tuple[int, int]]:
    """By trace to be moved: its root's row, and the link that says where to; in order of ids."""
    links = spans.links
    rows = links.row
    if not rows.size:
        return {}
    elsewhere = (links.trace_hi != spans.trace_hi[rows]) | (links.trace_lo != spans.trace_lo[rows])
    from_root = (spans.parent_id[rows] == 0) & (spans.kind[rows] != Kind.CONSUMER)
    wanted = np.flatnonzero(elsewhere & from_root)
    if not wanted.size:
        return {}
    spans_of = {
        (int(spans.trace_hi[r]), int(spans.trace_lo[r]), int(spans.span_id[r]))
        for r in np.flatnonzero(np.isin(spans.span_id, links.span_id[wanted])).tolist()
    }
    linked = np.flatnonzero(
        (spans.parent_id == 0) & np.isin(spans.trace_lo, links.trace_lo[wanted])
    )
    earliest_last = linked[np.lexsort((spans.span_id[linked], spans.start_ns[linked]))][::-1]
    roots = {(int(spans.trace_hi[r]), int(spans.trace_lo[r])): r for r in earliest_last.tolist()}
    found: dict[TraceKey, tuple[int, int]] = {}
    first = np.lexsort((wanted, spans.span_id[rows[wanted]], spans.start_ns[rows[wanted]]))
    for link in wanted[first].tolist():
        row = int(rows[link])
        to = (int(links.trace_hi[link]), int(links.trace_lo[link]))
        root = roots.get(to)
        if root is None or (*to, int(links.span_id[link])) not in spans_of:
            continue
        covers = (
            spans.start_ns[root] <= spans.start_ns[row] and spans.end_ns[row] <= spans.end_ns[root]
        )
        key = (int(spans.trace_hi[row]), int(spans.trace_lo[row]))
        if covers and key not in found:
            found[key] = (row, link)
    return dict(sorted(found.items()))
