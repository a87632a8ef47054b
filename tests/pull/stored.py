"""The sample shop's traces as a backend keeps them, over the better part of an hour."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samples.make_samples import shop_in

APART_NS = 60 * 10**9
"""From the beginning of a trace to that of the next one."""

FIRST_NS = 1_750_000_000 * 10**9

SINCE, UNTIL = "2025-06-15T15:00:00Z", "2025-06-15T16:00:00Z"
"""Times around all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTrace:
    """A trace as OTLP JSON has it, and what it is found by."""

    document: dict[str, Any]

    @property
    def trace_id(self) -> str:
        return str(next(span for _, span in self.spans())["traceId"])

    def spans(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every span with its service."""
        for part in self.document["resourceSpans"]:
            for scope in part["scopeSpans"]:
                for span in scope["spans"]:
                    yield _service(part), span

    def is_found(
        self,
        *,
        since_ns: int,
        until_ns: int,
        service: str | None,
        operation: str | None = None,
        min_duration_ns: int = 0,
    ) -> bool:
        """Whether one of its spans is all of that."""
        return any(
            since_ns <= int(span["startTimeUnixNano"]) <= until_ns
            and service in (None, owner)
            and operation in (None, span["name"])
            and int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"]) >= min_duration_ns
            for owner, span in self.spans()
        )


def shop_traces(apart_ns: int = APART_NS) -> list[StoredTrace]:
    """The sample's traces, each that much later than the one before."""
    lines = shop_in("otlp-jsonl").decode().splitlines()
    found = []
    for number, line in enumerate(lines):
        document = json.loads(line)
        trace = StoredTrace(document=document)
        begun = min(int(span["startTimeUnixNano"]) for _, span in trace.spans())
        for _, span in trace.spans():
            for key in ("startTimeUnixNano", "endTimeUnixNano"):
                span[key] = str(int(span[key]) - begun + FIRST_NS + number * apart_ns)
        found.append(trace)
    return found


def dump(traces: Sequence[StoredTrace], path: Path) -> Path:
    """The same traces as a file, to be replayed."""
    path.write_text("".join(json.dumps(trace.document) + "\n" for trace in traces))
    return path


def _service(part: dict[str, Any]) -> str:
    attributes = part["resource"]["attributes"]
    return next(str(a["value"]["stringValue"]) for a in attributes if a["key"] == "service.name")
