"""A Jaeger and a Tempo that answer as the real ones do, and break as they are told."""

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from google.protobuf.json_format import ParseDict
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from samples import formats
from tests.collector.zipkin import length_delimited, number_field
from tests.loadgen.servers import Handler, Server, serving
from tests.pull.stored import StoredTrace

PAGE = "<!doctype html><title>Jaeger UI</title>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer; a cut one announces more than it holds."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


BUSY = Reply(status=429, headers={"Retry-After": "0"})
BROKEN = Reply(status=503, headers={"Retry-After": "0"})
CUT = Reply(body=b'{"data":[', cut=True)

Fault = Reply | Callable[[], None] | None
"""What happens in place of an answer, or before it; None for nothing."""


class Backend(Server):
    """A server of traces.

    Attributes:
        faults: what happens to the next requests for traces, one after another.
        asked: every request.
        base: the path that it is served under.
        everything: what every request is answered with, if anything.
        before: what happens before any answer.
    """

    def __init__(self, traces: Sequence[StoredTrace], *, base: str = "") -> None:
        super().__init__(("127.0.0.1", 0), BackendHandler)
        self.traces = list(traces)
        self.base = base
        self.faults: deque[Fault] = deque()
        self.asked: list[Asked] = []
        self.everything: Reply | None = None
        self.before: Callable[[], None] | None = None
        self.lock = threading.Lock()

    @property
    def searches(self) -> list[Asked]:
        """The requests that looked for traces."""
        return [asked for asked in self.asked if self.is_search(asked.path)]

    def is_search(self, path: str) -> bool:
        raise NotImplementedError

    def answer(self, asked: Asked) -> Reply:
        raise NotImplementedError

    def found(self, limit: int, **wanted: Any) -> list[StoredTrace]:  # noqa: ANN401  passed on
        """The latest traces that are what is wanted."""
        return [trace for trace in reversed(self.traces) if trace.is_found(**wanted)][:limit]


class BackendHandler(Handler):
    server: Backend

    def do_GET(self) -> None:  # noqa: N802  the base class's name
        url = urlsplit(self.path)
        asked = Asked(
            path=url.path.removeprefix(self.server.base),
            query={key: values[-1] for key, values in parse_qs(url.query).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
        )
        with self.server.lock:
            self.server.asked.append(asked)
            takes_fault = self.server.is_search(asked.path) and self.server.faults
            fault = self.server.faults.popleft() if takes_fault else None
        if self.server.before is not None:
            self.server.before()
        if callable(fault):
            fault()
        if isinstance(fault, Reply):
            self._send(fault)
        elif self.server.everything is not None:
            self._send(self.server.everything)
        elif not url.path.startswith(self.server.base + "/"):
            self._send(Reply(status=404, body=b"404 page not found\n"))
        else:
            self._send(self.server.answer(asked))

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body) + (100 if reply.cut else 0)))
        self.end_headers()
        self.wfile.write(reply.body)
        if reply.cut:
            self.close_connection = True


