"""One request as a waterfall, and the table of requests that a search found."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.model.spans import Status
from analyzer.model.waterfall import PathPiece, Waterfall, WaterfallSpan
from analyzer.reporters.terminal.folding import Folded, fold
from analyzer.reporters.terminal.summaries import render_summaries
from analyzer.reporters.terminal.track import Axis, Ruler, Track
from analyzer.reporters.terminal.waterfall import render_waterfall
from tests.reporters.screen import assert_golden, assert_harmless, shown
from tests.reporters.waterfalls import MS, START_NS, checkout_waterfall, span, summaries

AXIS = Axis(start_ns=0, end_ns=100)


def request(*spans: WaterfallSpan, duration_ms: int = 100) -> Waterfall:
    return replace(checkout_waterfall(), spans=spans, end_ns=START_NS + duration_ms * MS)


def track(start: int, end: int, *pieces: tuple[int, int], width: int = 10) -> str:
    on_path = tuple(PathPiece(start_ns=a, end_ns=b) for a, b in pieces)
    return Track(axis=AXIS, start_ns=start, end_ns=end, pieces=on_path).at(width).plain


def line_of(name: str, text: str) -> str:
    return next(line for line in text.splitlines() if name in line)


@pytest.mark.parametrize("width", [80, 120])
def test_waterfall_looks_as_it_should(width: int) -> None:
    text = shown(render_waterfall(checkout_waterfall()), width)
    assert_harmless(text, width)
    assert_golden(f"waterfall_{width}", text)


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        (track(0, 100), "──────────"),
        (track(0, 100, (0, 20), (80, 100)), "██──────██"),
        (track(20, 60, (40, 60)), "  ──██    "),
        (track(20, 60, (20, 23)), "  ▌───    "),
        (track(50, 50), "     |    "),
        (track(100, 100), "         ›"),
        (track(90, 150), "         ›"),
        (track(-20, 30), "‹──       "),
        (track(200, 300), "         ›"),
        (track(-50, -20), "‹"),
    ],
)
def test_track_says_when_a_span_ran_and_when_it_was_waited_for(drawn: str, expected: str) -> None:
    assert drawn == expected


def test_request_of_no_length_has_a_track() -> None:
    axis = Axis(start_ns=5, end_ns=5)
    assert Track(axis=axis, start_ns=5, end_ns=5, pieces=()).at(4).plain == "|   "


def test_ruler_gives_begin_middle_and_end_as_far_as_they_fit() -> None:
    axis = Axis(start_ns=0, end_ns=300 * MS)
    assert Ruler(axis=axis).at(30).plain == "0           150 ms      300 ms"
    assert Ruler(axis=axis).at(12).plain == "0     300 ms"


def test_every_mark_is_shown_and_only_used_ones_are_explained() -> None:
    text = shown(render_waterfall(checkout_waterfall()))
    assert line_of("payment", text).lstrip().startswith("!")
    assert line_of("mail", text).lstrip().startswith("~")
    assert line_of("gateway  POST", text).lstrip().startswith("±")
    assert line_of("pricing", text).lstrip().startswith("?")
    for meaning in ("error", "nobody waited", "clock skew, up to 0.40 ms", "parent was lost"):
        assert meaning in text
    quiet = shown(render_waterfall(request(span(0, "a", "GET /", (0, 100), on_path=((0, 100),)))))
    assert "nobody waited" not in quiet
    assert "clock skew" not in quiet


def test_hop_names_its_callee() -> None:
    assert "→ gateway" in line_of("locust", shown(render_waterfall(checkout_waterfall())))


def deep(levels: int) -> list[WaterfallSpan]:
    return [span(n, f"s{n}", "op", (0, 100), on_path=((0, 0.01),)) for n in range(levels)]


def wide(width: int) -> list[WaterfallSpan]:
    spans = [span(0, "gateway", "GET /", (0, 100), on_path=((0, 50),))]
    for n in range(width):
        status = Status.ERROR if n == width // 2 else Status.UNSET
        on_path = ((50, 90),) if n == width - 1 else ()
        spans.append(span(1, f"db{n}", "SELECT", (n / width, 90), status=status, on_path=on_path))
    return spans


@pytest.mark.parametrize("spans", [deep(10_000), wide(10_000)], ids=["deep", "wide"])
def test_big_trace_is_folded_unless_all_of_it_is_asked_for(spans: list[WaterfallSpan]) -> None:
    trace = request(*spans)
    folded = shown(render_waterfall(trace))
    assert len(folded.splitlines()) < 150
    assert_harmless(folded, 80)
    everything = shown(render_waterfall(trace, every_span=True))
    assert len(everything.splitlines()) >= len(spans)
    assert_harmless(everything, 80)


def test_fold_keeps_what_took_time_and_what_failed() -> None:
    kept = [line for line in fold(wide(10_000)) if isinstance(line, WaterfallSpan)]
    assert {line.service for line in kept} >= {"gateway", "db9999", "db5000"}


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.booleans()), max_size=80),
    st.integers(1, 30),
)
def test_fold_loses_no_span_no_time_and_no_error(
    made: list[tuple[int, int, bool]], most: int
) -> None:
    spans = [span(0, "root", "GET /", (0, 100))] + [
        span(
            depth + 1,
            "s",
            "op",
            (0, 10),
            on_path=((0, own),) if own else (),
            status=Status.ERROR if failed else Status.UNSET,
        )
        for depth, own, failed in made
    ]
    lines = fold(spans, most=most)
    folded = [line for line in lines if isinstance(line, Folded)]
    kept = [line for line in lines if isinstance(line, WaterfallSpan)]
    assert len(kept) + sum(line.spans for line in folded) == len(spans)
    assert sum(line.own_ns for line in lines) == sum(each.own_ns for each in spans)
    failures = sum(line.status is Status.ERROR for line in kept) + sum(f.errors for f in folded)
    assert failures == sum(each.status is Status.ERROR for each in spans)
    assert lines[0] is spans[0]


@settings(max_examples=50, deadline=None)
@given(
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.integers(20, 160),
    st.integers(0, 40),
)
def test_hostile_names_do_no_harm(name: str, width: int, depth: int) -> None:
    one = span(depth, name, name, (0, 50), on_path=((0, 20),), hop_to=name)
    trace = replace(request(span(0, name, "GET", (0, 100)), one), endpoint=name)
    assert_harmless(shown(render_waterfall(trace), width), width)
    found = tuple(
        replace(each, endpoint=name, slowest_part=name, service=name) for each in summaries()
    )
    assert_harmless(shown(render_summaries(found), width), width)


@pytest.mark.parametrize("width", [80, 120])
def test_summaries_look_as_they_should(width: int) -> None:
    assert_golden(f"summaries_{width}", shown(render_summaries(summaries()), width))


def test_short_ids_still_tell_the_requests_apart() -> None:
    one = summaries()[0]
    twin = replace(one, trace_id=one.trace_id[:12] + "f" * 20)
    text = shown(render_summaries((one, twin)))
    assert one.trace_id[:13] in text
    assert twin.trace_id[:13] in text


def test_search_that_found_nothing_says_so() -> None:
    assert shown(render_summaries(())) == " No request is like that.\n"
