"""Requests of clients that are not wrapped: spans made from what their request event tells.

The event comes when the request has ended. When it began is what the event says; where it says
nothing that can be a time of day, it is the duration before now.
"""

import time
from collections.abc import Callable, Mapping

from loadgen.identity import IdSource, own_traceparent
from loadgen.protocols import HTTP_METHODS
from loadgen.request_record import Failure, RequestRecord, failure_of

_MS_TO_NS = 1_000_000
_S_TO_NS = 1_000_000_000

_START = "start_time"
"""In the event, or, as locust's MQTT user has it, in the event's context."""


class EventTracer:
    """Makes a record of each request event that tells how long something took.

    Args:
        finished: takes the records.
        begun: told of each request before its record.
    """

    def __init__(
        self,
        finished: Callable[[RequestRecord], None],
        begun: Callable[[str], None] | None = None,
    ) -> None:
        self._finished = finished
        self._begun = begun
        self._ids = IdSource()
        self._since_ns = time.time_ns()

    def on_request(
        self,
        *,
        request_type: str,
        name: str,
        response_time: float | None,
        exception: BaseException | str | None = None,
        response: object = None,
        url: str | None = None,
        context: object = None,
        start_time: object = None,
        **_other: object,
    ) -> None:
        """Take in an event. A traceparent in its context names the span that the service saw."""
        known = context if isinstance(context, Mapping) else {}
        start = start_time if start_time is not None else known.get(_START)
        interval = self._interval(start, response_time)
        if interval is None:
            return  # tells of a moment, such as a connection that was closed: nobody waited
        is_http = str(request_type).upper() in HTTP_METHODS
        status_code = getattr(response, "status_code", 0) if is_http else 0
        traceparent = own_traceparent(_texts(known)) or self._ids.next()
        if self._begun is not None:
            self._begun(traceparent)
        self._finished(
            RequestRecord(
                traceparent,
                *interval,
                str(request_type),
                str(name),
                url or "",
                "",
                "",
                status_code if isinstance(status_code, int) else 0,
                _failure(exception),
                is_http=is_http,
            )
        )

    def _interval(self, start: object, response_time: float | None) -> tuple[int, int] | None:
        now_ns = time.time_ns()
        took_ns = max(round(response_time * _MS_TO_NS), 0) if response_time else 0
        # Some clients report time.perf_counter() here, which counts from anywhere.
        if isinstance(start, int | float) and self._since_ns <= start * _S_TO_NS <= now_ns:
            start_ns = round(start * _S_TO_NS)
            return start_ns, now_ns if response_time is None else start_ns + took_ns
        return (now_ns - took_ns, now_ns) if took_ns else None


def _texts(context: Mapping[object, object]) -> dict[str, object]:
    return {key: value for key, value in context.items() if isinstance(key, str)}


def _failure(exception: BaseException | str | None) -> Failure | None:
    """Why it failed: gRPC's own status where the exception has one."""
    if not exception:
        return None
    failure = failure_of(exception, 0, ())
    code = getattr(exception, "code", None)
    status = getattr(code() if callable(code) else None, "name", None)
    return failure._replace(error_type=status) if isinstance(status, str) else failure
