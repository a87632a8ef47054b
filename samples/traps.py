"""Small files with one odd thing each, and what must come out of them.

All but the odd thing is the same: two spans of one request, `gateway` asking `catalog`.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from samples.compressed import gzipped, zstd
from samples.formats import as_base64
from samples.frames import frame, framed, message
from samples.shop import BEGIN_NS, CLIENT, MS, SERVER, attribute, document

TRACE = "5b8efff798038103d269b633813fc60c"
ASKING = "eee19b7ec3c1b174"
ANSWERING = "eee19b7ec3c1b173"
JSON_LINES, JSON_BODY, PROTO = "otlp-jsonl", "otlp-json", "otlp-proto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """A file and what it must read as, or a word of what is said of it if it is refused."""

    name: str
    format: str
    content: bytes
    rows: tuple[dict[str, Any], ...]
    issues: dict[str, int] = field(default_factory=dict)
    refused: str = ""

    def expected(self) -> dict[str, Any]:
        """What must come out, as it lies beside the file."""
        if self.refused:
            return {"refused": self.refused}
        return {"format": self.format, "issues": self.issues, "spans": list(self.rows)}


def asking(**fields: object) -> dict[str, Any]:
    """The first span, as OTLP's JSON has it."""
    return {
        "traceId": TRACE,
        "spanId": ASKING,
        "name": "GET",
        "kind": CLIENT,
        "startTimeUnixNano": str(BEGIN_NS),
        "endTimeUnixNano": str(BEGIN_NS + 9 * MS),
        "attributes": [
            attribute("http.request.method", "GET"),
            attribute("url.full", "http://catalog:8080/products/17?full=1"),
            attribute("server.address", "catalog"),
            attribute("server.port", 8080),
        ],
        **fields,
    }


def answering(**fields: object) -> dict[str, Any]:
    """The second span."""
    return {
        "traceId": TRACE,
        "spanId": ANSWERING,
        "parentSpanId": ASKING,
        "name": "GET /products/{id}",
        "kind": SERVER,
        "startTimeUnixNano": str(BEGIN_NS + 1 * MS),
        "endTimeUnixNano": str(BEGIN_NS + 8 * MS),
        "attributes": [attribute("http.request.method", "GET")],
        "status": {"code": 2},
        **fields,
    }


def row(span: str, **fields: object) -> dict[str, Any]:
    """What one of the two spans must read as."""
    same: dict[str, Any] = {"trace_id": TRACE, "span_id": span}
    if span == ASKING:
        names = {"service": "gateway", "operation": "GET /products/<id>", "peer": "catalog:8080"}
        same |= {"parent_id": "", "kind": CLIENT, "status": 0, **names}
        same |= {"start_ns": BEGIN_NS, "end_ns": BEGIN_NS + 9 * MS}
    else:
        names = {"service": "catalog", "operation": "GET /products/{id}", "peer": ""}
        same |= {"parent_id": ASKING, "kind": SERVER, "status": 2, **names}
        same |= {"start_ns": BEGIN_NS + 1 * MS, "end_ns": BEGIN_NS + 8 * MS}
    return same | {"protocol": "http", **fields}


FIRST, SECOND = row(ASKING), row(ANSWERING)
HALF = row(ASKING, operation="cut \ufffd")
BOTH = (FIRST, SECOND)


