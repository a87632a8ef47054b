"""Every call of the requests of two runs: whose it was and how long it worked by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from analyzer.attribution.contributions import Contributions, Entity
from analyzer.model.spans import BoolArray, Int32Array, Int64Array
from analyzer.model.traces import Batch, Nested, Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """q calls, one for each span of a request, request by request.

    Attributes:
        request: int64[q], whose call it is.
        entity: int32[q], index into the entities of the contributions beside it.
        own_ns: int64[q], how long it worked by itself; of a call to another service, the gap
            between the client's and the server's span.
        awaited: bool[q], whether the request waited for it.
    """

    request: Int64Array
    entity: Int32Array
    own_ns: Int64Array
    awaited: BoolArray

    @classmethod
    def concat(cls, parts: Sequence["Calls"]) -> "Calls":
        """The calls of all parts, whose numbers must already be those of the whole."""
        return cls(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in _FIELDS})


_FIELDS = fields(Calls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How often the requests of a run count, where services recorded only some.

    Attributes:
        times: int64[r], how many copies of each request there are; 0 where others stand for it.
        each: for how many requests a copy stands.
    """

    times: Int64Array
    each: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What some whole traces show: contributions, and the calls behind them."""

    contributions: Contributions
    calls: Calls

    @classmethod
    def merge(cls, parts: Sequence["Measured"]) -> "Measured":
        """What all their traces show; no trace may be in two parts."""
        merged = Contributions.merge([part.contributions for part in parts])
        code = {entity: number for number, entity in enumerate(merged.entities)}
        begins = np.cumsum([0, *(len(part.contributions.requests) for part in parts)])
        calls = [
            _renumbered(part, code, int(begin))
            for part, begin in zip(parts, begins[:-1], strict=True)
        ]
        return cls(contributions=merged, calls=Calls.concat(calls))

    def take(self, requests: Int64Array) -> "Measured":
        """What these requests alone show; positions ascending, each once."""
        kept = np.zeros(len(self.contributions.requests), np.bool_)
        kept[requests] = True
        calls = np.flatnonzero(kept[self.calls.request])
        place = np.cumsum(kept) - 1
        return Measured(
            contributions=self.contributions.take(requests),
            calls=Calls(
                request=place[self.calls.request[calls]],
                entity=self.calls.entity[calls],
                own_ns=self.calls.own_ns[calls],
                awaited=self.calls.awaited[calls],
            ),
        )


def calls_of(batch: Batch, tree: Tree, nested: Nested, entity: Int32Array) -> Calls:
    """The calls of a batch.

    Args:
        batch: the spans.
        tree: whose parent is who.
        nested: times after repair.
        entity: int32[k], the entity of each row of the tree's order.
    """
    from analyzer.comparison.own_time_kernel import own_times

    own_ns = np.zeros(len(batch), np.int64)
    awaited = np.zeros(len(batch), np.bool_)
    own_times(batch, tree, nested, own_ns, awaited)
    return Calls(
        request=np.repeat(np.arange(tree.requests), np.diff(tree.offset)),
        entity=entity,
        own_ns=own_ns[tree.order],
        awaited=awaited[tree.order],
    )


def _renumbered(part: Measured, code: Mapping[Entity, int], begin: int) -> Calls:
    entity = np.array([code[e] for e in part.contributions.entities], np.int32)
    calls = part.calls
    return Calls(
        request=calls.request + begin,
        entity=entity[calls.entity],
        own_ns=calls.own_ns,
        awaited=calls.awaited,
    )
