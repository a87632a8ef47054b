"""Counts of a report whose copies of requests stand for several requests each."""

from typing import TypeVar

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.pipeline.weighting import Weighted
from analyzer.ranking.scaling_load import in_flight_at_start
from analyzer.report.model import EndpointRow, LoadSection, RankedRow, Report

Row = TypeVar("Row", bound=RankedRow)


def with_true_counts(
    report: Report, found: Contributions, weights: Weighted, clients: frozenset[str]
) -> Report:
    """The report over copies, with the counts of the requests that the copies stand for.

    Shares, means and percentiles need no change. Where a copy stands for several, requests and
    failures are counted by weight; errors, paths and requests in flight are those of the copies,
    multiplied.

    Args:
        report: the report in which every copy counts once.
        found: the contributions of the requests that were seen.
        weights: how often they count.
        clients: the services whose spans are the load tool's.
    """
    load = _with_most_in_flight(report.load, found, weights, clients)
    each = weights.each
    if each == 1:
        return report.model_copy(update={"load": load})
    return report.model_copy(
        update={
            "load": _load(load, found, weights),
            "services": _errors(report.services, each),
            "hops": _errors(report.hops, each),
            "operations": _errors(report.operations, each),
            "endpoints": _endpoints(report, found, weights),
            "paths": tuple(
                row.model_copy(update={"requests": round(row.requests * each)})
                for row in report.paths
            ),
        }
    )


def _with_most_in_flight(
    load: LoadSection, found: Contributions, weights: Weighted, clients: frozenset[str]
) -> LoadSection:
    """The load with an estimate of the most at once: copies all begin with their request."""
    standing = weights.standing(found, clients)
    under_way = in_flight_at_start(found.requests, standing.in_load)
    return load.model_copy(update={"in_flight_max": round(float(under_way.max()))})


def _load(load: LoadSection, found: Contributions, weights: Weighted) -> LoadSection:
    each, failed = weights.each, found.requests.failed
    return load.model_copy(
        update={
            "requests": weights.told.estimated,
            "failures": weights.estimated(failed),
            "throughput_rps": round(load.throughput_rps * each, 3),
            "in_flight_mean": round(load.in_flight_mean * each, 3),
            "timeline": tuple(
                point.model_copy(
                    update={
                        "throughput_rps": round(point.throughput_rps * each, 3),
                        "in_flight": round(point.in_flight * each, 3),
                    }
                )
                for point in load.timeline
            ),
        }
    )


def _endpoints(report: Report, found: Contributions, weights: Weighted) -> tuple[EndpointRow, ...]:
    requests, count = found.requests, len(found.endpoints)
    asked = np.bincount(requests.endpoint, weights=weights.weight, minlength=count)
    failing = np.where(requests.failed, weights.weight, 0.0)
    failures = np.bincount(requests.endpoint, weights=failing, minlength=count)
    number = {(e.service, e.operation): i for i, e in enumerate(found.endpoints)}
    per_request = report.load.throughput_rps / max(report.load.requests, 1)
    rows = []
    for row in report.endpoints:
        i = number[row.service, row.endpoint]
        rows.append(
            row.model_copy(
                update={
                    "requests": round(float(asked[i])),
                    "failures": round(float(failures[i])),
                    "throughput_rps": round(float(asked[i]) * per_request, 3),
                    "services": _errors(row.services, weights.each),
                    "hops": _errors(row.hops, weights.each),
                }
            )
        )
    return tuple(rows)


def _errors(rows: tuple[Row, ...], each: float) -> tuple[Row, ...]:
    return tuple(row.model_copy(update={"errors": round(row.errors * each)}) for row in rows)