def pair(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """An export request of both spans."""
    return document({"gateway": [first], "catalog": [second]})


WHOLE = pair(asking(), answering())
ASKED = document({"gateway": [asking()]})
ANSWERED = document({"catalog": [answering()]})


def lines(*documents: object) -> bytes:
    """A line for each document; text is a line as it is."""
    texts = (d if isinstance(d, str) else json.dumps(d, separators=(",", ":")) for d in documents)
    return "".join(f"{text}\n" for text in texts).encode()


def jsonl(name: str, content: bytes, *rows: dict[str, Any], **issues: int) -> Trap:
    """A trap of OTLP JSON lines."""
    return Trap(
        name=f"otlp-json-{name}.jsonl", format=JSON_LINES, content=content, rows=rows, issues=issues
    )


def body(name: str, content: bytes, *rows: dict[str, Any], **issues: int) -> Trap:
    """A trap of one OTLP JSON document."""
    return Trap(
        name=f"otlp-json-{name}.json", format=JSON_BODY, content=content, rows=rows, issues=issues
    )


def zipped(name: str, form: str, content: bytes, *rows: dict[str, Any], **issues: int) -> Trap:
    """A trap of zstd."""
    return Trap(name=f"zstd-{name}", format=form, content=content, rows=rows, issues=issues)


def proto(name: str, content: bytes, *rows: dict[str, Any], **issues: int) -> Trap:
    """A trap of OTLP protobuf frames."""
    return Trap(name=f"otlp-proto-{name}", format=PROTO, content=content, rows=rows, issues=issues)


def _old_scopes() -> dict[str, Any]:
    old = json.dumps(WHOLE).replace('"scopeSpans"', '"instrumentationLibrarySpans"')
    return json.loads(old.replace('"scope"', '"instrumentationLibrary"'))


def _omitted() -> dict[str, Any]:
    """What OTLP's JSON leaves out: kinds that are 0, lists and texts that are empty."""
    span = asking()
    del span["kind"], span["attributes"]
    return document({"gateway": [span]})


def _dropped() -> dict[str, Any]:
    counts = {"droppedAttributesCount": -1, "droppedEventsCount": -1, "droppedLinksCount": -2}
    return pair(asking(**counts), answering())


def _messages(*contents: bytes) -> bytes:
    """What the Collector wrote once: each message compressed by itself, behind its length."""
    return b"".join(framed(content) for content in contents)


def _body(*documents: dict[str, Any]) -> bytes:
    parts = [part for d in documents for part in d["resourceSpans"]]
    return json.dumps({"resourceSpans": parts}, indent=2).encode()


def _nameless() -> dict[str, Any]:
    nameless = document({"": [asking()]})
    nameless["resourceSpans"][0]["resource"] = {}
    return nameless


def _with_group() -> bytes:
    """A request with an unknown field of a type that protobuf gave up: 40, start and end group."""
    return framed(message(ASKED) + b"\xc3\x02\x08\x05\xc4\x02")


def _numbers(span: dict[str, Any], kind: str) -> dict[str, Any]:
    times = {name: int(span[name]) for name in ("startTimeUnixNano", "endTimeUnixNano")}
    ids = {name: span[name].upper() for name in ("traceId", "spanId")}
    return span | times | ids | {"kind": f"SPAN_KIND_{kind}"}


BARE = row(ASKING, kind=0, operation="GET", peer="", protocol="")
MOMENT = {"start_ns": BEGIN_NS, "end_ns": BEGIN_NS}
UNREADABLE = '{"resourceSpans":[{"resource":{},'

TRAPS = (
    jsonl("cut-last-line", lines(WHOLE) + lines(WHOLE)[:300], *BOTH, truncated_file=1),
    jsonl("unreadable-line", lines(ASKED, UNREADABLE, ANSWERED), *BOTH, undecodable_record=1),
    jsonl(
        "unreadable-span",
        lines(document({"gateway": [asking(name=["GET"]), asking()]})),
        FIRST,
        undecodable_record=1,
    ),
    jsonl(
        "metrics-and-logs-between",
        lines({"resourceMetrics": [{"scopeMetrics": []}]}, WHOLE, {"resourceLogs": []}),
        *BOTH,
    ),
    jsonl("other-json-between", lines(WHOLE, {"level": "info"}), *BOTH, not_traces=1),
    jsonl("instrumentation-library-spans", lines(_old_scopes()), *BOTH),
    jsonl(
        "numbers-upper-case-enum-names",
        lines(pair(_numbers(asking(), "CLIENT"), _numbers(answering(), "SERVER"))),
        *BOTH,
    ),
    jsonl(
        "base64-ids",
        lines(document({"gateway": [asking(traceId=as_base64(TRACE), spanId=as_base64(ASKING))]})),
        FIRST,
    ),
    jsonl("unknown-fields", lines(pair(asking(flags=257, note={"a": [1]}), answering())), *BOTH),
    jsonl(
        "empty-ids", lines(pair(asking(traceId="", spanId=""), answering())), SECOND, invalid_ids=1
    ),
    jsonl("ids-of-zeros", lines(pair(asking(spanId="0" * 16), answering())), SECOND, invalid_ids=1),
    jsonl(
        "end-before-start",
        lines(document({"gateway": [asking(endTimeUnixNano=str(BEGIN_NS - MS))]})),
        row(ASKING, **MOMENT),
        invalid_times=1,
    ),
    jsonl(
        "missing-start",
        lines(document({"gateway": [asking(startTimeUnixNano="", endTimeUnixNano=str(BEGIN_NS))]})),
        row(ASKING, **MOMENT),
        invalid_times=1,
    ),
    jsonl(
        "missing-times",
        lines(pair(asking(startTimeUnixNano="0", endTimeUnixNano="0"), answering())),
        SECOND,
        missing_times=1,
    ),
    jsonl(
        "no-service", lines(_nameless()), row(ASKING, service="unknown_service"), missing_service=1
    ),
    jsonl("half-a-character", lines(pair(asking(name="cut \ud83d"), answering())), HALF, SECOND),
    jsonl("duplicates", lines(ASKED, ASKED), FIRST, FIRST),
    jsonl("kind-and-attributes-omitted", lines(_omitted()), BARE),
    jsonl("negative-dropped-counts", lines(_dropped()), *BOTH),
    body("pretty-printed-body", _body(WHOLE), *BOTH),
    body("body-behind-byte-order-mark", b"\xef\xbb\xbf" + _body(WHOLE), *BOTH),
    body("cut-body", _body(WHOLE, ASKED)[:-80], *BOTH, truncated_file=1),
    body(
        "body-with-unreadable-resource",
        _body(ASKED, {"resourceSpans": [{"scopeSpans": 7}]}, ANSWERED),
        *BOTH,
        undecodable_record=1,
    ),
    zipped("stream.otlp.zst", PROTO, zstd(frame(ASKED)) + zstd(frame(ANSWERED)), *BOTH),
    zipped("stream.jsonl.zst", JSON_LINES, zstd(lines(ASKED, ANSWERED)), *BOTH),
    zipped(
        "messages.otlp.zst",
        PROTO,
        _messages(zstd(message(ASKED)), zstd(message(ANSWERED))),
        *BOTH,
    ),
    zipped(
        "messages.json.zst",
        JSON_LINES,
        _messages(zstd(json.dumps(ASKED).encode()), zstd(json.dumps(ANSWERED).encode())),
        *BOTH,
    ),
    zipped(
        "damaged-message.otlp.zst",
        PROTO,
        _messages(zstd(message(ASKED)), b"\x28\xb5\x2f\xfd damaged", zstd(message(ANSWERED))),
        *BOTH,
        undecodable_record=1,
    ),
    zipped(
        "cut-stream.otlp.zst",
        PROTO,
        zstd(frame(WHOLE)) + zstd(frame(ASKED))[:-20],
        *BOTH,
        truncated_file=2,  # the stream, and the frame in it
    ),
    zipped(
        "cut-message.otlp.zst",
        PROTO,
        _messages(zstd(message(WHOLE)), zstd(message(ASKED)))[:-20],
        *BOTH,
        truncated_file=1,
    ),
    proto("cut-last-frame.otlp", frame(WHOLE) + frame(WHOLE)[:-9], *BOTH, truncated_file=1),
    proto(
        "unreadable-frame.otlp",
        frame(ASKED) + framed(b"\x0a\xff") + frame(ANSWERED),
        *BOTH,
        undecodable_record=1,
    ),
    proto("empty-frame.otlp", framed(b"") + frame(WHOLE), *BOTH),
    proto("group-field.otlp", _with_group() + frame(ANSWERED), *BOTH),
    proto(
        "name-not-utf8.otlp",
        framed(
            message(document({"gateway": [asking(name="caf? menu")]})).replace(
                b"?\x20", b"\xe9\x20"
            )
        ),
        row(ASKING, operation="caf\ufffd menu"),
    ),
    proto("cut-gzip.otlp.gz", gzipped(frame(WHOLE))[:-8], *BOTH, truncated_file=1),
)
"""Every trap."""
