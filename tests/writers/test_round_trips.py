"""What is kept on the way through each format that can be written."""

import io
import math
from collections import Counter

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from analyzer.model.issue import Issues
from analyzer.readers.source import open_stream
from analyzer.writers.registry import NAMES, writer_for
from tests.readers.damage import READERS
from tests.writers.everything import TRACE, everything, values, with_unknown_fields

READS_BACK = {"otlp-json": "otlp-jsonl"}
"""The reader of what a writer writes, where it is called otherwise."""


def through(name: str, *requests: ExportTraceServiceRequest) -> list[ExportTraceServiceRequest]:
    """The requests, written and read again."""
    out = io.BytesIO()
    written = writer_for(name).write(requests, out)
    assert written == sum(len(spans(request)) for request in requests)
    if not out.getvalue():
        return []
    issues = Issues()
    with open_stream(io.BytesIO(out.getvalue()), "back") as source:
        reader = READERS[READS_BACK.get(name, name)]
        assert reader.recognizes(source.head)
        back = list(reader.requests(source, issues))
    assert not issues
    return back


def spans(request: ExportTraceServiceRequest) -> list[Span]:
    return [span for r in request.resource_spans for s in r.scope_spans for span in s.spans]


def content(requests: list[ExportTraceServiceRequest]) -> Counter[tuple[bytes, bytes, bytes]]:
    """Every span with its resource and scope, in bytes, however they are put together."""
    found: Counter[tuple[bytes, bytes, bytes]] = Counter()
    for request in requests:
        for resource_spans in request.resource_spans:
            resource = ResourceSpans()
            resource.CopyFrom(resource_spans)
            resource.ClearField("scope_spans")
            for scope_spans in resource_spans.scope_spans:
                scope = ScopeSpans()
                scope.CopyFrom(scope_spans)
                scope.ClearField("spans")
                for span in scope_spans.spans:
                    parts = (resource, scope, span)
                    one, two, three = (part.SerializeToString(deterministic=True) for part in parts)
                    found[one, two, three] += 1
    return found


@pytest.mark.parametrize("name", ["otlp-json", "otlp-proto", "parquet"])
def test_nothing_is_lost(name: str) -> None:
    assert content(through(name, everything())) == content([everything()])


@pytest.mark.parametrize("name", ["otlp-proto", "parquet"])
def test_fields_of_a_later_version_are_kept(name: str) -> None:
    request = with_unknown_fields()
    assert content([request]) != content([everything()])
    assert content(through(name, request)) == content([request])


def test_requests_stay_as_they_are_in_otlp() -> None:
    requests = [everything(), with_unknown_fields()]
    assert through("otlp-proto", *requests) == requests
    assert through("otlp-json", everything(), everything()) == [everything(), everything()]


@pytest.mark.parametrize("name", NAMES)
def test_no_spans_are_no_spans(name: str) -> None:
    assert [spans(request) for request in through(name)] == []
    assert not any(spans(r) for r in through(name, ExportTraceServiceRequest()))


def test_jaeger_keeps_what_it_has_a_place_for() -> None:
    back = through("jaeger", everything())
    before, after = ([s for r in requests for s in spans(r)] for requests in ([everything()], back))
    assert len(before) == len(after) == 3
    for one, two in zip(before, after, strict=True):
        assert (one.trace_id, one.span_id, one.parent_span_id, one.name, one.kind) == (
            two.trace_id, two.span_id, two.parent_span_id, two.name, two.kind,
        )  # fmt: skip
        assert (two.status, two.trace_state) == (one.status, one.trace_state)
        assert two.start_time_unix_nano == one.start_time_unix_nano // 1_000 * 1_000
        assert two.end_time_unix_nano == one.end_time_unix_nano // 1_000 * 1_000
        assert [event.name for event in two.events] == ["exception"]
        assert [(link.trace_id, link.span_id) for link in two.links] == [(TRACE[::-1], b"\x09" * 8)]
        assert [(a.key, a.value) for a in two.attributes] == list(as_tags().items())
    services = [r.resource.attributes[0].value.string_value for b in back for r in b.resource_spans]
    assert services == ["service 1", "service 2"]
    scopes = [s.scope.name for b in back for r in b.resource_spans for s in r.scope_spans]
    assert scopes == ["scope 0", "scope 0", "scope 1"]


def as_tags() -> dict[str, object]:
    """The values as tags can hold them: each key once, lists and maps as JSON in a text."""
    found: dict[str, object] = {value.key: value.value for value in values()}
    texts = {"none": "", "nothing": "", "list": "[1,null]", "pairs": '{"inside":[1,null]}'}
    for value in values():
        if value.key in texts:
            found[value.key] = type(value.value)(string_value=texts[value.key])
    assert math.isinf(next(v.value.double_value for v in values() if v.key == "endless"))
    return found


def test_spans_without_ids_are_left_out_where_columns_hold_ids() -> None:
    request = everything()
    first, second, _ = spans(request)
    first.ClearField("span_id")
    second.parent_span_id = b"short"
    for name, kept in (("parquet", 1), ("jaeger", 2)):
        assert writer_for(name).write([request], io.BytesIO()) == kept


def test_spans_of_a_trace_stand_together_in_jaegers_json() -> None:
    import json

    requests = [everything() for _ in range(3)]
    for span in spans(requests[1]):
        span.trace_id = b"\x07" * 16
    out = io.BytesIO()
    writer_for("jaeger").write(requests, out)
    traces = json.loads(out.getvalue())["data"]
    assert [(trace["traceID"], len(trace["spans"])) for trace in traces] == [
        (TRACE.hex(), 6),
        ("07" * 16, 3),
    ]
    for trace in traces:
        assert {span["traceID"] for span in trace["spans"]} == {trace["traceID"]}
        assert {span["processID"] for span in trace["spans"]} == set(trace["processes"])
