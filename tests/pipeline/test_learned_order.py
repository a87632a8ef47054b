"""What the whole run teaches shows alike in the report, in its paths and in one trace."""

import numpy as np

from analyzer.model.run import Capture
from analyzer.model.spans import Spans
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.pipeline.contributions import learn, learn_and_attribute, prepare
from analyzer.pipeline.one_trace import look_at, waterfall
from analyzer.ranking.owners import find_owners
from analyzer.repair.steps import RepairOptions
from tests.simulator.draws import Draws
from tests.simulator.execution import run
from tests.simulator.hidden_chains import get1_sleep_get3_beside_get2
from tests.simulator.recording import record

REQUESTS = 150


def misleading() -> Spans:
    """gather(get1; sleep; get3, get2), many times."""
    draws = Draws(1)
    return record(run(get1_sleep_get3_beside_get2(), draws, REQUESTS), draws)


def test_waterfalls_add_up_to_the_report() -> None:
    prepared = prepare(misleading(), RepairOptions())
    found, learned = learn_and_attribute(prepared)
    assert learned.order
    owners = find_owners(found.entities, found.cells)
    reported = np.bincount(owners.of[found.cells.entity], weights=found.cells.own_ns)
    seen: dict[str, int] = {}
    for trace in range(prepared.grouping.traces):
        shown = waterfall(look_at(prepared, trace, learned))
        assert sum(span.own_ns for span in shown.spans) == shown.end_ns - shown.start_ns
        for span in shown.spans:
            if span.hop_to is None:
                seen[span.service] = seen.get(span.service, 0) + span.own_ns
    for number, owner in enumerate(owners.services):
        assert seen[owner.service] == reported[number]


def test_a_trace_looked_at_alone_uses_what_the_run_taught() -> None:
    prepared = prepare(misleading(), RepairOptions())
    _, learned = learn_and_attribute(prepared)
    again = learn(prepared)
    assert again.order.independent.tolist() == learned.order.independent.tolist()
    assert again.sites == learned.sites


def test_steps_of_a_path_leave_out_what_only_ran_beside_it() -> None:
    report = analyze(
        Capture(spans=misleading(), inputs=()), name=RunName(id="run", command="replay")
    )
    for row in report.paths:
        calls = [step.split()[0] for step in row.steps]
        assert not {"get2", "get3"} <= set(calls), "get3 never waits for get2"
