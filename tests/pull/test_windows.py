"""Windows of time: how they are named, halved, and cut into pieces."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.cli.pull_window import moment_ns, window_of
from analyzer.errors import InputError
from analyzer.pull.query import Query, Window
from analyzer.pull.tempo import traceql

S = 10**9
NOON = int(datetime(2025, 6, 15, 12, tzinfo=UTC).timestamp()) * S

windows = st.tuples(st.integers(0, 1 << 62), st.integers(1, 1 << 50)).map(
    lambda drawn: Window(start_ns=drawn[0], end_ns=drawn[0] + drawn[1])
)


@given(windows, st.sampled_from([1, 1_000_000, S]))
def test_halves_are_the_whole(window: Window, grain_ns: int) -> None:
    halves = window.halves(grain_ns)
    if halves is None:
        assert window.length_ns < 2 * grain_ns
        return
    earlier, later = halves
    assert (earlier.start_ns, later.end_ns) == (window.start_ns, window.end_ns)
    assert earlier.end_ns == later.start_ns
    assert earlier.end_ns % grain_ns == 0
    assert min(earlier.length_ns, later.length_ns) > 0


@given(windows, st.integers(1 << 40, 1 << 50))
def test_pieces_are_the_whole(window: Window, longest_ns: int) -> None:
    pieces = list(window.pieces(longest_ns))
    assert max(piece.length_ns for piece in pieces) <= longest_ns
    assert (pieces[0].start_ns, pieces[-1].end_ns) == (window.start_ns, window.end_ns)
    assert all(a.end_ns == b.start_ns for a, b in pairwise(pieces))


@pytest.mark.parametrize(
    ("last", "since", "until", "start_s", "end_s"),
    [
        (None, None, None, -3_600, 0),
        ("15m", None, None, -900, 0),
        ("1h30m", None, None, -5_400, 0),
        ("2d", None, None, -172_800, 0),
        ("1 h", None, "2025-06-15T11:00:00Z", -7_200, -3_600),
        (None, "2025-06-15T11:30:00Z", None, -1_800, 0),
        (None, "2025-06-15T13:00:00+02:00", "2025-06-15T11:00:01Z", -3_600, -3_599),
    ],
)
def test_windows_as_people_name_them(
    last: str | None, since: str | None, until: str | None, start_s: int, end_s: int
) -> None:
    window = window_of(last, since, until, now_ns=NOON)
    assert (window.start_ns - NOON, window.end_ns - NOON) == (start_s * S, end_s * S)


def test_moments_keep_their_microseconds() -> None:
    assert moment_ns("2025-06-15T12:00:00.123456Z") == NOON + 123_456_000


@pytest.mark.parametrize("last", ["0s", "", "1w", "-1h", "h"])
def test_what_is_no_time_to_look_back(last: str) -> None:
    with pytest.raises(InputError):
        window_of(last, None, None, now_ns=NOON)


@pytest.mark.parametrize(
    ("service", "operation", "least_ns", "expected"),
    [
        (None, None, None, "{}"),
        ("shop", None, None, '{ resource.service.name = "shop" }'),
        (None, "GET /", 5, '{ name = "GET /" && duration >= 5ns }'),
        ('a"b\\', None, None, '{ resource.service.name = "a\\"b\\\\" }'),
    ],
)
def test_the_question_to_tempo(
    service: str | None, operation: str | None, least_ns: int | None, expected: str
) -> None:
    window = Window(start_ns=0, end_ns=1)
    query = Query(window=window, operation=operation, min_duration_ns=least_ns, limit=1, page=1)
    assert traceql(query, service) == expected
