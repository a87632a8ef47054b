"""Profiles of traces whose figures are known beforehand."""

from pathlib import Path

import pytest

from analyzer.model.entry import Entries
from analyzer.model.issue import Issues
from analyzer.profiles.traffic import traffic_of, usable
from analyzer.readers.entries import read_entries
from analyzer.report.profile_document import Traffic
from tests.profiles.dumps import Asked, asked, dump


def derived(place: Path, *requests: Asked) -> Traffic:
    return traffic_of(read_entries([dump(place, requests)], Issues()))


def test_pauses_are_between_an_end_and_the_next_begin(tmp_path: Path) -> None:
    found = derived(
        tmp_path,
        asked(0, "/", "ann"),
        asked(2.1, "/list", "ann"),
        asked(1, "/", "bob"),
        asked(5.1, "/", "bob"),
    ).sessions
    assert found is not None
    assert (found.known_by, found.sessions, found.requests) == ("session.id", 2, 4)
    assert found.think_times is not None
    assert found.think_times.mean_s == pytest.approx(3)
    assert found.think_times.quantiles_s[0] == pytest.approx(2)
    assert found.think_times.quantiles_s[-1] == pytest.approx(4)
    steps = {(t.before, t.after): (t.count, t.share) for t in found.transitions}
    assert steps == {
        (None, "GET /"): (2, 1.0),
        ("GET /", "GET /list"): (1, pytest.approx(1 / 3, abs=1e-6)),
        ("GET /", "GET /"): (1, pytest.approx(1 / 3, abs=1e-6)),
        ("GET /", None): (1, pytest.approx(1 / 3, abs=1e-6)),
        ("GET /list", None): (1, 1.0),
    }


def test_half_an_hour_without_a_request_ends_a_session(tmp_path: Path) -> None:
    found = derived(
        tmp_path, asked(0, "/", "a"), asked(60, "/", "a"), asked(4000, "/", "a")
    ).sessions
    assert found is not None
    assert found.sessions == 2


def test_requests_side_by_side_have_no_pause_and_are_counted(tmp_path: Path) -> None:
    requests = [Asked(at=0, took=5, more={"session.id": "a"}), asked(1, "/x", "a")]
    requests += [asked(10, "/y", "a")]
    found = derived(tmp_path, *requests).sessions
    assert found is not None
    assert found.think_times is not None
    assert found.think_times.overlapping == 1
    assert found.think_times.quantiles_s[0] == 0
    # the pause before /y is counted from the end of the longer request
    assert found.think_times.quantiles_s[-1] == pytest.approx(5)


def test_the_most_exact_attribute_that_half_of_the_requests_have_counts(tmp_path: Path) -> None:
    agent = {"client.address": "10.0.0.1", "user_agent.original": "Firefox"}
    requests = [Asked(at=i, more=agent) for i in range(3)] + [asked(9, "/", "only one")]
    found = derived(tmp_path, *requests)
    assert found.sessions is not None
    assert found.sessions.known_by == "client.address + user_agent.original"
    assert "1 of 4 requests have no client.address" in " ".join(found.warnings)


def test_ids_that_no_two_requests_share_are_no_sessions(tmp_path: Path) -> None:
    found = derived(tmp_path, *(asked(i, "/", f"u{i}") for i in range(5)))
    assert found.sessions is None
    assert "nothing tells whose the requests are" in found.warnings[0]


def test_arrivals_by_minute_with_mean_and_peak(tmp_path: Path) -> None:
    times = [0, *(61 + i / 10 for i in range(30)), 150]
    found = derived(tmp_path, *(asked(at) for at in times)).arrivals
    assert [i.requests for i in found.intervals] == [1, 30, 1]
    assert (found.interval_s, found.peak_rps) == (60, 0.5)
    assert found.mean_rps == pytest.approx(31 / 150, abs=1e-6)


def test_two_days_have_longer_intervals(tmp_path: Path) -> None:
    found = derived(tmp_path, asked(0), asked(2 * 86_400)).arrivals
    assert found.interval_s == 180
    assert sum(i.requests for i in found.intervals) == 2


def test_users_follow_from_rate_pause_and_response_time(tmp_path: Path) -> None:
    # ten people, each a request a second: 0.1 s of it waited for, 0.9 s paused
    requests = [
        asked(second + who / 10, "/", f"p{who}") for who in range(10) for second in range(60)
    ]
    assert derived(tmp_path, *requests).users == pytest.approx(10, rel=0.02)


def test_shares_failures_and_what_cannot_be_asked_again(tmp_path: Path) -> None:
    found = derived(
        tmp_path,
        Asked(at=0, path="/a/1", failed=True),
        Asked(at=1, path="/a/2"),
        Asked(at=2, path="/b", method="POST"),
        Asked(at=3, path="/b", method="CONNECT"),
    )
    rows = [(e.endpoint, e.requests, e.failures) for e in found.endpoints]
    assert rows == [("GET /a/<id>", 2, 1), ("POST /b", 1, 0)]
    assert [e.share for e in found.endpoints] == pytest.approx([2 / 3, 1 / 3], abs=1e-6)
    assert found.left_out == 1


def test_nothing_usable_is_seen_before_it_is_counted() -> None:
    assert usable(Entries(requests=(), not_http=3)) == ()
