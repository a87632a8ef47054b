"""How much shorter requests would be if one owner of their time were faster."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from analyzer.attribution.gains import FACTORS, Savings
from analyzer.model.spans import Int64Array
from analyzer.ranking.owners import HopOwner, Owners
from analyzer.ranking.rank import Ranking
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.report.model import Gain, PartRef, RankedRow, Saving

FRACTIONS = (0.95, 0.99)
"""The percentiles whose drop is told beside that of the mean."""

HIDDEN = 0.1
"""From this part of a contribution on, what does not come back is worth an explanation."""

_NAMES = ("if_10_percent_faster", "if_50_percent_faster", "if_removed")
"""What a `Gain` calls the lanes of `FACTORS`."""

RankedBy = Literal["contribution", "gain"]
"""What rows are ranked by: what they add, or what would come back from halving them."""

Row = TypeVar("Row", bound=RankedRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerSavings:
    """What requests would save by owner, for services and hops and for operations.

    Attributes:
        parts: by service or hop, as `Owners` numbers them.
        operations: by operation.
        taken_over_ns: int64[parts, parts], by part that is removed: by how much each part's time on
            the critical paths then grows, over all requests.
        known_parts: whether each service or hop was asked for.
        known_operations: whether each operation was asked for.
    """

    parts: Savings
    operations: Savings
    taken_over_ns: Int64Array
    known_parts: Sequence[bool]
    known_operations: Sequence[bool]

    def take(self, requests: Int64Array) -> "OwnerSavings":
        """The savings of these requests; what takes over is only known over all of them."""
        return OwnerSavings(
            parts=self.parts.take(requests),
            operations=self.operations.take(requests),
            taken_over_ns=self.taken_over_ns[:0],
            known_parts=self.known_parts,
            known_operations=self.known_operations,
        )


def with_gains(
    ranking: Ranking, owners: Owners, saved: OwnerSavings, duration_ns: Int64Array
) -> Ranking:
    """The ranking with what would come back, of the requests with these durations."""
    split = len(owners.services)
    of_parts = gains(saved.parts, duration_ns, split + len(owners.hops))
    of_operations: tuple[Gain, ...] = ()
    if ranking.operations:
        of_operations = gains(saved.operations, duration_ns, len(owners.operations))
    part_of = {(o.service, o.inferred): i for i, o in enumerate(owners.services)}
    hop_of = {(o.caller, o.callee): split + i for i, o in enumerate(owners.hops)}
    operation_of = {
        (o.service, o.operation, o.callee or None): i for i, o in enumerate(owners.operations)
    }

    def changed(row: Row, number: int) -> Row:
        if not saved.known_parts[number]:
            return row
        gain = of_parts[number]
        hidden_by = _hidden_by(row, gain, number, owners, saved.taken_over_ns)
        return row.model_copy(update={"gain": gain, "gain_hidden_by": hidden_by})

    return Ranking(
        services=tuple(
            changed(row, part_of[row.service, row.inferred]) for row in ranking.services
        ),
        hops=tuple(changed(row, hop_of[row.caller, row.callee]) for row in ranking.hops),
        operations=tuple(
            row.model_copy(update={"gain": of_operations[number]})
            if saved.known_operations[
                number := operation_of[row.service, row.operation, row.callee]
            ]
            else row
            for row in ranking.operations
        ),
    )


def by_gain(ranking: Ranking) -> Ranking:
    """The ranking in the order of what would come back from halving, then from removing."""
    return Ranking(
        services=_reranked(ranking.services),
        hops=_reranked(ranking.hops),
        operations=_reranked(ranking.operations),
    )


def _reranked(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    def order(row: RankedRow) -> tuple[float, float, int]:
        half, removed = row.gain.if_50_percent_faster, row.gain.if_removed
        return (
            -half.mean_ms if half else 0.0,
            -removed.mean_ms if removed else 0.0,
            row.rank,
        )

    return tuple(
        row.model_copy(update={"rank": rank}) for rank, row in enumerate(sorted(rows, key=order), 1)
    )


def gains(saved: Savings, duration_ns: Int64Array, owners: int) -> tuple[Gain, ...]:
    """By owner: by how much the mean and the percentiles of all durations would drop.

    Args:
        saved: what each request saves.
        duration_ns: int64[r], how long the requests took.
        owners: how many owners there are; those without savings bring nothing.
    """
    from analyzer.ranking.gains_kernel import replaced_percentiles

    if not duration_ns.size:
        return (Gain(),) * owners
    by_factor: list[list[Saving]] = []
    for lane in range(len(FACTORS)):
        saved_ns = np.ascontiguousarray(saved.saved_ns[:, lane])
        after, before = replaced_percentiles(
            duration_ns, saved.request, saved.owner, saved_ns, owners, np.array(FRACTIONS)
        )
        drop = before - after
        total = np.zeros(owners, np.int64)
        np.add.at(total, saved.owner, saved_ns)
        by_factor.append(
            [
                Saving(
                    mean_ms=_rounded_ms(total[i] / duration_ns.size),
                    p95_ms=_rounded_ms(drop[i, 0]),
                    p99_ms=_rounded_ms(drop[i, 1]),
                )
                for i in range(owners)
            ]
        )
    return tuple(
        Gain(**dict(zip(_NAMES, of_owner, strict=True)))
        for of_owner in zip(*by_factor, strict=True)
    )


def _hidden_by(
    row: RankedRow, gain: Gain, number: int, owners: Owners, taken_over_ns: Int64Array
) -> PartRef | None:
    """What takes over most where removing a row brings back clearly less than it contributes."""
    removed = gain.if_removed
    if removed is None or number >= taken_over_ns.shape[0]:
        return None
    if removed.mean_ms > (1 - HIDDEN) * row.contribution.mean_ms:
        return None
    grows = taken_over_ns[number].copy()
    grows[number] = 0
    most = int(grows.argmax())
    hidden = int(grows[grows > 0].sum())
    if not hidden:
        return None
    owner, share = owners.owner(most), round(int(grows[most]) / hidden, 6)
    if isinstance(owner, HopOwner):
        return PartRef(kind="hop", caller=owner.caller, callee=owner.callee, share=share)
    return PartRef(kind="service", service=owner.service, share=share)


def _rounded_ms(ns: float) -> float:
    """Milliseconds to the microsecond."""
    return round(float(ns) / NS_PER_MS, 3)
