"""Where throughput stops to grow with load: the Universal Scalability Law, fitted.

X(N) = rate N / (1 + contention (N - 1) + coherency N (N - 1)): without contention and coherency
throughput grows for ever; contention bends it towards a ceiling of rate / contention; coherency
makes it fall behind a peak at N = sqrt((1 - contention) / coherency). Source: N. Gunther, Guerrilla
Capacity Planning (2007), chapters 4 to 6.
"""

import math
from dataclasses import dataclass

import numpy as np

from analyzer.model.spans import BoolArray, Float64Array
from analyzer.ranking.scaling_load import Windows

GROUPS = 10
"""Windows of like load are averaged in so many groups: the law is about means, while the throughput
of a single short window is mostly chance."""

FEWEST_GROUPS = 5
FEWEST_A_GROUP = 3
FEWEST_A_WINDOW = 5
"""Windows of a group, and requests that end in a window on the average, for either to mean much."""

LEAST_RANGE = 2.0
"""The load must vary by this factor between tenths of the run, the highest and the lowest left out
(starting and draining). Within moments it varies under steady load too, but there a throughput that
falls as more are in flight only says that users who wait do not ask."""

LEAST_R2 = 0.8
"""The share of the variance between groups that a fit must explain."""

NEAR = 0.85
"""Data reach a knee if they come to this part of its throughput: what lies beyond is a guess."""

AT_CAPACITY = 0.95
"""Users suffice for the capacity if this much of it was reached with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalabilityLaw:
    """A fitted law; `rate` is the throughput of one request at a time."""

    rate: float
    contention: float
    coherency: float
    r2: float

    def throughput(self, in_flight: Float64Array) -> Float64Array:
        """Requests a second at each number of requests in flight."""
        n = in_flight
        bent = 1 + self.contention * (n - 1) + self.coherency * n * (n - 1)
        found: Float64Array = self.rate * n / bent
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Knee:
    """Where throughput stops to grow.

    Attributes:
        law: the law it was found by.
        in_flight: the load there: of a peak its place, of a ceiling where growth without contention
            would meet it.
        throughput_rps: the most that the system can do.
        users: the fewest users that reached it; None where no users are known.
    """

    law: ScalabilityLaw
    in_flight: float
    throughput_rps: float
    users: int | None


def knee_of(w: Windows) -> Knee | None:
    """The knee; None where load varied too little, the fit is poor or the data end far before."""
    n, x = _grouped(w)
    if n.size < FEWEST_GROUPS or not _varies(w.in_flight):
        return None
    law = fit(n, x)
    return _knee(law, float(n[-1]), w) if law is not None and law.r2 >= LEAST_R2 else None


def _varies(in_flight: Float64Array) -> bool:
    tenths = sorted(part.mean() for part in np.array_split(in_flight, 10) if part.size)
    return len(tenths) > 3 and bool(tenths[-2] >= LEAST_RANGE * tenths[1])


def _grouped(w: Windows) -> tuple[Float64Array, Float64Array]:
    """Mean load and mean throughput of groups of windows of like load, the lowest load first."""
    usable = np.flatnonzero(w.in_flight >= 1)  # below 1 nothing stands in another's way
    groups = min(GROUPS, usable.size // FEWEST_A_GROUP)
    seconds = float(w.edge_ns[1] - w.edge_ns[0]) / 1e9 if w.edge_ns.size > 1 else 0.0
    if not groups or w.throughput_rps[usable].mean() * seconds < FEWEST_A_WINDOW:
        return np.zeros(0), np.zeros(0)
    ascending = usable[np.lexsort((usable, w.in_flight[usable]))]
    parts = np.array_split(ascending, groups)
    return (
        np.array([w.in_flight[part].mean() for part in parts]),
        np.array([w.throughput_rps[part].mean() for part in parts]),
    )


def fit(n: Float64Array, x: Float64Array) -> ScalabilityLaw | None:
    """The law closest to throughput `x` at load `n`, contention and coherency never negative.

    N / X is linear in 1 / rate, contention / rate and coherency / rate. Weights make its error that
    of X, which counts requests and so varies with the root of X.
    """
    seen = x > 0
    n, x = n[seen], x[seen]
    if n.size < 3:
        return None
    columns = np.stack([np.ones(n.size), n - 1, n * (n - 1)], axis=1)
    weight = x**1.5 / n
    best: ScalabilityLaw | None = None
    least = math.inf
    for kept in ((0, 1, 2), (0, 1), (0, 2), (0,)):
        found = _solve(columns[:, kept] * weight[:, None], n / x * weight)
        if found is None or (found < 0).any() or found[0] <= 0:
            continue
        a, b, c = (float(found[kept.index(i)]) if i in kept else 0.0 for i in range(3))
        law = ScalabilityLaw(rate=1 / a, contention=b / a, coherency=c / a, r2=0.0)
        errors = (x - law.throughput(n)) ** 2
        error = float((errors / np.maximum(x, 1e-9)).sum())
        if error < least * (1 - 1e-9):
            spread = float(((x - x.mean()) ** 2).sum())
            r2 = 1 - float(errors.sum()) / spread if spread > 0 else 0.0
            best, least = (
                ScalabilityLaw(
                    rate=law.rate, contention=law.contention, coherency=law.coherency, r2=r2
                ),
                error,
            )
    return best


def _solve(a: Float64Array, b: Float64Array) -> Float64Array | None:
    """Least squares; None where the columns do not tell the unknowns apart."""
    scale = np.linalg.norm(a, axis=0)
    if (scale == 0).any():
        return None
    found, _, rank, _ = np.linalg.lstsq(a / scale, b, rcond=1e-9)
    if rank < a.shape[1]:
        return None
    solution: Float64Array = found / scale
    return solution


def _knee(law: ScalabilityLaw, reached: float, w: Windows) -> Knee | None:
    """The law's peak or its ceiling, if the data come near to it."""
    if law.coherency > 0 and law.contention < 1:
        at = max(math.sqrt((1 - law.contention) / law.coherency), 1.0)
        most = float(law.throughput(np.array([at]))[0])
    elif law.contention > 0 and law.coherency == 0:
        at = max(1 / law.contention, 1.0)
        most = law.rate / law.contention
    else:
        return None
    there = float(law.throughput(np.array([min(reached, at) if law.coherency else reached]))[0])
    if there < NEAR * most:
        return None
    return Knee(law=law, in_flight=at, throughput_rps=most, users=_users(w, min(most, there)))


def _users(w: Windows, throughput_rps: float) -> int | None:
    enough: BoolArray = (w.users > 0) & (w.throughput_rps >= AT_CAPACITY * throughput_rps)
    return int(w.users[enough].min()) if enough.any() else None
