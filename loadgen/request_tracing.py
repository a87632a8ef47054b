"""Traces the requests of an HTTP client: a header on the way out, a record at the end.

Two moments belong together: the request is sent, and later the load tool decides whether it
failed, which a `catch_response` block may do long after the response came. What is known when it
is sent travels on the response object, so that nothing has to be looked up.
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from loadgen.baggage import RunBaggage
from loadgen.connecting import Connections, Step
from loadgen.identity import (
    TRACEPARENT,
    IdSource,
    SpanIdentity,
    has_traceparent,
    own_traceparent,
)
from loadgen.request_record import Failure, RequestRecord, failure_of
from loadgen.task_watch import task_of

STATUS_ERRORS = ("HTTPError", "LocustBadStatusCode")
"""Exceptions that only say "the status code is an error", of `requests` and of locust."""

_SENT = "_slowhop_sent"

_MS_TO_NS = 1_000_000


class Sent(NamedTuple):
    """A request on its way: which span it is, when it left (ns since the epoch), who sent it.

    `steps` are those of opening a connection for it.
    """

    identity: SpanIdentity
    start_ns: int
    user_class: str
    task: str
    steps: tuple[Step, ...] = ()


class Session(Protocol):
    """What is asked of a client that sends requests: the load tool's user that owns it."""

    user: object


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
        begun: Callable[[SpanIdentity], None] | None = None,
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
        ids = self._ids
        baggage, begun, connections = self._baggage, self._begun, self._connections
        clock_ns = time.time_ns

        def send_traced(session: Session, method: str, url: str, **options: Any) -> Any:  # noqa: ANN401  passes on what the client takes and returns
            headers = options.get("headers") or {}
            if has_traceparent(headers):
                identity = own_traceparent(headers) or ids.next()
            elif TRACEPARENT in session_headers(session):
                identity = own_traceparent(session_headers(session)) or ids.next()
            else:
                identity = ids.next()
                options["headers"] = {**headers, TRACEPARENT: identity.header()}
            user = session.user
            user_class, task = ("", "") if user is None else (type(user).__name__, task_of(user))
            if baggage is not None:
                headers = options.get("headers") or {}
                options["headers"] = baggage.added(headers, session_headers(session))
            if begun is not None:
                begun(identity)
            noted = connections.noted
            start_ns = clock_ns()
            response = send(session, method, url, **options)
            steps = connections.since(start_ns) if connections.noted != noted else ()
            setattr(response, _SENT, Sent(identity, start_ns, user_class, task, steps))
            return response

        return send_traced

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
        if response_time is None:
            end_ns = time.time_ns()
        else:
            # The load tool's own duration, so that its statistics and the spans agree.
            end_ns = sent.start_ns + round(response_time * _MS_TO_NS)
        status_code = getattr(response, "status_code", 0) or 0
        self._finished(
            RequestRecord(
                sent.identity,
                sent.start_ns,
                end_ns,
                str(request_type),
                str(name),
                url or "",
                sent.user_class,
                sent.task,
                status_code,
                _failure(exception, status_code),
                sent.steps,
            )
        )


def _failure(exception: BaseException | str | None, status_code: int) -> Failure | None:
    return failure_of(exception, status_code, STATUS_ERRORS) if exception else None
