"""A run on the shop with a fault, compared with one without, names the fault first."""

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.report.compare import Comparison
from services.launcher import faults
from tests.cli.command import slowhop
from tests.e2e.live_runs import LiveRun, demo
from tests.e2e.test_faults import LONG, SLOWING

pytestmark = pytest.mark.live


def compare(base: LiveRun, candidate: LiveRun) -> Comparison:
    ended = slowhop("compare", base.directory, candidate.directory, "--format", "json")
    assert ended.code == 0, ended.err
    return Comparison.from_json(ended.out)


@pytest.mark.parametrize("name", SLOWING)
def test_the_fault_is_named_first(
    name: str, fault_run: Callable[[str], LiveRun], tmp_path: Path
) -> None:
    run = demo(name, tmp_path, run_time=LONG[name]) if name in LONG else fault_run(name)
    found = compare(fault_run("none"), run)
    answer = faults()[name].answer
    assert answer is not None
    service, hop = found.services[0], found.hops[0]
    if answer.kind == "hop":
        assert (hop.caller, hop.callee, hop.verdict) == (answer.caller, answer.callee, "slower")
        assert service.service == answer.callee
    else:
        assert (service.service, service.inferred) == (answer.service, answer.inferred)
    assert service.verdict == "slower"
    assert found.overall.verdict == "slower"


def test_two_runs_without_a_fault_are_noise(
    fault_run: Callable[[str], LiveRun], tmp_path: Path
) -> None:
    again = demo("none", tmp_path, run_time="8s")
    found = compare(fault_run("none"), again)
    verdicts = {
        found.overall.verdict,
        *(row.verdict for row in found.services),
        *(row.verdict for row in found.hops),
        *(row.verdict for row in found.operations),
        *(row.verdict for row in found.endpoints),
    }
    assert verdicts == {"noise"}
    assert not found.calls


def test_slow_work_after_the_reply_slows_no_request(
    fault_run: Callable[[str], LiveRun],
) -> None:
    found = compare(fault_run("none"), fault_run("slow_mail"))
    assert {row.verdict for row in found.services} == {"noise"}
    assert found.background[0].service == "mailer"
    assert found.background[0].delta_mean_ms > 5