class FakeJaeger(Backend):
    """A Jaeger with some of its APIs.

    Attributes:
        apis: `v3`, `v3 without an envelope` (as its first versions were), `v1`.
        web_page: whether paths that are not there are the web page's, as they are where it runs.
    """

    MISSING: ClassVar = Reply(status=404, body=b"404 page not found\n")

    def __init__(
        self,
        traces: Sequence[StoredTrace],
        *,
        apis: tuple[str, ...] = ("v3", "v1"),
        base: str = "",
        web_page: bool = False,
    ) -> None:
        super().__init__(traces, base=base)
        self.apis = apis
        self.web_page = web_page
        self.own_services = ["jaeger-query"]

    def is_search(self, path: str) -> bool:
        return path in ("/api/traces", "/api/v3/traces")

    def services(self) -> list[str]:
        owners = {owner for trace in self.traces for owner, _ in trace.spans()}
        return sorted([*owners, *self.own_services])

    def answer(self, asked: Asked) -> Reply:
        v3 = next((api for api in self.apis if api.startswith("v3")), None)
        match asked.path:
            case "/api/v3/services" if v3:
                services = self.services()
                return _json({"services": services} if services else {}, media="text/plain")
            case "/api/v3/traces" if v3:
                return self._found_v3(asked.query, enveloped=v3 == "v3")
            case "/api/services" if "v1" in self.apis:
                return _json({"data": self.services(), "total": 1, "errors": None})
            case "/api/traces" if "v1" in self.apis:
                return self._found_v1(asked.query)
        if self.web_page:
            return Reply(body=PAGE.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
        return self.MISSING

    def _found_v3(self, query: dict[str, str], *, enveloped: bool) -> Reply:
        found = self.found(
            int(query["query.num_traces"]),
            since_ns=_moment(query["query.start_time_min"]),
            until_ns=_moment(query["query.start_time_max"]),
            service=query["query.service_name"],
            operation=query.get("query.operation_name"),
            min_duration_ns=_nanoseconds(query.get("query.duration_min")),
        )
        parts = [part for trace in found for part in trace.document["resourceSpans"]]
        if not enveloped:
            return _json({"resourceSpans": parts} if parts else {})
        if parts:
            return _json({"result": {"resourceSpans": parts}}, media="text/plain")
        error = {"error": {"httpCode": 404, "message": "No traces found"}}
        return Reply(status=404, body=json.dumps(error).encode())

    def _found_v1(self, query: dict[str, str]) -> Reply:
        found = self.found(
            int(query["limit"]),
            since_ns=int(query["start"]) * 1_000,
            until_ns=int(query["end"]) * 1_000,
            service=query["service"],
            operation=query.get("operation"),
            min_duration_ns=_nanoseconds(query.get("minDuration")),
        )
        return _json(formats.jaeger([trace.document for trace in found]))


class FakeTempo(Backend):
    """A Tempo.

    Attributes:
        versions: of the API of traces: 1, 2.
        protobuf: whether it speaks it, or what stands before it knows JSON alone.
        gone: traces that are found and not there any more.
        partial: traces that are told in part.
    """

    QUERY: ClassVar = re.compile(
        r'\{ ?(?:resource\.service\.name = "(?P<service>[^"]*)")?(?: && )?'
        r'(?:name = "(?P<operation>[^"]*)")?(?: && )?(?:duration >= (?P<least>\d+)ns)? ?\}'
    )

    def __init__(
        self,
        traces: Sequence[StoredTrace],
        *,
        versions: tuple[int, ...] = (1, 2),
        protobuf: bool = True,
        base: str = "",
    ) -> None:
        super().__init__(traces, base=base)
        self.versions = versions
        self.protobuf = protobuf
        self.gone: set[str] = set()
        self.partial: set[str] = set()

    def is_search(self, path: str) -> bool:
        return path == "/api/search"

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/api/search":
            return self._found(asked.query)
        version = 2 if asked.path.startswith("/api/v2/traces/") else 1
        trace_id = asked.path.rpartition("/")[2]
        known = {trace.trace_id: trace for trace in self.traces if trace.trace_id not in self.gone}
        if version not in self.versions or trace_id not in known:
            return Reply(status=404, body=b"trace not found")
        wants_protobuf = asked.headers["accept"] == "application/protobuf"
        return self._trace(known[trace_id], version, protobuf=self.protobuf and wants_protobuf)

    def _found(self, query: dict[str, str]) -> Reply:
        since, until = int(query["start"]), int(query["end"])
        if until - since > 1_800:
            return Reply(status=400, body=b"range specified by start and end exceeds 1800 seconds")
        asked = self.QUERY.fullmatch(query["q"])
        if asked is None:
            return Reply(status=400, body=b"invalid TraceQL query: parse error at line 1")
        found = self.found(
            int(query["limit"]),
            since_ns=since * 10**9,
            until_ns=until * 10**9,
            service=asked["service"],
            operation=asked["operation"],
            min_duration_ns=int(asked["least"] or 0),
        )
        traces = [{"traceID": trace.trace_id.lstrip("0"), "durationMs": 9} for trace in found]
        return _json({"traces": traces, "metrics": {"inspectedTraces": len(traces)}})

    def _trace(self, trace: StoredTrace, version: int, *, protobuf: bool) -> Reply:
        is_partial = trace.trace_id in self.partial
        parts = formats.tempo([trace.document])["batches"]
        if protobuf:
            content = _protobuf(parts)
            if version == 2:  # a TraceByIDResponse: the trace, metrics, status, message
                content = length_delimited(1, content) + length_delimited(2, b"")
                if is_partial:
                    content += number_field(3, 1) + length_delimited(4, b"too large")
            return Reply(body=content, headers={"Content-Type": "application/protobuf"})
        if version == 1:
            return _json({"batches": parts})
        status = {"status": "PARTIAL", "message": "too large"} if is_partial else {}
        return _json({"trace": {"resourceSpans": parts}, "metrics": {}} | status)


@contextmanager
def running(backend: Backend) -> Iterator[str]:
    """The backend while it runs, by its URL."""
    with serving(backend):
        yield backend.url + backend.base


def _json(document: object, *, media: str = "application/json") -> Reply:
    return Reply(body=json.dumps(document).encode(), headers={"Content-Type": media})


def _protobuf(parts: list[dict[str, Any]]) -> bytes:
    """A Trace. Its JSON has ids in base64, which is what the library's own mapping reads."""
    return ParseDict({"resourceSpans": parts}, TracesData()).SerializeToString()


def _moment(text: str) -> int:
    whole, _, rest = text.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole + "+00:00").timestamp())
    return seconds * 10**9 + int(rest.ljust(9, "0"))


def _nanoseconds(text: str | None) -> int:
    return int(text.removesuffix("ns")) if text else 0
