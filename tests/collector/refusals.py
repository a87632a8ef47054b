"""What the doors must take and must refuse, said by plain libraries."""

import json
import zlib

from google.protobuf.message import DecodeError
from google.rpc.status_pb2 import Status

from collector.examine import EXAMINE, Examined, Undecodable
from collector.exports import Export
from collector.http_body import MediaType, media_type
from collector.otlp_json import json_to_protobuf
from tests.collector.in_process import Answered


def is_taken(export: Export, kind: bytes, encoding: bytes, body: bytes) -> Examined | None:
    """What of a posted body has to be taken; None where it has to be refused."""
    media = media_type({b"content-type": kind})
    plain = unpacked(encoding, body)
    if media is None or plain is None:
        return None
    try:
        request = plain if media is MediaType.PROTOBUF else json_to_protobuf(export.request, plain)
        return EXAMINE[export.signal](request)
    except Undecodable:
        return None


def unpacked(encoding: bytes, body: bytes) -> bytes | None:
    """A body without its content encoding; None where there is no such one, or it is broken."""
    if encoding in (b"identity", b""):
        return body
    if encoding != b"gzip" or not body:
        return None
    plain = b""
    while body:
        member = zlib.decompressobj(31)
        try:
            plain += member.decompress(body)
        except zlib.error:
            return None
        if not member.eof:
            return None
        body = member.unused_data
    return plain


def is_whole_answer(answer: Answered, export: Export) -> bool:
    """Whether an answer is what its content type says, and as long as it says."""
    kind = export.response if answer.status == 200 else Status
    try:
        if answer.headers[b"content-type"] == b"application/json":
            json.loads(answer.body)
        else:
            kind.FromString(answer.body)
    except (ValueError, DecodeError):
        return False
    return int(answer.headers[b"content-length"]) == len(answer.body)
