"""Findings say what the processor did meanwhile, where that was measured."""

import numpy as np
import pytest

from analyzer.model.resources import ResourceSeries
from analyzer.model.run import Capture
from analyzer.pipeline.analyze import analyze
from analyzer.report.model import Finding
from tests.findings.looking import NAME, sample

INTERVALS = 10


def saturated(cpu: float | None) -> Finding:
    """What is found of pricing, full of requests, while it used so much processor."""
    spans = sample("saturated")
    begin, end = int(spans.start_ns.min()), int(spans.end_ns.max())
    edges = begin + (end - begin) // INTERVALS * np.arange(INTERVALS + 1, dtype=np.int64)
    series = ResourceSeries(
        service="pricing",
        name="cpu",
        unit="%",
        since_ns=edges[:-1],
        times_ns=edges[1:],
        values=np.full(INTERVALS, cpu or 0.0),
        one_core=True,
    )
    resources = () if cpu is None else (series,)
    report = analyze(Capture(spans=spans, inputs=(), resources=resources), name=NAME)
    (found,) = [f for f in report.findings if f.kind == "first_to_saturate"]
    return found


@pytest.mark.parametrize(
    ("cpu", "said", "advised"),
    [
        (98.0, "it computes: its processor is at 98 % of a core", "more cores"),
        (6.0, "it waits: its processor is at 6.0 % of a core", "more workers"),
    ],
)
def test_a_full_service_computes_or_waits(cpu: float, said: str, advised: str) -> None:
    found = saturated(cpu)
    assert said in found.message
    assert advised in found.advice


def test_without_a_clear_figure_nothing_is_added() -> None:
    assert saturated(60.0) == saturated(None)
