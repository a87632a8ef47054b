"""The calls that spans make, in order: under whom, of whom, which one after which."""

from dataclasses import dataclass

import numpy as np

from analyzer.attribution.attribute import callees
from analyzer.findings.tally import number_rows
from analyzer.model.spans import BoolArray, Int32Array, Int64Array, Status
from analyzer.model.traces import Batch, Nested, Tree


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class CallSite:
    """Where a call is made, in codes of names.

    Attributes:
        service: who calls.
        parent: the operation in which it calls.
        operation: the call's own operation.
        callee: who is called: the service that answered, else the name the caller has for it; -1
            where nobody knows.
    """

    service: int
    parent: int
    operation: int
    callee: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """The k calls of a batch, parent by parent, in order of time; spans around one stand for it.

    Attributes:
        row: int32[k], position in the batch.
        site: int32[k], into `sites`.
        follows: int32[k], the place here of the call right before it if nothing was under way when
            it began, else -1.
        again: int32[k], the place of the call of the same site before it under the same parent, if
            all of that site had ended when it began, else -1.
        run: int32[k], the place of the first of the calls of its site that came one after another,
            each after a success, up to it.
        first: bool[k], whether each is the first of its site under its parent.
        failed: bool[k].
        took_ns: int64[k].
        sites: int32[s, 4], the parts of each `CallSite`.
        callee: int32[m], by row of the batch: who was called; -1 where nobody knows.
        is_call: bool[m], by row of the batch: whether it is a call itself.
    """

    row: Int32Array
    site: Int32Array
    follows: Int32Array
    again: Int32Array
    run: Int32Array
    first: BoolArray
    failed: BoolArray
    took_ns: Int64Array
    sites: Int32Array
    callee: Int32Array
    is_call: BoolArray

    def number_of(self, site: CallSite) -> int:
        """The number of a site in this batch; -1 where it has none."""
        wanted = np.array([site.service, site.parent, site.operation, site.callee], np.int32)
        found = np.flatnonzero((self.sites == wanted).all(axis=1))
        return int(found[0]) if found.size else -1


def calls_of(batch: Batch, tree: Tree, nested: Nested, answering: Int32Array) -> Calls:
    """The calls of a batch.

    Args:
        batch: the spans.
        tree: whose parent is who.
        nested: times after repair.
        answering: int32[names + 1], by name that callers have for a peer: the service that answers
            there, -1 for none; the last is for no name.
    """
    from analyzer.findings.calls_kernel import list_calls, mark_calls, mark_wrappers

    m = len(batch)
    is_call = np.zeros(m, np.bool_)
    mark_calls(batch, tree, nested, is_call)
    callee = _whom(batch, tree, nested, answering)
    failed = batch.status == Status.ERROR
    made = is_call.copy()
    mark_wrappers(batch, tree, nested, callee, failed, made)
    rows = np.flatnonzero(made)
    up = tree.parent[rows]
    table = np.column_stack(
        (batch.service[up], batch.operation[up], batch.operation[rows], callee[rows])
    ).astype(np.int32)
    number, appears = number_rows(table)
    site = np.full(m, -1, np.int32)
    site[rows] = number
    row, follows, again, run = (np.empty(rows.size, np.int32) for _ in range(4))
    first = np.empty(rows.size, np.bool_)
    list_calls(batch, tree, nested, made, site, failed, row, follows, again, run, first)
    return Calls(
        row=row,
        site=site[row],
        follows=follows,
        again=again,
        run=run,
        first=first,
        failed=failed[row],
        took_ns=nested.high_ns[row] - nested.low_ns[row],
        sites=table[appears],
        callee=callee,
        is_call=is_call,
    )


def _whom(batch: Batch, tree: Tree, nested: Nested, answering: Int32Array) -> Int32Array:
    """Who is called by each row: who answered, else who answers there, else the peer's name."""
    answered = callees(batch, tree, nested)
    answered = np.where((answered < 0) & tree.remote, batch.service, answered)
    known = answering[batch.peer]
    return np.where(answered >= 0, answered, np.where(known >= 0, known, batch.peer)).astype(
        np.int32
    )
