"""A live run on the shop says what is wrong with it, and what a healthy one has to say is mild."""

from collections.abc import Callable

import pytest

from tests.e2e.live_runs import LiveRun

pytestmark = pytest.mark.live


@pytest.mark.parametrize(
    ("fault", "kind", "subject"),
    [
        ("n_plus_one", "repeated_calls", "catalog → sqlite"),
        ("lock", "shared_resource", "cart POST /items"),
    ],
)
def test_the_finding_made_for_a_fault_is_there(
    fault: str, kind: str, subject: str, fault_run: Callable[[str], LiveRun]
) -> None:
    found = fault_run(fault).report.findings
    (mine, *_) = [f for f in found if (f.kind, f.subject) == (kind, subject)]
    assert mine.severity == "warning"
    assert mine.gain_mean_ms is not None
    assert mine.gain_mean_ms > 0
    assert mine.exemplars


def test_a_healthy_shop_raises_no_alarm(fault_run: Callable[[str], LiveRun]) -> None:
    found = fault_run("none").report.findings
    assert [f for f in found if f.severity != "info"] == []
