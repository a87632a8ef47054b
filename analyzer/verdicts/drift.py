"""What drifts while the load stays the same: latency, what parts contribute, resources."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analyzer.model.load_test import ResourceSeries
from analyzer.model.spans import Float64Array, Int64Array
from analyzer.ranking.owners import HopOwner
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.report.load_test import TrendRow
from analyzer.verdicts.evidence import Evidence
from analyzer.verdicts.levels import Level
from analyzer.verdicts.trend import Trend, trend

MOST_WINDOWS = 60
FEWEST_WINDOWS = 12
"""Windows of equal length; with fewer than a dozen no slope is certain."""

REQUESTS_A_WINDOW = 10
"""Requests in a window, in the mean, for its mean to mean much."""

LEAST_GROWTH = 0.1
"""Growth over the test by less than a tenth of what it was is a trifle."""

LEAST_OF_REQUEST = 0.02
"""... and so is a part's growth by less than a fiftieth of a request's time."""

MOST_PARTS = 12
"""Parts whose trend is looked at, the largest first."""

NS_PER_HOUR = 3.6e12


@dataclass(frozen=True, slots=True, kw_only=True)
class _Windows:
    """Requests by windows of time.

    Attributes:
        rows: int64[r], the requests.
        window: int64[r], the window that each began in.
        hours: float64[w], the middles of the windows.
        seconds: how long each is.
    """

    rows: Int64Array
    window: Int64Array
    hours: Float64Array
    seconds: float


def trends_of(e: Evidence, level: Level) -> tuple[TrendRow, ...]:
    """The trends of latency, throughput, parts and resources over a level; none of too little."""
    windows = _windows(e, level)
    if windows is None:
        return ()
    parts = _parts(e, windows)
    series = [s for s in e.resources if _inside(s, level).size >= FEWEST_WINDOWS]
    looked_at = 2 + len(parts) + len(series)
    duration = e.c.requests.duration_ns[windows.rows][:, None] / NS_PER_MS
    latency = trend(windows.hours, _adjusted(e, windows, duration)[:, 0], looked_at=looked_at)
    counts = np.bincount(windows.window, minlength=windows.hours.size) / windows.seconds
    throughput = trend(windows.hours, counts.astype(np.float64), looked_at=looked_at)
    request_ms = max(latency.start, 1e-9)
    rows = [
        _row(latency, "latency", "ms", grows=_grows(latency)),
        _row(throughput, "throughput", "requests/s", grows=_grows(throughput)),
    ]
    for number, values in parts:
        found = trend(windows.hours, values, looked_at=looked_at)
        felt = found.end - found.start >= LEAST_OF_REQUEST * request_ms
        rows.append(_part_row(e, number, found, grows=_grows(found) and felt))
    for each in series:
        inside = _inside(each, level)
        hours = (each.times_ns[inside] - level.begin_ns) / NS_PER_HOUR
        found = trend(hours, each.values[inside], looked_at=looked_at)
        row = _row(found, "resource", each.unit, grows=_grows(found))
        rows.append(row.model_copy(update={"service": each.service, "name": each.name}))
    return tuple(rows)


def growing(rows: tuple[TrendRow, ...]) -> tuple[str, ...]:
    """The services that grow, the worst first: those whose own time does, then their resources.

    A hop that grows is named by its callee only if nothing else of the run does.
    """
    own = [row for row in rows if row.kind == "service" and row.grows]
    own.sort(key=lambda row: (row.start - row.end, row.service or ""))
    resources = [row for row in rows if row.kind == "resource" and row.grows]
    hops = [row for row in rows if row.kind == "hop" and row.grows]
    named = [row.service or "" for row in (*own, *resources)] or [row.callee or "" for row in hops]
    return tuple(dict.fromkeys(named))


def _windows(e: Evidence, level: Level) -> _Windows | None:
    rows = level.began_in(e.c.requests)
    count = min(MOST_WINDOWS, rows.size // REQUESTS_A_WINDOW)
    if count < FEWEST_WINDOWS:
        return None
    width = (level.end_ns - level.steady_ns) / count
    window = ((e.c.requests.start_ns[rows] - level.steady_ns) // width).astype(np.int64)
    middle = level.steady_ns - level.begin_ns + (np.arange(count) + 0.5) * width
    return _Windows(
        rows=rows,
        window=np.minimum(window, count - 1),
        hours=np.asarray(middle / NS_PER_HOUR, np.float64),
        seconds=width / 1e9,
    )


def _parts(e: Evidence, windows: _Windows) -> list[tuple[int, Float64Array]]:
    """The largest parts, each with its mean contribution by window, in ms."""
    most = len(e.owners.services) + len(e.owners.hops)
    cells = e.c.cells.take(windows.rows)
    owner = e.owners.of[cells.entity]
    totals = np.bincount(owner, weights=cells.own_ns, minlength=most)
    largest = np.argsort(-totals, kind="stable")[:MOST_PARTS]
    largest = largest[totals[largest] > 0]
    place = np.full(most, -1, np.int64)
    place[largest] = np.arange(largest.size)
    mine = place[owner]
    spent = np.bincount(
        cells.request[mine >= 0] * largest.size + mine[mine >= 0],
        weights=cells.own_ns[mine >= 0],
        minlength=windows.rows.size * largest.size,
    ).reshape(windows.rows.size, largest.size)
    means = _adjusted(e, windows, spent / NS_PER_MS)
    return [(number, means[:, at]) for at, number in enumerate(largest.tolist())]


def _adjusted(e: Evidence, windows: _Windows, values: Float64Array) -> Float64Array:
    """Means by window as if each had the mix of endpoints of the whole.

    Args:
        e: the evidence.
        windows: the requests.
        values: float64[r, k].

    Returns:
        float64[w, k]; a window without a request has the mean of all.
    """
    endpoint = e.c.requests.endpoint[windows.rows].astype(np.int64)
    sums = np.zeros((len(e.c.endpoints), values.shape[1]))
    np.add.at(sums, endpoint, values)
    count = np.bincount(endpoint, minlength=len(e.c.endpoints))
    means = sums / np.maximum(count, 1)[:, None]
    rest = np.zeros((windows.hours.size, values.shape[1]))
    np.add.at(rest, windows.window, values - means[endpoint])
    inside = np.bincount(windows.window, minlength=windows.hours.size)
    found: Float64Array = values.mean(axis=0) + rest / np.maximum(inside, 1)[:, None]
    return found


def _inside(series: ResourceSeries, level: Level) -> Int64Array:
    at = series.times_ns
    return np.flatnonzero((at >= level.steady_ns) & (at < level.end_ns))


def _grows(found: Trend) -> bool:
    return found.rises and found.end - found.start >= LEAST_GROWTH * abs(found.start)


def _row(
    found: Trend,
    kind: Literal["service", "hop", "latency", "throughput", "resource"],
    unit: str,
    *,
    grows: bool,
) -> TrendRow:
    known = np.isfinite(found.low) and np.isfinite(found.high)
    return TrendRow(
        kind=kind,
        unit=unit,
        start=round(found.start, 4),
        end=round(found.end, 4),
        per_hour=float(f"{found.slope:.5g}"),
        ci95_per_hour=(float(f"{found.low:.5g}"), float(f"{found.high:.5g}")) if known else None,
        grows=bool(grows),
    )


def _part_row(e: Evidence, number: int, found: Trend, *, grows: bool) -> TrendRow:
    owner = e.owners.owner(number)
    if isinstance(owner, HopOwner):
        names = {"caller": owner.caller, "callee": owner.callee}
        return _row(found, "hop", "ms", grows=grows).model_copy(update=names)
    return _row(found, "service", "ms", grows=grows).model_copy(update={"service": owner.service})
