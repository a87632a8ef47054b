import numpy as np
from hypothesis import given, settings

from analyzer.comparison.calls import calls_of
from analyzer.comparison.own_time_reference import awaited, own_times
from analyzer.model.spans import Spans
from tests.builders import US, trace
from tests.comparison.runs import measured
from tests.paths.replaying import Drawn, path_spans, repaired, requests

unhurried = settings(deadline=None)  # the first call compiles


@unhurried
@given(requests(most=40))
def test_kernel_and_reference_agree(drawn: tuple[Drawn, ...]) -> None:
    done = repaired(drawn)
    nobody = np.zeros(done.tree.order.size, np.int32)
    calls = calls_of(done.batch, done.tree, done.nested, nobody)
    spans = path_spans(done)
    order = done.tree.order.tolist()
    assert calls.own_ns.tolist() == [own_times(spans)[i] for i in order]
    assert calls.awaited.tolist() == [awaited(spans)[i] for i in order]


@unhurried
@given(requests())
def test_own_times_of_serial_calls_sum_to_the_request(drawn: tuple[Drawn, ...]) -> None:
    # root  |------------------|    children one after the other: nothing is covered twice
    #   a     |---|  |----|
    times = sorted({t for span in drawn[1:] for t in (span.start, span.end)})
    serial = [Drawn(0, begin, end, 1) for begin, end in zip(times[::2], times[1::2], strict=False)]
    done = repaired((drawn[0], *serial))
    assert sum(own_times(path_spans(done))) == drawn[0].end


def owns(spans: Spans) -> dict[str, tuple[int, bool]]:
    """Own time in us, and whether the request waited for it, by operation."""
    found = measured(spans)
    return {
        found.contributions.entities[entity].operation: (own // US, waited)
        for entity, own, waited in zip(
            found.calls.entity.tolist(),
            found.calls.own_ns.tolist(),
            found.calls.awaited.tolist(),
            strict=True,
        )
    }


def test_time_that_parallel_children_cover_is_taken_off_once() -> None:
    # A |==..........====|
    # B    |-----|
    # C       |------|
    assert owns(trace("A 0-100", "A/B 20-60", "A/C 40-80"))["A"] == (40, True)


def test_a_hidden_call_keeps_its_own_time() -> None:
    # B runs beside the longer C: it is on no critical path and yet tells whether it became slower
    assert owns(trace("A 0-100", "A/B 10-40", "A/C 10-90"))["B"] == (30, True)


def test_a_call_to_another_service_has_the_gap_for_its_own() -> None:
    found = owns(trace("A 0-100 client in web to api", "A/B 30-90 server in api"))
    assert found == {"A": (40, True), "B": (60, True)}


def test_work_after_the_reply_and_all_below_it_is_not_awaited() -> None:
    #  A |-------|
    #  B      |---------|      same process, outlives A
    #  C         |---|
    found = owns(trace("A 0-100", "A/B 80-300", "B/C 150-200"))
    assert [found[name][1] for name in "ABC"] == [True, False, False]
    assert found["A"] == (100, True)
