"""The tracer around a made-up client: what goes out, what is recorded, and when."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from loadgen.identity import is_sampled
from loadgen.request_record import LONGEST_MESSAGE, RequestRecord
from loadgen.request_tracing import RequestTracer

OWN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Somebody:
    pass


class Client:
    """A session whose requests all come back at once."""

    def __init__(self, user: object = None, **session_headers: str) -> None:
        self.user = user
        self.session_headers = session_headers
        self.sent: list[dict[str, Any]] = []

    def send(self, *_request: str, **options: object) -> SimpleNamespace:
        self.sent.append(options)
        return SimpleNamespace(status_code=200)


def traced(client: Client) -> tuple[Any, RequestTracer, list[RequestRecord]]:
    records: list[RequestRecord] = []
    tracer = RequestTracer(records.append)
    send = tracer.wrap(Client.send, lambda session: session.session_headers)
    return (lambda **options: send(client, "GET", "http://h/", **options)), tracer, records


def report(tracer: RequestTracer, response: object, **event: object) -> None:
    told: dict[str, Any] = {
        "request_type": "GET",
        "name": "/",
        "response_time": 2.5,
        "response": response,
        "url": "http://h/",
        "response_length": 0,
        **event,
    }
    tracer.on_request(**told)


def test_a_record_names_the_span_that_went_out() -> None:
    client = Client(Somebody())
    send, tracer, records = traced(client)
    before = time.time_ns()
    response = send(headers={"X-Mine": "1"}, timeout=3)
    report(tracer, response)

    [record] = records
    assert client.sent == [
        {"headers": {"X-Mine": "1", "traceparent": record.traceparent}, "timeout": 3}
    ]
    assert record.user_class == "Somebody"
    assert before <= record.start_ns <= time.time_ns()
    assert record.end_ns - record.start_ns == 2_500_000
    assert record.failure is None


def test_nothing_is_recorded_before_locust_has_decided() -> None:
    send, tracer, records = traced(Client())
    response = send()
    assert records == []
    report(tracer, response, exception=ValueError("wrong"))
    assert records[0].failure is not None
    assert records[0].failure.error_type == "ValueError"
    assert records[0].user_class == ""


def test_a_request_without_duration_ends_when_it_is_reported() -> None:
    send, tracer, records = traced(Client())
    report(tracer, send(), response_time=None)
    assert records[0].start_ns <= records[0].end_ns <= time.time_ns()


def test_the_persons_headers_are_not_changed_in_place() -> None:
    mine = {"X-Mine": "1"}
    send, _, _ = traced(Client())
    send(headers=mine)
    assert mine == {"X-Mine": "1"}


def test_a_traceparent_of_the_request_or_the_session_is_taken_over() -> None:
    for client, options in (
        (Client(), {"headers": {"Traceparent": OWN}}),
        (Client(traceparent=OWN), {}),
    ):
        send, tracer, records = traced(client)
        report(tracer, send(**options))
        assert client.sent == [{"headers": options.get("headers", {})}]
        assert records[0].traceparent == OWN


def test_requests_are_told_of_when_they_are_sent_even_if_nothing_comes_back() -> None:
    begun: list[str] = []

    def lost(*_request: object, **_options: object) -> None:
        raise ConnectionError

    tracer = RequestTracer(lambda _record: None, begun=begun.append)
    send = tracer.wrap(lost, lambda session: session.session_headers)
    unsampled = f"{OWN[:-1]}0"
    for headers in ({}, {"traceparent": unsampled}):
        with pytest.raises(ConnectionError):
            send(Client(), "GET", "http://h/", headers=headers)
    assert len(begun) == 2
    assert is_sampled(begun[0])
    assert begun[1] == unsampled


def test_requests_carry_their_run_as_baggage_beside_what_people_set() -> None:
    client = Client(baggage="tenant=a")
    tracer = RequestTracer(lambda _record: None, "the-run")
    send = tracer.wrap(Client.send, lambda session: session.session_headers)
    send(client, "GET", "http://h/")
    send(client, "GET", "http://h/", headers={"Traceparent": OWN, "Baggage": "b=1"})
    first, second = (options["headers"] for options in client.sent)
    assert first["baggage"] == "tenant=a,slowhop.run.id=the-run"
    assert second == {"Traceparent": OWN, "Baggage": "b=1,slowhop.run.id=the-run"}


def test_other_clients_requests_are_left_alone() -> None:
    _, tracer, records = traced(Client())
    report(tracer, None)
    report(tracer, SimpleNamespace(status_code=200))
    assert records == []


def test_a_failure_is_a_status_code_where_the_exception_only_repeats_it() -> None:
    class HTTPError(Exception):
        pass

    send, tracer, records = traced(Client())
    response = send()
    response.status_code = 503
    report(tracer, response, exception=HTTPError("x" * 1000))
    report(tracer, response, exception="plain text")
    first, second = (record.failure for record in records)
    assert first is not None
    assert second is not None
    assert first.error_type == "503"
    assert len(first.message) == LONGEST_MESSAGE
    assert second == ("_OTHER", "plain text")
