"""Traps in the formats of other tracing systems, and in what programs print."""

import json
from collections.abc import Callable
from typing import Any

from samples import formats
from samples.shop import BEGIN_NS, MS, document
from samples.traps import (
    ANSWERING,
    ASKING,
    BOTH,
    FIRST,
    MOMENT,
    SECOND,
    TRACE,
    WHOLE,
    Trap,
    answering,
    asking,
    pair,
    row,
)

OTHER = "ffffffffffffffffffffffffffffff01"
BEGIN_US = BEGIN_NS // 1_000
MS_IN_US = MS // 1_000

SHORT_TRACE, SHORT_ID = f"{0:016x}0102030405060708", "00000000000000ab"
"""Ids of which little is left without the zeros in front."""

Edit = Callable[[dict[str, Any]], None]


def _json(value: Any, indent: int | None = None) -> bytes:  # noqa: ANN401  any JSON
    return f"{json.dumps(value, indent=indent)}\n".encode()


def _jaeger(name: str, content: Any, *rows: dict[str, Any], **issues: int) -> Trap:  # noqa: ANN401
    encoded = content if isinstance(content, bytes) else _json(content, indent=1)
    return Trap(
        name=f"jaeger-{name}.json", format="jaeger", content=encoded, rows=rows, issues=issues
    )


def _zipkin(name: str, content: Any, *rows: dict[str, Any], **issues: int) -> Trap:  # noqa: ANN401
    encoded = content if isinstance(content, bytes) else _json(content, indent=1)
    return Trap(
        name=f"zipkin-{name}.json", format="zipkin", content=encoded, rows=rows, issues=issues
    )


def _trace(edit: Edit | None = None) -> dict[str, Any]:
    """The pair as one of Jaeger's traces; `edit` changes the answering span."""
    trace = formats.jaeger_trace(WHOLE)
    if edit:
        edit(trace["spans"][1])
    return trace


def _download(edit: Edit | None = None) -> dict[str, Any]:
    return {"data": [_trace(edit)]}


def _without_zeros() -> dict[str, Any]:
    ids = {"traceId": SHORT_TRACE, "spanId": SHORT_ID}
    trace = formats.jaeger_trace(document({"gateway": [asking(**ids)]}))
    trace["traceID"] = trace["spans"][0]["traceID"] = SHORT_TRACE.lstrip("0")
    trace["spans"][0]["spanID"] = SHORT_ID.lstrip("0")
    return {"data": [trace]}


def _old_parent(span: dict[str, Any]) -> None:
    span["parentSpanID"] = span.pop("references")[0]["spanID"]


def _two_references(span: dict[str, Any]) -> None:
    follows = {"refType": "FOLLOWS_FROM", "traceID": TRACE, "spanID": "00000000000000aa"}
    span["references"].insert(0, follows)


def _follows_only(span: dict[str, Any]) -> None:
    span["references"][0]["refType"] = "FOLLOWS_FROM"


def _parent_elsewhere(span: dict[str, Any]) -> None:
    span["references"][0]["traceID"] = OTHER


def _texts(span: dict[str, Any]) -> None:
    """Every tag's value as text, with and without its type."""
    for tag in span["tags"]:
        value = tag["value"]
        tag["value"] = str(value).lower() if isinstance(value, bool) else str(value)
    span["tags"].append({"key": "peer.port", "value": "80"})


def _no_duration(span: dict[str, Any]) -> None:
    del span["duration"]


def _no_process(span: dict[str, Any]) -> None:
    span["processID"] = "p9"


def _bad_name(span: dict[str, Any]) -> None:
    span["operationName"] = ["GET"]


def _inline() -> list[dict[str, Any]]:
    """What the anonymiser writes: spans with their process in them."""
    trace = _trace()
    spans = trace["spans"]
    return [span | {"process": trace["processes"][span.pop("processID")]} for span in spans]


