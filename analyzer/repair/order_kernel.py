"""Compiled: the call sites inside a span, and what one batch tells about their order (rule 9)."""

from typing import NamedTuple

import numpy as np

from analyzer.compiled import compiled, compiled_borrowing
from analyzer.model.spans import BoolArray, Int32Array, Int64Array, Kind, Status, UInt64Array
from analyzer.model.traces import Batch, Tree
from analyzer.repair.grouping_kernel import GOLDEN
from analyzer.repair.hashing_kernel import mix

CLIENT, PRODUCER, CONSUMER = int(Kind.CLIENT), int(Kind.PRODUCER), int(Kind.CONSUMER)
ERROR = int(Status.ERROR)

MOST_CHILDREN = 63
"""Spans with more children of their own process are left as they are: pairs grow by the square, and
the masks that `Precedence` keeps have a bit for each."""

POSITIONS = 8
"""Calls of one kind are told apart by their position up to this one, and all after it are alike."""

OVERLAP_PER_PARENT = 100
"""An overlap or a gap below 1/100 of the parent is no more than clocks and schedulers leave."""

QUANTUM_NS = 4_096
"""Times are added up in this unit, so that sums of their squares stay exact in 64 bits."""

LONGEST = 1 << 20
"""Times of more quanta than this, 4.3 s, count as so many."""

SEEN, EARLIER, BESIDE, JUST_AFTER, JUST_BEFORE, ORDERED, X, Y, XX, XY, YY = range(11)
COLUMNS = 11
"""What is counted of a pair (a, b) of call sites under one parent, a the first to start.

SEEN: met together. EARLIER: a started strictly before b. BESIDE: b started while a ran; JUST_BEFORE
instead, if that was within the slack before the end of a. ORDERED: a had ended when b started, and
JUST_AFTER: within the slack after that. Of ORDERED ones, with x the time that a took and y that
from its start to b's, sums of x, y, x², xy and y². Of a single call site the same, with the end of
a parent that did not fail in place of the start of b, and the clock's grain for the slack.
"""

PAIR, SINGLE = np.uint64(0), np.uint64(2)
"""The second bit of a key says what it is of; the first is which of a pair's two sites is first."""


class Sites(NamedTuple):
    """The children of one span that ran in its process and took time, by start.

    Attributes:
        row: int32[MOST_CHILDREN].
        what: uint64[MOST_CHILDREN], what each does.
        site: uint64[MOST_CHILDREN], that, and which of how many such children it is.
        code: uint64[1], the span's operation and what is done in it, in any number.
    """

    row: Int32Array
    what: UInt64Array
    site: UInt64Array
    code: UInt64Array


@compiled
def room_for_sites() -> Sites:
    """Room for the children of one span."""
    return Sites(
        np.empty(MOST_CHILDREN, np.int32),
        np.empty(MOST_CHILDREN, np.uint64),
        np.empty(MOST_CHILDREN, np.uint64),
        np.empty(1, np.uint64),
    )


class Table(NamedTuple):
    """A hash table of counts; 0 is no key.

    Attributes:
        key: uint64[slots], a power of 2.
        parent: uint64[slots], what the parent is: see `observe`.
        counts: int64[slots, COLUMNS].
    """

    key: UInt64Array
    parent: UInt64Array
    counts: Int64Array


@compiled_borrowing
def parent_key(batch: Batch, i: int) -> np.uint64:
    """The operation of a span, with its service."""
    return np.uint64(
        (np.uint64(batch.service[i] + 1) << np.uint64(32)) | np.uint64(batch.operation[i] + 1)
    )


@compiled_borrowing
def single_key(parent: np.uint64, site: np.uint64) -> np.uint64:
    """The key of a call site under a parent."""
    return np.uint64((mix(parent, site) & ~np.uint64(3)) | SINGLE)


@compiled_borrowing
def pair_key(parent: np.uint64, first: np.uint64, second: np.uint64) -> np.uint64:
    """The key of two call sites under a parent; that of the other order differs in the last bit."""
    low, high = min(first, second), max(first, second)
    key = (mix(parent + low, high) & ~np.uint64(3)) | PAIR  # both are hashes: their sum is one
    return np.uint64(key | np.uint64(first != low))


