"""The numbers so far become those of the whole run."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.model.run import NOTHING
from analyzer.model.spans import Spans
from analyzer.pipeline.analyze import RunName, report_of
from analyzer.pipeline.contributions import contributions
from analyzer.pipeline.live import QUIET_NS, LiveAnalysis
from analyzer.report.model import Report
from tests.pipeline.written import MS, spans_of

SHOP = """
    locust: GET / (client) 0-100
      web: GET / (server) 10-90
        web: GET prices (client) 20-50 -> prices.local
          pricing: GET prices (server) 25-45
        web: SELECT (client) 50-80 -> db
"""
SECOND_MS = 1000
NAME = RunName(id="run", command="live")


def at_once(spans: Spans) -> Report:
    """The same kind of report over all spans."""
    return report_of(NOTHING, contributions(spans), paths=(), name=NAME)


def pieces(spans: Spans, sizes: list[int]) -> list[Spans]:
    """The spans in order of arrival, cut into pieces of these sizes, and the rest."""
    bounds = [0, *np.minimum(np.cumsum(sizes), len(spans)).tolist(), len(spans)]
    return [spans.take(np.arange(a, b)) for a, b in pairwise(bounds)]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 60), max_size=12))
def test_pieces_settled_on_the_way_give_what_all_spans_at_once_give(sizes: list[int]) -> None:
    spans = spans_of(*[SHOP] * 40, at_ms=[2 * SECOND_MS * i for i in range(40)])
    live = LiveAnalysis(settle_from=20)
    for piece in pieces(spans, sizes):
        live.add(piece)
        live.report(NOTHING, NAME)
    # a piece may have all spans at once; one more makes what is old be seen as old
    assert live.report(NOTHING, NAME) == at_once(spans)


def test_what_is_settled_is_not_kept_open() -> None:
    far = 2 * QUIET_NS // MS
    live = LiveAnalysis(settle_from=6)
    live.add(spans_of(SHOP))
    assert len(live.open) == 5
    both = spans_of(SHOP, SHOP, at_ms=[0, far])
    live.add(both.take(both.trace_lo == 2))
    assert len(live.open) == 5
    assert live.report(NOTHING, NAME) == at_once(both)


def test_a_trace_with_a_recent_span_stays_open() -> None:
    far = 2 * QUIET_NS // MS
    long = f"""
    web: GET / (server) 0-{far}
      web: SELECT (client) 1-2 -> db
    """
    live = LiveAnalysis(settle_from=1)
    live.add(spans_of(long))
    assert len(live.open) == 2


def test_traces_that_lack_spans_are_counted_as_unfinished() -> None:
    spans = spans_of(SHOP)
    live = LiveAnalysis()
    live.add(spans.take(spans.span_id != 1002))  # the server's span is still on its way
    live.report(NOTHING, NAME)
    assert live.unfinished > 0
    live.add(spans.take(spans.span_id == 1002))
    live.report(NOTHING, NAME)
    assert live.unfinished == 0


def test_nothing_has_arrived_yet() -> None:
    report = LiveAnalysis().report(NOTHING, NAME)
    assert report.load.requests == 0
    assert report.services == ()
