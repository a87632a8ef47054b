"""Spans of a batch to OTLP, and into the intake."""

from collections.abc import Iterable, Iterator
from typing import Final

from analyzer.model.issue import Issues
from analyzer.records.record import SpanRecord
from analyzer.records.requests import requests
from collector.exports import TRACES
from collector.intake import Intake
from collector.wire_edit import nameless

SPANS_AT_ONCE: Final = 8192
"""A batch of the size that OpenTelemetry Collectors send is one request, stored as one or not at
all; of a larger one a client that is told to send it again may repeat some."""

BYTES_AT_ONCE: Final = 4 * 1024 * 1024
"""Spans of this size, as sent, are objects at one time: ten times as much memory or so."""

VALUES_AT_ONCE: Final = 1 << 18
"""So are as many values, at some 140 bytes: 32 for each of `SPANS_AT_ONCE`. Events without anything
take a byte or two as they are sent."""


def take_spans(intake: Intake, groups: Iterable[list[SpanRecord]]) -> int:
    """Store the spans of one batch, a request for each group; how many cannot be taken.

    Raises:
        NotStoredError: they are not stored now and may be sent again.
    """
    refused = 0
    for records in groups:
        issues = Issues()
        parts = [
            request.SerializeToString()
            for request in requests(records, issues, at_once=len(records))
        ]
        # requests in a row are one request: all they have is a repeated field
        parts.append(nameless(sum(count.spans for count in issues)))
        refused += intake.take(TRACES, b"".join(parts)).refused
    return refused


def in_groups(spans: Iterable[tuple[int, SpanRecord]]) -> Iterator[list[SpanRecord]]:
    """Spans, given with the bytes each took, in groups that may be in memory at one time.

    There is one at least: a batch without spans is a request too.
    """
    group: list[SpanRecord] = []
    held, values, given = 0, 0, False
    for size, record in spans:
        group.append(record)
        held += size
        values += _values(record)
        if len(group) == SPANS_AT_ONCE or held >= BYTES_AT_ONCE or values >= VALUES_AT_ONCE:
            yield group
            group, held, values, given = [], 0, 0, True
    if group or not given:
        yield group


def _values(record: SpanRecord) -> int:
    """How many attributes, events and links a span has."""
    of_events = sum(len(event.attributes) for event in record.events)
    return len(record.attributes) + len(record.events) + of_events + len(record.links)
