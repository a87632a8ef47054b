"""Client spans of the requests that users make in this process."""

import os
import socket
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import locust  # noqa: TID253  this module is imported inside locust only
import urllib3.connection
from geventhttpclient.connectionpool import ConnectionPool, SSLConnectionPool
from locust.clients import HttpSession  # noqa: TID253  as above
from locust.contrib.fasthttp import FastHttpSession  # noqa: TID253  as above
from locust.env import Environment  # noqa: TID253  as above

from loadgen.connecting import CONNECT, DNS, TLS, Connections
from loadgen.event_tracing import EventTracer
from loadgen.otlp_client import OtlpClient
from loadgen.otlp_target import resource_from_environment
from loadgen.plugin_listening import listen
from loadgen.plugin_settings import PluginSettings
from loadgen.request_tracing import RequestTracer
from loadgen.span_encoding import SpanEncoder
from loadgen.span_export import SpanExporter

if TYPE_CHECKING:
    from loadgen.protocols import Attributes

FLUSH_S = 5.0
"""How long the end of a run waits for the receiver: a restart of it fits in, patience does too."""

_SEND = "_send_request_safe_mode"
"""The method of both of locust's HTTP sessions that sends a request and returns its response."""


def trace_requests(settings: PluginSettings, environment: Environment) -> SpanExporter:
    """Trace what users of this process request; the exporter is theirs, and has started."""
    run: Attributes = {"slowhop.run.id": settings.run_id} if settings.run_id else {}
    process: Attributes = {
        "service.version": locust.__version__,
        "service.instance.id": str(uuid4()),
        "process.pid": os.getpid(),
    }
    resource = {**resource_from_environment(os.environ), **process, **run}
    encoder = SpanEncoder(resource, run, scope_version=version("slowhop"))
    exporter = SpanExporter(encoder, OtlpClient(settings.target))
    others = EventTracer(exporter.add, exporter.begin)
    tracer = RequestTracer(
        exporter.add,
        run_id=settings.run_id,
        begun=exporter.begin,
        connections=_timed_connections(),
        others=others.on_request,
    )
    setattr(HttpSession, _SEND, tracer.wrap(getattr(HttpSession, _SEND), _requests_headers))
    setattr(FastHttpSession, _SEND, tracer.wrap(getattr(FastHttpSession, _SEND), _fast_headers))
    listen(environment.events.request, tracer.on_request)
    exporter.start()
    return exporter


def _timed_connections() -> Connections:
    """Time how both kinds of clients open connections: urllib3 and geventhttpclient do it."""
    connections = Connections()
    connections.time_method(socket, "getaddrinfo", DNS, lambda host: host)
    connections.time_method(urllib3.connection.HTTPConnection, "_new_conn", CONNECT)
    connections.time_method(urllib3.connection.HTTPSConnection, "connect", TLS)
    connections.time_method(ConnectionPool, "_resolve", DNS, lambda pool: pool._connection_host)  # noqa: SLF001  it tells nobody else
    connections.time_method(ConnectionPool, "_connect_socket", CONNECT)
    connections.time_method(SSLConnectionPool, "_connect_socket", TLS)
    return connections


def _requests_headers(session: HttpSession) -> Any:  # noqa: ANN401  requests' own kind of mapping
    return session.headers


def _fast_headers(session: FastHttpSession) -> Any:  # noqa: ANN401  geventhttpclient's mapping
    return session.client.default_headers
