"""Compiled: how long spans take when own times are scaled, for many requests and several factors.

All lanes of a span are replayed in one pass over what happened inside it.
"""

import numpy as np

from analyzer.compiled import compiled, compiled_borrowing
from analyzer.model.spans import BoolArray, Float64Array, Int32Array, Int64Array, UInt64Array
from analyzer.paths.timeline import Lanes, Timeline
from analyzer.repair.sorting_kernel import sort_siblings


@compiled
def list_events(
    order: Int32Array,
    children: Int32Array,
    child_count: Int32Array,
    span_id: UInt64Array,
    low_ns: Int64Array,
    high_ns: Int64Array,
    waited: BoolArray,
    events: Int32Array,
    event_count: Int32Array,
) -> None:
    """Fill `events` and `event_count` of a `Timeline`; at one instant ends come before starts."""
    by_start = np.empty(order.size, np.int32)
    by_end = np.empty(order.size, np.int32)
    scratch = np.empty(order.size, np.int32)
    for k in range(order.size):
        i = order[k]
        first = children[i]
        n = 0
        for j in range(first, first + child_count[i]):
            c = order[j]
            if waited[c] and low_ns[c] < high_ns[c]:
                by_start[n] = c
                by_end[n] = c
                n += 1
        event_count[i] = 2 * n
        if n > 1:  # latest first
            sort_siblings(by_start[:n], low_ns, high_ns, span_id, scratch)
            sort_siblings(by_end[:n], high_ns, low_ns, span_id, scratch)
        at, start, end = 2 * first, n - 1, n - 1
        while end >= 0:
            if start >= 0 and low_ns[by_start[start]] < high_ns[by_end[end]]:
                events[at] = by_start[start]
                start -= 1
            else:
                events[at] = ~by_end[end]
                end -= 1
            at += 1


@compiled_borrowing
def replay_span(i: int, times: Timeline, factor: Float64Array, lanes: Lanes) -> None:
    """Fill `lasted` of a span from that of its children, and `began` of the children.

    See `analyzer.paths.replay_reference` for the rule in plain words. `factor` is float64[lanes],
    by what the span's own time is multiplied.
    """
    began, lasted = lanes.began, lanes.lasted
    n = factor.size
    for lane in range(n):
        lasted[i, lane] = 0.0
    last = times.low_ns[i]
    first = 2 * times.children[i]
    for at in range(first, first + times.event_count[i]):
        c = times.events[at]
        if c < 0:
            c = ~c
            last = times.high_ns[c]
            for lane in range(n):
                lasted[i, lane] = max(lasted[i, lane], began[c, lane] + lasted[c, lane])
        elif times.unordered[i]:
            _begin_child(i, c, at, times, factor, lanes)
        else:
            own = times.low_ns[c] - last
            last = times.low_ns[c]
            for lane in range(n):
                reached = lasted[i, lane] + own * factor[lane]
                lasted[i, lane] = reached
                began[c, lane] = reached
    own = times.high_ns[i] - last
    for lane in range(n):
        lasted[i, lane] += own * factor[lane]


@compiled_borrowing
def _begin_child(
    i: int, child: int, at: int, times: Timeline, factor: Float64Array, lanes: Lanes
) -> None:
    """Fill `began` of a child of an unordered span, whose start is event `at`.

    It waited for what had happened before, but for what it disregards; between the latest of that
    and its start lies own work of the parent.
    """
    began, lasted = lanes.began, lanes.lasted
    for lane in range(factor.size):
        began[child, lane] = 0.0
    latest = times.low_ns[i]
    waits = False
    for earlier in range(at - 1, 2 * times.children[i] - 1, -1):
        event = times.events[earlier]
        if not waits_for(child, event, times):
            continue
        is_start = event >= 0
        c = event if is_start else ~event
        if not waits:
            waits = True
            latest = times.low_ns[c] if is_start else times.high_ns[c]
        for lane in range(factor.size):
            happened = began[c, lane] if is_start else began[c, lane] + lasted[c, lane]
            began[child, lane] = max(began[child, lane], happened)
    for lane in range(factor.size):
        began[child, lane] += (times.low_ns[child] - latest) * factor[lane]


@compiled_borrowing
def waits_for(child: int, event: int, times: Timeline) -> bool:
    """Whether a child of an unordered span waited for an event that happened before its start."""
    masks = times.overtakes if event >= 0 else times.disregards
    bit = np.uint64(times.bit[event if event >= 0 else ~event])
    return bool((masks[child] >> bit) & np.uint64(1) == 0)


@compiled
def replay(times: Timeline, factor: Float64Array, lanes: Lanes) -> None:
    """Replay every span, children first; `factor` is float64[m, lanes]."""
    for k in range(times.order.size - 1, -1, -1):
        i = times.order[k]
        replay_span(i, times, factor[i], lanes)
