"""What is done with a body posted to one path, and how its answer is written.

The door (`collector.http_door`) reads requests within its limits; a route says what its path takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status

from collector.examine import Undecodable
from collector.exports import EXPORTS, Export
from collector.http_body import MediaType, media_type
from collector.intake import Intake
from collector.otlp_json import json_to_protobuf

Headers = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response: its status code, body, and the headers besides length and CORS."""

    code: int
    body: bytes = b""
    media: str = "text/plain"
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Route(Protocol):
    """What may be posted to one path."""

    @property
    def accepted(self) -> str:
        """The media types it takes, for the client that sent another."""
        ...

    def media_type(self, headers: Headers) -> str | None:
        """The body's media type as `take` knows it; None for one that it does not take."""
        ...

    def is_quick(self, media: str) -> bool:
        """Whether a small body of this type costs under a millisecond and needs no thread."""
        ...

    def take(self, media: str, content: bytes) -> Answer:
        """Store what a whole body carries, from any thread; the client may forget it then.

        Raises:
            TooLarge: it would take too much memory.
            Undecodable: it will never be taken.
            NotStoredError: it is not stored now and may be sent again.
        """
        ...

    def refuse(self, headers: Headers, code: int, status: Status) -> Answer:
        """The answer to a request that is not taken."""
        ...

    def count_unusable(self) -> None:
        """Count a request whose body never became one."""
        ...

    def count_turned_away(self) -> None:
        """Count a request whose client is told to come back before its body was whole."""
        ...


@dataclass(frozen=True, slots=True)
class OtlpRoute:
    """One signal of OTLP: protobuf or JSON, answered in kind.

    Source: OTLP specification, "OTLP/HTTP". JSON becomes protobuf before it is stored, so the file
    holds one format.
    """

    intake: Intake
    export: Export
    accepted = " and ".join(kind.value for kind in MediaType)

    def media_type(self, headers: Headers) -> str | None:
        """Protobuf or JSON."""
        found = media_type(headers)
        return None if found is None else found.value

    def is_quick(self, media: str) -> bool:
        """Protobuf is, JSON has to be decoded and encoded."""
        return media == MediaType.PROTOBUF.value

    def take(self, media: str, content: bytes) -> Answer:
        """Store a request as protobuf."""
        if media == MediaType.JSON.value:
            try:
                content = json_to_protobuf(self.export.request, content)
            except Undecodable:
                self.count_unusable()
                raise
        receipt = self.intake.take(self.export, content)
        return _encoded(200, self.export.answer(receipt.refused, receipt.reason), media)

    def refuse(self, headers: Headers, code: int, status: Status) -> Answer:
        """A google.rpc.Status in the request's encoding; JSON where that is neither."""
        is_protobuf = media_type(headers) is MediaType.PROTOBUF
        media = MediaType.PROTOBUF if is_protobuf else MediaType.JSON
        return _encoded(code, status, media.value)

    def count_unusable(self) -> None:
        """Count it with the signal."""
        self.intake.count_unusable(self.export)

    def count_turned_away(self) -> None:
        """Count it with the signal."""
        self.intake.count_turned_away(self.export)


def otlp_routes(intake: Intake) -> dict[str, Route]:
    """The three signals of OTLP, by path."""
    return {export.path: OtlpRoute(intake, export) for export in EXPORTS}


def _encoded(code: int, message: Message, media: str) -> Answer:
    is_json = media == MediaType.JSON.value
    body = MessageToJson(message, indent=None).encode() if is_json else message.SerializeToString()
    return Answer(code=code, body=body, media=media)
