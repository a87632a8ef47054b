"""Traces as one writes them down: a line a span, children below their parents.

    locust: GET /home (client) 0-100
      shop: GET /home (server) 5-95
        shop: SELECT (client) 10-60 -> db !

Times are milliseconds; `->` names the peer that the span's own attributes tell, `!` says it failed.
"""

import re
import textwrap
from collections.abc import Sequence

from analyzer.attribution.contributions import Contributions
from analyzer.model.builder import SpanBuilder, SpanRow
from analyzer.model.naming import ProcessNames, SpanNames
from analyzer.model.spans import Kind, Spans, Status
from analyzer.pipeline.contributions import contributions

MS = 1_000_000

LINE = re.compile(
    r"(?P<indent> *)(?P<service>[\w-]+): (?P<operation>.+?) \((?P<kind>\w+)\)"
    r" (?P<low>\d+)-(?P<high>\d+)(?: -> (?P<peer>[\w.:-]+))?(?P<failed> !)?"
)


def spans_of(*traces: str, at_ms: Sequence[int] = ()) -> Spans:
    """The spans of some traces, numbered from 1; `at_ms`: when each trace begins."""
    builder = SpanBuilder()
    for number, text in enumerate(traces, 1):
        begin = at_ms[number - 1] if at_ms else 0
        above: list[tuple[int, int]] = []
        for place, line in enumerate(textwrap.dedent(text).strip("\n").splitlines(), 1):
            found = LINE.fullmatch(line.rstrip())
            assert found is not None, line
            depth = len(found["indent"])
            above = [(d, span_id) for d, span_id in above if d < depth]
            span_id = number * 1_000 + place
            builder.add(
                SpanRow(
                    trace_id=number << 64 | number,
                    span_id=span_id,
                    parent_id=above[-1][1] if above else 0,
                    start_ns=(begin + int(found["low"])) * MS,
                    end_ns=(begin + int(found["high"])) * MS,
                    kind=Kind[found["kind"].upper()],
                    status=Status.ERROR if found["failed"] else Status.UNSET,
                    process=ProcessNames(service=found["service"], instance=""),
                    names=SpanNames(
                        operation=found["operation"], peer=found["peer"] or "", protocol="http"
                    ),
                )
            )
            above.append((depth, span_id))
    return builder.build()


def contributions_of(*traces: str, at_ms: Sequence[int] = ()) -> Contributions:
    """The contributions of the requests of some traces."""
    return contributions(spans_of(*traces, at_ms=at_ms), threads=1)


def trace_id(number: int) -> str:
    """The id of a trace by its number."""
    return f"{number:016x}{number:016x}"
