"""Traces the requests of an HTTP client: a header on the way out, a record at the end.

Two moments belong together: the request is sent, and later the load tool decides whether it
failed, which a `catch_response` block may do long after the response came. What is known when it
is sent travels on the response object, so that nothing has to be looked up.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from loadgen.baggage import BAGGAGE, RunBaggage
from loadgen.connecting import Connections, Step
from loadgen.identity import (
    TRACEPARENT,
    Headers,
    IdSource,
    has_any,
    has_traceparent,
    own_traceparent,
)
from loadgen.request_record import RequestRecord, failure_of
from loadgen.task_watch import task_of

STATUS_ERRORS = ("HTTPError", "LocustBadStatusCode")
"""Exceptions that only say "the status code is an error", of `requests` and of locust."""

_SENT = "_slowhop_sent"
"""What a response carries: a `Sent`."""

_OWN = frozenset(name for header in (TRACEPARENT, BAGGAGE) for name in (header, header.encode()))
"""Headers that a request may bring itself, as text or bytes."""

_MS_TO_NS = 1_000_000


class Session(Protocol):
    """What is asked of a client that sends requests: the load tool's user that owns it."""

    user: object


Sent = tuple[str, int, str, str, tuple[Step, ...]]
"""Traceparent of the request's span, when it was sent (ns since the epoch), the class of the user
who sent it, the task the user was in, the steps of opening a connection for it. A plain tuple: one
is made in every request, and a named one takes five times as long."""

Send = Callable[..., Any]
"""A client's method that sends a request: (session, method, url, headers=..., ...) -> response."""


class RequestTracer:
    """Gives each request a span and hands the finished ones on.

    Args:
        finished: takes the record of a request that the load tool has counted.
        run_id: the run that requests carry as baggage; '' for none.
        begun: told of each request when it is sent, whatever becomes of it.
        others: takes events of requests that were sent otherwise, if anybody does.
        connections: knows what opening a connection took.
    """

    def __init__(
        self,
        finished: Callable[[RequestRecord], None],
        run_id: str = "",
        begun: Callable[[str], None] | None = None,
        others: Callable[..., None] | None = None,
        connections: Connections | None = None,
    ) -> None:
        self._connections = connections or Connections()
        self._finished = finished
        self._begun = begun
        self._baggage = RunBaggage(run_id) if run_id else None
        self._others = others
        self._ids = IdSource()

    def wrap(self, send: Send, session_headers: Callable[[Any], Any]) -> Send:
        """A `send` that adds traceparent and baggage and notes the start on the response.

        A traceparent that the user sets, for the request or for the session, stays as it is; the
        span then takes its ids, so that the server's span still finds its parent.

        Args:
            send: the client's own method.
            session_headers: the headers a session adds to each of its requests.
        """
        ids, begun, connections = self._ids, self._begun, self._connections
        fixed: dict[Any, Any] = self._baggage.added({}, {}) if self._baggage else {}
        clock_ns = time.time_ns

        def send_traced(session: Session, method: str, url: str, **options: Any) -> Any:  # noqa: ANN401  passes on what the client takes and returns
            headers, shared = options.get("headers") or {}, session_headers(session)
            if has_any(headers, _OWN) or has_any(shared, _OWN):
                traceparent, options["headers"] = self._joined(headers, shared)
            else:
                traceparent = ids.next()
                options["headers"] = {**headers, TRACEPARENT: traceparent, **fixed}
            user = session.user
            user_class, task = ("", "") if user is None else (type(user).__name__, task_of(user))
            if begun is not None:
                begun(traceparent)
            noted = connections.noted
            start_ns = clock_ns()
            response = send(session, method, url, **options)
            steps = connections.since(start_ns) if connections.noted != noted else ()
            setattr(response, _SENT, (traceparent, start_ns, user_class, task, steps))
            return response

        return send_traced

    def _joined(self, headers: Headers, shared: Mapping[str, object]) -> tuple[str, dict[Any, Any]]:
        """The span of a request that brings headers of its own kind, and what it is sent with."""
        own: Mapping[Any, object] = headers
        if has_traceparent(own):
            traceparent = own_traceparent(own) or self._ids.next()
        elif has_traceparent(shared):
            traceparent = own_traceparent(shared) or self._ids.next()
        else:
            traceparent = self._ids.next()
            own = {**own, TRACEPARENT: traceparent}
        return traceparent, dict(own) if self._baggage is None else self._baggage.added(own, shared)

    def on_request(
        self,
        *,
        request_type: str,
        name: str,
        response_time: float | None,
        exception: BaseException | str | None = None,
        response: object = None,
        url: str | None = None,
        **other: object,
    ) -> None:
        """Listen to the load tool's request event: the verdict on a request is final here.

        Requests that were not sent through a wrapped client carried no ids of this tracer's.
        """
        sent: Sent | None = getattr(response, _SENT, None)
        if sent is None:
            if self._others is not None:
                told = {"exception": exception, "response": response, "url": url, **other}
                self._others(
                    request_type=request_type, name=name, response_time=response_time, **told
                )
            return
        traceparent, start_ns, user_class, task, steps = sent
        if response_time is None:
            end_ns = time.time_ns()
        else:
            # The load tool's own duration, so that its statistics and the spans agree.
            end_ns = start_ns + round(response_time * _MS_TO_NS)
        status_code = getattr(response, "status_code", 0) or 0
        self._finished(
            RequestRecord(
                traceparent,
                start_ns,
                end_ns,
                str(request_type),
                str(name),
                url or "",
                user_class,
                task,
                status_code,
                failure_of(exception, status_code, STATUS_ERRORS) if exception else None,
                steps,
            )
        )
