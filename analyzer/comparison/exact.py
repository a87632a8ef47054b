"""The exact change of the mean response time, split over rows to the nanosecond."""

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from analyzer.comparison.pair import BASE, CANDIDATE, Pair
from analyzer.model.spans import Int64Array


def change_of_mean(base_ns: int, base_n: int, candidate_ns: int, candidate_n: int) -> Fraction:
    """The mean of the candidate less that of the base, in ns; a run without requests has mean 0."""
    return Fraction(candidate_ns, max(candidate_n, 1)) - Fraction(base_ns, max(base_n, 1))


def exact_changes(pair: Pair) -> tuple[int, ...]:
    """By operation: its part of the change of the mean, in ns; together they are the whole.

    Every nanosecond of every request belongs to one operation, so the operations' parts of the mean
    sum to the mean, in both runs and in their difference.
    """
    totals = operation_totals(pair)
    base_n, candidate_n = pair.requests
    return in_whole_ns(
        [
            change_of_mean(before, base_n, after, candidate_n)
            for before, after in zip(totals[BASE].tolist(), totals[CANDIDATE].tolist(), strict=True)
        ]
    )


def operation_totals(pair: Pair) -> Int64Array:
    """int64[2, o], time on the critical paths of all requests, by side and operation.

    Each request counts as often as it stands for.
    """
    cells = pair.found.cells
    side = pair.side[cells.request]
    operation = pair.owners.operation_of[cells.entity]
    totals = np.zeros((2, len(pair.owners.operations)), np.int64)
    np.add.at(totals, (side, operation), cells.own_ns * pair.times[cells.request])
    return totals


def in_whole_ns(changes: Sequence[Fraction]) -> tuple[int, ...]:
    """Round each so that the sum of the rounded ones is the rounded sum.

    Each is rounded down, and those that lost most get the nanoseconds that are missing.
    """
    down = [math.floor(value) for value in changes]
    missing = round(sum(changes, Fraction())) - sum(down)
    by_loss = sorted(range(len(down)), key=lambda i: (down[i] - changes[i], i))
    for i in by_loss[:missing]:
        down[i] += 1
    return tuple(down)
