"""OTLP JSON as the Collector and others write it, lines and one body."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from analyzer.errors import UnreadableTraces
from analyzer.model.issue import IssueKind
from analyzer.model.run import Capture
from analyzer.readers.otlp_json import OtlpJsonReader
from analyzer.readers.otlp_json_lines import OtlpJsonLines
from analyzer.readers.read import read
from analyzer.readers.source import open_source
from tests.readers.decoding import links, rows
from tests.readers.wire import NOON_NS

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


def span(**fields: object) -> dict[str, Any]:
    return {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "GET /",
        "kind": 2,
        "startTimeUnixNano": str(NOON_NS),
        "endTimeUnixNano": str(NOON_NS + 5),
        **fields,
    }


def document(*spans: dict[str, Any], scopes: str = "scopeSpans") -> dict[str, Any]:
    service = {"key": "service.name", "value": {"stringValue": "shop"}}
    resource = {"attributes": [service]}
    return {"resourceSpans": [{"resource": resource, scopes: [{"spans": list(spans)}]}]}


def lines(path: Path, *documents: object) -> Path:
    """A file with a line for each document; text stays as it is."""
    texts = (d if isinstance(d, str) else json.dumps(d) for d in documents)
    path.write_text("".join(f"{text}\n" for text in texts))
    return path


def one(tmp_path: Path, **fields: object) -> dict[str, object]:
    """How a file of one span with these fields reads."""
    capture = read([lines(tmp_path / "one.json", document(span(**fields)))])
    assert not capture.issues
    return rows(capture.spans)[0]


def kinds(capture: Capture) -> dict[IssueKind, int]:
    return {count.kind: count.count for count in capture.issues}


def test_ids_are_hex_in_any_case(tmp_path: Path) -> None:
    assert one(tmp_path, traceId=TRACE.upper(), spanId=SPAN.upper()) == one(tmp_path)


def test_ids_may_be_base64(tmp_path: Path) -> None:
    trace_id, span_id = (base64.b64encode(bytes.fromhex(text)).decode() for text in (TRACE, SPAN))
    assert (len(trace_id), len(span_id)) == (24, 12)
    assert one(tmp_path, traceId=trace_id, spanId=span_id) == one(tmp_path)


@pytest.mark.parametrize("start", [str(NOON_NS), NOON_NS, float(NOON_NS), "1.7e18", "1.70E+18"])
def test_times_are_decimal_text_or_numbers(tmp_path: Path, start: object) -> None:
    assert one(tmp_path, startTimeUnixNano=start)["start_ns"] == NOON_NS


@pytest.mark.parametrize("kind", [3, "3", 3.0, "SPAN_KIND_CLIENT"])
def test_kind_is_a_number_or_its_name(tmp_path: Path, kind: object) -> None:
    assert one(tmp_path, kind=kind)["kind"] == 3


@pytest.mark.parametrize("kind", [None, 0, 9, -1, "", "SPAN_KIND_OTHER", "²"])
def test_kind_that_is_none_is_unspecified(tmp_path: Path, kind: object) -> None:
    assert one(tmp_path, kind=kind)["kind"] == 0


@pytest.mark.parametrize("code", [2, "2", "STATUS_CODE_ERROR"])
def test_status_is_a_number_or_its_name(tmp_path: Path, code: object) -> None:
    assert one(tmp_path, status={"code": code})["status"] == 2


def test_links_are_kept_unless_they_lead_nowhere(tmp_path: Path) -> None:
    good = {"traceId": TRACE, "spanId": SPAN, "attributes": []}
    bad = {"traceId": "", "spanId": SPAN}
    capture = read([lines(tmp_path / "l.json", document(span(), span(links=[bad, good])))])
    assert [link[0] for link in links(capture.spans)] == [1]


def test_unknown_fields_are_ignored(tmp_path: Path) -> None:
    assert one(tmp_path, flags=257, droppedEventsCount=-1, new={"a": [1]}) == one(tmp_path)


def test_null_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    nothing = dict.fromkeys(("parentSpanId", "attributes", "links", "status", "events"))
    assert one(tmp_path, **nothing) == one(tmp_path)


def test_whole_numbers_and_flags_make_names(tmp_path: Path) -> None:
    values = {
        "http.request.method": {"stringValue": "GET"},
        "server.address": {"stringValue": "cart"},
        "server.port": {"intValue": "8080"},
    }
    attributes = [{"key": key, "value": value} for key, value in values.items()]
    assert one(tmp_path, kind=3, attributes=attributes)["peer"] == "cart:8080"


def test_old_name_of_scope_spans_is_known(tmp_path: Path) -> None:
    old = document(span(), scopes="instrumentationLibrarySpans")
    assert len(read([lines(tmp_path / "old.json", old)]).spans) == 1


def test_metrics_and_logs_between_the_lines_are_passed_over(tmp_path: Path) -> None:
    others: list[object] = [{"resourceMetrics": [{}]}, {"resourceLogs": []}, document()]
    capture = read([lines(tmp_path / "mix.json", others[0], document(span()), *others[1:])])
    assert (len(capture.spans), capture.issues) == (1, ())


def test_bad_line_is_counted_by_its_number_and_the_rest_is_read(tmp_path: Path) -> None:
    bad = '{"resourceSpans": [}'
    path = lines(tmp_path / "bad.json", document(span()), bad, "", document(span()), '["log"]')
    capture = read([path])
    assert len(capture.spans) == 2
    assert kinds(capture) == {IssueKind.UNDECODABLE_RECORD: 2}
    wheres = [issue.where for issue in capture.issues[0].examples]
    assert wheres == [f"{path}:2", f"{path}:5"]


def test_bad_span_costs_no_other(tmp_path: Path) -> None:
    capture = read([lines(tmp_path / "s.json", document(span(), span(name=5), span(kind=[])))])
    assert len(capture.spans) == 1
    assert kinds(capture) == {IssueKind.UNDECODABLE_RECORD: 2}


def test_last_line_cut_by_a_kill_is_a_truncated_file(tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    whole = json.dumps(document(span()))
    path.write_text(f"{whole}\n{whole[: len(whole) // 2]}")
    capture = read([path])
    assert len(capture.spans) == 1
    assert kinds(capture) == {IssueKind.TRUNCATED_FILE: 1}


def test_text_that_is_not_utf8_costs_a_character(tmp_path: Path) -> None:
    path = tmp_path / "latin.json"
    path.write_bytes(json.dumps(document(span(name="caf*"))).encode().replace(b"*", b"\xe9"))
    capture = read([path])
    assert [row["operation"] for row in rows(capture.spans)] == ["caf\ufffd"]


def test_spans_without_a_service_are_counted(tmp_path: Path) -> None:
    nameless = document(span())
    del nameless["resourceSpans"][0]["resource"]
    capture = read([lines(tmp_path / "n.json", document(span()), nameless)])
    assert [row["service"] for row in rows(capture.spans)] == ["shop", "unknown_service"]
    assert [(count.kind, count.spans) for count in capture.issues] == [
        (IssueKind.MISSING_SERVICE, 1)
    ]


@pytest.mark.parametrize("indent", [None, 2])
def test_one_body_reads_like_lines(tmp_path: Path, indent: int | None) -> None:
    path = tmp_path / "body.json"
    path.write_text(json.dumps(document(span()), indent=indent))
    body, line = read([path]), read([lines(tmp_path / "line.json", document(span()))])
    assert rows(body.spans) == rows(line.spans)
    assert body.inputs[0].format == ("otlp-json" if indent else "otlp-jsonl")


def test_body_behind_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bom.json"
    path.write_text(json.dumps(document(span()), indent=1), encoding="utf-8-sig")
    assert len(read([path]).spans) == 1


def test_body_cut_by_a_kill_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    path.write_text(json.dumps(document(span()), indent=2)[:-9])
    with pytest.raises(UnreadableTraces, match=r"no usable span .* truncated"):
        read([path])


def test_a_file_that_is_one_long_line_is_read_in_pieces(tmp_path: Path) -> None:
    path = lines(tmp_path / "long.json", document(span()), document(span(), span()))
    with open_source(path, "long.json") as source:
        decoded = OtlpJsonReader(OtlpJsonLines(longest_line=50)).read(source)
    assert (len(decoded.spans), bool(decoded.issues)) == (3, False)


def test_bad_resource_of_a_line_costs_no_other(tmp_path: Path) -> None:
    good = document(span())["resourceSpans"]
    both = {"resourceSpans": [{"scopeSpans": 5}, *good]}
    capture = read([lines(tmp_path / "r.json", both)])
    assert len(capture.spans) == 1
    assert kinds(capture) == {IssueKind.UNDECODABLE_RECORD: 1}
