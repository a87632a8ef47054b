"""Compiled: a replay in which own times are scaled or set, and serial calls run side by side."""

import numpy as np

from analyzer.compiled import compiled, compiled_borrowing
from analyzer.model.spans import BoolArray, Float64Array, Int32Array, Int64Array
from analyzer.paths.replay_kernel import replay_span
from analyzer.paths.timeline import Lanes, Timeline


@compiled
def add_up_own_work(times: Timeline, own_ns: Int64Array) -> None:
    """Fill `own_ns` with each span's own work: all that a replay scales, on the path or not."""
    for i in times.order:
        last = times.low_ns[i]
        own = 0
        first = 2 * times.children[i]
        for at in range(first, first + times.event_count[i]):
            c = times.events[at]
            if c >= 0:
                own += times.low_ns[c] - last
                last = times.low_ns[c]
            else:
                last = times.high_ns[~c]
        own_ns[i] = own + times.high_ns[i] - last


@compiled
def set_own_time(
    times: Timeline,
    mine: BoolArray,
    own_ns: Int64Array,
    time_ns: int,
    at_least: bool,  # noqa: FBT001  compiled functions take no keywords
    factor: Float64Array,
    extra_ns: Float64Array,
) -> None:
    """Let each call take at most or at least so much time, by changing `factor` and `extra_ns`.

    A call is a row of `mine` and all of `mine` right below it: the spans of one visit to a service.
    Their own work is scaled together; where there is none to scale, it is added.
    """
    head = np.full(mine.size, -1, np.int32)
    work = np.zeros(mine.size, np.float64)
    for i in times.order:
        if mine[i]:
            p = times.parent[i]
            head[i] = head[p] if p >= 0 and mine[p] else i
            work[head[i]] += own_ns[i] * factor[i]
    for i in times.order:
        if not mine[i]:
            continue
        now = work[head[i]]
        if (now < time_ns) != at_least or now == time_ns:
            continue
        if now > 0:
            factor[i] *= time_ns / now
        elif head[i] == i:
            extra_ns[i] += time_ns


@compiled
def group_children(
    times: Timeline, host: BoolArray, calls: Int32Array, remote: BoolArray, group: Int32Array
) -> None:
    """Fill `group`: to which calls that run side by side a child of a host belongs; 0 for none.

    Such a child is a call itself (`calls` says of which group), or an own step of the host that
    makes no other calls than those of one group.
    """
    inside = np.zeros(host.size, np.int32)  # below 0: calls of several groups, or of none
    for k in range(times.order.size - 1, -1, -1):
        i = times.order[k]
        p = times.parent[i]
        if p < 0 or remote[i]:
            continue
        below = calls[i] if calls[i] != 0 else inside[i]
        if below == 0:
            continue
        if inside[p] == 0 or inside[p] == below:
            inside[p] = below
        else:
            inside[p] = -1
        if host[p] and below > 0:
            group[i] = below


@compiled_borrowing
def _replay_side_by_side(
    i: int,
    times: Timeline,
    factor: float,
    group: Int32Array,
    lanes: Lanes,
    free: Float64Array,
) -> None:
    """Replay a span some of whose children no longer wait for others of their group.

    `free[g]` is how far the span has come without waiting for calls of group g: there calls of g
    begin. `free[0]` has waited for all calls, as everything else does.
    """
    for g in range(free.size):
        free[g] = 0.0
    last = times.low_ns[i]
    first = 2 * times.children[i]
    for at in range(first, first + times.event_count[i]):
        c = times.events[at]
        if c >= 0:
            happens = free[group[c]] + (times.low_ns[c] - last) * factor
            last = times.low_ns[c]
            free[group[c]] = happens
            lanes.began[c, 0] = happens
        else:
            c = ~c
            last = times.high_ns[c]
            happens = lanes.began[c, 0] + lanes.lasted[c, 0]
        for g in range(free.size):
            if g == 0 or g != group[c]:
                free[g] = max(free[g], happens)
    lanes.lasted[i, 0] = free[0] + (times.high_ns[i] - last) * factor


@compiled
def replay_changed(
    times: Timeline,
    factor: Float64Array,
    extra_ns: Float64Array,
    group: Int32Array,
    groups: int,
    lanes: Lanes,
) -> None:
    """Replay every span, children first.

    Args:
        times: the requests.
        factor: float64[m], by what each span's own time is multiplied.
        extra_ns: float64[m], what is added to each span.
        group: int32[m], see `group_children`.
        groups: the largest group.
        lanes: one lane, filled.
    """
    free = np.empty(groups + 1)
    for k in range(times.order.size - 1, -1, -1):
        i = times.order[k]
        side_by_side = False
        first = 2 * times.children[i]
        for at in range(first, first + times.event_count[i]):
            c = times.events[at]
            side_by_side |= c >= 0 and group[c] > 0
        if side_by_side:
            _replay_side_by_side(i, times, factor[i], group, lanes, free)
        else:
            replay_span(i, times, factor[i : i + 1], lanes)
        lanes.lasted[i, 0] += extra_ns[i]
