"""Bytes to what tests compare: rows of plain values, and issues by kind."""

from dataclasses import dataclass, field

from analyzer.model.attributes import Attributes
from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.model.spans import CODED, COLUMNS, NO_NAME, Spans
from analyzer.readers.frames import FrameSplitter
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_proto import FrameDecoder

NEVER = 1 << 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a decoder made of a file, in values that compare."""

    rows: list[dict[str, object]]
    links: list[tuple[int, ...]]
    records: int
    attributes: list[dict[str, str] | None]
    issues: dict[IssueKind, tuple[int, int]] = field(default_factory=dict)
    examples: dict[IssueKind, tuple[Issue, ...]] = field(default_factory=dict)


def rows(spans: Spans) -> list[dict[str, object]]:
    """A row for each span, names spelled out."""
    table = []
    for row in range(len(spans)):
        values: dict[str, object] = {}
        for name in COLUMNS:
            value = int(getattr(spans, name)[row])
            coded = name in CODED
            values[name] = ("" if value == NO_NAME else spans.names[value]) if coded else value
        table.append(values)
    return table


def attributes(known: Attributes | None, row: int) -> dict[str, str] | None:
    """A span's attributes, spelled out."""
    if known is None:
        return None
    begin, end = known.offset[known.set_of[row] :][:2]
    return dict(known.pairs[pair] for pair in known.pair[begin:end])


def described(spans: Spans) -> list[dict[str, str] | None]:
    """The attributes of every span."""
    return [attributes(spans.attributes, row) for row in range(len(spans))]


def links(spans: Spans) -> list[tuple[int, ...]]:
    """A tuple for each link: row, trace id in two halves, span id."""
    columns = (spans.links.row, spans.links.trace_hi, spans.links.trace_lo, spans.links.span_id)
    return [tuple(int(value) for value in link) for link in zip(*columns, strict=True)]


def outcome(spans: Spans, issues: Issues, records: int) -> Outcome:
    return Outcome(
        rows=rows(spans),
        links=links(spans),
        records=records,
        attributes=described(spans),
        issues={count.kind: (count.count, count.spans) for count in issues},
        examples={count.kind: count.examples for count in issues},
    )


def decode(data: bytes, *, walk_from: int) -> Outcome:
    issues = Issues()
    decoder = FrameDecoder(Namer(), issues, walk_from=walk_from)
    spans = decoder.decode(FrameSplitter("spans.otlp").split(data))
    return outcome(spans, issues, decoder.records)


def by_library(data: bytes) -> Outcome:
    """Decoded by the protobuf library and a loop."""
    return decode(data, walk_from=NEVER)


def by_walk(data: bytes) -> Outcome:
    """Decoded by the compiled walk, and by the library what the walk refuses."""
    return decode(data, walk_from=0)
