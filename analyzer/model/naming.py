"""Names from attributes: service, instance, operation, peer. Every reader names spans through here.

Attribute names are those of OpenTelemetry's semantic conventions, new and old ones alike.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from urllib.parse import urlsplit

from analyzer.model.public_text import public_name
from analyzer.model.spans import Kind

UNKNOWN_SERVICE = "unknown_service"
"""What the OpenTelemetry specification names a resource without `service.name`."""

RUN_KEY = "slowhop.run.id"
"""The attribute, of a resource or a span, that names the load test a span belongs to."""

RESOURCE_KEYS: tuple[str, ...] = (
    "service.name",
    "service.instance.id",
    "k8s.pod.name",
    "container.id",
    "host.name",
    "process.pid",
    RUN_KEY,
)
"""Resource attributes that `name_process` looks at."""


class KeyUse(IntEnum):
    """When `name_span` looks at an attribute; elsewhere its value cannot change a name.

    Decoders that name each distinct combination once leave out what is not looked at, because
    paths, URLs and ports of callers can be different in every span.
    """

    ALWAYS = 0
    PLACE = 1
    """Only where the span's name is a method or empty."""
    PATH = 2
    """As `PLACE`, and only if no `PLACE` has a value. Its query is never looked at."""
    URL = 3
    """As `PATH`, if no `PATH` has a value; and its authority for outgoing spans."""
    OUTGOING = 4
    """Only for client and producer spans."""


SPAN_KEY_USES: Mapping[str, KeyUse] = MappingProxyType(
    {
        "http.request.method": KeyUse.ALWAYS,
        "http.method": KeyUse.ALWAYS,
        "http.route": KeyUse.PLACE,
        "url.template": KeyUse.PLACE,
        "url.path": KeyUse.PATH,
        "http.target": KeyUse.PATH,
        "url.full": KeyUse.URL,
        "http.url": KeyUse.URL,
        "rpc.system": KeyUse.ALWAYS,
        "rpc.system.name": KeyUse.ALWAYS,
        "peer.service": KeyUse.OUTGOING,
        "service.peer.name": KeyUse.OUTGOING,
        "db.system.name": KeyUse.ALWAYS,
        "db.system": KeyUse.ALWAYS,
        "messaging.system": KeyUse.ALWAYS,
        "server.address": KeyUse.OUTGOING,
        "net.peer.name": KeyUse.OUTGOING,
        "server.port": KeyUse.OUTGOING,
        "net.peer.port": KeyUse.OUTGOING,
        "http.host": KeyUse.OUTGOING,
        RUN_KEY: KeyUse.ALWAYS,
    }
)
"""Span attributes that `name_span` looks at, and when; kept true by a property test."""

SPAN_KEYS: tuple[str, ...] = tuple(SPAN_KEY_USES)
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
    """Who a resource is: the service, and what tells its processes apart ('' if nothing does).

    `run` is the load test that all of its spans belong to, '' where it says nothing of that.
    """

    service: str
    instance: str
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanNames:
    """What a span does: its operation; for outgoing calls also peer and protocol ('' if none).

    `run` is the load test that the span itself says it belongs to.
    """

    operation: str
    peer: str
    protocol: str
    run: str = ""


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
    return ProcessNames(
        service=public_name(service),
        instance=public_name(instance or ""),
        run=public_name(resource.get(RUN_KEY) or ""),
    )


def name_span(name: str, kind: int, attributes: Mapping[str, str]) -> SpanNames:
    """Name a span's operation and, for client and producer spans, whom it talks to.

    No name has secrets in it, and none is longer than names are (`analyzer.model.public_text`).

    Args:
        name: the span's own name.
        kind: its `Kind`.
        attributes: at least those of `SPAN_KEYS` that it has, as strings.
    """
    outgoing = kind in (Kind.CLIENT, Kind.PRODUCER)
    return SpanNames(
        operation=public_name(_operation(name, attributes)),
        peer=public_name(_peer(attributes)) if outgoing else "",
        protocol=public_name(_protocol(attributes)),
        run=public_name(attributes.get(RUN_KEY) or ""),
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
