"""What each request would save if one owner of time were faster."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.model.spans import BoolArray, Int32Array, Int64Array
from analyzer.paths.timeline import Timeline

FACTORS = (0.9, 0.5, 0.0)
"""What is left of own time: 10 % faster, 50 % faster, removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings:
    """What requests would save by owner; g rows, those that save nothing left out.

    Attributes:
        requests: how many requests there are.
        request: int64[g], ascending.
        owner: int32[g].
        saved_ns: int64[g, lanes], one lane for each of `FACTORS`.
    """

    requests: int
    request: Int64Array
    owner: Int32Array
    saved_ns: Int64Array

    @classmethod
    def concat(cls, parts: Sequence["Savings"]) -> "Savings":
        """The savings of all parts' requests, numbered one part after the other."""
        begins = np.cumsum([0, *(part.requests for part in parts)])
        return cls(
            requests=int(begins[-1]),
            request=np.concatenate(
                [np.empty(0, np.int64)]
                + [part.request + begin for part, begin in zip(parts, begins[:-1], strict=True)]
            ),
            owner=np.concatenate([np.empty(0, np.int32)] + [part.owner for part in parts]),
            saved_ns=np.concatenate(
                [np.empty((0, len(FACTORS)), np.int64)] + [part.saved_ns for part in parts]
            ),
        )

    def take(self, requests: Int64Array) -> "Savings":
        """The savings of these requests, numbered by their place among them."""
        begins = np.searchsorted(self.request, requests, side="left")
        sizes = np.searchsorted(self.request, requests, side="right") - begins
        offset = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        rows = np.repeat(begins - offset[:-1], sizes) + np.arange(int(offset[-1]))
        return Savings(
            requests=int(requests.size),
            request=np.repeat(np.arange(requests.size), sizes),
            owner=self.owner[rows],
            saved_ns=self.saved_ns[rows],
        )


def savings(
    times: Timeline,
    waited: BoolArray,
    own_ns: Int64Array,
    owner: Int32Array,
    growth: Int64Array,
) -> Savings:
    """What each request saves if one of its owners is faster by `FACTORS`, the others as they were.

    Args:
        times: the requests of a batch.
        waited: bool[m], whether each row was waited for.
        own_ns: int64[m], own time on the critical path.
        owner: int32[k], the owner of each row of `times.order`; below 0 for nobody.
        growth: int64[owners, owners], to which is added, for each owner that is removed, what every
            owner then has more on the critical path, in ns.
    """
    from analyzer.attribution.gains_kernel import mark_reaching, save_by_owner

    m = times.parent.size
    owner_of = np.full(m, -1, np.int32)
    owner_of[times.order] = owner
    reaching = np.zeros(m, np.bool_)
    mark_reaching(times, waited, reaching)
    request, whose, saved_ns = save_by_owner(
        times, own_ns, reaching, owner_of, growth.shape[1], np.array(FACTORS), growth
    )
    return Savings(requests=times.offset.size - 1, request=request, owner=whose, saved_ns=saved_ns)
