"""What an advice would change about the requests, so that a replay can say what it brings."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analyzer.findings.calls import CallSite
from analyzer.findings.survey import Seen, asked_again, long_runs
from analyzer.model.spans import Float64Array, Status

Step = tuple[int, int]
"""A call in a sequence: codes of its operation and of who is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """By what times are multiplied; both begin with ones.

    Attributes:
        own: float64[m], of each row's own time.
        whole: float64[m], of each row's own time and that of all below it.
    """

    own: Float64Array
    whole: Float64Array


class Fix(Protocol):
    """A change of some requests."""

    def change(self, seen: Seen, factors: Factors) -> None:
        """Multiply the factors of the rows of a batch that the change concerns."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOnce:
    """Of the calls of a site that come one after another, only the longest is left."""

    site: CallSite

    def change(self, seen: Seen, factors: Factors) -> None:
        """Remove the others."""
        calls = seen.calls
        places = np.flatnonzero(long_runs(calls) & (calls.site == calls.number_of(self.site)))
        if not places.size:
            return
        run = calls.run[places]
        order = np.lexsort((places, calls.took_ns[places], run))
        longest = np.append(np.diff(run[order]) != 0, True)  # the last of each run
        factors.whole[calls.row[places[order[~longest]]]] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DropRetried:
    """Calls of a site that failed and were made again are not made in the first place."""

    site: CallSite

    def change(self, seen: Seen, factors: Factors) -> None:
        """Remove them."""
        calls = seen.calls
        places = asked_again(calls)
        mine = places[calls.site[places] == calls.number_of(self.site)]
        factors.whole[calls.row[mine]] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FailFaster:
    """Failed calls of a site take this part of the time they took."""

    site: CallSite
    factor: float

    def change(self, seen: Seen, factors: Factors) -> None:
        """Shorten them."""
        calls = seen.calls
        mine = calls.failed & (calls.site == calls.number_of(self.site))
        factors.whole[calls.row[mine]] *= self.factor


@dataclass(frozen=True, slots=True, kw_only=True)
class FailRequestsFaster:
    """Failed requests that begin with an operation take this part of the time they took."""

    service: int
    operation: int
    factor: float

    def change(self, seen: Seen, factors: Factors) -> None:
        """Shorten them."""
        batch, roots = seen.batch, seen.tree.roots
        mine = (batch.service[roots] == self.service) & (batch.operation[roots] == self.operation)
        failed = batch.status[roots] == Status.ERROR
        factors.whole[roots[mine & failed]] *= self.factor


@dataclass(frozen=True, slots=True, kw_only=True)
class AllAtOnce:
    """Calls that an operation makes one after another run side by side.

    Attributes:
        service: who calls.
        parent: in which operation.
        sequels: which call may begin together with the one before it.
    """

    service: int
    parent: int
    sequels: frozenset[tuple[Step, Step]]

    def change(self, seen: Seen, factors: Factors) -> None:
        """Let each sequence take as long as its longest call.

        All its calls are scaled alike, so that their sum is what the longest takes: to whatever
        waits for the sequence this is as if they had begun together.
        """
        calls = seen.calls
        sites = [
            (row[0], row[1], (row[2], row[3]))
            for row in calls.sites.tolist()  # few
        ]
        chain: list[int] = []
        mine = np.array([(s, p) == (self.service, self.parent) for s, p, _ in sites], np.bool_)
        for place in np.flatnonzero(mine[calls.site]).tolist() if mine.any() else ():
            before = int(calls.follows[place])
            goes_on = (
                bool(chain)
                and before == chain[-1]
                and (sites[calls.site[before]][2], sites[calls.site[place]][2]) in self.sequels
            )
            if not goes_on:
                _side_by_side(chain, seen, factors)
                chain = []
            chain.append(place)
        _side_by_side(chain, seen, factors)


def _side_by_side(chain: list[int], seen: Seen, factors: Factors) -> None:
    took = seen.calls.took_ns[chain]
    if len(chain) > 1 and took.sum() > 0:
        factors.whole[seen.calls.row[chain]] *= took.max() / took.sum()


@dataclass(frozen=True, slots=True, kw_only=True)
class FasterOwn:
    """The own time of an operation is multiplied."""

    service: int
    operation: int
    factor: float

    def change(self, seen: Seen, factors: Factors) -> None:
        """Shorten its spans."""
        batch = seen.batch
        mine = (batch.service == self.service) & (batch.operation == self.operation)
        factors.own[mine & ~seen.calls.is_call] *= self.factor


@dataclass(frozen=True, slots=True, kw_only=True)
class FasterHop:
    """The way from a caller, or from any, to a callee and back is multiplied."""

    caller: int | None
    callee: int
    factor: float

    def change(self, seen: Seen, factors: Factors) -> None:
        """Shorten what of its calls is not the callee's."""
        calls = seen.calls
        hops = calls.callee == self.callee
        if self.caller is not None:
            hops &= seen.batch.service == self.caller
        sends = np.zeros(hops.size, np.bool_)
        sends[seen.tree.parent[seen.tree.remote & (seen.tree.parent >= 0)]] = True
        factors.own[hops & sends] *= self.factor


def factors_of(fixes: tuple[Fix, ...], seen: Seen) -> Float64Array:
    """By what the own time of each row is multiplied, float64[m, fixes], one fix at a time."""
    from analyzer.findings.fixes_kernel import inherit

    m = len(seen.batch)
    lanes = np.ones((m, len(fixes)))
    for lane, fix in enumerate(fixes):
        factors = Factors(own=np.ones(m), whole=np.ones(m))
        fix.change(seen, factors)
        inherit(seen.tree.order, seen.tree.parent, factors.whole)
        lanes[:, lane] = factors.own * factors.whole
    return lanes
