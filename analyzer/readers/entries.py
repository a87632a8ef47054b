"""Paths to the requests that came in from outside, with all that tells whose they were.

An entry request is a server's span that no other server's span is above. A trace without any has
the span it begins with, if that says HTTP: the caller's own, or one of a format without kinds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from sys import intern
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from analyzer.model.entry import Entries, Entry
from analyzer.model.issue import Issues
from analyzer.model.naming import HTTP_METHODS, without_variables
from analyzer.model.spans import Kind, Status
from analyzer.readers.opening import Progress
from analyzer.readers.read_requests import read_requests

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import KeyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

_PLACE = (
    "http.request.method", "http.method", "http.route", "url.template", "url.path", "http.target",
    "url.full", "http.url", "url.query",
)  # fmt: skip
_WHO = (
    ("session.id",),
    ("enduser.id",),
    ("enduser.pseudo.id",),
    ("user.id",),
)
_ADDRESS = ("client.address", "http.client_ip")
_AGENT = ("user_agent.original", "http.user_agent")
_WANTED = frozenset((*_PLACE, *_ADDRESS, *_AGENT, *(key for keys in _WHO for key in keys)))

_TRACE_ID_BYTES = 16


def read_entries(
    paths: Sequence[Path | str],
    issues: Issues,
    *,
    format_name: str | None = None,
    progress: Progress | None = None,
) -> Entries:
    """The entry requests in some files, as `read` finds them, by their time.

    Args:
        paths: what to read; `-` is standard input.
        issues: where odd data is counted.
        format_name: read every file as this format instead of recognising it.
        progress: told how far the reading is.

    Raises:
        InputError: a path leads nowhere or cannot be opened, or there is no such format.
        UnreadableTraces: a file holds no traces in any known format, or is empty.
    """
    found = _Found()
    for request in read_requests(paths, issues, format_name=format_name, progress=progress):
        for of_process in request.resource_spans:
            resource = _texts(of_process.resource.attributes)
            for of_scope in of_process.scope_spans:
                for span in of_scope.spans:
                    found.take(span, resource)
    return found.entries()


@dataclass(slots=True)
class _Found:
    """What is remembered of spans: of each who is above it, of possible entries what they ask."""

    above: dict[bytes, bytes] = field(default_factory=dict)
    servers: dict[bytes, Entry | None] = field(default_factory=dict)
    roots: dict[bytes, Entry] = field(default_factory=dict)

    def take(self, span: "Span", resource: Mapping[str, str]) -> None:
        """Remember a span; one that came before does not count again."""
        key = span.trace_id + span.span_id
        if key in self.above:
            return
        parent = span.parent_span_id.strip(b"\0")
        self.above[key] = span.trace_id + span.parent_span_id if parent else b""
        if int(span.kind) in (Kind.SERVER, Kind.CONSUMER):
            self.servers[key] = _entry(key, span, resource)
        elif not parent and (entry := _entry(key, span, resource)) is not None:
            self.roots[key] = entry

    def entries(self) -> Entries:
        """The entries among them."""
        covered: dict[bytes, bool] = {}
        first = [key for key in self.servers if not self._below_server(key, covered)]
        traces = {key[:_TRACE_ID_BYTES] for key in first}
        of_servers = [self.servers[key] for key in first]
        requests = [entry for entry in of_servers if entry is not None]
        requests += [e for key, e in self.roots.items() if key[:_TRACE_ID_BYTES] not in traces]
        return Entries(
            requests=tuple(sorted(requests, key=lambda e: (e.start_ns, e.end_ns, e.order))),
            not_http=sum(entry is None for entry in of_servers),
        )

    def _below_server(self, key: bytes, covered: dict[bytes, bool]) -> bool:
        """Whether a server's span is above; `covered` remembers it of all on the way."""
        way: list[bytes] = []
        known: bool | None = None
        while known is None:
            way.append(key)
            covered[key] = False  # a circle ends here
            key = self.above.get(key, b"")
            if key in self.servers:
                known = True
            elif key not in self.above:
                known = False
            else:
                known = covered.get(key)
        covered.update(dict.fromkeys(way, known))
        return known


def _entry(key: bytes, span: "Span", resource: Mapping[str, str]) -> Entry | None:
    """What a span asks for; None where it is not HTTP."""
    own = _texts(span.attributes)
    head, space, rest = span.name.strip().partition(" ")
    method = own.get("http.request.method") or own.get("http.method") or ""
    if not method and head in HTTP_METHODS:
        method = head
    if not method:
        return None
    path, query = _asked(own)
    named = rest if space and head in HTTP_METHODS else ""
    route = own.get("http.route") or own.get("url.template") or without_variables(path or named)
    return Entry(
        order=key,
        start_ns=span.start_time_unix_nano,
        end_ns=max(span.start_time_unix_nano, span.end_time_unix_nano),
        method=intern(method.upper()),
        route=intern(route if route.startswith("/") else f"/{route}"),
        path=intern(path),
        query=query,
        failed=int(span.status.code) == Status.ERROR,
        who=tuple(map(intern, _who({**resource, **own}))),
    )


def _asked(own: Mapping[str, str]) -> tuple[str, str]:
    """Path and query as they were sent."""
    target = own.get("url.path") or own.get("http.target") or ""
    if not target and (url := own.get("url.full") or own.get("http.url")):
        try:
            parts = urlsplit(url)
        except ValueError:
            return "", ""
        return parts.path or "/", parts.query
    path, _, query = target.partition("?")
    return path, query or own.get("url.query", "").removeprefix("?")


def _who(attributes: Mapping[str, str]) -> Iterator[str]:
    for keys in _WHO:
        yield _first(attributes, keys)
    address, agent = _first(attributes, _ADDRESS), _first(attributes, _AGENT)
    yield f"{address} {agent}" if address and agent else ""


def _first(attributes: Mapping[str, str], keys: Sequence[str]) -> str:
    return next((attributes[key] for key in keys if attributes.get(key)), "")


def _texts(attributes: "Sequence[KeyValue]") -> dict[str, str]:
    """Those attributes that matter here, as text."""
    found = {}
    for item in attributes:
        if item.key in _WANTED:
            kind = item.value.WhichOneof("value")
            if kind == "string_value":
                found[item.key] = item.value.string_value
            elif kind == "int_value":
                found[item.key] = str(item.value.int_value)
    return found
