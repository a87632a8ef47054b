"""Batches in Thrift that are posted to `/api/traces`.

Source: jaeger, cmd/collector/app/handler/http_thrift_handler.go.
"""

from dataclasses import dataclass
from typing import Final

from google.rpc.status_pb2 import Status

from collector.examine import REASON, Undecodable
from collector.exports import TRACES
from collector.http_routes import Answer, Headers
from collector.intake import Intake
from collector.jaeger.taking import in_groups, take_spans
from collector.jaeger.thrift import Malformed
from collector.jaeger.thrift_batch import batch
from collector.jaeger.thrift_binary import BinaryReader

PATH: Final = "/api/traces"
MEDIA_TYPES: Final = ("application/x-thrift", "application/vnd.apache.thrift.binary")


@dataclass(frozen=True, slots=True)
class ThriftRoute:
    """A batch a request, in Thrift's binary protocol; answers are plain text."""

    intake: Intake
    accepted = " and ".join(MEDIA_TYPES)

    def media_type(self, headers: Headers) -> str | None:
        """One of two names for the same."""
        value = headers.get(b"content-type", b"").split(b";", 1)[0].strip().lower()
        media = value.decode("latin-1")
        return media if media in MEDIA_TYPES else None

    def is_quick(self, media: str) -> bool:  # noqa: ARG002  of any type
        """It is decoded value by value."""
        return False

    def take(self, media: str, content: bytes) -> Answer:  # noqa: ARG002  of any type
        """Store a batch."""
        try:
            spans = batch(BinaryReader(content))
            refused = take_spans(self.intake, in_groups(spans))
        except Malformed as error:
            self.count_unusable()
            raise Undecodable(f"the body is no batch of spans in Thrift: {error}") from error
        told = f"{refused} spans are refused: {REASON}\n" if refused else ""
        return Answer(code=202, body=told.encode())

    def refuse(self, headers: Headers, code: int, status: Status) -> Answer:  # noqa: ARG002
        """What is wrong, as plain text."""
        return Answer(code=code, body=f"{status.message}\n".encode())

    def count_unusable(self) -> None:
        """Count it with the traces."""
        self.intake.count_unusable(TRACES)

    def count_turned_away(self) -> None:
        """Count it with the traces."""
        self.intake.count_turned_away(TRACES)
