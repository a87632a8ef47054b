"""Jaeger: its API of version 3, and the older one of its web page.

Traces are found by service, newest first as a rule, and come whole. There is no cursor.
Source: jaeger-idl, api_v3/query_service.proto, and jaeger's HTTP gateway and query parser.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Protocol

from analyzer.errors import InputError
from analyzer.pull.complaints import BASE_PATH_HINT, NotJson
from analyzer.pull.decoding import requests_of
from analyzer.pull.query import Query, Window
from analyzer.pull.traces import Traces
from analyzer.pull.web import Web

GRAIN_NS: Final = 1_000_000
"""A page of 500 traces in a millisecond would be half a million traces a second."""

OWN_SERVICES: Final = frozenset(("jaeger", "jaeger-query", "jaeger-all-in-one"))
"""Jaeger traces the questions it is asked: ours too."""

_NS_PER_US = 1_000
_NS_PER_S = 10**9


class Api(Protocol):
    """One of Jaeger's ways to ask."""

    @property
    def name(self) -> str:
        """What a run directory calls it."""
        ...

    @property
    def path(self) -> str:
        """Where traces are searched."""
        ...

    @property
    def services_path(self) -> str:
        """Where services are listed."""
        ...

    @property
    def formats(self) -> tuple[str, ...]:
        """What its answers look like."""
        ...

    def services(self, document: Mapping[str, Any]) -> object:
        """What a list of services says."""
        ...

    def search(self, service: str, window: Window, query: Query) -> dict[str, str]:
        """The question, as the URL has it; what is empty is left out."""
        ...


@dataclass(frozen=True, slots=True)
class ApiV3:
    """Version 3; older ones of it leave the envelope out."""

    name: ClassVar[str] = "v3"
    path: ClassVar[str] = "/api/v3/traces"
    services_path: ClassVar[str] = "/api/v3/services"
    formats: ClassVar[tuple[str, ...]] = ("jaeger-v3", "otlp-json")

    def services(self, document: Mapping[str, Any]) -> object:
        """The list, which is not there if it is empty."""
        return document.get("services", [])

    def search(self, service: str, window: Window, query: Query) -> dict[str, str]:
        """Times as RFC 3339 has them; the number of traces was renamed in the course of time."""
        return {
            "query.service_name": service,
            "query.operation_name": query.operation or "",
            "query.start_time_min": _rfc3339(window.start_ns),
            "query.start_time_max": _rfc3339(window.end_ns),
            "query.duration_min": _duration(query.min_duration_ns),
            "query.search_depth": str(query.page),
            "query.num_traces": str(query.page),
            "query.raw_traces": "true",
        }


@dataclass(frozen=True, slots=True)
class OldApi:
    """That of the web page; it is gone in Jaeger after 2.20."""

    name: ClassVar[str] = "v1"
    path: ClassVar[str] = "/api/traces"
    services_path: ClassVar[str] = "/api/services"
    formats: ClassVar[tuple[str, ...]] = ("jaeger",)

    def services(self, document: Mapping[str, Any]) -> object:
        """The list, or null."""
        return document.get("data") or []

    def search(self, service: str, window: Window, query: Query) -> dict[str, str]:
        """Times in microseconds."""
        return {
            "service": service,
            "operation": query.operation or "",
            "start": str(window.start_ns // _NS_PER_US),
            "end": str(-(-window.end_ns // _NS_PER_US)),
            "minDuration": _duration(query.min_duration_ns),
            "limit": str(query.page),
            "raw": "true",
        }


@dataclass(slots=True)
class Jaeger:
    """A Jaeger that is asked service by service.

    Attributes:
        apis: its APIs, of which the first that is there is asked.
    """

    web: Web
    query: Query
    apis: tuple[Api, ...] = field(default_factory=lambda: (ApiV3(), OldApi()))
    _api: Api = field(default_factory=ApiV3)
    _known: list[str] = field(default_factory=list)

    name: ClassVar[str] = "jaeger"
    grain_ns: ClassVar[int] = GRAIN_NS
    longest_ns: ClassVar[int | None] = None

    @property
    def api(self) -> str:
        """Which of its APIs answers; known after `searches`."""
        return self._api.name

    def searches(self) -> Sequence[str]:
        """The services that were named, else all that Jaeger knows, but for its own.

        Raises:
            InputError: this is no Jaeger.
        """
        self._known = self._services()
        return self.query.services or [name for name in self._known if name not in OWN_SERVICES]

    def advice(self) -> str:
        """What to do if there is no trace at all: the list of services may be older or newer."""
        names = ", ".join(self._known) or "none"
        return f"the services that it knows: {names}; --last looks further back"

    def fetch(self, search: str, window: Window, traces: Traces) -> bool:
        """One search, and all of its traces."""
        asked = self._api.search(search, window, self.query)
        where = self.web.address.shown + self._api.path
        with self.web.get(self._api.path, {k: v for k, v in asked.items() if v}) as answer:
            if not answer.found:  # which is how version 3 says that no trace was found
                return False
            requests = requests_of(answer, where, self._api.formats, traces.issues)
            return traces.add(requests) >= self.query.page

    def _services(self) -> list[str]:
        """What the first API that is there knows; a web page answers for what is not there."""
        page: NotJson | None = None
        for api in self.apis:
            try:
                document = self.web.json(api.services_path, {})
            except NotJson as error:
                page = error
                continue
            found = api.services(document) if isinstance(document, dict) else None
            if isinstance(found, list):
                self._api = api
                return sorted(name for name in found if isinstance(name, str))
        if page is not None:
            raise page
        paths = " nor ".join(api.services_path for api in self.apis)
        raise InputError(
            f"{self.web.address.shown} has neither {paths}: it is no Jaeger", hint=BASE_PATH_HINT
        )


def _rfc3339(time_ns: int) -> str:
    seconds, rest = divmod(time_ns, _NS_PER_S)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def _duration(time_ns: int | None) -> str:
    return "" if time_ns is None else f"{time_ns}ns"
