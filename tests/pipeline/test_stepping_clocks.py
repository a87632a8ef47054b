"""A host whose clock is set in the middle of a run: the report stays sane and says so."""

from dataclasses import replace

import numpy as np
import pytest

from analyzer.model.run import NOTHING
from analyzer.model.spans import Spans
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.report.model import Report
from tests.pipeline.written import MS, spans_of

SHOP = """
    locust: GET / (client) 0-100
      web: GET / (server) 5-95
        web: GET prices (client) 20-80
          pricing: GET prices (server) 25-75
            pricing: SELECT (client) 30-60 -> db
"""
REQUESTS = 60
EVERY_MS = 200
HOUR_MS = 3_600_000
NAME = RunName(id="run", command="replay")


def run_with_step(step_ms: int, at_ms: int) -> Spans:
    """Pricing's clock is set by `step_ms` when its own time is `at_ms`: in the middle of a span."""
    spans = spans_of(*[SHOP] * REQUESTS, at_ms=[1_000 + EVERY_MS * i for i in range(REQUESTS)])
    pricing = np.array(spans.names)[spans.service] == "pricing"
    at_ns, step_ns = at_ms * MS, step_ms * MS
    return replace(
        spans,
        start_ns=spans.start_ns + np.where(pricing & (spans.start_ns >= at_ns), step_ns, 0),
        end_ns=spans.end_ns + np.where(pricing & (spans.end_ns >= at_ns), step_ns, 0),
    )


def report(spans: Spans) -> Report:
    return analyze(replace(NOTHING, spans=spans), name=NAME)


MIDDLE_MS = 1_000 + EVERY_MS * (REQUESTS // 2) + 50
"""Between the start and the end of one request's spans in pricing."""


@pytest.mark.parametrize("step_ms", [-HOUR_MS, -40, 40, HOUR_MS])
def test_a_clock_that_is_set_is_said_and_changes_no_total(step_ms: int) -> None:
    found = report(run_with_step(step_ms, MIDDLE_MS))
    assert found.load.requests == REQUESTS
    assert found.kpis.response_time_ms.mean == pytest.approx(100, abs=0.5)
    parts = [row.contribution for row in (*found.services, *found.hops)]
    assert sum(part.share for part in parts) == pytest.approx(1.0, abs=1e-5)
    assert all(part.mean_ms >= 0 for part in parts)
    assert any("clocks of hosts differ" in warning for warning in found.warnings)
    assert found.completeness.skew_corrected_spans >= REQUESTS // 2 - 1


@pytest.mark.parametrize("step_ms", [-HOUR_MS, HOUR_MS])
def test_the_service_keeps_about_its_part(step_ms: int) -> None:
    def pricing_ms(of: Report) -> float:
        (row,) = [row for row in of.services if row.service == "pricing"]
        return row.contribution.mean_ms

    steady = pricing_ms(report(run_with_step(0, MIDDLE_MS)))
    assert pricing_ms(report(run_with_step(step_ms, MIDDLE_MS))) == pytest.approx(steady, rel=0.1)


def test_negative_durations_survive() -> None:
    spans = run_with_step(-HOUR_MS, MIDDLE_MS)
    assert (spans.end_ns < spans.start_ns).any()
    assert report(spans).completeness.spans == len(spans)


def test_an_entry_service_whose_clock_is_set_changes_no_order() -> None:
    spans = spans_of(*[SHOP] * REQUESTS, at_ms=[1_000 + EVERY_MS * i for i in range(REQUESTS)])
    entry = np.array(spans.names)[spans.service] == "locust"
    late = spans.start_ns >= MIDDLE_MS * MS
    stepped = replace(
        spans,
        start_ns=spans.start_ns - np.where(entry & late, HOUR_MS * MS, 0),
        end_ns=spans.end_ns - np.where(entry & late, HOUR_MS * MS, 0),
    )
    found = report(stepped)
    assert found.load.requests == REQUESTS
    assert found.kpis.response_time_ms.max == pytest.approx(100, abs=0.5)
    assert any("clocks of hosts differ" in warning for warning in found.warnings)
