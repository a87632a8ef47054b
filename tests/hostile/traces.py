"""Spans whose every text is a hostile one, in runs that have something to say about them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MS = 1_000_000
NOON_NS = 1_700_000_000_000_000_000

REQUESTS = 20
SLOW = 10
"""Of so many requests one is slow."""
REPEATS = 6
LONG = 1_000
"""Longer names are written a few times only: a dump of gigabytes shows no more."""


@dataclass(slots=True)
class Spans:
    """Spans of OTLP/JSON, by service."""

    name: str
    _of: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _last: int = 0

    def add(
        self,
        service: str,
        operation: str,
        times_ms: tuple[float, float],
        *,
        trace: int,
        parent: str = "",
        kind: int = 1,
        attributes: dict[str, str] | None = None,
        failed: bool = False,
    ) -> str:
        """Add a span; all of its texts that do not matter here are the hostile one."""
        self._last += 1
        span_id = f"{self._last:016x}"
        texts = self.name if len(self.name) <= LONG else "long"
        told = {texts or "key": texts} | (attributes or {})
        self._of.setdefault(service, []).append(
            {
                "traceId": f"{trace:032x}",
                "spanId": span_id,
                "parentSpanId": parent,
                "name": operation,
                "kind": kind,
                "traceState": texts,
                "startTimeUnixNano": str(NOON_NS + round(times_ms[0] * MS)),
                "endTimeUnixNano": str(NOON_NS + round(times_ms[1] * MS)),
                "attributes": [
                    {"key": key, "value": {"stringValue": value}} for key, value in told.items()
                ],
                "events": [{"name": texts, "timeUnixNano": str(NOON_NS)}],
                "status": {"code": 2 if failed else 0, "message": self.name},
            }
        )
        return span_id

    def document(self) -> dict[str, Any]:
        """All of them as one request."""
        return {
            "resourceSpans": [
                {
                    "resource": {
                        "attributes": [
                            {"key": key, "value": {"stringValue": value}}
                            for key, value in (
                                ("service.name", service),
                                ("service.instance.id", self.name),
                            )
                        ]
                    },
                    "scopeSpans": [{"scope": {"name": self.name}, "spans": spans}],
                }
                for service, spans in self._of.items()
            ]
        }


def hostile_spans(
    name: str, *, slower: float = 1.0, first: int = 0, requests: int = REQUESTS
) -> dict[str, Any]:
    """A run on services that bear the name; how slow the called service is can be chosen.

    ```
    locust: NAME  |------------------------------|
      NAME: NAME   |----------------------------|      and NAME as every attribute
        NAME 2      |----------|                       fails now and then, slow requests say NAME
        db NAME                 |--|--|--|--|--|--|    the same call again and again, no span there
        ledger                                 |--|      the one that has a name to ask for
        NAME 3                                    |~~  goes on after the reply
    ```
    """
    spans = Spans(name=name)
    for number in range(1 if len(name) > LONG else requests):
        _request(spans, first + number, slower)
    return spans.document()


def together(names: Sequence[str]) -> dict[str, Any]:
    """A run in which all of these names are."""
    documents = [hostile_spans(name, first=3 * i, requests=3) for i, name in enumerate(names)]
    return {"resourceSpans": [each for one in documents for each in one["resourceSpans"]]}


def _request(spans: Spans, number: int, slower: float) -> None:
    name, begin = spans.name, 200.0 * number
    slow = number % SLOW == SLOW - 1
    takes = slower * (60 if slow else 10 + number % 3)
    trace = number + 1
    end = begin + takes + 40
    failed = number % 7 == 0
    root = spans.add(
        "locust", name, (begin, end + 2), trace=trace, kind=3,
        attributes={"http.request.method": name, "user_agent.original": name}, failed=failed,
    )  # fmt: skip
    entry = spans.add(
        name, name, (begin + 1, end), trace=trace, parent=root, kind=2,
        attributes={"http.route": name, "tenant": name if slow else "x"}, failed=failed,
    )  # fmt: skip
    called = spans.add(
        name, "GET", (begin + 2, begin + 3 + takes), trace=trace, parent=entry, kind=3,
        attributes={"url.template": name, "server.address": name},
    )  # fmt: skip
    spans.add(
        f"{name} 2", f"2 {name}", (begin + 2.5, begin + 2.5 + takes), trace=trace, parent=called,
        kind=2, attributes={name: name if slow else "x"}, failed=failed,
    )  # fmt: skip
    at = begin + takes + 4
    for _ in range(1 if len(name) > LONG else REPEATS):
        spans.add(
            name, f"SELECT {name}", (at, at + 4), trace=trace, parent=entry, kind=3,
            attributes={"db.system": name, "peer.service": f"db {name}", "db.query.text": name},
        )  # fmt: skip
        at += 5
    spans.add("ledger", name, (end - 5, end - 3), trace=trace, parent=entry, kind=2)
    spans.add(f"{name} 3", name, (end - 1, end + 50), trace=trace, parent=entry, kind=1)


def lines(document: dict[str, Any]) -> Iterator[bytes]:
    """OTLP/JSON, all in ASCII: so halves of characters can be written too."""
    yield json.dumps(document).encode("ascii") + b"\n"


def write_run(path: Path, name: str, *, slower: float = 1.0) -> Path:
    """Write the run as a dump."""
    path.write_bytes(b"".join(lines(hostile_spans(name, slower=slower))))
    return path
