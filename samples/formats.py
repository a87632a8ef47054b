"""The same requests as other tracing systems write them."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
CODES = ("UNSET", "OK", "ERROR")
US = 1_000

_IDS = frozenset(("traceId", "spanId", "parentSpanId"))


def jaeger(documents: list[dict[str, Any]]) -> dict[str, Any]:
    """What Jaeger's UI downloads; each document is one trace."""
    return {"data": [jaeger_trace(d) for d in documents], "total": 0, "errors": None}


def jaeger_trace(document: dict[str, Any]) -> dict[str, Any]:
    """A trace as Jaeger's JSON has it."""
    processes: dict[str, Any] = {}
    spans = []
    for number, (resource, of_resource) in enumerate(_resources(document), start=1):
        tags = [_tag(key, value) for key, value in resource.items() if key != "service.name"]
        process: dict[str, Any] = {"tags": tags}
        if "service.name" in resource:
            process["serviceName"] = resource["service.name"]
        processes[f"p{number}"] = process
        spans += [jaeger_span(span) | {"processID": f"p{number}"} for span in of_resource]
    return {"traceID": spans[0]["traceID"], "spans": spans, "processes": processes}


def jaeger_span(span: dict[str, Any]) -> dict[str, Any]:
    """A span as Jaeger's JSON has it, but for its process."""
    start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
    tags = [_tag(key, value) for key, value in _values(span["attributes"]).items()]
    tags.append(_tag("span.kind", KINDS[span["kind"]].lower()))
    if span.get("status", {}).get("code") == CODES.index("ERROR"):
        tags.append(_tag("error", True))  # noqa: FBT003  a tag's value
    parent = span.get("parentSpanId")
    reference = {"refType": "CHILD_OF", "traceID": span["traceId"], "spanID": parent}
    return {
        "traceID": span["traceId"],
        "spanID": span["spanId"],
        "operationName": span["name"],
        "references": [reference] if parent else [],
        "startTime": start // US,
        "duration": (end - start) // US,
        "tags": tags,
        "logs": [],
    }


def jaeger_v3(documents: list[dict[str, Any]]) -> str:
    """What Jaeger's API of version 3 answers: an object for each trace."""
    return "".join(json.dumps({"result": document}) + "\n" for document in documents)


def tempo(documents: list[dict[str, Any]]) -> dict[str, Any]:
    """What Tempo's API answers, had it all requests in one trace."""
    return {"batches": [_as_tempo(part) for d in documents for part in d["resourceSpans"]]}


def zipkin(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A list of spans as Zipkin has them."""
    return [
        zipkin_span(span, resource)
        for document in documents
        for resource, of_resource in _resources(document)
        for span in of_resource
    ]


def zipkin_span(span: dict[str, Any], resource: dict[str, Any]) -> dict[str, Any]:
    """A span as Zipkin has it."""
    start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
    tags = {key: str(value) for key, value in _values(span["attributes"]).items()}
    if span.get("status", {}).get("code") == CODES.index("ERROR"):
        tags["error"] = "true"
    service = resource.get("service.name")
    parent = span.get("parentSpanId")
    return {
        "traceId": span["traceId"],
        "id": span["spanId"],
        **({"parentId": parent} if parent else {}),
        "kind": KINDS[span["kind"]],
        "name": span["name"],
        "timestamp": start // US,
        "duration": (end - start) // US,
        **({"localEndpoint": {"serviceName": service}} if service else {}),
        "tags": tags,
    }


def python_console(documents: list[dict[str, Any]]) -> str:
    """What Python programs print, a line of a log between."""
    lines: list[str] = []
    for document in documents:
        for resource, of_resource in _resources(document):
            lines += (json.dumps(console_span(span, resource), indent=4) for span in of_resource)
            lines.append('127.0.0.1 - - [15/Jun/2025 15:06:40] "GET / HTTP/1.1" 200 -')
    return "\n".join(lines) + "\n"


def console_span(span: dict[str, Any], resource: dict[str, Any]) -> dict[str, Any]:
    """A span as Python's ConsoleSpanExporter prints it."""
    parent = span.get("parentSpanId")
    return {
        "name": span["name"],
        "context": {
            "trace_id": f"0x{span['traceId']}",
            "span_id": f"0x{span['spanId']}",
            "trace_state": "[]",
        },
        "kind": f"SpanKind.{KINDS[span['kind']]}",
        "parent_id": f"0x{parent}" if parent else None,
        "start_time": _moment(int(span["startTimeUnixNano"])),
        "end_time": _moment(int(span["endTimeUnixNano"])),
        "status": {"status_code": CODES[span.get("status", {}).get("code", 0)]},
        "attributes": _values(span["attributes"]),
        "events": [],
        "links": [],
        "resource": {"attributes": resource, "schema_url": ""},
    }


def _resources(
    document: dict[str, Any],
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The attributes of each resource, and its spans."""
    for part in document["resourceSpans"]:
        spans = [span for scope in part["scopeSpans"] for span in scope["spans"]]
        yield _values(part["resource"].get("attributes", [])), spans


def _values(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    values = {}
    for attribute in attributes:
        ((kind, value),) = attribute["value"].items()
        values[attribute["key"]] = int(value) if kind == "intValue" else value
    return values


def _tag(key: str, value: str | int | bool) -> dict[str, Any]:  # noqa: FBT001  a tag's value
    kind = {bool: "bool", int: "int64", str: "string"}[type(value)]
    return {"key": key, "type": kind, "value": value}


def _as_tempo(value: Any, name: str = "") -> Any:  # noqa: ANN401  any part of a JSON document
    """The same with ids in base64 and enums by their names."""
    if isinstance(value, list):
        return [_as_tempo(item) for item in value]
    if isinstance(value, dict):
        return {key: _as_tempo(item, key) for key, item in value.items()}
    if name in _IDS:
        return as_base64(value)
    if name == "kind":
        return f"SPAN_KIND_{KINDS[value]}"
    return f"STATUS_CODE_{CODES[value]}" if name == "code" else value


def as_base64(hex_id: str) -> str:
    """An id as protobuf's own JSON has it."""
    return base64.b64encode(bytes.fromhex(hex_id)).decode()


def _moment(time_ns: int) -> str:
    moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=time_ns // US)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
