"""Findings depend neither on the order of arrival nor on how traces are cut into batches."""

from itertools import pairwise

import numpy as np
import pytest

from analyzer.findings.calls import calls_of
from analyzer.findings.survey import Seen, Survey, survey
from analyzer.findings.tally import Tally
from analyzer.model.spans import Spans
from analyzer.pipeline.contributions import NOTHING_LEARNED, Prepared, prepare, repair
from analyzer.repair.steps import RepairOptions
from tests.findings.looking import report_on, sample


@pytest.mark.parametrize("name", ["retry_storm", "small_pool", "saturated", "n_plus_one"])
def test_the_order_of_arrival_changes_nothing(name: str) -> None:
    spans = sample(name)
    shuffled = spans.take(np.random.default_rng(7).permutation(len(spans)))
    assert report_on(shuffled).findings == report_on(spans).findings


def _survey(prepared: Prepared, spans: Spans, first: int, last: int) -> Survey:
    done, _ = repair(prepared, first, last, NOTHING_LEARNED)
    nobody = np.full(len(spans.names) + 1, -1, np.int32)
    calls = calls_of(done.batch, done.tree, done.nested, nobody)
    return survey(
        prepared.spans,
        Seen(batch=done.batch, tree=done.tree, nested=done.nested, paths=done.paths, calls=calls),
    )


def _told(tally: Tally) -> dict[tuple[int, ...], tuple[object, ...]]:
    return {
        tuple(key): (tally.sums[at].tolist(), tally.exemplars(at))
        for at, key in enumerate(tally.keys.tolist())
    }


def test_batches_add_up_to_the_whole() -> None:
    spans = sample("retry_storm")
    prepared = prepare(spans, RepairOptions())
    traces = prepared.grouping.traces
    whole = _survey(prepared, spans, 0, traces)
    cuts = [0, 17, 18, 60, traces]
    parts = [_survey(prepared, spans, a, b) for a, b in pairwise(cuts)]
    merged = Survey.merge(parts[::-1])
    for name in Survey.__slots__:
        if name != "visits":
            assert _told(getattr(merged, name)) == _told(getattr(whole, name)), name
    for name in whole.visits.__slots__:
        ours = np.sort(getattr(merged.visits, name))
        assert ours.tolist() == np.sort(getattr(whole.visits, name)).tolist(), name
