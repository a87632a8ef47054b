"""Spans as a format gives them, checked, named and put into columns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from msgspec import Struct

from analyzer.model.attributes import LONGEST_VALUE, MOST_ATTRIBUTES, has_query
from analyzer.model.builder import SpanBuilder, SpanRow
from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.model.naming import SPAN_KEYS, UNKNOWN_SERVICE, ProcessNames
from analyzer.model.sampling import weight_of
from analyzer.model.spans import Kind, Spans, Status
from analyzer.readers.namer import Namer
from analyzer.readers.times import TimeFault, usable_times
from analyzer.records.ids import INVALID_IDS_DETAIL

KINDS = frozenset(Kind)
STATUSES = frozenset(Status)

_SPAN_KEYS = frozenset(SPAN_KEYS)
_UTF8_BYTES = 4
"""A character has no more."""

TIME_FAULT_DETAILS: Mapping[TimeFault, tuple[IssueKind, str]] = {
    TimeFault.INVALID: (
        IssueKind.INVALID_TIMES,
        "span with a missing, absurd or reversed start or end: kept, with no duration",
    ),
    TimeFault.MISSING: (
        IssueKind.MISSING_TIMES,
        "span with neither a start nor an end: left out",
    ),
}


class FoundSpan(Struct, frozen=True, kw_only=True, gc=False):
    """One span as it was sent; a struct, because making a dataclass takes ten times as long.

    Attributes:
        trace_id: None where it is no id; 0 counts as none.
        span_id: None where it is no id; 0 counts as none.
        parent_id: 0 where there is no parent; None where it is no id.
        start: nanoseconds since the epoch as sent, 0 where nothing was.
        end: nanoseconds since the epoch as sent, 0 where nothing was.
        kind: any number.
        status: any number.
        attributes: those of `SPAN_KEYS` that the span has.
        described: of its first `MOST_ATTRIBUTES` those that are not too long to keep.
        links: (trace id, span id) of the valid ones.
        trace_state: as W3C Trace Context writes it.
    """

    trace_id: int | None
    span_id: int | None
    parent_id: int | None
    start: int
    end: int
    name: str
    kind: int
    status: int
    process: ProcessNames
    attributes: Mapping[str, str]
    described: Mapping[str, str] = {}  # msgspec copies it
    links: tuple[tuple[int, int], ...] = ()
    trace_state: str = ""


class SpanTexts(Struct, frozen=True, kw_only=True, gc=False):
    """The attributes of a span that are text, whole numbers or flags, as text.

    Attributes:
        names: those of `SPAN_KEYS`.
        described: of the first `MOST_ATTRIBUTES` those that may be kept.
    """

    names: dict[str, str]
    described: dict[str, str]

    @classmethod
    def of(cls, attributes: Iterable[tuple[str, str]]) -> Self:
        """From keys and values; of a key that is there twice the last one counts."""
        names: dict[str, str] = {}
        described: dict[str, str] = {}
        for place, (key, value) in enumerate(attributes):
            if key in _SPAN_KEYS:
                names[key] = value
            if place < MOST_ATTRIBUTES and may_be_described(key, value):
                described[key] = value
        return cls(names=names, described=described)


def may_be_described(key: str, value: str) -> bool:
    """Whether a value may be kept: none that is a document or has a query with it."""
    # What is far from the limit need not be encoded to know.
    short = len(value) <= LONGEST_VALUE // _UTF8_BYTES
    fits = short or len(value.encode("utf-8", "replace")) <= LONGEST_VALUE
    return fits and not has_query(key, value)


@dataclass(slots=True)
class SpanSink:
    """Takes what a format's reader finds; every reader of objects ends here."""

    namer: Namer
    issues: Issues
    _builder: SpanBuilder = field(default_factory=SpanBuilder)

    def __len__(self) -> int:
        """How many spans were kept."""
        return len(self._builder)

    def add(self, span: FoundSpan, where: str) -> None:
        """Keep a span, or say why not."""
        if not span.trace_id or not span.span_id or span.parent_id is None:
            kind = IssueKind.INVALID_IDS
            self.issues.add(Issue(kind=kind, where=where, detail=INVALID_IDS_DETAIL, spans=1))
            return
        times = usable_times(span.start, span.end)
        if times.fault:
            kind, detail = TIME_FAULT_DETAILS[times.fault]
            self.issues.add(Issue(kind=kind, where=where, detail=detail, spans=1))
            if times.fault is TimeFault.MISSING:
                return
        span_kind = span.kind if span.kind in KINDS else Kind.UNSPECIFIED
        self._builder.add(
            SpanRow(
                trace_id=span.trace_id,
                span_id=span.span_id,
                parent_id=span.parent_id,
                start_ns=times.start_ns,
                end_ns=times.end_ns,
                kind=span_kind,
                status=span.status if span.status in STATUSES else Status.UNSET,
                process=span.process,
                names=self.namer.span(span.name, span_kind, span.attributes),
                links=span.links,
                weight=weight_of(span.trace_state) if span.trace_state else 0.0,
                attributes=span.described.items(),
            )
        )

    def spans(self) -> Spans:
        """The columns so far."""
        return self._builder.build()


def count_missing_services(spans: Spans, where: str, issues: Issues) -> None:
    """Count the spans whose resource has no `service.name`, as one issue."""
    if UNKNOWN_SERVICE not in spans.names:
        return
    code = spans.names.index(UNKNOWN_SERVICE)
    nameless = int((spans.service == code).sum())
    if nameless:
        detail = "spans without service.name (set OTEL_SERVICE_NAME in that process)"
        kind = IssueKind.MISSING_SERVICE
        issues.add(Issue(kind=kind, where=where, detail=detail, spans=nameless))