@compiled_borrowing
def _what(batch: Batch, tree: Tree, c: int) -> np.uint64:
    """What a child does: its operation, and for a call who answers, else whom it names."""
    other = batch.peer[c]
    if batch.kind[c] in (CLIENT, PRODUCER):
        earliest = -1
        for k in range(tree.children[c], tree.children[c] + tree.child_count[c]):
            d = tree.order[k]
            if tree.remote[d] and (earliest < 0 or _starts_before(batch, d, earliest)):
                earliest = d
        if earliest >= 0:
            other = batch.service[earliest]
    return mix(np.uint64(batch.operation[c] + 1), np.uint64(other + 1))


@compiled_borrowing
def _starts_before(batch: Batch, one: int, other: int) -> bool:
    if batch.start_ns[one] != batch.start_ns[other]:
        return bool(batch.start_ns[one] < batch.start_ns[other])
    if batch.end_ns[one] != batch.end_ns[other]:
        return bool(batch.end_ns[one] < batch.end_ns[other])
    return bool(batch.span_id[one] < batch.span_id[other])


@compiled_borrowing
def list_sites(batch: Batch, tree: Tree, i: int, sites: Sites) -> int:
    """Fill `sites` for a span, but for `site`; return how many, 0 where they are too many."""
    n = 0
    for k in range(tree.children[i], tree.children[i] + tree.child_count[i]):
        c = tree.order[k]
        message = batch.kind[i] == PRODUCER and batch.kind[c] == CONSUMER
        if tree.remote[c] or message or batch.start_ns[c] >= batch.end_ns[c]:
            continue
        if n == MOST_CHILDREN:
            return 0
        at = n
        while at > 0 and _starts_before(batch, c, sites.row[at - 1]):
            sites.row[at] = sites.row[at - 1]
            at -= 1
        sites.row[at] = c
        n += 1
    sites.code[0] = parent_key(batch, i)
    for j in range(n):
        what = _what(batch, tree, sites.row[j])
        sites.what[j] = what
        new = True
        for other in range(j):
            new &= sites.what[other] != what
        if new:
            sites.code[0] += mix(what, GOLDEN)
    return n


@compiled_borrowing
def number_sites(sites: Sites, n: int) -> None:
    """Fill `site` of the first n children of `sites`."""
    for j in range(n):
        position, count = 0, 0
        for other in range(n):
            alike = sites.what[other] == sites.what[j]
            count += alike
            position += alike and other < j
        numbers = np.uint64(16 * min(count, POSITIONS + 1) + min(position, POSITIONS))
        sites.site[j] = mix(sites.what[j], numbers)


@compiled_borrowing
def outlives(batch: Batch, child: int, parent: int, grain_ns: Int64Array) -> bool:
    """Whether a child ended after its parent, by more than the grain of its clock."""
    s = batch.service[child]
    grain = grain_ns[s] if s >= 0 else 0
    return bool(batch.end_ns[child] - batch.end_ns[parent] > grain)


@compiled_borrowing
def _slot(table: Table, key: np.uint64, parent: np.uint64) -> int:
    """The slot of a key; an empty one is taken for it."""
    mask = np.uint64(table.key.size - 1)
    at = (key * GOLDEN) >> np.uint64(20) & mask
    while table.key[at] != key:
        if table.key[at] == 0:
            table.key[at] = key
            table.parent[at] = parent
            break
        at = (at + np.uint64(1)) & mask
    return int(at)


