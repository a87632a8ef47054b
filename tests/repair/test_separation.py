"""Which traces belong to which load test."""

from analyzer.model.spans import Spans
from analyzer.repair.separation import runs_in, separate
from tests.builders import trace


def of_run(run: str, trace_id: int) -> Spans:
    return trace(
        "GET 0-100 client in locust of " + run, "GET/web 10-90 server in web", trace_id=trace_id
    )


HEALTH_CHECK = trace("health 0-5 server in web", "health/db 1-4 client in web", trace_id=7)
ROOT_LOST = trace("gone/web 10-90 server in web", trace_id=8)


def kept(spans: list[Spans], run: str) -> tuple[list[int], tuple[int, int, int]]:
    """The traces that are kept, and how many of other runs, of nobody and unknown are not."""
    mine, traffic = separate(Spans.concat(spans), run)
    ids = sorted(set(mine.trace_lo.tolist()))
    assert traffic.kept == len(ids)
    return ids, (traffic.other_runs, traffic.background, traffic.unknown)


def test_background_traffic_is_not_the_runs() -> None:
    spans = [of_run("a", 1), HEALTH_CHECK, of_run("a", 2)]
    assert kept(spans, "a") == ([1, 2], (0, 1, 0))


def test_each_run_has_its_own_traces() -> None:
    spans = [of_run("a", 1), of_run("b", 2), of_run("a", 3), HEALTH_CHECK]
    assert kept(spans, "a") == ([1, 3], (1, 1, 0))
    assert kept(spans, "b") == ([2], (2, 1, 0))
    assert runs_in(Spans.concat(spans)) == ("a", "b")


def test_a_trace_whose_begin_is_missing_is_the_only_runs() -> None:
    assert kept([of_run("a", 1), ROOT_LOST], "a") == ([1, 8], (0, 0, 0))
    assert kept([of_run("a", 1), of_run("b", 2), ROOT_LOST], "a") == ([1], (1, 0, 1))


def test_a_service_that_copies_baggage_says_whose_its_trace_is() -> None:
    copied = trace("gone/web 10-90 server in web of a", trace_id=8)
    assert kept([of_run("a", 1), of_run("b", 2), copied], "a") == ([1, 8], (1, 0, 0))
    assert kept([of_run("a", 1), of_run("b", 2), copied], "b") == ([2], (2, 0, 0))


def test_the_root_decides_over_what_lies_below_it() -> None:
    both = trace("GET 50-100 client in locust of b", "GET/web 10-90 server in web of a", trace_id=5)
    assert kept([both, of_run("a", 1)], "b") == ([5], (1, 0, 0))


def test_work_that_a_run_set_off_is_the_runs_however_far_it_is_linked() -> None:
    mail = trace("mail 200-300 consumer in mailer links 1/2", trace_id=11)
    archive = trace("store 400-500 consumer in archive links 11/1", trace_id=12)
    news = trace("news 200-300 consumer in mailer links 7/1", trace_id=13)
    spans = [archive, news, mail, of_run("a", 1), HEALTH_CHECK]
    assert kept(spans, "a") == ([1, 11, 12], (0, 2, 0))


def test_links_to_traces_that_are_not_there_say_nothing() -> None:
    stray = trace("mail 200-300 consumer in mailer links 99/2", trace_id=11)
    assert kept([stray, of_run("a", 1)], "a") == ([1], (0, 1, 0))


def test_nothing_is_left_out_where_all_is_the_runs() -> None:
    spans = Spans.concat([of_run("a", 1), of_run("a", 2)])
    mine, traffic = separate(spans, "a")
    assert mine is spans
    assert traffic.left_out == 0
    assert traffic.clients == {"locust"}
