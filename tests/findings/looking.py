"""Findings of spans as tests write them, and of recorded samples."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from analyzer.model.run import Capture
from analyzer.model.spans import Spans
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.readers.read import read
from analyzer.report.model import Finding, Report
from tests.builders import MS, trace

SAMPLES = Path(__file__).parent / "samples"

NAME = RunName(id="sample", command="test")


@cache
def sample(name: str) -> Spans:
    """Spans of consecutive requests to the shop while that fault was on."""
    return read([SAMPLES / f"{name}.otlp.gz"]).spans


def report_on(spans: Spans) -> Report:
    """The report of some spans."""
    return analyze(Capture(spans=spans, inputs=()), name=NAME)


def findings(spans: Spans, *kinds: str) -> list[Finding]:
    """What is found, of these kinds if any are named."""
    return [f for f in report_on(spans).findings if not kinds or f.kind in kinds]


def alarms(found: Sequence[Finding]) -> set[tuple[str, str]]:
    """Kind and subject of those that are more than information."""
    return {(f.kind, f.subject) for f in found if f.severity != "info"}


def many(*lines: str, times: int = 40, unit_ns: int = MS) -> Spans:
    """So many requests alike, one a second; times are in ms unless said."""
    one = trace(*lines, unit_ns=unit_ns)
    copies = []
    for number in range(times):
        later = number * 1000 * MS
        copies.append(
            replace(
                one,
                trace_lo=one.trace_lo + number,
                start_ns=one.start_ns + later,
                end_ns=one.end_ns + later,
            )
        )
    return Spans.concat(copies)
