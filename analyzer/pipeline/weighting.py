"""Requests that stand for several, because services recorded only some.

A request of weight 10 counts as ten like it, so that everything that is said of requests (how many,
how long, which share, what would come back) is an estimate for all of them. Weights need not be
whole: request i counts floor(W(i)) - floor(W(i-1)) times, where W is the running sum of weights, so
that their number is right to within one, in all and for each endpoint. What ten copies cannot do is
to make figures surer: the intervals and the marks of few data are those of the requests that were
seen.

Where there would be too many copies, all weights are divided by the same number, and each copy
stands for so many requests: shares, means and percentiles stay as they are, and counts are
multiplied again.
"""

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model.spans import BoolArray, Float64Array, Int64Array
from analyzer.pipeline.load_generators import begun_by, served
from analyzer.ranking.rank import ENOUGH_REQUESTS
from analyzer.ranking.scaling_load import Standing
from analyzer.report.model import RankedRow, Report
from analyzer.report.sampling import SamplingPart

MOST_COUNTED = 500_000
"""Copies that are worked with at most: 2 GB and half a minute where a request has 50 spans of
different kinds. More requests than that are scaled down."""

Row = TypeVar("Row", bound=RankedRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """Which requests count how often.

    Attributes:
        weight: float64[r], for how many requests each stands; 0 where others stand for it.
        times: int64[r], how many copies of it count.
        each: for how many requests a copy stands; 1 unless there would be too many copies.
        wider: by which factor intervals over the copies are too narrow.
        told: what the report says of it.
    """

    weight: Float64Array
    times: Int64Array
    each: float
    wider: float
    told: SamplingPart

    def estimated(self, which: BoolArray) -> int:
        """How many requests these of those that were seen stand for; bool[r]."""
        if self.each > 1:
            return round(float(self.weight[which].sum()))
        return int(self.times[which].sum())

    def standing(self, found: Contributions, clients: frozenset[str]) -> Standing:
        """For how many requests each stands, in the load and in what takes time."""
        recorded_all = begun_by(found, clients)
        return Standing(in_load=np.where(recorded_all, 1.0, self.weight), times=self.times)

    @property
    def rows(self) -> Int64Array:
        """int64[w], positions of requests, each as often as it counts, ascending."""
        return np.repeat(np.arange(self.times.size), self.times)


def weighted(
    found: Contributions, clients: frozenset[str], *, most: int = MOST_COUNTED
) -> Weighted | None:
    """How often requests count; None where no span says that it stands for several.

    The same requests count as often in whatever order they come.

    Args:
        found: the contributions of all requests.
        clients: the services whose spans are the load tool's, which records all of its requests.
        most: how many copies there may be; but no fewer than requests that were seen.
    """
    requests = found.requests
    told = requests.weight > 0
    if not (requests.weight > 1).any():
        return None
    weight = np.where(told, requests.weight, 1.0)
    weight[_stood_for(found, told, clients)] = 0.0
    estimated = float(weight.sum())
    each = max(estimated / max(most, int(np.count_nonzero(weight))), 1.0)
    times = _copies(found, weight / each)
    if each > 1:
        times = _with_slowest(found, weight, times)
    counted = int(times.sum())
    return Weighted(
        weight=weight,
        times=times,
        each=each,
        wider=_wider(weight, counted),
        told=SamplingPart(
            seen=len(requests),
            told=int(told.sum()),
            estimated=round(estimated) if each > 1 else counted,
            error=_error(requests.weight[told]),
            stood_for=int(np.count_nonzero(weight == 0)),
            largest_weight=round(float(requests.weight.max()), 6),
            counted=counted if each > 1 else None,
            uncounted=int(np.count_nonzero((weight > 0) & (times == 0))) if each > 1 else None,
        ),
    )


def _copies(found: Contributions, weight: Float64Array) -> Int64Array:
    """int64[r], weights as whole numbers: right in sum to within one, and so by endpoint."""
    requests = found.requests
    by_name = sorted(range(len(found.endpoints)), key=found.endpoints.__getitem__)
    place = np.empty(len(by_name), np.int64)
    place[by_name] = np.arange(len(by_name))
    order = np.lexsort(
        (
            requests.span_id,
            requests.trace_lo,
            requests.trace_hi,
            requests.failed,
            place[requests.endpoint],
        )
    )
    # a sum of many weights lies a little beside a whole number that it should be
    upto = np.floor(np.cumsum(weight[order]) + 1e-6).astype(np.int64)
    times = np.empty(weight.size, np.int64)
    times[order] = np.diff(upto, prepend=0)
    return times


def _with_slowest(found: Contributions, weight: Float64Array, times: Int64Array) -> Int64Array:
    """The copies, with one of each endpoint's slowest request: its maximum is in the report."""
    requests = found.requests
    counting = np.flatnonzero(weight)
    order = counting[
        np.lexsort(
            (
                requests.span_id[counting],
                requests.trace_lo[counting],
                requests.trace_hi[counting],
                requests.duration_ns[counting],
                requests.endpoint[counting],
            )
        )
    ]
    endpoint = requests.endpoint[order]
    slowest = order[np.append(endpoint[1:] != endpoint[:-1], True)]
    kept = times.copy()
    kept[slowest] = np.maximum(kept[slowest], 1)
    return kept


def _stood_for(found: Contributions, told: BoolArray, clients: frozenset[str]) -> BoolArray:
    """bool[r], requests that others stand for: no service recorded them, as it did those others.

    ```
    locust: GET /   weight unknown             locust: GET /   weight 4: stands for itself
                                                 web: GET /    weight 4  and three like the left
    ```
    """
    requests = found.requests
    sampled = np.zeros(len(found.endpoints), np.bool_)
    sampled[requests.endpoint[requests.weight > 1]] = True
    like_those = begun_by(found, clients) & sampled[requests.endpoint]
    return like_those & ~served(found, clients) & ~told & ~requests.failed


def _error(weight: Float64Array) -> float:
    """The standard error of a sum of weights (Horvitz and Thompson's, of independent draws)."""
    return round(math.sqrt(float((weight * (weight - 1)).sum())), 3)


def _wider(weight: Float64Array, counted: int) -> float:
    """The root of how many copies there are for each request's worth of evidence (Kish's n)."""
    evidence = float(weight.sum()) ** 2 / float((weight**2).sum())
    return math.sqrt(max(counted / evidence, 1.0))


def with_own_certainty(report: Report, plain: Report, weights: Weighted) -> Report:
    """The report over copies, no surer than the requests that were seen make it.

    Args:
        report: the report in which requests count as often as they stand for.
        plain: the one in which each counts once.
        weights: how often they count.
    """
    enough = {
        _key(row): row.enough_data for row in (*plain.services, *plain.hops, *plain.operations)
    }
    seen = {(row.service, row.endpoint): row.requests for row in plain.endpoints}

    def honest(rows: tuple[Row, ...], *, all_enough: bool = True) -> tuple[Row, ...]:
        return tuple(
            row.model_copy(
                update={
                    "enough_data": all_enough and enough.get(_key(row), False),
                    "contribution": _widened(row, weights.wider),
                }
            )
            for row in rows
        )

    return report.model_copy(
        update={
            "services": honest(report.services),
            "hops": honest(report.hops),
            "operations": honest(report.operations),
            "endpoints": tuple(
                row.model_copy(
                    update={
                        "services": honest(row.services, all_enough=many),
                        "hops": honest(row.hops, all_enough=many),
                    }
                )
                for row in report.endpoints
                for many in [seen.get((row.service, row.endpoint), 0) >= ENOUGH_REQUESTS]
            ),
        }
    )


def _key(row: RankedRow) -> tuple[str, ...]:
    names = ("service", "inferred", "operation", "caller", "callee")
    return tuple(str(getattr(row, name, None)) for name in names)


def _widened(row: RankedRow, by: float) -> object:
    figures = row.contribution
    low, high = figures.ci95_ms
    middle = figures.mean_ms
    interval = (middle - (middle - low) * by, middle + (high - middle) * by)
    bounds = (round(max(interval[0], 0.0), 3), round(interval[1], 3))
    return figures.model_copy(update={"ci95_ms": bounds})
