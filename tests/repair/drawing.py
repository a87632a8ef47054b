"""Arbitrary spans: trees with all that goes wrong with them."""

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from analyzer.model.builder import SpanBuilder, SpanRow
from analyzer.model.naming import ProcessNames, SpanNames
from analyzer.model.spans import Kind, Spans, Status

GRAINS_NS = (1, 1_000, 300_000, 1_000_000)
"""What times are multiples of; 300 us is whole milliseconds now and then."""

PROCESSES = tuple(
    ProcessNames(service=service, instance=instance)
    for service, instance in (("a", ""), ("a", "1"), ("a", "2"), ("b", ""), ("b", "1"), ("", ""))
)
LOST = -2

TIMES = st.tuples(st.integers(0, 12), st.sampled_from([0, 0, 1, 3])).map(lambda t: 10 * t[0] + t[1])
"""In grains: times that often touch, and often overlap by little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A span before it has ids: `parent` is a place in the list, -1 or `LOST`; times in grains."""

    trace: int
    parent: int
    start: int
    duration: int
    kind: Kind
    status: Status
    process: ProcessNames
    operation: str
    peer: str
    copy_of: int | None
    """The place of a span whose id it has, in which case it is its duplicate or other half."""


@st.composite
def drawn_spans(draw: st.DrawFn, *, most: int = 12, traces: int = 2) -> list[Drawn]:
    """Spans of some traces: mostly trees, with lost parents, circles, copies and shared ids."""
    often = st.booleans()
    spans = []
    for at in range(draw(st.integers(1, most))):
        plain = draw(often)
        covering = at == 0 and draw(often)
        spans.append(
            Drawn(
                trace=0 if draw(often) else draw(st.integers(0, traces - 1)),
                parent=-1 if covering else draw(_parents(at, most)),
                start=0 if covering else draw(TIMES),
                duration=1_000 if covering else draw(st.one_of(TIMES, st.sampled_from([0, 100]))),
                kind=Kind.INTERNAL if plain else draw(st.sampled_from(Kind)),
                status=draw(st.sampled_from([Status.UNSET, Status.ERROR])),
                process=PROCESSES[0] if plain else draw(st.sampled_from(PROCESSES)),
                operation=draw(st.sampled_from("xyz")),
                peer=draw(st.sampled_from(["", "db"])),
                copy_of=draw(st.integers(0, at - 1)) if at and draw(often) else None,
            )
        )
    return [_as_copy(span, spans, draw) for span in spans]


def _parents(at: int, most: int) -> st.SearchStrategy[int]:
    """Most spans hang on the first or an earlier one; some on none, a lost or a later one."""
    if not at:
        return st.sampled_from([-1, -1, LOST, 0, most - 1])
    earlier = st.integers(max(0, at - 3), at - 1)
    rare = st.sampled_from([-1, LOST, at, most - 1])
    return st.one_of(st.just(0), st.just(0), earlier, earlier, rare)


def _as_copy(span: Drawn, spans: list[Drawn], draw: st.DrawFn) -> Drawn:
    """One of four copies stays a copy: sent again as it was, or longer, or the other half."""
    if span.copy_of is None or draw(st.integers(0, 3)):
        return replace(span, copy_of=None)
    original = spans[span.copy_of]
    kept = replace(original, copy_of=span.copy_of)
    halves = {Kind.CLIENT: Kind.SERVER, Kind.PRODUCER: Kind.CONSUMER}
    change = draw(st.sampled_from(["none", "longer", "half"]))
    if change == "longer":
        return replace(kept, duration=original.duration + span.duration)
    if change == "half" and original.kind in halves:
        return replace(
            kept,
            kind=halves[original.kind],
            process=span.process,
            start=span.start,
            duration=span.duration,
        )
    return kept


def columns(drawn: list[Drawn], *, grain_ns: int, order: list[int] | None = None) -> Spans:
    """The spans in columns, in this order of arrival."""
    builder = SpanBuilder()
    first = {at: at if s.copy_of is None else s.copy_of for at, s in enumerate(drawn)}
    while any(first[to] != to for to in first.values()):
        first = {at: first[to] for at, to in first.items()}
    for at in order if order is not None else range(len(drawn)):
        span = drawn[at]
        parent = span.parent if span.parent < len(drawn) else -1
        parent_id = {-1: 0, LOST: 77_777}.get(parent)
        builder.add(
            SpanRow(
                trace_id=(span.trace + 1) << 60,
                span_id=first[at] + 1,
                parent_id=first[parent] + 1 if parent_id is None else parent_id,
                start_ns=span.start * grain_ns,
                end_ns=(span.start + span.duration) * grain_ns,
                kind=span.kind,
                status=span.status,
                process=span.process,
                names=SpanNames(operation=span.operation, peer=span.peer, protocol="http"),
            )
        )
    return builder.build()
