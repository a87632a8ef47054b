"""Compiled: the critical path of a replayed request, which another branch may have taken over."""

from analyzer.compiled import compiled_borrowing
from analyzer.model.spans import BoolArray, Float64Array
from analyzer.paths.replay_kernel import waits_for
from analyzer.paths.timeline import Lanes, Timeline


@compiled_borrowing
def walk_replayed_span(
    i: int,
    times: Timeline,
    lanes: Lanes,
    lane: int,
    factor: float,
    reached: Float64Array,
    on_path: BoolArray,
) -> float:
    """A span's own time on the replayed path; sets `on_path` for the children on it.

    From the end back: what is waited for is the child that ended last in the replay, then what the
    start of that child waited for. `reached` is room for as many numbers as the span has events.
    """
    if times.unordered[i]:
        return _walk_unordered(i, times, lanes, lane, factor, on_path)
    low_ns, high_ns = times.low_ns, times.high_ns
    first, count = 2 * times.children[i], times.event_count[i]
    m = 0.0
    last = low_ns[i]
    for at in range(count):
        c = times.events[first + at]
        if c >= 0:
            m += (low_ns[c] - last) * factor
            last = low_ns[c]
        else:
            last = high_ns[~c]
            m = max(m, lanes.began[~c, lane] + lanes.lasted[~c, lane])
        reached[at] = m
    own = (high_ns[i] - last) * factor
    at = count - 1
    while at >= 0:
        c = times.events[first + at]
        if c >= 0:
            before = low_ns[i]
            if at > 0:
                e = times.events[first + at - 1]
                before = low_ns[e] if e >= 0 else high_ns[~e]
            own += (low_ns[c] - before) * factor
            at -= 1
            continue
        c = ~c
        ended = lanes.began[c, lane] + lanes.lasted[c, lane]
        at -= 1
        if lanes.lasted[c, lane] > 0 and (at < 0 or ended >= reached[at]):
            on_path[c] = True
            while times.events[first + at] != c:  # its start comes next
                at -= 1
    return float(own)


@compiled_borrowing
def _walk_unordered(
    i: int, times: Timeline, lanes: Lanes, lane: int, factor: float, on_path: BoolArray
) -> float:
    """As `walk_replayed_span`, where children disregard siblings that had ended before them."""
    first = 2 * times.children[i]
    own = 0.0
    cursor = times.high_ns[i]
    waiting = -1  # the child whose start is looked at; below 0 for the end of the span
    at = times.event_count[i]
    while True:
        latest = times.low_ns[i]
        waits = False
        last, happened = 0, 0.0
        for earlier in range(at - 1, -1, -1):
            event = times.events[first + earlier]
            if waiting >= 0 and not waits_for(waiting, event, times):
                continue
            c = event if event >= 0 else ~event
            when = lanes.began[c, lane]
            if event < 0:
                when += lanes.lasted[c, lane]
            if not waits:
                latest = times.low_ns[c] if event >= 0 else times.high_ns[c]
            if not waits or when > happened:
                last, happened = event, when
            waits = True
        own += (cursor - latest) * factor
        if not waits:
            return float(own)
        waiting = last if last >= 0 else ~last
        if last < 0 and lanes.lasted[waiting, lane] > 0:
            on_path[waiting] = True
        cursor = times.low_ns[waiting]
        at -= 1
        while times.events[first + at] != waiting:
            at -= 1
