"""Two runs side by side in one table, and which of their requests can be compared."""

from dataclasses import dataclass

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.comparison.calls import Calls, Counted, Measured
from analyzer.model.spans import BoolArray, Float64Array, Int32Array, Int64Array
from analyzer.ranking.owners import HopOwner, Owners, ServiceOwner, find_owners

BASE, CANDIDATE = 0, 1

LEAST_REQUESTS = 10
"""Requests of an endpoint on both sides from which on its calls get medians of their own: the
middle of fewer moves with each single one of them."""

NOT_COMPARED = -1
"""The stratum of requests to an endpoint that only one of the runs asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two runs in one table; the base's requests come first.

    Attributes:
        found: contributions of the requests of both.
        calls: the calls of both.
        base_requests: how many of the requests are the base's.
        times: int64[r], how often each request counts, at least once; more than once where services
            recorded only some and it stands for others.
        each: for how many requests of the base, and of the candidate, each of these times stands.
        owners: who owns the entities, learned from both, so that a name means the same in both.
        owner_of_operation: int64[o], the service (0 ..) or hop (len(services) ..) of each
            operation.
    """

    found: Contributions
    calls: Calls
    base_requests: int
    times: Int64Array
    each: tuple[float, float]
    owners: Owners
    owner_of_operation: Int64Array

    @classmethod
    def from_runs(
        cls,
        base: Measured,
        candidate: Measured,
        counted: tuple[Counted | None, Counted | None] = (None, None),
    ) -> "Pair":
        """Put two runs side by side.

        Args:
            base: what the run shows that is as it should be.
            candidate: what the run in question shows.
            counted: how often the requests of either count; None for each once.
        """
        counting = [_counting(*run) for run in zip((base, candidate), counted, strict=True)]
        base, candidate = (measured for measured, _ in counting)
        times = [of.times for _, of in counting]
        both = Measured.merge([base, candidate])
        owners = _with_all_ends(find_owners(both.contributions.entities, both.contributions.cells))
        owner_of_operation = np.empty(len(owners.operations), np.int64)
        owner_of_operation[owners.operation_of] = owners.of
        return cls(
            found=both.contributions,
            calls=both.calls,
            base_requests=len(base.contributions.requests),
            times=np.concatenate(times),
            each=(counting[0][1].each, counting[1][1].each),
            owners=owners,
            owner_of_operation=owner_of_operation,
        )

    @property
    def side(self) -> Int64Array:
        """int64[r], `BASE` or `CANDIDATE` for each request."""
        return (np.arange(len(self.found.requests)) >= self.base_requests).astype(np.int64)

    @property
    def recorded(self) -> tuple[int, int]:
        """How many requests of the base were recorded, and of the candidate."""
        return self.base_requests, len(self.found.requests) - self.base_requests

    @property
    def requests(self) -> tuple[int, int]:
        """How many requests the base has, and the candidate, each as often as it counts."""
        split = self.base_requests
        return int(self.times[:split].sum()), int(self.times[split:].sum())

    def is_hop(self, operation: int) -> bool:
        """Whether an operation is the call on a hop."""
        return bool(self.owner_of_operation[operation] >= len(self.owners.services))

    def hop(self, operation: int) -> HopOwner:
        """The hop of an operation that is one."""
        split = len(self.owners.services)
        return self.owners.hops[int(self.owner_of_operation[operation]) - split]


def _counting(run: Measured, counted: Counted | None) -> tuple[Measured, Counted]:
    """The requests of a run that count, and how often."""
    if counted is None:
        once = np.ones(len(run.contributions.requests), np.int64)
        return run, Counted(times=once, each=1.0)
    rows = np.flatnonzero(counted.times)
    return run.take(rows), Counted(times=counted.times[rows], each=counted.each)


def _with_all_ends(owners: Owners) -> Owners:
    """The same owners, and as services also those that are only known as an end of a hop."""
    known = {s.service for s in owners.services}
    ends = {end for hop in owners.hops for end in (hop.caller, hop.callee)} - known
    if not ends:
        return owners
    old = owners.services
    new = tuple(sorted([*old, *(ServiceOwner(service=e, inferred=False) for e in ends)]))
    place = np.array(
        [new.index(service) for service in old]
        + list(range(len(new), len(new) + len(owners.hops))),
        np.int64,
    )
    return Owners(
        services=new,
        hops=owners.hops,
        operations=owners.operations,
        of=place[owners.of],
        operation_of=owners.operation_of,
        protocols=owners.protocols,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Strata:
    """Requests that are alike: those to one endpoint. s strata.

    Attributes:
        of_request: int32[r], the stratum of each request, or `NOT_COMPARED`.
        requests: int64[2, s], how many each side has.
        weight: float64[s], the part of all compared requests, the mean of both sides' parts.
        endpoints: int64[e], the endpoints that are compared, ascending.
        of_endpoint: int64[e], the stratum of each.
        endpoint_weight: float64[e], as `weight`, by endpoint.
    """

    of_request: Int32Array
    requests: Int64Array
    weight: Float64Array
    endpoints: Int64Array
    of_endpoint: Int64Array
    endpoint_weight: Float64Array

    @property
    def compared(self) -> BoolArray:
        """bool[r], which requests are compared."""
        return np.not_equal(self.of_request, NOT_COMPARED)

    def is_shared(self, stratum: int) -> bool:
        """Whether a stratum holds several endpoints, so that it tells little about each."""
        return int((self.of_endpoint == stratum).sum()) > 1


def find_strata(pair: Pair) -> Strata:
    """Sort the requests into strata.

    Medians within an endpoint, each endpoint counted by the mean of its shares in both runs, are
    what another mix of traffic does not move. Endpoints with few requests are one stratum.
    """
    asked = requests_by_endpoint(pair)
    endpoints = np.flatnonzero((asked > 0).all(axis=0))
    asked = asked[:, endpoints]
    often = (recorded_by_endpoint(pair)[:, endpoints] >= LEAST_REQUESTS).all(axis=0)
    of_endpoint = np.where(often, np.cumsum(often) - 1, int(often.sum()))
    requests = np.zeros((2, int(of_endpoint.max(initial=-1)) + 1), np.int64)
    for side in (BASE, CANDIDATE):
        np.add.at(requests[side], of_endpoint, asked[side])
    stratum_of = np.full(len(pair.found.endpoints), NOT_COMPARED, np.int32)
    stratum_of[endpoints] = of_endpoint
    return Strata(
        of_request=stratum_of[pair.found.requests.endpoint],
        requests=requests,
        weight=_mean_share(requests),
        endpoints=endpoints,
        of_endpoint=of_endpoint,
        endpoint_weight=_mean_share(asked),
    )


def _mean_share(requests: Int64Array) -> Float64Array:
    """The mean of both sides' shares of int64[2, n] requests."""
    shares: Float64Array = requests / np.maximum(requests.sum(axis=1, keepdims=True), 1)
    return np.asarray(shares.mean(axis=0), np.float64)


def requests_by_endpoint(pair: Pair) -> Int64Array:
    """int64[2, e], how many requests to each endpoint each side has, as often as they count."""
    found = np.zeros((2, len(pair.found.endpoints)), np.int64)
    np.add.at(found, (pair.side, pair.found.requests.endpoint), pair.times)
    return found


def recorded_by_endpoint(pair: Pair) -> Int64Array:
    """int64[2, e], how many requests to each endpoint were recorded on each side."""
    found = np.zeros((2, len(pair.found.endpoints)), np.int64)
    np.add.at(found, (pair.side, pair.found.requests.endpoint), 1)
    return found
