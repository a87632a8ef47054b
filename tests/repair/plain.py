"""Spans through the plain Python of every rule."""

from dataclasses import dataclass

from analyzer.attribution import reference as attribution
from analyzer.attribution.contributions import Entity
from analyzer.attribution.reference import Spent
from analyzer.model.spans import Spans
from analyzer.repair import nesting_reference, reference, steps
from analyzer.repair.nesting_reference import Interval
from analyzer.repair.reference import Family, RecordedSpan
from analyzer.repair.steps import ANY_SHIFT_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainRequest:
    """One request: its spans, the root first, and their intervals, by position in the trace."""

    spans: list[RecordedSpan]
    family: Family
    members: list[int]
    intervals: dict[int, Interval]

    def duration_ns(self) -> int:
        """How long it took."""
        root = self.intervals[self.members[0]]
        return root.high_ns - root.low_ns

    def own_times(self) -> dict[int, int]:
        """By position: own time on the critical path in ns."""
        return attribution.own_times(self.spans, self.family, self.members, self.intervals)

    def spent(self) -> dict[Entity, Spent]:
        """What it spent on whom."""
        return attribution.attribute(self.spans, self.family, self.members, self.intervals)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainTrace:
    """One trace after repair."""

    spans: list[RecordedSpan]
    family: Family
    requests: list[PlainRequest]


def plainly_mended(spans: Spans, *, most_ns: int = ANY_SHIFT_NS) -> list[PlainTrace]:
    """All traces of the spans, repaired."""
    traces = reference.recorded_traces(spans)
    families = [reference.join(trace) for trace in traces]
    sites = reference.adopting(
        reference.held(trace, family, child, sibling)
        for trace, family in zip(traces, families, strict=True)
        for child, sibling in reference.stray_children(trace, family).items()
    )
    grain_ns = dict(zip(spans.names, steps.clock_grain(spans).tolist(), strict=False))
    found = []
    for trace, joined in zip(traces, families, strict=True):
        family = reference.adopt(trace, joined, sites)
        requests = [
            PlainRequest(
                spans=trace,
                family=family,
                members=members,
                intervals=nesting_reference.nest(
                    trace, family, members, grain_ns=grain_ns, most_ns=most_ns
                ),
            )
            for members in reference.requests(trace, family)
        ]
        found.append(PlainTrace(spans=trace, family=family, requests=requests))
    return found
