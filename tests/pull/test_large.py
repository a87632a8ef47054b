"""Answers larger than memory should hold: they go to disk, and out of it piece by piece."""

import json
import tracemalloc
from pathlib import Path

import pytest

from analyzer.pull.address import Address
from analyzer.pull.fetching import fetch
from analyzer.pull.jaeger import Jaeger
from analyzer.pull.query import Query, Window
from analyzer.pull.traces import Traces
from analyzer.pull.web import IN_MEMORY_BYTES, Web
from tests.pull.backends import FakeJaeger, Reply, running

TRACES = 4_000
TEXT_BYTES = 10_000


def answer(api: str) -> bytes:
    """Many traces of a large span each."""
    text = "x" * TEXT_BYTES
    if api == "v1":
        traces = [
            {
                "traceID": f"{number:032x}",
                "spans": [
                    {
                        "traceID": f"{number:032x}",
                        "spanID": f"{number:016x}",
                        "operationName": "GET /",
                        "startTime": 1_750_000_000_000_000,
                        "duration": 1_000,
                        "tags": [{"key": "text", "type": "string", "value": text}],
                        "processID": "p1",
                    }
                ],
                "processes": {"p1": {"serviceName": "shop", "tags": []}},
            }
            for number in range(1, TRACES + 1)
        ]
        return json.dumps({"data": traces}).encode()
    value = {"stringValue": text}
    parts = [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
            "scopeSpans": [
                {
                    "spans": [
                        {
                            "traceId": f"{number:032x}",
                            "spanId": f"{number:016x}",
                            "startTimeUnixNano": "1750000000000000000",
                            "endTimeUnixNano": "1750000000000001000",
                            "attributes": [{"key": "text", "value": value}],
                        }
                    ]
                }
            ],
        }
        for number in range(1, TRACES + 1)
    ]
    return json.dumps({"result": {"resourceSpans": parts}}).encode()


@pytest.mark.parametrize("api", ["v3", "v1"])
def test_memory_does_not_grow_with_an_answer(api: str, tmp_path: Path) -> None:
    backend = FakeJaeger([], apis=(api,))
    backend.own_services = ["shop"]
    backend.faults.append(Reply(body=answer(api)))
    size = len(backend.faults[0].body) if isinstance(backend.faults[0], Reply) else 0
    assert size > 4 * IN_MEMORY_BYTES
    query = Query(window=Window(start_ns=0, end_ns=1), limit=10_000, page=10_000)
    with running(backend) as url, (tmp_path / "spans.otlp").open("wb") as out:
        web = Web(address=Address.of(url), silence_s=60)
        traces = Traces(out=out, limit=query.limit)
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            fetched = fetch(Jaeger(web, query), query, traces, lambda *_: None)
            peak = tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()
        web.close()
    assert fetched.stopped is None
    assert (len(traces), traces.spans) == (TRACES, TRACES)
    assert (tmp_path / "spans.otlp").stat().st_size > TRACES * TEXT_BYTES
    assert peak < size / 2
