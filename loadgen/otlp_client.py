"""One connection to an OTLP/HTTP receiver, and what its answers mean."""

import gzip
import http.client
from dataclasses import dataclass
from enum import Enum
from typing import Self
from urllib.parse import urlsplit

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from loadgen.otlp_target import OtlpTarget

RETRYABLE = frozenset({429, 502, 503, 504})
"""Answers after which the same request may be sent again.

Source: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes.
"""


UNAUTHORIZED = frozenset({401, 403})


class Verdict(Enum):
    """What became of one export request."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    LATER = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the receiver made of an export request.

    Attributes:
        verdict: whether it took it, will never take it, or may take it later.
        rejected: spans it dropped from a request that it took.
        retry_after_s: how long it asks to wait; None where it does not say.
        reason: why it did not take it, for a person.
    """

    verdict: Verdict
    rejected: int = 0
    retry_after_s: float | None = None
    reason: str = ""

    @classmethod
    def from_http(cls, status: int, retry_after: str | None, body: bytes) -> Self:
        """Read an HTTP answer."""
        if status in RETRYABLE:
            return cls(
                verdict=Verdict.LATER,
                retry_after_s=_seconds(retry_after),
                reason=f"it answered {status}",
            )
        if status in UNAUTHORIZED:
            reason = f"it answered {status}: set its token in OTEL_EXPORTER_OTLP_HEADERS"
            return cls(verdict=Verdict.REFUSED, reason=reason)
        if not 200 <= status < 300:
            return cls(verdict=Verdict.REFUSED, reason=f"it answered {status}")
        try:
            rejected = ExportTraceServiceResponse.FromString(body).partial_success.rejected_spans
        except DecodeError:
            rejected = 0  # 2xx is the acknowledgement; what else it says is extra
        return cls(verdict=Verdict.DELIVERED, rejected=rejected)


class OtlpClient:
    """Posts export requests over one connection that is kept open.

    It uses the standard library's client, which no load tool and no instrumentation of `requests`
    sees: the export is neither traced nor counted as load.
    """

    def __init__(self, target: OtlpTarget) -> None:
        self.target = target
        parts = urlsplit(target.url)
        host, timeout_s = parts.hostname or "", target.timeout_s
        self._connection = (
            http.client.HTTPSConnection(
                host, parts.port, timeout=timeout_s, context=target.tls.context()
            )
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, parts.port, timeout=timeout_s)
        )
        self._path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        self._headers = {"Content-Type": "application/x-protobuf", **dict(target.headers)}
        if target.compress:
            self._headers["Content-Encoding"] = "gzip"

    def post(self, body: bytes) -> Answer:
        """Send one export request and read the answer; a broken connection means "later"."""
        payload = gzip.compress(body) if self.target.compress else body
        try:
            self._connection.request("POST", self._path, payload, self._headers)
            response = self._connection.getresponse()
            return Answer.from_http(
                response.status, response.getheader("Retry-After"), response.read()
            )
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return Answer(verdict=Verdict.LATER, reason=str(error) or type(error).__name__)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _seconds(retry_after: str | None) -> float | None:
    # A date is allowed too, but receivers of telemetry send seconds.
    return float(retry_after) if retry_after is not None and retry_after.isdecimal() else None