def _touching() -> dict[str, Any]:
    """Siblings that follow each other within a microsecond: cut to it, they touch."""
    trace = _trace()
    trace["spans"][0]["duration"] = 7 * MS_IN_US
    trace["spans"][0]["startTime"] -= 6 * MS_IN_US
    trace["spans"][1]["references"] = []
    return {"data": [trace]}


JAEGER = (
    _jaeger("ui-download", _download(), *BOTH),
    _jaeger(
        "api-answer", _json({"data": [_trace()], "total": 0, "limit": 0, "errors": None}), *BOTH
    ),
    _jaeger("bare-trace", _trace(), *BOTH),
    _jaeger("list-of-traces", [_trace()], *BOTH),
    _jaeger("anonymised-spans-with-process", _inline(), *BOTH),
    _jaeger(
        "ids-without-leading-zeros",
        _without_zeros(),
        row(ASKING, trace_id=SHORT_TRACE, span_id=SHORT_ID),
    ),
    _jaeger("parent-span-id", _download(_old_parent), *BOTH),
    _jaeger("child-of-behind-follows-from", _download(_two_references), *BOTH),
    _jaeger("follows-from-alone", _download(_follows_only), *BOTH),
    _jaeger(
        "parent-in-another-trace", _download(_parent_elsewhere), FIRST, row(ANSWERING, parent_id="")
    ),
    _jaeger("tags-as-text", _download(_texts), *BOTH),
    _jaeger(
        "missing-duration",
        _download(_no_duration),
        FIRST,
        row(ANSWERING, end_ns=BEGIN_NS + MS),
        invalid_times=1,
    ),
    _jaeger(
        "unknown-process",
        _download(_no_process),
        FIRST,
        row(ANSWERING, service="unknown_service"),
        missing_service=1,
    ),
    _jaeger("unreadable-span", _download(_bad_name), FIRST, undecodable_record=1),
    _jaeger(
        "siblings-that-touch",
        _touching(),
        row(ASKING, start_ns=BEGIN_NS - 6 * MS, end_ns=BEGIN_NS + MS),
        row(ANSWERING, parent_id=""),
    ),
    _jaeger("cut", _json({"data": [_trace(), _trace()]})[:-300], *BOTH, truncated_file=1),
    Trap(
        name="jaeger-v3-objects-in-a-row.json",
        format="jaeger-v3",
        content=b"".join(
            _json({"result": document(part)}, indent=2)
            for part in ({"gateway": [asking()]}, {"catalog": [answering()]})
        ),
        rows=BOTH,
    ),
)


def _zipkin_spans() -> list[dict[str, Any]]:
    return formats.zipkin([WHOLE])


def _edited(first: Edit | None = None, second: Edit | None = None) -> list[dict[str, Any]]:
    spans = _zipkin_spans()
    for edit, span in zip((first, second), spans, strict=True):
        if edit:
            edit(span)
    return spans


def _shared(span: dict[str, Any]) -> None:
    """Make it the server's half of the other span."""
    span |= {"id": ASKING, "shared": True}
    del span["parentId"]


def _half_id(span: dict[str, Any]) -> None:
    span["traceId"] = span["traceId"][16:]


def _without(*names: str) -> Edit:
    def edit(span: dict[str, Any]) -> None:
        for name in names:
            del span[name]

    return edit


ZIPKIN = (
    _zipkin("list-of-spans", _json(_zipkin_spans()), *BOTH),
    _zipkin("lists-of-traces", [_zipkin_spans(), []], *BOTH),
    _zipkin(
        "shared-span",
        _edited(second=_shared),
        FIRST,
        row(ANSWERING, span_id=ASKING, parent_id=""),
    ),
    _zipkin("ids-of-64-and-128-bits", _edited(second=_half_id), *BOTH),
    _zipkin(
        "missing-timestamp",
        _edited(second=_without("timestamp")),
        FIRST,
        missing_times=1,
    ),
    _zipkin(
        "missing-duration",
        _edited(first=_without("duration")),
        row(ASKING, **MOMENT),
        SECOND,
        invalid_times=1,
    ),
    _zipkin(
        "missing-service",
        _edited(first=_without("localEndpoint")),
        row(ASKING, service="unknown_service"),
        SECOND,
        missing_service=1,
    ),
    _zipkin(
        "unreadable-span", [{"traceId": 5, "id": []}, *_zipkin_spans()], *BOTH, undecodable_record=1
    ),
)


