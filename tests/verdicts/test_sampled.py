"""What a test concludes where services recorded only some requests."""

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model.load_test import PlannedTest, TestRecord
from analyzer.ranking.owners import find_owners
from analyzer.report.load_test import Limit
from analyzer.verdicts.evidence import Evidence
from analyzer.verdicts.levels import Level
from tests.pipeline.written import MS, contributions_of

EARLY = """
    locust: GET / (client) 0-100
      web: GET / (server) 10-90
"""
LATE = """
    locust: GET / (client) 0-400
      web: GET / (server) 10-390
"""


def alone(trace: str) -> str:
    return trace.strip("\n").splitlines()[0]


def level(name: str, begin_ms: int) -> Level:
    begin = begin_ms * MS
    return Level(
        name=name, role="step", level=None, begin_ns=begin, steady_ns=begin,
        end_ns=begin + 10_000 * MS,
    )  # fmt: skip


def limit(c: Contributions, counting: np.ndarray | None) -> Limit:
    before, after = level("low", 0), level("high", 10_000)
    found = Evidence(
        test=TestRecord(planned=PlannedTest(kind="stress")), levels=(before, after), c=c,
        owners=find_owners(c.entities, c.cells), occupancy=(), scaling=None, resources=(),
        counted=(), begin_ns=0, counting=counting,
    ).limit(before, after)  # fmt: skip
    assert found is not None
    return found


def test_requests_that_no_service_recorded_do_not_name_the_load_tool_as_the_limit() -> None:
    traces = [*[EARLY] * 5, *[alone(EARLY)] * 15, *[LATE] * 5, *[alone(LATE)] * 15]
    at = [*range(0, 2_000, 100), *range(10_000, 18_000, 400)]
    c = contributions_of(*traces, at_ms=at)
    served = c.requests.spans == 2
    assert limit(c, None).service == "unnamed peer of locust"
    found = limit(c, served)
    assert found.service == "web"
    assert (found.grew[0].before_ms, found.grew[0].after_ms) == (80.0, 380.0)