@compiled_borrowing
def _compare(batch: Batch, a: int, then_ns: int, slack_ns: int, count: Int64Array) -> None:
    """Count how something that happened then lies to the end of a."""
    gap = then_ns - batch.end_ns[a]
    if gap < 0:
        count[JUST_BEFORE if gap >= -slack_ns else BESIDE] += 1
        return
    count[JUST_AFTER] += gap <= slack_ns
    x = min((batch.end_ns[a] - batch.start_ns[a]) // QUANTUM_NS, LONGEST)
    y = min((then_ns - batch.start_ns[a]) // QUANTUM_NS, LONGEST)
    count[ORDERED] += 1
    count[X] += x
    count[Y] += y
    count[XX] += x * x
    count[XY] += x * y
    count[YY] += y * y


@compiled
def _grown(table: Table, room: int) -> Table:
    """A table with at least so much room, half of it to stay empty."""
    slots = table.key.size
    while slots < 2 * room:
        slots *= 2
    larger = Table(
        np.zeros(slots, np.uint64),
        np.zeros(slots, np.uint64),
        np.zeros((slots, COLUMNS), np.int64),
    )
    for at in range(table.key.size):
        if table.key[at] != 0:
            to = _slot(larger, table.key[at], table.parent[at])
            larger.counts[to] = table.counts[at]
    return larger


@compiled
def observe(
    batch: Batch, tree: Tree, grain_ns: Int64Array
) -> tuple[UInt64Array, UInt64Array, Int64Array]:
    """Count what the batch tells about call sites and pairs of them.

    Returns:
        uint64[k] keys; uint64[k], for single call sites the parent's operation, for pairs its
        code as in `Sites`; int64[k, COLUMNS] counts.
    """
    table = Table(
        np.zeros(1024, np.uint64), np.zeros(1024, np.uint64), np.zeros((1024, COLUMNS), np.int64)
    )
    used = 0
    sites = room_for_sites()
    for i in tree.order:
        if tree.child_count[i] == 0:
            continue
        n = list_sites(batch, tree, i, sites)
        number_sites(sites, n)
        used += n * (n + 1) // 2  # at most
        if 2 * used > table.key.size:
            used = int(np.count_nonzero(table.key)) + n * (n + 1) // 2
            if 2 * used > table.key.size:
                table = _grown(table, used)
        parent = parent_key(batch, i)
        slack = (batch.end_ns[i] - batch.start_ns[i]) // OVERLAP_PER_PARENT
        for k in range(n):
            b = sites.row[k]
            at = _slot(table, single_key(parent, sites.site[k]), parent)
            late = outlives(batch, b, i, grain_ns)
            grain = grain_ns[batch.service[b]] if batch.service[b] >= 0 else 0
            if batch.status[i] != ERROR:
                table.counts[at, SEEN] += 1
                _compare(batch, b, batch.end_ns[i], grain, table.counts[at])
            for j in range(k):
                a = sites.row[j]
                alike = sites.site[j] == sites.site[k]
                if late or alike or outlives(batch, a, i, grain_ns):
                    continue
                pair = pair_key(sites.code[0], sites.site[j], sites.site[k])
                at = _slot(table, pair, sites.code[0])
                table.counts[at, SEEN] += 1
                table.counts[at, EARLIER] += batch.start_ns[a] < batch.start_ns[b]
                _compare(batch, a, batch.start_ns[b], max(slack, grain), table.counts[at])
    kept = np.flatnonzero(table.key)
    return table.key[kept], table.parent[kept], table.counts[kept]


@compiled_borrowing
def is_among(ascending: UInt64Array, key: np.uint64) -> bool:
    """Whether a key is one of those."""
    low, high = 0, ascending.size
    while low < high:
        middle = (low + high) // 2
        if ascending[middle] < key:
            low = middle + 1
        else:
            high = middle
    return bool(low < ascending.size and ascending[low] == key)


@compiled
def mark_asynchronous(
    batch: Batch,
    tree: Tree,
    parents: UInt64Array,
    asynchronous: UInt64Array,
    unwaited: BoolArray,
) -> None:
    """Set `unwaited` for children of call sites that are never waited for."""
    sites = room_for_sites()
    for i in tree.order:
        if tree.child_count[i] == 0 or not is_among(parents, parent_key(batch, i)):
            continue
        n = list_sites(batch, tree, i, sites)
        number_sites(sites, n)
        for k in range(n):
            if is_among(asynchronous, single_key(parent_key(batch, i), sites.site[k])):
                unwaited[sites.row[k]] = True
