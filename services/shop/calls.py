"""Calls from one service of the shop to another, over HTTP with pooled connections."""

import contextvars
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeAlias, TypeVar
from urllib.parse import urlencode

import urllib3

from services.errors import ServiceError
from services.process import url_variable

JsonObject: TypeAlias = dict[str, Any]
"""What services send each other."""

P = ParamSpec("P")
T = TypeVar("T")

TIMEOUT_S = 5.0
POOLED_CONNECTIONS = 32
"""More than a service ever has open to another one, so that no call waits for a connection."""


class CallError(Exception):
    """A call that got no good answer.

    Args:
        service: who was called.
        status: what it answered; 502 where it did not answer.
        body: its answer.
    """

    def __init__(self, service: str, status: int, body: JsonObject) -> None:
        super().__init__(f"{service} answered {status}")
        self.service = service
        self.status = status
        self.body = body


class Calls:
    """Calls other services.

    Args:
        urls: where each service is.
    """

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls
        self._http = urllib3.PoolManager(
            maxsize=POOLED_CONNECTIONS,
            retries=False,
            timeout=urllib3.Timeout(total=TIMEOUT_S),
        )

    def get(self, service: str, path: str, **query: str | int) -> JsonObject:
        """What a service answers to a GET, decoded.

        Raises:
            CallError: it does not answer, or not with 2xx.
        """
        return self._call("GET", service, f"{path}?{urlencode(query)}" if query else path, None)

    def post(self, service: str, path: str, body: JsonObject) -> JsonObject:
        """What a service answers to a POST of JSON, decoded.

        Raises:
            CallError: it does not answer, or not with 2xx.
        """
        return self._call("POST", service, path, body)

    def get_insistently(self, service: str, path: str, *, attempts: int) -> JsonObject | None:
        """What a service answers to a GET, asked again at once each time it is overloaded.

        None where it refused every attempt. This is how retry storms come about.

        Raises:
            CallError: it answers with another error than 503.
        """
        for _ in range(attempts):
            try:
                return self.get(service, path)
            except CallError as error:
                if error.status != 503:
                    raise
        return None

    def _call(self, method: str, service: str, target: str, body: JsonObject | None) -> JsonObject:
        if service not in self._urls:
            raise ServiceError(
                f"nobody said where {service} is", hint=f"set {url_variable(service)}"
            )
        try:
            response = self._http.request(method, self._urls[service] + target, json=body)
        except urllib3.exceptions.HTTPError as error:
            raise CallError(service, 502, {"error": str(error)}) from error
        answer = _decoded(response.data)
        if not 200 <= response.status < 300:
            raise CallError(service, response.status, answer)
        return answer


class Parallel:
    """Runs calls beside each other, each in the trace of who asked for it.

    Args:
        threads: how many run at once; further ones wait.
    """

    def __init__(self, *, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="parallel")

    def start(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Begin a call; its result is asked of the future."""
        # The current span is a context variable, which a thread does not inherit by itself.
        context = contextvars.copy_context()
        return self._threads.submit(lambda: context.run(function, *args, **kwargs))

    def close(self) -> None:
        """Wait for what has begun."""
        self._threads.shutdown()


def _decoded(data: bytes) -> JsonObject:
    try:
        answer = json.loads(data)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
