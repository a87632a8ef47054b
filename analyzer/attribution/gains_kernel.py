"""Compiled: what each request would save if one owner of time were faster, owner by owner.

Only the rows of an owner and what waits for them change: they are gathered, replayed children first
in all lanes at once, and put back. The work is that of the rows that change, however many owners
there are.
"""

from typing import NamedTuple

import numpy as np

from analyzer.compiled import compiled, compiled_borrowing
from analyzer.model.spans import (
    BoolArray,
    Float64Array,
    Int32Array,
    Int64Array,
)
from analyzer.paths.replay_kernel import replay_span
from analyzer.paths.replay_walk_kernel import walk_replayed_span
from analyzer.paths.timeline import Lanes, Timeline


class Affected(NamedTuple):
    """The rows that one owner's change reaches, gathered anew for each request and owner.

    Attributes:
        row: int32[m], the rows gathered.
        mark: int64[m], which gathering each row was last in.
        pending: int32[m], how many gathered children of each row are still to be replayed.
        ready: int32[m], rows that wait for nothing more.
    """

    row: Int32Array
    mark: Int64Array
    pending: Int32Array
    ready: Int32Array


class Owned(NamedTuple):
    """Whose each request's rows are, as lists for one request at a time.

    Attributes:
        met: int32[owners], the owners that the request has.
        path_ns: int64[owners], their own time on its critical path.
        last: int32[owners], the last row of each; -1 for none.
        before: int32[m], the row of the same owner before each.
    """

    met: Int32Array
    path_ns: Int64Array
    last: Int32Array
    before: Int32Array


@compiled
def mark_reaching(times: Timeline, waited: BoolArray, reaching: BoolArray) -> None:
    """Set `reaching` for rows whose duration their request can depend on."""
    for k in range(times.order.size):
        i = times.order[k]
        p = times.parent[i]
        takes_time = times.low_ns[i] < times.high_ns[i]
        reaching[i] = p < 0 or (reaching[p] and waited[i] and takes_time)


@compiled_borrowing
def _list_owners(
    r: int,
    times: Timeline,
    reaching: BoolArray,
    owner_of: Int32Array,
    own_ns: Int64Array,
    owned: Owned,
) -> int:
    """List the rows of each owner in a request; return how many owners it has."""
    met = 0
    for k in range(times.offset[r], times.offset[r + 1]):
        i = times.order[k]
        o = owner_of[i]
        if o < 0 or not reaching[i]:
            continue
        if owned.last[o] < 0:
            owned.met[met] = o
            met += 1
            owned.path_ns[o] = 0
        owned.before[i] = owned.last[o]
        owned.last[o] = i
        owned.path_ns[o] += own_ns[i]
    return met


@compiled_borrowing
def _gather(last_row: int, mark: int, parent: Int32Array, owned: Owned, affected: Affected) -> int:
    """Gather an owner's rows and all above them, each once; return how many."""
    found = 0
    row = last_row
    while row >= 0:
        i = row
        while affected.mark[i] != mark:
            affected.mark[i] = mark
            affected.row[found] = i
            found += 1
            if parent[i] < 0:
                break
            i = parent[i]
            affected.pending[i] += 1
        row = owned.before[row]
    return found


@compiled_borrowing
def _replay(
    found: int,
    affected: Affected,
    times: Timeline,
    owner_of: Int32Array,
    owner: int,
    factor: Float64Array,
    unchanged: Float64Array,
    lanes: Lanes,
) -> None:
    """Replay the gathered rows, children first; nothing is pending afterwards."""
    waiting = 0
    for a in range(found):
        if affected.pending[affected.row[a]] == 0:
            affected.ready[waiting] = affected.row[a]
            waiting += 1
    while waiting:
        waiting -= 1
        i = affected.ready[waiting]
        replay_span(i, times, factor if owner_of[i] == owner else unchanged, lanes)
        p = times.parent[i]
        if p >= 0:
            affected.pending[p] -= 1
            if affected.pending[p] == 0:
                affected.ready[waiting] = p
                waiting += 1


