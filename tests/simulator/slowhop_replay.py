"""What slowhop itself predicts: its repair, its learned order, its compiled replay."""

from collections.abc import Sequence

import numpy as np

from analyzer.attribution.attribute import name_rows
from analyzer.model.spans import Int64Array, Spans
from analyzer.paths.replay import replay
from analyzer.paths.timeline import timeline
from analyzer.pipeline.contributions import Learned, batches, learn, prepare, repair
from analyzer.repair.order import as_seen
from analyzer.repair.steps import RepairOptions
from tests.simulator.change import Change


def predict_by_slowhop(spans: Spans, changes: Sequence[Change]) -> Int64Array:
    """New durations in ns, int64[changes, traces], traces by trace id."""
    return _predict(spans, changes, with_order=True)


def predict_by_slowhop_without_order(spans: Spans, changes: Sequence[Change]) -> Int64Array:
    """As `predict_by_slowhop`, where every trace speaks for itself."""
    return _predict(spans, changes, with_order=False)


def _predict(spans: Spans, changes: Sequence[Change], *, with_order: bool) -> Int64Array:
    prepared = prepare(spans, RepairOptions())
    learned = learn(prepared)
    if not with_order:
        learned = Learned(sites=learned.sites, order=as_seen())
    trace, after = [], []
    for first, last in batches(prepared.grouping):
        done, _ = repair(prepared, first, last, learned)
        tree = done.tree
        named = name_rows(prepared.spans, done.batch, tree, done.nested)
        factors = np.array(
            [[change.factor_of(entity) for change in changes] for entity in named.entities]
        )
        factor = np.ones((len(done.batch), len(changes)))
        factor[tree.order] = factors[named.of]
        lanes = replay(timeline(done.batch, tree, done.nested), factor)
        roots = tree.order[tree.offset[:-1]]
        trace.append(spans.trace_lo[done.batch.row[roots]])
        after.append(np.rint(lanes.lasted[roots]).astype(np.int64))
    by_trace = np.argsort(np.concatenate(trace))
    return np.concatenate(after)[by_trace].T
