from collections.abc import Callable
from functools import cache

import pytest
import requests

from services.launcher import VARIANTS, up
from tests.services.otlp_sink import CLIENT, INTERNAL, SERVER, SentSpan, otlp_sink
from tests.services.running_system import TIMEOUT_S, children, get, named, of_service

Sent = Callable[[str], list[SentSpan]]


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    """What a variant of the tutorial sends when each of its addresses was asked for once."""

    @cache
    def visit(variant: str) -> list[SentSpan]:
        logs = tmp_path_factory.mktemp(variant)
        with otlp_sink() as sink:
            with up(
                "tutorial", variant=variant, log_dir=logs, otlp_endpoint=sink.endpoint
            ) as services:
                users = services.services["users"].url
                assert get(services, "/").text == "Hello World"
                assert requests.get(f"{users}/", timeout=TIMEOUT_S).text == "Hello"
                listed = requests.get(f"{users}/users", timeout=TIMEOUT_S)
                assert "grace" in listed.json()
            # Services flush when they stop, so that all spans are there now.
            return sink.spans()

    return visit


def pair(spans: list[SentSpan]) -> tuple[list[SentSpan], list[SentSpan]]:
    """The spans of service1 and service2, which are one trace."""
    first, second = of_service(spans, "service1"), of_service(spans, "service2")
    assert len({span.trace_id for span in first + second}) == 1
    return first, second


def test_there_are_three_variants() -> None:
    assert VARIANTS == ("without", "manual", "automatic")


def test_without_tracing_nothing_is_sent(sent: Sent) -> None:
    assert sent("without") == []


def test_manual_spans_are_all_internal(sent: Sent) -> None:
    spans = sent("manual")
    assert {span.kind for span in spans} == {INTERNAL}
    assert {span.service for span in spans} == {"service1", "service2", "users"}

    # service1  home    |-----------------|
    #           greet    |--|
    #           ask          |-----------|     begun after the context was injected
    # service2  name           |-------|       so this is the child of home
    first, (name,) = pair(spans)
    home, ask = named(first, "home"), named(first, "ask service2")
    assert children(spans, home) == sorted(
        [named(first, "greet"), ask, name], key=lambda span: children(spans, home).index(span)
    )
    assert children(spans, ask) == []
    assert ask.start_ns <= name.start_ns <= name.end_ns <= ask.end_ns


def test_automatic_spans_have_kinds_and_nest(sent: Sent) -> None:
    spans = sent("automatic")
    (root, call), (answer,) = (sorted(each, key=lambda span: span.start_ns) for each in pair(spans))
    assert [root.kind, call.kind, answer.kind] == [SERVER, CLIENT, SERVER]
    assert (root.parent_id, call.parent_id, answer.parent_id) == (b"", root.span_id, call.span_id)
    assert {span.name for span in of_service(spans, "users")} == {"GET /", "GET /users"}


def test_service2_takes_most_of_the_time(sent: Sent) -> None:
    (root, _), (answer,) = (
        sorted(each, key=lambda span: span.start_ns) for each in pair(sent("automatic"))
    )
    assert answer.end_ns - answer.start_ns >= 60e6
    assert root.end_ns - root.start_ns >= answer.end_ns - answer.start_ns


def test_the_list_of_users_takes_at_least_a_quarter_of_a_second(sent: Sent) -> None:
    users = named(of_service(sent("manual"), "users"), "users")
    assert users.end_ns - users.start_ns >= 250e6
