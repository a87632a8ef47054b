"""Which attribute values slow requests have more often than typical ones, beyond chance.

Compared are requests of one endpoint that began at like load: load makes requests slow, and what
there is more of under load (connections, instances that were started late) does not.

Values are picked one after another: the one that explains most of the excess first. Further ones
are then compared only among requests that are alike in those picked before, so that what merely
goes along with a picked value (the threads of a slow instance) is not named again.
"""

from dataclasses import dataclass

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model.spans import BoolArray, Float64Array, Int32Array, Int64Array, trace_id_hex
from analyzer.ranking.scaling_load import in_flight_at_start
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.ranking.tail_groups import Groups
from analyzer.ranking.tail_significance import Counts, chances
from analyzer.report.model import TailAttribute

CHANCE = 0.01
"""How likely a run without any cause may have one named, over all values tested (Bonferroni)."""

FEWEST_WITH = 5
"""Requests, slow and typical, that must have a value: fewer prove nothing among many tries."""

LEAST_EXCESS = 0.05
"""A value must explain this share of the excess to be worth naming, however certain it is."""

MOST_VALUES = 8
"""Values that are named."""

SAME_REQUESTS = 0.9
"""Two values whose requests overlap so far (intersection over union) are one cause."""

MOST_SLOW = 2_000
CONTROLS = 4
FEWEST_CONTROLS = 500
"""Slow requests that are looked at, of all endpoints; typical ones of an endpoint for each of them,
and at least."""

LOAD_LEVELS = 3
"""Requests began at like load if they did in the same third of it."""

