"""Which requests came in from outside, and whose they were."""

from pathlib import Path

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from analyzer.model.entry import SESSION_KEYS, Entries
from analyzer.model.issue import Issues
from analyzer.readers.entries import read_entries
from tests.cli.command import TUTORIAL
from tests.profiles.dumps import Asked, asked, dump


def entries(place: Path, *requests: Asked) -> Entries:
    return read_entries([dump(place, requests)], Issues())


def test_a_request_of_another_service_is_no_entry(tmp_path: Path) -> None:
    found = entries(
        tmp_path,
        Asked(at=0, path="/", trace=1, span=1),
        Asked(at=0.01, path="/inner", trace=1, span=2, parent=1, kind=Span.SPAN_KIND_CLIENT),
        Asked(at=0.02, path="/inner", trace=1, span=3, parent=2),
        Asked(at=0.03, path="/deeper", trace=1, span=4, parent=3),
    )
    assert [entry.endpoint for entry in found.requests] == ["GET /"]


def test_below_a_load_generator_the_server_counts(tmp_path: Path) -> None:
    found = entries(
        tmp_path,
        Asked(at=0, path="/", trace=1, span=1, kind=Span.SPAN_KIND_CLIENT),
        Asked(at=0.01, trace=1, span=2, parent=1, path="/7", more={"http.route": "/<int:n>"}),
    )
    assert [(e.endpoint, e.path) for e in found.requests] == [("GET /<int:n>", "/7")]


def test_a_trace_without_servers_has_the_span_it_begins_with(tmp_path: Path) -> None:
    found = entries(
        tmp_path,
        Asked(at=0, path="/a/1", trace=1, span=1, kind=Span.SPAN_KIND_CLIENT),
        Asked(at=0, path="/b", trace=1, span=2, parent=1, kind=Span.SPAN_KIND_CLIENT),
    )
    assert [entry.endpoint for entry in found.requests] == ["GET /a/<id>"]


def test_lost_parents_circles_and_spans_sent_twice(tmp_path: Path) -> None:
    lost = Asked(at=1, path="/lost", trace=1, span=1, parent=99)
    circle = [
        Asked(at=2, path="/x", trace=2, span=1, parent=2, kind=Span.SPAN_KIND_INTERNAL),
        Asked(at=2, path="/x", trace=2, span=2, parent=1, kind=Span.SPAN_KIND_INTERNAL),
        Asked(at=2, path="/circle", trace=2, span=3, parent=2),
    ]
    found = entries(tmp_path, lost, *circle, lost)
    assert [entry.endpoint for entry in found.requests] == ["GET /lost", "GET /circle"]


def test_what_is_not_http_is_counted(tmp_path: Path) -> None:
    found = entries(tmp_path, Asked(at=0, method="", name="shop.Cart/Add", path=""))
    assert (found.requests, found.not_http) == ((), 1)


def test_queries_are_kept_apart_and_whose_it_is_is_known(tmp_path: Path) -> None:
    [entry] = entries(
        tmp_path,
        Asked(
            at=0,
            path="",
            more={
                "http.target": "/search?q=lamp",
                "enduser.id": "u7",
                "client.address": "10.0.0.1",
                "user_agent.original": "Firefox",
            },
        ),
    ).requests
    assert (entry.route, entry.path, entry.query) == ("/search", "/search", "q=lamp")
    known = dict(zip(SESSION_KEYS, entry.who, strict=True))
    assert known["enduser.id"] == "u7"
    assert known["client.address + user_agent.original"] == "10.0.0.1 Firefox"
    assert known["session.id"] == ""


def test_order_is_that_of_time_whatever_the_files(tmp_path: Path) -> None:
    late = dump(tmp_path, [asked(9, "/late")], "a.otlp")
    early = dump(tmp_path, [Asked(at=1, path="/early", trace=5)], "b.otlp")
    found = read_entries([late, early], Issues())
    assert [entry.path for entry in found.requests] == ["/early", "/late"]


def test_a_run_directory_is_a_dump_like_others() -> None:
    found = read_entries([TUTORIAL], Issues())
    assert {entry.endpoint for entry in found.requests} == {"GET /"}
    assert len(found.requests) > 10