def _rounded() -> dict[str, Any]:
    """Times as numbers of floating point, which keep 53 bits."""
    rounded = formats.tempo([pair(asking(), answering())])
    for batch in rounded["batches"]:
        for span in batch["scopeSpans"][0]["spans"]:
            for name in ("startTimeUnixNano", "endTimeUnixNano"):
                span[name] = float(span[name])
    return rounded


def _tempo(name: str, content: Any, *rows: dict[str, Any]) -> Trap:  # noqa: ANN401  any JSON
    encoded = _json(content, indent=1)
    return Trap(name=f"tempo-{name}.json", format="tempo", content=encoded, rows=rows)


def _as_rounded(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: int(float(row[name])) for name in ("start_ns", "end_ns")}


TEMPO = (
    _tempo("batches", formats.tempo([WHOLE]), *BOTH),
    _tempo("trace", {"trace": {"resourceSpans": formats.tempo([WHOLE])["batches"]}}, *BOTH),
    _tempo("rounded-times", _rounded(), *map(_as_rounded, BOTH)),
)


def _console(name: str, content: str, *rows: dict[str, Any], **issues: int) -> Trap:
    return Trap(
        name=f"python-console-{name}.txt",
        format="python-console",
        content=content.encode(),
        rows=rows,
        issues=issues,
    )


def _printed(indent: int | None = 4) -> list[str]:
    spans = [(asking(), "gateway"), (answering(), "catalog")]
    return [
        json.dumps(formats.console_span(span, {"service.name": name}), indent=indent)
        for span, name in spans
    ]


def _old_resource() -> str:
    spans = [json.loads(text) for text in _printed()]
    return "\n".join(
        json.dumps(span | {"resource": span["resource"]["attributes"]}, indent=4) for span in spans
    )


LOG = 'INFO:werkzeug:"GET {half} "an open quote [and brackets}\n'

CONSOLE = (
    _console("between-logs", LOG + LOG.join(f"{text}\n" for text in _printed()) + LOG, *BOTH),
    _console("one-line-each", LOG.join(f"{text}\n" for text in _printed(indent=None)), *BOTH),
    _console(
        "of-docker-compose",
        "".join(f"gateway-1  | {line}\n" for text in _printed() for line in text.splitlines()),
        *BOTH,
    ),
    _console("old-resource", _old_resource(), *BOTH),
    _console("cut", "\n".join([*_printed(), _printed()[0][:300]]), *BOTH, truncated_file=1),
    _console(
        "torn-by-a-log-line",
        "\n".join([_printed()[0].replace('"context"', f'"context" {LOG}', 1), *_printed()])
        + "\n"
        + _printed()[1].replace('"kind"', f'{LOG}"kind"', 1)
        + "\n"
        + LOG,
        *BOTH,
        undecodable_record=1,
    ),
    Trap(
        name="javascript-console.txt",
        format="",
        content=(
            "{\n  resource: {\n    attributes: {\n      'service.name': 'shop',\n    }\n  },\n"
            "  instrumentationScope: { name: 'shop', version: undefined },\n"
            f"  traceId: '{TRACE}',\n  parentSpanContext: undefined,\n  name: 'GET /',\n"
            f"  id: '{ASKING}',\n  kind: 2,\n  timestamp: 1750000000000000,\n  duration: 9000,\n"
            "  attributes: { 'http.request.method': 'GET' },\n  status: { code: 0 }\n}\n"
        ).encode(),
        rows=(),
        refused="ConsoleSpanExporter",
    ),
)

FOREIGN_TRAPS = (*JAEGER, *ZIPKIN, *TEMPO, *CONSOLE)
"""Every one of these."""
