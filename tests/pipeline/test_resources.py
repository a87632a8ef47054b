"""From measured processes to the report: rows, what services are bound by, the load generator."""

from collections.abc import Sequence

import numpy as np
import pytest

from analyzer.model.resources import UNITS, ResourceSeries
from analyzer.model.run import Capture, LoadPoint, LoadRecord
from analyzer.model.spans import Spans
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.report.model import Report, ServiceRow
from tests.pipeline.written import MS, spans_of

SECOND = 1_000_000_000
SECONDS = 20
BEGIN_MS = 1_000_000

REQUEST = """
    locust: GET / (client) 0-200
      web: GET / (server) 0-200
        web: GET prices (client) 10-190 -> pricing
          pricing: GET prices (server) 20-180
"""


def spans() -> Spans:
    """Ten requests a second: web works 0.2 seconds in each, pricing 1.6."""
    times = range(BEGIN_MS, BEGIN_MS + SECONDS * 1000, 100)
    return spans_of(*[REQUEST] * len(times), at_ms=list(times))


def series(service: str, name: str, value: float, *, seconds: int = SECONDS) -> ResourceSeries:
    since = BEGIN_MS * MS + SECOND * np.arange(seconds, dtype=np.int64)
    return ResourceSeries(
        service=service,
        name=name,
        unit=UNITS[name],
        since_ns=since,
        times_ns=since + SECOND,
        values=np.full(seconds, value),
        one_core=True,
    )


def report_on(resources: Sequence[ResourceSeries] = (), points: Sequence[LoadPoint] = ()) -> Report:
    load = LoadRecord(tool="locust", requests=10 * SECONDS, points=tuple(points))
    capture = Capture(
        spans=spans(), inputs=(), load=load if points else None, resources=tuple(resources)
    )
    return analyze(capture, name=RunName(id="run", command="replay"))


def row(report: Report, service: str) -> ServiceRow:
    (found,) = [row for row in report.services if row.service == service]
    return found


def test_nothing_measured_nothing_said() -> None:
    report = report_on()
    assert report.kpis.resources == ()
    assert {r.bound for r in report.services} == {None}
    assert "bound" not in report.to_json()
    assert "generator" not in report.to_json()


def test_one_service_computes_and_another_waits() -> None:
    report = report_on(
        [
            series("web", "cpu", 19.0),
            series("pricing", "cpu", 8.0),
            series("pricing", "disk_read", 0.5),
        ]
    )
    web, pricing = row(report, "web"), row(report, "pricing")
    assert (web.bound, web.cpu_percent) == ("cpu", 19.0)
    assert web.cpu_per_own_second == pytest.approx(0.95, abs=0.02)
    assert (pricing.bound, pricing.cpu_percent) == ("waiting", 8.0)
    assert pricing.cpu_per_own_second == pytest.approx(0.05, abs=0.01)
    assert [(r.service, r.cpu_percent, r.disk_read_mb_s) for r in report.kpis.resources] == [
        ("pricing", 8.0, 0.5),
        ("web", 19.0, None),
    ]


def test_a_service_that_waits_while_much_is_read() -> None:
    report = report_on([series("pricing", "cpu", 8.0), series("pricing", "disk_read", 90.0)])
    assert row(report, "pricing").bound == "io"


def test_what_was_measured_at_another_time_says_nothing() -> None:
    early = series("pricing", "cpu", 8.0, seconds=2)
    report = report_on([early])
    assert row(report, "pricing").bound is None
    assert [r.service for r in report.kpis.resources] == ["pricing"]


def test_a_service_that_sent_no_spans_has_its_row_too() -> None:
    assert [r.service for r in report_on([series("db", "memory", 80.0)]).kpis.resources] == ["db"]


def load_points(*cpu: float | None) -> list[LoadPoint]:
    return [
        LoadPoint(
            time_ns=BEGIN_MS * MS + at * SECOND,
            users=2,
            requests=10 * at,
            failures=0,
            throughput_rps=10.0,
            cpu_percent=value,
        )
        for at, value in enumerate(cpu)
    ]


def test_a_load_generator_short_of_processor_is_a_warning() -> None:
    report = report_on(points=load_points(*[40.0] * 10, *[97.0] * 5))
    assert report.load.generator_cpu_percent == pytest.approx(59.0)
    assert report.load.generator_cpu_max_percent == 97.0
    assert any("load generator itself" in warning for warning in report.warnings)


@pytest.mark.parametrize(
    "cpu", [[40.0] * 15, [40.0] * 9 + [99.0] * 3 + [40.0] * 3, [99.0] * 4, [None] * 15]
)
def test_a_moment_of_that_is_none(cpu: list[float | None]) -> None:
    warnings = report_on(points=load_points(*cpu)).warnings
    assert not any("load generator itself" in warning for warning in warnings)
