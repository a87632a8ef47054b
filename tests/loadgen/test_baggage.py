"""The run in the baggage of requests, beside what people put there themselves."""

import pytest

from loadgen.baggage import LONGEST, RunBaggage

ENTRY = "slowhop.run.id=2026-11-25T10-00-00Z-shop"
BAGGAGE = RunBaggage("2026-11-25T10-00-00Z-shop")


def test_a_request_without_baggage_gets_the_runs() -> None:
    assert BAGGAGE.added({"X-Mine": "1"}, {}) == {"X-Mine": "1", "baggage": ENTRY}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Baggage": "tenant=a;p=1"}, {"Baggage": f"tenant=a;p=1,{ENTRY}"}),
        ({b"baggage": b"tenant=a"}, {b"baggage": f"tenant=a,{ENTRY}"}),
        ({"baggage": " "}, {"baggage": ENTRY}),
        ({"baggage": None}, {"baggage": None}),
        ({"baggage": "slowhop.run.id=mine"}, {"baggage": "slowhop.run.id=mine"}),
        ({"baggage": "a" * LONGEST}, {"baggage": "a" * LONGEST}),
    ],
)
def test_baggage_of_the_request_is_kept(
    headers: dict[str, object], expected: dict[str, object]
) -> None:
    before = dict(headers)
    assert BAGGAGE.added(headers, {"baggage": "of=session"}) == expected
    assert headers == before


def test_baggage_of_the_session_is_not_lost_by_the_requests_own_header() -> None:
    assert BAGGAGE.added({}, {"baggage": "a=1"}) == {"baggage": f"a=1,{ENTRY}"}


def test_an_id_is_encoded_as_baggage_has_to_be() -> None:
    assert RunBaggage("a run, 1;2").added({}, {}) == {
        "baggage": "slowhop.run.id=a%20run%2C%201%3B2"
    }
