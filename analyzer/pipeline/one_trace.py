"""One request as a person looks at it: from columns to a waterfall."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.attribution.attribute import callees
from analyzer.errors import InputError
from analyzer.model.spans import (
    Int32Array,
    Int64Array,
    Kind,
    Status,
    UInt64Array,
    span_id_hex,
    trace_id_hex,
)
from analyzer.model.traces import Parent
from analyzer.model.waterfall import PathPiece, Waterfall, WaterfallSpan
from analyzer.paths.reference import PathSpan, Piece, critical_path
from analyzer.pipeline.contributions import Learned, Prepared, Repaired, repair


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRequest:
    """A repaired trace and one of its requests.

    Attributes:
        repaired: the trace, as a batch of its own.
        callee: int32[m], the service that answered each outgoing call, -1 where none is known.
        request: which of the trace's requests.
        pieces: its critical path, in order of time; spans are positions in the batch.
    """

    prepared: Prepared
    repaired: Repaired
    callee: Int32Array
    request: int
    pieces: tuple[Piece, ...]

    @property
    def root(self) -> int:
        """The root's position."""
        tree = self.repaired.tree
        return int(tree.order[tree.offset[self.request]])

    def name(self, code: int) -> str:
        """The name behind a code."""
        return self.prepared.spans.names[code] if code >= 0 else ""


def find_trace(prepared: Prepared, trace_id: str) -> int:
    """The trace whose id begins with these hex digits.

    Raises:
        InputError: no trace, or more than one, begins so.
    """
    wanted = trace_id.strip().lower()
    if not wanted or len(wanted) > 32 or any(c not in "0123456789abcdef" for c in wanted):
        raise InputError(
            f"{trace_id!r} is no trace id",
            hint="a trace id is up to 32 hexadecimal digits; its first few will do",
        )
    heads = prepared.grouping.order[prepared.grouping.offset[:-1]]
    hi, lo = prepared.spans.trace_hi[heads], prepared.spans.trace_lo[heads]
    found = np.flatnonzero(_begins_with(hi, lo, wanted))
    if not found.size and len(wanted) <= 16:  # a 64-bit id without its leading zeros
        found = np.flatnonzero((hi == 0) & (lo == np.uint64(int(wanted, 16))))
    if not found.size:
        raise InputError(
            f"no trace begins with {wanted}", hint="list the traces with: slowhop traces PATH"
        )
    if found.size > 1:
        some = ", ".join(trace_id_hex(hi[i], lo[i]) for i in found[:3])
        raise InputError(
            f"{found.size} traces begin with {wanted}: {some} ...", hint="give more digits"
        )
    return int(found[0])


def _begins_with(hi: np.ndarray, lo: np.ndarray, digits: str) -> np.ndarray:
    """Which trace ids, written as 32 hex digits, begin with these digits."""
    high, low = digits[:16], digits[16:]
    matches: np.ndarray = (hi >> np.uint64(4 * (16 - len(high)))) == np.uint64(int(high, 16))
    if low:
        matches &= (lo >> np.uint64(4 * (16 - len(low)))) == np.uint64(int(low, 16))
    return matches


def look_at(
    prepared: Prepared, trace: int, learned: Learned, *, root_id: int | None = None
) -> OneRequest:
    """Repair one trace and take one of its requests: that with this root, else the longest.

    Raises:
        InputError: the trace holds no request at all.
    """
    done, _ = repair(prepared, trace, trace + 1, learned)
    tree, nested = done.tree, done.nested
    roots = tree.order[tree.offset[:-1]]
    if not roots.size:
        raise InputError(
            "every span of this trace has a parent that is missing, in a circle",
            hint="the spans' parent ids are broken; look at another trace",
        )
    if root_id is None:
        durations = nested.high_ns[roots] - nested.low_ns[roots]
        request = int(np.argmax(durations))
    else:
        request = int(np.flatnonzero(done.batch.span_id[roots] == np.uint64(root_id))[0])
    begin, end = int(tree.offset[request]), int(tree.offset[request + 1])
    members = tree.order[begin:end]
    place = np.full(len(done.batch), -1, np.int64)
    place[members] = np.arange(members.size)
    spans = [
        PathSpan(
            span_id=int(done.batch.span_id[i]),
            parent=int(place[tree.parent[i]]) if k else -1,
            low_ns=int(nested.low_ns[i]),
            high_ns=int(nested.high_ns[i]),
            waited=bool(nested.waited[i]),
            disregards=_siblings(done, place, i, nested.precedence.disregards),
            overtakes=_siblings(done, place, i, nested.precedence.overtakes),
        )
        for k, i in enumerate(members.tolist())
    ]
    pieces = tuple(
        Piece(span=int(members[p.span]), start_ns=p.start_ns, end_ns=p.end_ns)
        for p in critical_path(spans, 0)
    )
    return OneRequest(
        prepared=prepared,
        repaired=done,
        callee=callees(done.batch, tree, nested),
        request=request,
        pieces=pieces,
    )


