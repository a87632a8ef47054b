from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from services.launcher import VARIANTS, up
from tests.services.otlp_sink import CLIENT, INTERNAL, SERVER, OtlpSink, SentSpan, otlp_sink
from tests.services.running_system import TIMEOUT_S, children, get, named, of_service

pytestmark = pytest.mark.live


@contextmanager
def tutorial(variant: str, log_dir: Path, protocol: str = "http/protobuf") -> Iterator[OtlpSink]:
    """What the tutorial sends when each of its addresses was asked for once."""
    with otlp_sink() as sink:
        with up(
            "tutorial",
            variant=variant,
            log_dir=log_dir,
            otlp_endpoint=sink.endpoint,
            otlp_protocol=protocol,
        ) as services:
            users = services.services["users"].url
            assert get(services, "/").text == "Hello World"
            assert requests.get(f"{users}/", timeout=TIMEOUT_S).text == "Hello"
            listed = requests.get(f"{users}/users", timeout=TIMEOUT_S)
            assert "grace" in listed.json()
        # Services flush when they stop, so that all spans are there now.
        yield sink


def pair(spans: list[SentSpan]) -> tuple[list[SentSpan], list[SentSpan]]:
    """The spans of service1 and service2, which are one trace."""
    first, second = of_service(spans, "service1"), of_service(spans, "service2")
    assert len({span.trace_id for span in first + second}) == 1
    return first, second


def test_there_are_three_variants() -> None:
    assert VARIANTS == ("without", "manual", "automatic")


def test_without_tracing_nothing_is_sent(tmp_path: Path) -> None:
    with tutorial("without", tmp_path) as sink:
        assert sink.spans() == []


def test_manual_spans_are_all_internal(tmp_path: Path) -> None:
    with tutorial("manual", tmp_path) as sink:
        spans = sink.spans()
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


def test_automatic_spans_have_kinds_and_nest(tmp_path: Path) -> None:
    with tutorial("automatic", tmp_path) as sink:
        spans = sink.spans()
    (root, call), (answer,) = (sorted(each, key=lambda span: span.start_ns) for each in pair(spans))
    assert [root.kind, call.kind, answer.kind] == [SERVER, CLIENT, SERVER]
    assert (root.parent_id, call.parent_id, answer.parent_id) == (b"", root.span_id, call.span_id)
    assert {span.name for span in of_service(spans, "users")} == {"GET /", "GET /users"}


def test_service2_takes_most_of_the_time(tmp_path: Path) -> None:
    with tutorial("automatic", tmp_path) as sink:
        (root, _), (answer,) = (
            sorted(each, key=lambda span: span.start_ns) for each in pair(sink.spans())
        )
    assert answer.end_ns - answer.start_ns >= 60e6
    assert root.end_ns - root.start_ns >= answer.end_ns - answer.start_ns


def test_the_list_of_users_takes_at_least_a_quarter_of_a_second(tmp_path: Path) -> None:
    with tutorial("manual", tmp_path) as sink:
        users = named(of_service(sink.spans(), "users"), "users")
    assert users.end_ns - users.start_ns >= 250e6
