"""The way of a request's record from the request path to the receiver: queue, batches, retries.

Plain threads: under locust the standard library's threads are greenlets, so the background thread
here takes its turns between requests and never runs inside one.
"""

import logging
import threading
from collections import deque
from dataclasses import dataclass

from loadgen.identity import is_sampled
from loadgen.otlp_client import Answer, OtlpClient, Verdict
from loadgen.request_record import RequestRecord
from loadgen.span_encoding import SpanEncoder

BATCH = 512
"""Spans in an export request: the OpenTelemetry SDKs' own default. Encoding them takes 2 ms."""

QUEUE_LIMIT = 100_000
"""Records that wait at most, about 50 MB: ten seconds of the fastest load one process makes."""

INTERVAL_S = 0.5
"""How often the queue is emptied: twice between two refreshes of a live view."""

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
"""Pauses between two tries double from the first to the longest."""

LONGEST_PAUSE_IN_FLUSH_S = 0.5
"""At the end of a run there is little time left: a receiver that is back is noticed soon."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanCounts:
    """What became of the spans of one or more processes; what is in neither column still waits.

    A span is created when locust has counted its request. `begun` requests were sent, and
    `unsampled` ones of them told services not to record them.
    """

    created: int = 0
    exported: int = 0
    failed: int = 0
    begun: int = 0
    unsampled: int = 0

    def __add__(self, other: "SpanCounts") -> "SpanCounts":
        """The counts of both."""
        return SpanCounts(
            created=self.created + other.created,
            exported=self.exported + other.exported,
            failed=self.failed + other.failed,
            begun=self.begun + other.begun,
            unsampled=self.unsampled + other.unsampled,
        )


class SpanExporter:
    """Takes records at once and exports them later, in order, in batches, in the background.

    Args:
        encoder: makes export requests.
        client: sends them.
        queue_limit: records that may wait; later ones are dropped and counted as failed.
    """

    def __init__(
        self, encoder: SpanEncoder, client: OtlpClient, *, queue_limit: int = QUEUE_LIMIT
    ) -> None:
        self._encoder = encoder
        self._client = client
        self._queue_limit = queue_limit
        self._queue: deque[RequestRecord] = deque()
        self._in_flight: list[RequestRecord] = []
        self._created = self._exported = self._failed = 0
        self._begun = self._unsampled = 0
        self._complained = False
        self._flushing = False
        self._closed = False
        self._wake = threading.Event()
        self._delivered = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="span-export", daemon=True)

    @property
    def counts(self) -> SpanCounts:
        """What became of the spans so far."""
        return SpanCounts(
            created=self._created,
            exported=self._exported,
            failed=self._failed,
            begun=self._begun,
            unsampled=self._unsampled,
        )

    def start(self) -> None:
        """Begin to export in the background."""
        self._thread.start()

    def begin(self, traceparent: str) -> None:
        """Count a request that is sent now. Called in the request path."""
        self._begun += 1
        if not is_sampled(traceparent):
            self._unsampled += 1

    def add(self, record: RequestRecord) -> None:
        """Remember a request. Called in the request path: it only appends."""
        self._created += 1
        if len(self._queue) >= self._queue_limit:
            self._failed += 1
        else:
            self._queue.append(record)

    def flush(self, timeout_s: float) -> bool:
        """Export what waits now; whether all of it was decided within the time."""
        self._flushing = True
        self._wake.set()
        with self._delivered:
            done = self._delivered.wait_for(lambda: not self._waiting, timeout_s)
        self._flushing = False
        return done

    def close(self, timeout_s: float) -> SpanCounts:
        """Export what waits and stop; what could not be exported in time counts as failed."""
        done = self.flush(timeout_s)
        self._closed = True
        self._wake.set()
        if done:
            self._thread.join()
        counts = self.counts
        unsent = counts.created - counts.exported - counts.failed
        if unsent:
            logger.warning("%d spans could not be sent to %s", unsent, self._client.target.url)
        return counts + SpanCounts(failed=unsent)

    @property
    def _waiting(self) -> bool:
        return bool(self._queue or self._in_flight)

    def _run(self) -> None:
        while not self._closed:
            self._wake.wait(INTERVAL_S)
            self._wake.clear()
            self.send_due()
            with self._delivered:
                self._delivered.notify_all()
        self._client.close()

    def send_due(self) -> None:
        """Export full batches and, behind them, one that is not; all that waits in a flush.

        What comes meanwhile stays for the next time: sent at once, it would be in requests of a
        few spans each, and those cost the load more than the spans do.
        """
        full = True
        while self._queue and (full or self._flushing) and not self._closed:
            full = len(self._queue) >= BATCH
            self._send_batch()

    def _send_batch(self) -> None:
        size = min(BATCH, len(self._queue))
        self._in_flight = [self._queue.popleft() for _ in range(size)]
        body = self._encoder.encode(self._in_flight)
        pause_s = FIRST_PAUSE_S
        answer = self._client.post(body)
        while answer.verdict is Verdict.LATER and not self._closed:
            self._complain(answer)
            longest = LONGEST_PAUSE_IN_FLUSH_S if self._flushing else LONGEST_PAUSE_S
            self._wake.wait(min(max(pause_s, answer.retry_after_s or 0), longest))
            self._wake.clear()
            pause_s *= 2
            answer = self._client.post(body)
        self._settle(answer, size)

    def _settle(self, answer: Answer, size: int) -> None:
        if answer.verdict is Verdict.DELIVERED:
            self._exported += size - answer.rejected
            self._failed += answer.rejected
            self._complained = False
        elif answer.verdict is Verdict.REFUSED:
            self._failed += size
            self._complain(answer)
        self._in_flight = []

    def _complain(self, answer: Answer) -> None:
        """Say once, until it works again, why nothing gets through."""
        if not self._complained:
            url = self._client.target.url
            logger.warning("spans do not reach %s: %s", url, answer.reason)
        self._complained = True