MOST_ALSO = 4
EXEMPLARS = 3


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Trait:
    """That a span of a service has an attribute value."""

    service: str
    attribute: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """Which of the requests looked at have which traits.

    Attributes:
        looked_at: int64[l], positions of the requests that were looked at, ascending.
        request: int64[k], index into `looked_at`; k pairs, each once.
        trait: int32[k], index into `names`.
        names: the traits, in order.
    """

    looked_at: Int64Array
    request: Int64Array
    trait: Int32Array
    names: tuple[Trait, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """The values that tell slow requests from typical ones, and how many were tested."""

    rows: tuple[TailAttribute, ...]
    tested: int


def requests_to_look_at(c: Contributions, g: Groups) -> Int64Array:
    """Positions of slow requests and of typical ones to compare them with, ascending.

    More than four controls a case add next to nothing to a comparison's power, and thousands of
    cases show whatever explains a twentieth of them. So of many requests of an endpoint every
    so-manieth is taken, in the order of trace ids, which is no order.
    """
    endpoint = c.requests.endpoint
    n_slow = np.bincount(endpoint[g.slow], minlength=len(c.endpoints))
    slow = _thinned(g.slow, endpoint, np.maximum(n_slow * MOST_SLOW // g.slow.size, 1))
    n_slow = np.bincount(endpoint[slow], minlength=len(c.endpoints))
    wanted = np.maximum(CONTROLS * n_slow, FEWEST_CONTROLS)
    return np.sort(np.concatenate([slow, _thinned(g.typical, endpoint, wanted)]))


def _thinned(rows: Int64Array, endpoint: Int32Array, wanted: Int64Array) -> Int64Array:
    """About so many of these requests of each endpoint, at equal distances."""
    count = np.bincount(endpoint[rows], minlength=wanted.size)
    every = np.maximum(count // np.maximum(wanted, 1), 1)
    order = rows[np.argsort(endpoint[rows], kind="stable")]
    begins = np.cumsum(count) - count
    place = np.arange(order.size) - begins[endpoint[order]]
    thinned: Int64Array = order[place % every[endpoint[order]] == 0]
    return thinned


def telling_traits(
    c: Contributions, g: Groups, traits: Traits, excess: dict[str, float]
) -> Telling:
    """The traits that explain why requests are slow, the most explaining first.

    Args:
        c: the contributions of all requests.
        g: slow and typical requests.
        traits: what the requests looked at have.
        excess: by service, by how much slow requests spend more on it and its hops: where several
            values are the same requests', the one of the service that makes the difference leads.
    """
    at = _Comparison.of(c, g, traits)
    tested = np.flatnonzero(at.testable())
    if not tested.size:
        return Telling(rows=(), tested=0)
    explained = at.explained()
    rows: list[TailAttribute] = []
    stratum = _numbered(at.endpoint * LOAD_LEVELS + _load_levels(c)[at.position])
    left = set(tested.tolist())
    while len(rows) < MOST_VALUES:
        candidates = np.array(sorted(left), np.int64)
        p = np.minimum(chances(at.counts(stratum, candidates)) * tested.size, 1.0)
        good = (p <= CHANCE) & (explained[candidates] >= LEAST_EXCESS)
        if not good.any():
            break
        candidates, p = candidates[good], p[good]
        best = int(candidates[np.argmax(explained[candidates])])  # of equal ones the first name
        same = at.same_requests(best, candidates)
        leading = min(
            candidates[same].tolist(),
            key=lambda t: (
                -excess.get(traits.names[t].service, 0.0),
                *_plainness(traits.names[t]),
                t,
            ),
        )
        chance = float(p[np.flatnonzero(candidates == leading)[0]])
        also = [traits.names[t] for t in candidates[same].tolist() if t != leading]
        rows.append(at.row(leading, chance, float(explained[leading]), also))
        left -= set(candidates[same].tolist())
        stratum = _numbered(stratum * 2 + at.has(leading))
        if not left:
            break
    return Telling(rows=tuple(rows), tested=tested.size)


def _load_levels(c: Contributions) -> Int64Array:
    """int64[r], at which third of the run's load each request began."""
    load = in_flight_at_start(c.requests)
    parts = np.arange(1, LOAD_LEVELS) / LOAD_LEVELS
    level: Int64Array = np.searchsorted(np.quantile(load, parts), load, side="left")
    return level


def _plainness(trait: Trait) -> tuple[int, int]:
    """Of several names for one thing the plainest: which process it was, then short ones."""
    return (trait.attribute != INSTANCE, len(trait.attribute) + len(trait.value))


INSTANCE = "instance"
"""The attribute that says which process of a service it was."""


def _numbered(keys: Int64Array) -> Int64Array:
    number: Int64Array = np.unique(keys, return_inverse=True)[1].reshape(-1)
    return number


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    """The requests looked at, and who of them has what.

    Attributes:
        position: int64[l], where each request stands among all.
        slow: bool[l].
        endpoint: int64[l], numbered without gaps.
        excess_ns: float64[l], by how much a slow request is slower; 0 for typical ones.
    """

    c: Contributions
    traits: Traits
    position: Int64Array
    slow: BoolArray
    endpoint: Int64Array
    excess_ns: Float64Array

    @classmethod
    def of(cls, c: Contributions, g: Groups, traits: Traits) -> "_Comparison":
        position = traits.looked_at
        excess = np.zeros(len(c.requests))
        excess[g.slow] = g.excess_ns
        return cls(
            c=c,
            traits=traits,
            position=position,
            slow=g.slow_weight[position] > 0,
            endpoint=_numbered(c.requests.endpoint[position].astype(np.int64)),
            excess_ns=excess[position],
        )

    def testable(self) -> BoolArray:
        """bool[v], values that some requests have and some have not, whoever is slow."""
        n = np.bincount(self.traits.trait, minlength=len(self.traits.names))
        enough: BoolArray = (n >= FEWEST_WITH) & (n < self.position.size)
        return enough

    def counts(self, stratum: Int64Array, values: Int64Array) -> Counts:
        """Who has these values, by stratum."""
        strata = int(stratum.max()) + 1
        row = np.full(len(self.traits.names), -1, np.int64)
        row[values] = np.arange(values.size)
        wanted = row[self.traits.trait] >= 0
        request = self.traits.request[wanted]
        key = row[self.traits.trait[wanted]] * strata + stratum[request]
        shape = (values.size, strata)
        slow = self.slow[request]
        return Counts(
            slow_with=np.bincount(key[slow], minlength=values.size * strata).reshape(shape),
            typical_with=np.bincount(key[~slow], minlength=values.size * strata).reshape(shape),
            slow=np.bincount(stratum[self.slow], minlength=strata),
            typical=np.bincount(stratum[~self.slow], minlength=strata),
        )

    def explained(self) -> Float64Array:
        """float64[v], the share of the excess that each value explains (attributable fraction).

        If a value is on requests with the share e of the excess, and on the share t of typical
        requests, then (e - t) / (1 - t) would be gone if it made nobody slower. Source: O.
        Miettinen, Proportion of disease caused or prevented by a given exposure (1974).
        """
        values, request = self.traits.trait, self.traits.request
        n = len(self.traits.names)
        whole = max(float(self.excess_ns.sum()), 1.0)
        of_excess = np.bincount(values, weights=self.excess_ns[request], minlength=n) / whole
        endpoints = int(self.endpoint.max()) + 1
        by_endpoint = np.bincount(self.endpoint, weights=self.excess_ns, minlength=endpoints)
        typical = np.bincount(self.endpoint[~self.slow], minlength=endpoints)
        weight = np.where(
            self.slow, 0.0, (by_endpoint / whole / np.maximum(typical, 1))[self.endpoint]
        )
        of_typical = np.bincount(values, weights=weight[request], minlength=n)
        share: Float64Array = np.clip(
            (of_excess - of_typical) / np.maximum(1 - of_typical, 1e-9), 0, 1
        )
        return share

    def has(self, value: int) -> BoolArray:
        """bool[l], the requests that have a value."""
        found = np.zeros(self.position.size, np.bool_)
        found[self.traits.request[self.traits.trait == value]] = True
        return found

    def same_requests(self, value: int, others: Int64Array) -> BoolArray:
        """bool[o], the values that (nearly) the same requests have, itself among them."""
        mine = self.has(value)
        n = len(self.traits.names)
        size = np.bincount(self.traits.trait, minlength=n)
        shared = np.bincount(self.traits.trait[mine[self.traits.request]], minlength=n)
        union = size + np.count_nonzero(mine) - shared
        same: BoolArray = (shared >= SAME_REQUESTS * union)[others]
        return same

    def row(self, value: int, chance: float, explained: float, also: list[Trait]) -> TailAttribute:
        """What the report says of a value."""
        n = self.counts(self.endpoint, np.array([value]))
        slow, typical = n.slow, np.maximum(n.typical, 1)
        trait = self.traits.names[value]
        excess_ms = float(self.excess_ns.sum()) / max(int(slow.sum()), 1) / NS_PER_MS
        return TailAttribute(
            service=trait.service,
            attribute=trait.attribute,
            value=trait.value,
            slow_requests=int(n.slow_with.sum()),
            slow_share=round(float(n.slow_with.sum() / slow.sum()), 6),
            typical_share=round(float((n.typical_with[0] / typical) @ (slow / slow.sum())), 6),
            odds_ratio=float(f"{n.odds_ratios()[0]:.4g}"),
            p_adjusted=float(f"{chance:.2e}"),
            excess_ms=round(explained * excess_ms, 3),
            excess_share=round(explained, 6),
            also=tuple(f"{t.service} {t.attribute}={t.value}" for t in also[:MOST_ALSO]),
            exemplars=self._exemplars(value),
        )

    def _exemplars(self, value: int) -> tuple[str, ...]:
        """Trace ids of the slow requests with the value that have the largest excess."""
        mine = np.flatnonzero(self.has(value) & self.slow)
        largest = mine[np.lexsort((mine, -self.excess_ns[mine]))][:EXEMPLARS]
        ids = self.c.requests
        return tuple(
            trace_id_hex(int(ids.trace_hi[r]), int(ids.trace_lo[r]))
            for r in self.position[largest].tolist()
        )
