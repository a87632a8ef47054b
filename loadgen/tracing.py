"""For locustfiles whose users speak something else than HTTP: let services' spans join a request.

The plugin sees every request that such a user reports to locust, but not how it is sent. A user
that sends a traceparent along, and reports it with the request, makes the service's spans part of
the request's trace:

    from loadgen.tracing import trace_headers

    headers = trace_headers()
    with self.environment.events.request.measure("grpc", "/shop.Catalog/Find", context=headers):
        stub.Find(request, metadata=tuple(headers.items()))

It works without slowhop too, where it changes nothing but the request's headers.
"""

from random import SystemRandom

from loadgen.identity import TRACEPARENT, IdSource

_ids = IdSource(SystemRandom().getrandbits)
"""Of the operating system: a locustfile is imported before locust forks its workers."""


def trace_headers() -> dict[str, str]:
    """The traceparent of a new request: to be sent with it, and to be in its event's `context`."""
    return {TRACEPARENT: _ids.next()}
