"""Spans through the compiled steps, as one batch, and what tests look at afterwards."""

from dataclasses import dataclass
from itertools import pairwise

from analyzer.model.spans import Spans
from analyzer.model.traces import Batch, Joined, Nested, Paths, Tree
from analyzer.paths.reference import PathSpan
from analyzer.paths.walk import name_hashes, walk
from analyzer.repair import adoption, steps
from analyzer.repair.adoption import Holding
from analyzer.repair.steps import RepairOptions
from tests.builders import US


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """A batch after the walk."""

    spans: Spans
    batch: Batch
    joined: Joined
    tree: Tree
    nested: Nested
    paths: Paths
    sites: frozenset[Holding]

    def name(self, at: int) -> str:
        """The operation of the span at a position; '-' for what is no position."""
        return self.spans.names[self.batch.operation[at]] if at >= 0 else "-"

    def parents(self) -> dict[str, str]:
        """By span: its parent."""
        return {self.name(i): self.name(int(p)) for i, p in enumerate(self.tree.parent)}

    def positions(self) -> list[list[int]]:
        """The positions of each request's spans, its root first, the others in order."""
        order = self.tree.order.tolist()
        return [
            [order[begin], *sorted(order[begin + 1 : end])]
            for begin, end in pairwise(self.tree.offset.tolist())
        ]

    def requests(self) -> list[list[str]]:
        """The names of each request's spans, its root first."""
        return [[self.name(at) for at in request] for request in self.positions()]

    def path_spans(self, request: list[int]) -> list[PathSpan]:
        """A request, by the positions of its spans, as the plain walk takes it."""
        place = {at: k for k, at in enumerate(request)}
        return [
            PathSpan(
                span_id=int(self.batch.span_id[at]),
                parent=place[int(self.tree.parent[at])] if k else -1,
                low_ns=int(self.nested.low_ns[at]),
                high_ns=int(self.nested.high_ns[at]),
                waited=bool(self.nested.waited[at]),
            )
            for k, at in enumerate(request)
        ]

    def waited(self, unit_ns: int = US) -> dict[str, str]:
        """By span that was waited for: the interval in which it was, on the root's clock."""
        return {
            self.name(i): f"{low // unit_ns}-{high // unit_ns}"
            for i, (low, high) in enumerate(
                zip(self.nested.low_ns.tolist(), self.nested.high_ns.tolist(), strict=True)
            )
            if self.nested.waited[i]
        }

    def asynchronous(self) -> list[str]:
        """The spans that nobody waited for."""
        return sorted(self.name(i) for i in self.nested.asynchronous.nonzero()[0].tolist())

    def own(self, unit_ns: int = US) -> dict[str, int]:
        """By span with own time on the critical path: how much."""
        own = self.paths.own_ns.tolist()
        return {self.name(i): ns // unit_ns for i, ns in enumerate(own) if ns}


def mend(spans: Spans, *, options: RepairOptions | None = None, adopt: bool = True) -> Mended:
    """Repair and walk all traces of the spans in one batch."""
    grouping = steps.group(spans)
    batch = steps.gather(spans, grouping, 0, grouping.traces)
    joined = steps.join_parents(batch)
    candidates = adoption.adoption_candidates(batch, joined)
    sites = adoption.adopting_sites([candidates.evidence]) if adopt else frozenset()
    tree = steps.order_requests(batch, adoption.adopt(joined, candidates, sites))
    nested = steps.nest(batch, tree, steps.clock_grain(spans), options or RepairOptions())
    return Mended(
        spans=spans,
        batch=batch,
        joined=joined,
        tree=tree,
        nested=nested,
        paths=walk(batch, tree, nested, name_hashes(spans)),
        sites=sites,
    )
