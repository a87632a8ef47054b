"""When conditions held that somebody wants to be alerted of.

Figures are those of single seconds. A second in which no request ended says nothing of times and
errors: it neither ends what began before it, nor begins anything.

```
p95 > 500ms for 3s      .  !  !  !  .  !  !  .        ! above   . below   (blank) nothing ended
                           |--------|                 one alert of three seconds
                                       |-----         too short for another
```
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from analyzer.attribution.contributions import Contributions, Endpoint, Requests
from analyzer.conditions import ERRORS, IN_FLIGHT, THROUGHPUT, Condition
from analyzer.model.spans import BoolArray, Float64Array
from analyzer.ranking.requests import NS_PER_S, busy_ns, observed
from analyzer.ranking.statistics import NS_PER_MS, percentile_ms

_FRACTIONS = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """Some seconds on end in which a condition held, long enough; in seconds of the run.

    Attributes:
        begin: the first.
        end: the one after the last; None if it still held when the run ended.
        worst: the value furthest from the bound.
    """

    begin: int
    end: int | None
    worst: float


def episodes(condition: Condition, values: Float64Array) -> tuple[Episode, ...]:
    """When a condition held.

    Args:
        condition: the condition.
        values: float64[s], its figure in each second; NaN where nothing is known.
    """
    holds = values > condition.bound if condition.above else values < condition.bound
    worst = max if condition.above else min
    found = []
    begin, last = -1, -1
    for second, value in enumerate(values.tolist()):
        if holds[second]:
            begin, last = (second if begin < 0 else begin), second
        elif begin >= 0 and not math.isnan(value):
            found.append((begin, last, second))
            begin = -1
    if begin >= 0:
        found.append((begin, last, -1))
    return tuple(
        Episode(
            begin=first,
            end=None if over < 0 else final + 1,
            worst=worst(v for v in values[first : final + 1].tolist() if not math.isnan(v)),
        )
        for first, final, over in found
        if final + 1 - first >= condition.seconds
    )


def by_second(
    condition: Condition, found: Contributions, *, first: int = 0, spare_s: int = 0
) -> Float64Array:
    """The condition's figure in each whole second of the run, float64[s]; NaN where not known.

    Args:
        condition: whose figure.
        found: the contributions of the run's requests.
        first: the first second that is looked at; nothing is known of those before.
        spare_s: so many of the last seconds are left out, as requests of them may be on their way.
    """
    begin, end = observed(found.requests)
    seconds = max(0, (end - begin) // NS_PER_S - spare_s)
    values = np.full(seconds, np.nan)
    if seconds <= first:
        return values
    ends = found.requests.start_ns + found.requests.duration_ns
    late_enough = ends >= begin + first * NS_PER_S
    requests = found.requests.take(np.flatnonzero(_wanted(condition, found) & late_enough))
    start, finish = requests.start_ns - begin, requests.start_ns - begin + requests.duration_ns
    if condition.figure == IN_FLIGHT:
        busy = busy_ns(start, finish, NS_PER_S, seconds)
        values[first:] = busy[first:] / NS_PER_S
        return values
    inside = np.flatnonzero(finish < seconds * NS_PER_S)
    second = finish[inside] // NS_PER_S
    if condition.figure == THROUGHPUT:
        values[first:] = np.bincount(second, minlength=seconds)[first:]
        return values
    _fill(condition.figure, requests.take(inside), second, values)
    return values


def _fill(figure: str, requests: Requests, second: np.ndarray, values: Float64Array) -> None:
    """Put in the figure of the requests of each second that has any."""
    order = np.lexsort((requests.duration_ns, second))
    duration_ns, failed = requests.duration_ns[order], requests.failed[order]
    bounds = np.searchsorted(second[order], np.arange(values.size + 1))
    for i in np.flatnonzero(np.diff(bounds)).tolist():
        of = slice(int(bounds[i]), int(bounds[i + 1]))
        if figure == ERRORS:
            values[i] = float(failed[of].mean())
        elif figure in _FRACTIONS:
            values[i] = percentile_ms(duration_ns[of], _FRACTIONS[figure])
        else:
            values[i] = float(duration_ns[of].mean()) / NS_PER_MS


def _wanted(condition: Condition, found: Contributions) -> BoolArray:
    """bool[r], the requests the condition is about: those whose begin is there, if any is."""
    requests = found.requests
    wanted = ~requests.rootless
    if not wanted.any():
        wanted = np.ones(len(requests), np.bool_)
    if condition.endpoint is not None and found.endpoints:
        named = np.array([is_named(condition.endpoint, e) for e in found.endpoints], np.bool_)
        wanted &= named[requests.endpoint]
    return wanted


def is_named(name: str, endpoint: Endpoint) -> bool:
    """Whether a name means an endpoint: its operation, or that without its method."""
    return name in (endpoint.operation, endpoint.operation.partition(" ")[2])


def unknown_endpoints(
    conditions: Iterable[Condition], endpoints: Iterable[Endpoint]
) -> tuple[str, ...]:
    """The endpoints that conditions name and nobody asked for, each once."""
    known = tuple(endpoints)
    named = dict.fromkeys(c.endpoint for c in conditions if c.endpoint is not None)
    return tuple(name for name in named if not any(is_named(name, e) for e in known))