@compiled_borrowing
def _as_recorded(i: int, times: Timeline, lanes: Lanes) -> None:
    """Set the replayed times of a row and its children to the recorded ones."""
    n = lanes.lasted.shape[1]
    for lane in range(n):
        lanes.lasted[i, lane] = times.high_ns[i] - times.low_ns[i]
    first = 2 * times.children[i]
    for at in range(first, first + times.event_count[i]):
        c = times.events[at]
        if c >= 0:
            for lane in range(n):
                lanes.began[c, lane] = times.low_ns[c] - times.low_ns[i]


@compiled_borrowing
def _add_growth(
    r: int,
    times: Timeline,
    lanes: Lanes,
    lane: int,
    owner_of: Int32Array,
    owner: int,
    factor: float,
    own_ns: Int64Array,
    reached: Float64Array,
    on_path: BoolArray,
    growth: Int64Array,
) -> None:
    """Add to `growth` by how much each owner's time on the path of one request grows."""
    begin, end = times.offset[r], times.offset[r + 1]
    on_path[times.order[begin]] = True
    for k in range(begin, end):
        i = times.order[k]
        now = 0.0
        if on_path[i]:
            on_path[i] = False
            own_factor = factor if owner_of[i] == owner else 1.0
            now = walk_replayed_span(i, times, lanes, lane, own_factor, reached, on_path)
        if owner_of[i] >= 0:
            growth[owner_of[i]] += np.int64(np.rint(now)) - own_ns[i]


@compiled
def save_by_owner(
    times: Timeline,
    own_ns: Int64Array,
    reaching: BoolArray,
    owner_of: Int32Array,
    owners: int,
    factor: Float64Array,
    growth: Int64Array,
) -> tuple[Int64Array, Int32Array, Int64Array]:
    """What each request saves if the own time of one owner's rows is multiplied by the factors.

    An owner without time on a request's critical path saves nothing there: that path stays as long.
    Where the last factor saves less than the owner's time on the path, another branch takes over:
    `growth[a, b]` grows by what b then has more on the path, and shrinks by what a has less.

    Args:
        times: the requests.
        own_ns: int64[m], own time on the critical path.
        reaching: bool[m], what `mark_reaching` filled.
        owner_of: int32[m], the owner of each row; below 0 for nobody.
        owners: how many owners there are.
        factor: float64[lanes], at most 1.
        growth: int64[owners, owners] in ns, or of no rows where it is not asked for.

    Returns:
        int64[g] requests, int32[g] owners and int64[g, lanes] ns saved, of owners with time on the
        path of a request.
    """
    m, n, k = times.parent.size, factor.size, times.order.size
    request = np.empty(k, np.int64)
    whose = np.empty(k, np.int32)
    saved = np.empty((k, n), np.int64)
    lanes = Lanes(np.zeros((m, n)), np.zeros((m, n)))
    owned = Owned(
        np.empty(owners, np.int32),
        np.zeros(owners, np.int64),
        np.full(owners, -1, np.int32),
        np.empty(m, np.int32),
    )
    affected = Affected(
        np.empty(m, np.int32), np.zeros(m, np.int64), np.zeros(m, np.int32), np.empty(m, np.int32)
    )
    for i in times.order:
        _as_recorded(i, times, lanes)
    unchanged = np.ones(n)
    on_path = np.zeros(m, np.bool_)
    reached = np.empty(2 * k)
    cells = 0
    for r in range(times.offset.size - 1):
        root = times.order[times.offset[r]]
        whole = times.high_ns[root] - times.low_ns[root]
        met = _list_owners(r, times, reaching, owner_of, own_ns, owned)
        for at in range(met):
            o = owned.met[at]
            last_row = owned.last[o]
            owned.last[o] = -1
            if owned.path_ns[o] == 0:
                continue
            found = _gather(last_row, cells + 1, times.parent, owned, affected)
            _replay(found, affected, times, owner_of, o, factor, unchanged, lanes)
            request[cells] = r
            whose[cells] = o
            for lane in range(n):
                saved[cells, lane] = np.int64(np.rint(whole - lanes.lasted[root, lane]))
            if growth.shape[0] and saved[cells, n - 1] < owned.path_ns[o]:
                _add_growth(
                    r,
                    times,
                    lanes,
                    n - 1,
                    owner_of,
                    o,
                    factor[n - 1],
                    own_ns,
                    reached,
                    on_path,
                    growth[o],
                )
            cells += 1
            for a in range(found):
                _as_recorded(affected.row[a], times, lanes)
    return request[:cells], whose[:cells], saved[:cells]
