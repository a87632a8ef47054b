"""When services work themselves: laws, and small traces whose answer one can see."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.model.spans import Spans
from analyzer.pipeline.contributions import NOTHING_LEARNED, batches, prepare, repair
from analyzer.ranking.own_work import Busy, OwnWork, own_work
from analyzer.repair.steps import RepairOptions
from tests.pipeline.written import MS, spans_of


def work_of(spans: Spans) -> OwnWork:
    prepared = prepare(spans, RepairOptions())
    parts = []
    for first, last in batches(prepared.grouping):
        done, _ = repair(prepared, first, last, NOTHING_LEARNED)
        parts.append(own_work(done.batch, done.tree, done.nested))
    return OwnWork.merge(parts)


def busy(spans: Spans, service: str) -> Busy | None:
    return work_of(spans).busy(spans.names.index(service))


def work_ms(spans: Spans, service: str) -> tuple[float, float]:
    """Own work, and the time with any, in ms."""
    found = busy(spans, service)
    assert found is not None
    return float(found.work_ns[-1]) / MS, float(found.any_ns[-1]) / MS


SHOP = """
    locust: GET /shop (client) 0-100
      web: GET / (server) 10-90
        web: GET prices (client) 20-50 -> prices.local
          pricing: GET prices (server) 25-45
            pricing: look up (internal) 30-40
        web: render (internal) 45-60
        web: SELECT (client) 70-80 -> db
"""


def test_own_work_is_what_nobody_else_is_asked_for_meanwhile() -> None:
    spans = spans_of(SHOP)
    # 10-20 and 60-70, 80-90 of the request; the page is rendered from 45 on
    assert work_ms(spans, "web") == (45.0, 45.0)
    assert work_ms(spans, "pricing") == (20.0, 20.0)
    assert busy(spans, "locust") is None


def test_requests_side_by_side_add_up_and_time_with_any_does_not() -> None:
    one = "web: GET / (server) 0-100"
    assert work_ms(spans_of(one, one, one, at_ms=[0, 50, 300]), "web") == (300.0, 250.0)


def test_a_step_without_a_kind_that_only_asks_elsewhere_is_a_call() -> None:
    spans = spans_of(
        """
        a: home (internal) 0-100
          a: ask b (internal) 20-80
            b: name (internal) 30-70
        """
    )
    assert work_ms(spans, "a") == (40.0, 40.0)
    assert work_ms(spans, "b") == (40.0, 40.0)


def test_work_by_the_moment() -> None:
    found = busy(spans_of("web: GET / (server) 0-100", "web: GET / (server) 50-100"), "web")
    assert found is not None
    at = np.array([-5, 0, 60, 100, 900], np.int64) * MS
    assert (found.work_at(at) / MS).tolist() == [0, 0, 70, 150, 150]
    assert (found.any_at(at) / MS).tolist() == [0, 0, 60, 100, 100]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 90), st.integers(1, 40), st.sampled_from(["client", "internal"])),
        max_size=6,
    )
)
def test_own_work_of_a_request_is_its_time_without_its_calls(
    children: list[tuple[int, int, str]],
) -> None:
    """Against a picture of every millisecond."""
    lines = ["web: GET / (server) 0-130"]
    asks, works = np.zeros(130, np.int64), np.zeros((len(children), 130), np.int64)
    for number, (low, length, kind) in enumerate(children):
        lines.append(f"  web: step{number} ({kind}) {low}-{low + length}")
        asks[low : low + length] = 1
        works[number, low : low + length] = kind == "internal"
    found = busy(spans_of("\n".join(lines)), "web")
    assert found is not None
    pieces = works.sum(axis=0) + (1 - asks)
    # siblings that overlap by less than 1 % of the parent are cut by repair
    loose = 0.02 * 130 * len(children)
    assert found.work_ns[-1] / MS == pytest.approx(pieces.sum(), abs=loose)
    assert found.any_ns[-1] / MS == pytest.approx((pieces > 0).sum(), abs=loose)
