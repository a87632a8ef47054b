"""Sums by key with a few exemplary traces: what many batches find out, and how that merges."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from analyzer.model.spans import Int32Array, Int64Array, UInt64Array, trace_id_hex

KEPT = 3
"""Exemplary traces of each key: one to look at, two to see whether it was by chance."""


class Traces(NamedTuple):
    """Which trace each of n rows is from.

    Attributes:
        hi: uint64[n], high half of the trace id.
        lo: uint64[n], low half of the trace id.
    """

    hi: UInt64Array
    lo: UInt64Array

    def take(self, rows: Int32Array | Int64Array) -> "Traces":
        """The traces of these rows."""
        return Traces(self.hi[rows], self.lo[rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Sums by key. Merging is associative, and commutative but for the order of the keys.

    Attributes:
        keys: int32[s, k], each distinct key once; its parts are codes of names or small numbers.
        sums: int64[s, c].
        weight: int64[s, KEPT], of the exemplary traces, heaviest first; -1 for none.
        traces: the exemplary traces, uint64[s, KEPT] each.
    """

    keys: Int32Array
    sums: Int64Array
    weight: Int64Array
    traces: Traces

    @classmethod
    def of(
        cls,
        keys: Sequence[Int32Array],
        values: Sequence[Int64Array],
        *,
        weight: Int64Array,
        traces: Traces,
    ) -> "Tally":
        """Sum n rows.

        Args:
            keys: the parts of each row's key, int32[n] each.
            values: what is summed, int64[n] each.
            weight: int64[n], how exemplary each row is; below 0 not at all.
            traces: where each row is from.
        """
        from analyzer.findings.tally_kernel import add_up

        table = np.column_stack(keys).astype(np.int32)
        number, first = number_rows(table)
        tally = cls(
            keys=table[first],
            sums=add_up(number, first.size, np.column_stack(values).astype(np.int64)),
            weight=np.full((first.size, KEPT), -1, np.int64),
            traces=Traces(*(np.zeros((first.size, KEPT), np.uint64) for _ in Traces._fields)),
        )
        tally._keep(number, weight, traces)
        return tally

    @classmethod
    def merge(cls, parts: Sequence["Tally"]) -> "Tally":
        """The tally of the rows of all parts; there is at least one."""
        from analyzer.findings.tally_kernel import add_up

        keys = np.concatenate([part.keys for part in parts])
        number, first = number_rows(keys)
        merged = cls(
            keys=keys[first],
            sums=add_up(number, first.size, np.concatenate([part.sums for part in parts])),
            weight=np.full((first.size, KEPT), -1, np.int64),
            traces=Traces(*(np.zeros((first.size, KEPT), np.uint64) for _ in Traces._fields)),
        )
        weight = np.concatenate([part.weight for part in parts])
        hi = np.concatenate([part.traces.hi for part in parts])
        lo = np.concatenate([part.traces.lo for part in parts])
        merged._keep(np.repeat(number, KEPT), weight.ravel(), Traces(hi.ravel(), lo.ravel()))
        return merged

    def exemplars(self, row: int) -> tuple[str, ...]:
        """Ids of the exemplary traces of a key, most exemplary first."""
        return tuple(
            trace_id_hex(int(self.traces.hi[row, at]), int(self.traces.lo[row, at]))
            for at in range(KEPT)
            if self.weight[row, at] >= 0
        )

    def _keep(self, number: Int32Array, weight: Int64Array, traces: Traces) -> None:
        from analyzer.findings.tally_kernel import keep_heaviest

        keep_heaviest(number, weight, traces.hi, traces.lo, self.weight, *self.traces)


def number_rows(table: Int32Array) -> tuple[Int32Array, Int64Array]:
    """Number distinct rows of a table, int32[n, k], by first appearance.

    Returns:
        int32[n], each row's number, and int64[distinct], where each number appears first.
    """
    from analyzer.repair.grouping_kernel import number_keys

    n, parts = table.shape
    even = np.zeros((n, max(4, parts + parts % 2)), np.int32)
    even[:, :parts] = table
    words = even.view(np.uint64)
    number, count = number_keys(words[:, 0], words[:, 1])
    for at in range(2, words.shape[1]):
        number, count = number_keys(number.astype(np.uint64), words[:, at])
    first = np.empty(count, np.int64)
    first[number[::-1]] = np.arange(n)[::-1]
    return number, first
