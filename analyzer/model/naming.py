"""Names from attributes: service, instance, operation, peer. Every reader names spans through here.

Attribute names are those of OpenTelemetry's semantic conventions, new and old ones alike.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from analyzer.model.spans import Kind

UNKNOWN_SERVICE = "unknown_service"
"""What the OpenTelemetry specification names a resource without `service.name`."""

RESOURCE_KEYS: tuple[str, ...] = (
    "service.name",
    "service.instance.id",
    "k8s.pod.name",
    "container.id",
    "host.name",
    "process.pid",
)
"""Resource attributes that `name_process` looks at."""

SPAN_KEYS: tuple[str, ...] = (
    "http.request.method",
    "http.method",
    "http.route",
    "url.template",
    "url.path",
    "http.target",
    "url.full",
    "http.url",
    "rpc.system",
    "rpc.system.name",
    "peer.service",
    "service.peer.name",
    "db.system.name",
    "db.system",
    "messaging.system",
    "messaging.destination.name",
    "server.address",
    "net.peer.name",
    "server.port",
    "net.peer.port",
    "http.host",
)
"""Span attributes that `name_span` looks at; a reader need not keep any other for the names."""

HTTP_METHODS = frozenset(
    (
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "DELETE",
        "CONNECT",
        "OPTIONS",
        "TRACE",
        "PATCH",
        "QUERY",
        "HTTP",
    )
)
"""Span names that say only how, not what; `HTTP` is what instrumentations use for odd methods."""

_VARIABLE_SEGMENT = re.compile(
    r"""^(?:
        \d+                                                   # a number
      | [0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}   # a UUID
      | (?=[^\d]*\d)[0-9a-fA-F]{8,}                           # a hash: hex with at least one digit
      | (?=(?:[^\d]*\d){4})[0-9A-Za-z_-]{20,}                 # a token: long, with several digits
    )$""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessNames:
    """Who a resource is: the service, and what tells its processes apart ('' if nothing does)."""

    service: str
    instance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanNames:
    """What a span does: its operation; for outgoing calls also peer and protocol ('' if none)."""

    operation: str
    peer: str
    protocol: str


def name_process(resource: Mapping[str, str]) -> ProcessNames:
    """Name the process behind a resource.

    `service.instance.id` tells processes apart where it is set; else pod, container, or host and
    process id do.
    """
    service = resource.get("service.name") or UNKNOWN_SERVICE
    instance = (
        resource.get("service.instance.id")
        or resource.get("k8s.pod.name")
        or resource.get("container.id")
        or "/".join(v for k in ("host.name", "process.pid") if (v := resource.get(k)))
    )
    return ProcessNames(service=service, instance=instance or "")


def name_span(name: str, kind: int, attributes: Mapping[str, str]) -> SpanNames:
    """Name a span's operation and, for client and producer spans, whom it talks to.

    Args:
        name: the span's own name.
        kind: its `Kind`.
        attributes: at least those of `SPAN_KEYS` that it has, as strings.
    """
    outgoing = kind in (Kind.CLIENT, Kind.PRODUCER)
    return SpanNames(
        operation=_operation(name, attributes),
        peer=_peer(attributes) if outgoing else "",
        protocol=_protocol(attributes),
    )


def without_variables(path: str) -> str:
    """A path without query, its numbers, UUIDs, hashes and tokens replaced by `<id>`."""
    path = path.split("?", 1)[0].split("#", 1)[0]
    return "/".join(
        "<id>" if _VARIABLE_SEGMENT.match(segment) else segment for segment in path.split("/")
    )


def _operation(name: str, attributes: Mapping[str, str]) -> str:
    name = name.strip()
    method = attributes.get("http.request.method") or attributes.get("http.method") or ""
    if name in HTTP_METHODS or not name:
        place = (
            attributes.get("http.route")
            or attributes.get("url.template")
            or without_variables(_path(attributes))
        )
        return f"{method or name} {place}".strip() or "(no name)"
    head, space, rest = name.partition(" ")
    if space and head in HTTP_METHODS:
        if rest.startswith(("http://", "https://")):
            rest = urlsplit_path(rest)
        return f"{head} {without_variables(rest)}"
    return without_variables(name) if name.startswith("/") else name


def urlsplit_path(url: str) -> str:
    """The path of a URL; `/` where it has none, the text itself where it is no URL."""
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return url


def _path(attributes: Mapping[str, str]) -> str:
    if path := attributes.get("url.path") or attributes.get("http.target"):
        return path
    url = attributes.get("url.full") or attributes.get("http.url")
    return urlsplit_path(url) if url else ""


def _peer(attributes: Mapping[str, str]) -> str:
    named = (
        attributes.get("peer.service")
        or attributes.get("service.peer.name")
        or attributes.get("db.system.name")
        or attributes.get("db.system")
        or attributes.get("messaging.system")
    )
    return named or _address(attributes)


def _address(attributes: Mapping[str, str]) -> str:
    host = attributes.get("server.address") or attributes.get("net.peer.name")
    port = attributes.get("server.port") or attributes.get("net.peer.port")
    if host:
        return f"{host}:{port}" if port and ":" not in host else host
    if host := attributes.get("http.host"):
        return host
    url = attributes.get("url.full") or attributes.get("http.url")
    if not url:
        return ""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _protocol(attributes: Mapping[str, str]) -> str:
    if system := attributes.get("db.system.name") or attributes.get("db.system"):
        return system
    if system := attributes.get("messaging.system"):
        return system
    if system := attributes.get("rpc.system.name") or attributes.get("rpc.system"):
        return system
    return "http" if attributes.get("http.request.method") or attributes.get("http.method") else ""