def _siblings(done: Repaired, place: Int64Array, i: int, masks: UInt64Array) -> frozenset[int]:
    """The members that a row's mask names among its siblings; see `Precedence`."""
    tree, mask = done.tree, int(masks[i])
    if not mask:
        return frozenset()
    first = int(tree.children[tree.parent[i]])
    siblings = tree.order[first : first + int(tree.child_count[tree.parent[i]])].tolist()
    bit = done.nested.precedence.bit
    return frozenset(int(place[c]) for c in siblings if mask >> int(bit[c]) & 1)


def hop_to(one: OneRequest, i: int) -> str | None:
    """The callee whose hop or inferred service a span's own time belongs to; None if its own."""
    batch, tree = one.repaired.batch, one.repaired.tree
    outgoing = batch.kind[i] in (Kind.CLIENT, Kind.PRODUCER) or tree.adopter[i]
    if not outgoing:
        return None
    if one.callee[i] >= 0:
        return one.name(int(one.callee[i]))
    if batch.peer[i] >= 0:
        return one.name(int(batch.peer[i]))
    return None if batch.kind[i] != Kind.CLIENT else "?"


def steps(one: OneRequest) -> tuple[str, ...]:
    """The critical path as steps: `service operation`, in order of time.

    Calls whose answer is on the path are left out: the next step's service says them. A step that
    repeats is named once.
    """
    batch = one.repaired.batch
    found: list[str] = []
    seen: set[int] = set()
    for i in _on_path(one):
        if i in seen:
            continue
        seen.add(i)
        callee = hop_to(one, i)
        if i != one.root and callee is not None and one.callee[i] >= 0:
            continue
        who = callee if callee and i != one.root else one.name(int(batch.service[i]))
        step = f"{who} {one.name(int(batch.operation[i]))}"
        if not found or found[-1] != step:
            found.append(step)
    return tuple(found)


def _on_path(one: OneRequest) -> Sequence[int]:
    """Positions of the spans on the path, by the time they were first on it, parents first."""
    parent = one.repaired.tree.parent
    found: dict[int, None] = {}
    for piece in one.pieces:
        chain = []
        at = piece.span
        while at >= 0 and at not in found:
            chain.append(at)
            at = int(parent[at])
        found.update(dict.fromkeys(reversed(chain)))
    return tuple(found)


def waterfall(one: OneRequest) -> Waterfall:
    """All spans of the trace, its other requests and lost subtrees after the chosen request."""
    batch, tree, nested = one.repaired.batch, one.repaired.tree, one.repaired.nested
    pieces: dict[int, list[PathPiece]] = {}
    for piece in one.pieces:
        pieces.setdefault(piece.span, []).append(
            PathPiece(start_ns=piece.start_ns, end_ns=piece.end_ns)
        )
    own = {i: sum(p.end_ns - p.start_ns for p in of) for i, of in pieces.items()}
    spans = []
    for i, depth in _depth_first(one):
        shift = int(nested.shift_ns[i])
        parent_id = int(batch.parent_id[i])
        spans.append(
            WaterfallSpan(
                span_id=span_id_hex(batch.span_id[i]),
                parent_id=span_id_hex(parent_id) if parent_id else None,
                depth=depth,
                service=one.name(int(batch.service[i])),
                operation=one.name(int(batch.operation[i])),
                kind=Kind(int(batch.kind[i])),
                status=Status(int(batch.status[i])),
                start_ns=int(batch.start_ns[i]) + shift,
                end_ns=int(batch.end_ns[i]) + shift,
                own_ns=own.get(i, 0),
                pieces=tuple(pieces.get(i, ())),
                shifted_ns=shift,
                waited_for=bool(nested.waited[i]) or tree.parent[i] < 0,
                lost_parent=tree.parent[i] == Parent.LOST,
                hop_to=hop_to(one, i),
            )
        )
    trace = (
        int(one.prepared.spans.trace_hi[batch.row[0]]),
        int(one.prepared.spans.trace_lo[batch.row[0]]),
    )
    return Waterfall(
        trace_id=trace_id_hex(*trace),
        endpoint=one.name(int(batch.operation[one.root])),
        start_ns=int(nested.low_ns[one.root]),
        end_ns=int(nested.high_ns[one.root]),
        spans=tuple(spans),
    )


def _depth_first(one: OneRequest) -> list[tuple[int, int]]:
    """(position, depth) of every kept span, siblings by start, the chosen request first."""
    batch, tree = one.repaired.batch, one.repaired.tree
    children: dict[int, list[int]] = {}
    heads = []
    for i in range(len(batch)):
        p = int(tree.parent[i])
        if p >= 0:
            children.setdefault(p, []).append(i)
        elif p != Parent.DUPLICATE and i != one.root:
            heads.append(i)

    def by_start(i: int) -> tuple[int, int, int]:
        start = int(batch.start_ns[i] + one.repaired.nested.shift_ns[i])
        return start, -int(batch.end_ns[i]), int(batch.span_id[i])

    found = []
    stack = [(i, 0) for i in [*sorted(heads, key=by_start, reverse=True), one.root]]
    while stack:
        i, depth = stack.pop()
        found.append((i, depth))
        below = sorted(children.get(i, ()), key=by_start, reverse=True)
        stack.extend((child, depth + 1) for child in below)
    return found
