"""What is done with spans posted in Zipkin's version 2, JSON or protobuf: they become OTLP.

Source: zipkin-api, zipkin2-api.yaml and zipkin.proto: 202 and no body once spans are taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec
from google.rpc.status_pb2 import Status

from analyzer.model.issue import Issues
from analyzer.records.record import SpanRecord
from analyzer.records.requests import requests
from analyzer.records.typed_json import DECODE_ERRORS, decode
from analyzer.records.zipkin import ZipkinRecords
from collector.examine import Undecodable
from collector.http_body import MediaType, TooLarge
from collector.http_routes import Answer, Headers, OtlpRoute
from collector.json_values import check_values
from collector.signals import MAX_MESSAGE_BYTES
from collector.wire_edit import nameless
from collector.zipkin_proto import spans_of

PATH: Final = "/api/v2/spans"

NO_VERSION_1: Final = (
    "; Zipkin's version 1 (/api/v1/spans) is not received: let the client send version 2"
)

_ACCEPTED, _NOT_FOUND = 202, 404

_SPANS = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class ZipkinRoute(OtlpRoute):
    """Zipkin's spans: they come in the media types of OTLP, and count as its traces."""

    def is_quick(self, media: str) -> bool:
        """None is: every span is decoded and encoded."""
        del media
        return False

    def take(self, media: str, content: bytes) -> Answer:
        """Store the spans of a body as one request of OTLP's."""
        try:
            body = to_otlp(media, content)
        except Undecodable:
            self.count_unusable()
            raise
        self.intake.take(self.export, body)
        return Answer(code=_ACCEPTED)

    def refuse(self, headers: Headers, code: int, status: Status) -> Answer:
        """The message as plain text: Zipkin has no other form for it."""
        del headers
        hint = NO_VERSION_1 if code == _NOT_FOUND else ""
        return Answer(code=code, body=f"{status.message}{hint}\n".encode())


def to_otlp(media: str, content: bytes) -> bytes:
    """The spans of a body as one request.

    Those that cannot be read or have no usable id go along without any id, so that they are counted
    as refused, like all that come without one.

    Raises:
        Undecodable: the body is no list of spans, or none of them is usable.
        TooLarge: as OTLP it is over the limit, or as objects it would be.
    """
    issues = Issues()
    records = _of_json if media == MediaType.JSON.value else _of_protobuf
    parts: list[bytes] = []
    room = MAX_MESSAGE_BYTES
    for request in requests(records(content, issues), issues):
        # requests in a row are one request: all they have is a repeated field
        part = request.SerializeToString()
        room -= len(part)
        if room < 0:
            raise TooLarge(f"the spans are over {MAX_MESSAGE_BYTES} bytes as OTLP")
        parts.append(part)
    refused = sum(count.spans for count in issues)
    if refused and not parts:
        detail = next(iter(issues)).examples[0].detail
        raise Undecodable(f"none of the {refused} spans is usable ({detail})")
    return b"".join([*parts, nameless(refused)])


def _of_json(content: bytes, issues: Issues) -> Iterator[SpanRecord]:
    check_values(content)
    try:
        texts = decode(_SPANS, content)
    except DECODE_ERRORS as error:
        raise Undecodable(f"the body is no list of spans in JSON: {error}") from error
    return ZipkinRecords(whole=True).of_json(texts, "", issues)


def _of_protobuf(content: bytes, issues: Issues) -> Iterator[SpanRecord]:
    records = ZipkinRecords(whole=True)
    for span in spans_of(content, issues):
        yield records.record(span, "")
