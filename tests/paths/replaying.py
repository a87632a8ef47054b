"""Random requests, and the ways to replay them that must agree."""

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from analyzer.model.builder import SpanBuilder, SpanRow
from analyzer.model.naming import ProcessNames, SpanNames
from analyzer.model.spans import Float64Array, Kind, Spans
from analyzer.paths.reference import PathSpan
from analyzer.paths.replay import replay
from analyzer.paths.timeline import timeline
from analyzer.paths.walk import name_hashes, walk
from analyzer.pipeline.contributions import NOTHING_LEARNED, Repaired, prepare, repair
from analyzer.repair.steps import RepairOptions


@dataclass(frozen=True, slots=True)
class Drawn:
    """One span: position of its parent among the earlier ones, and its times."""

    parent: int
    start: int
    end: int
    service: int


@st.composite
def requests(
    draw: st.DrawFn, *, longest: int = 60, most: int = 14, services: int = 3
) -> tuple[Drawn, ...]:
    """A request's spans, the root first; times are small, so that they often coincide."""
    spans = [Drawn(-1, 0, longest, 0)]
    for _ in range(draw(st.integers(0, most))):
        parent = draw(st.integers(0, len(spans) - 1))
        start, end = sorted(draw(st.tuples(st.integers(0, longest), st.integers(0, longest))))
        spans.append(Drawn(parent, start, end, draw(st.integers(0, services - 1))))
    return tuple(spans)


def as_spans(drawn: tuple[Drawn, ...]) -> Spans:
    """The request as spans of one trace; services are called s0, s1 ..."""
    builder = SpanBuilder()
    for number, span in enumerate(drawn):
        builder.add(
            SpanRow(
                trace_id=1,
                span_id=number + 1,
                parent_id=span.parent + 1,
                start_ns=span.start,
                end_ns=span.end,
                kind=Kind.INTERNAL,
                status=0,
                process=ProcessNames(service=f"s{span.service}", instance=""),
                names=SpanNames(operation=f"operation {number}", peer="", protocol=""),
            )
        )
    return builder.build()


def repaired(drawn: tuple[Drawn, ...]) -> Repaired:
    """The request after repair and walk."""
    spans = as_spans(drawn)
    done, _ = repair(prepare(spans, RepairOptions()), 0, 1, NOTHING_LEARNED)
    return done


def path_spans(done: Repaired) -> list[PathSpan]:
    """The rows of a batch of one trace as the references take them."""
    precedence = done.nested.precedence

    def siblings(i: int, mask: int) -> frozenset[int]:
        same = np.flatnonzero(done.tree.parent == done.tree.parent[i]).tolist()
        return frozenset(c for c in same if mask >> int(precedence.bit[c]) & 1)

    return [
        PathSpan(
            span_id=int(done.batch.span_id[i]),
            parent=max(int(done.tree.parent[i]), -1),
            low_ns=int(done.nested.low_ns[i]),
            high_ns=int(done.nested.high_ns[i]),
            waited=bool(done.nested.waited[i]),
            disregards=siblings(i, int(precedence.disregards[i])),
            overtakes=siblings(i, int(precedence.overtakes[i])),
        )
        for i in range(len(done.batch))
    ]


def replayed_root(done: Repaired, factor: Float64Array) -> float:
    """The root's duration by the kernel; `factor` is float64[m]."""
    times = timeline(done.batch, done.tree, done.nested)
    root = int(done.tree.order[0])
    return float(replay(times, factor[:, np.newaxis]).lasted[root, 0])


@st.composite
def unordered(draw: st.DrawFn, longest: int = 60) -> tuple[tuple[Drawn, ...], Repaired]:
    """A request some of whose children did not wait for some of their siblings, and its walk."""
    drawn = draw(requests(longest=longest))
    done = repaired(drawn)
    tree, precedence = done.tree, done.nested.precedence
    for i in tree.order.tolist():
        first, count = int(tree.children[i]), int(tree.child_count[i])
        for bit, c in enumerate(tree.order[first : first + count].tolist()):
            precedence.bit[c] = bit
            precedence.disregards[c] = draw(st.integers(0, (1 << count) - 1)) & ~(1 << bit)
            precedence.overtakes[c] = draw(st.integers(0, (1 << count) - 1)) & ~(1 << bit)
            if precedence.disregards[c] or precedence.overtakes[c]:
                precedence.unordered[i] = True
    return drawn, replace(
        done, paths=walk(done.batch, tree, done.nested, name_hashes(as_spans(drawn)))
    )
