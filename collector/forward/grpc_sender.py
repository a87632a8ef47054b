"""Passing on over gRPC. Source of the codes: OTLP specification, "OTLP/gRPC response"."""

import re
from typing import Final

import grpc  # noqa: TID253  imported by the forwarder's process alone
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import RetryInfo
from grpc_status import rpc_status

from collector.exports import Export
from collector.forward.access import NO_ACCESS, Access, Headers, without_secrets
from collector.forward.client_tls import authorities
from collector.forward.outcome import Outcome, Verdict, plain
from collector.forward.target import Target

OPTIONS: Final = (
    # a proxy for the world outside has no business between a receiver and its neighbour
    ("grpc.enable_http_proxy", 0),
    # a target that comes back is found soon
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2000),
)

RETRYABLE: Final = frozenset(
    {
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)

TOO_LARGE: Final = re.compile(r"larger than max|exceeds maximum|too large", re.IGNORECASE)
"""How gRPC for C++ and Go, for Java and for Rust say that a message is over their limit."""


class GrpcSender:
    """A channel to a target; it connects when something is sent, and again when it must."""

    def __init__(self, target: Target, export: Export, access: Access = NO_ACCESS) -> None:
        self._export = export
        self._headers = access.headers_of(target)
        self._channel = _channel(target, access)
        self._call = self._channel.unary_unary(f"/{export.service}/Export")

    def send(self, body: bytes, timeout_s: float) -> Outcome:
        """Send a request; `body` is one in protobuf."""
        try:
            answer = self._call(body, timeout=timeout_s, metadata=self._headers)
        except grpc.RpcError as error:
            return _not_taken(error, self._headers)
        except ValueError:
            return Outcome(verdict=Verdict.LATER, why="time was up")  # the channel was closed
        return taken(self._export, answer, self._headers)

    def cut(self) -> None:
        """Cancel what is under way."""
        self._channel.close()


def taken(export: Export, answer: bytes, headers: Headers = ()) -> Outcome:
    """What a target that took a request, sent with these headers, says of the items in it."""
    try:
        partial = export.response.FromString(answer).partial_success  # type: ignore[attr-defined]
    except DecodeError:
        return Outcome(verdict=Verdict.TAKEN)
    refused = max(getattr(partial, export.refused_field), 0)
    why = plain(without_secrets(partial.error_message, headers)) if refused else ""
    return Outcome(verdict=Verdict.TAKEN, refused=refused, why=why)


def _channel(target: Target, access: Access) -> grpc.Channel:
    # with its scheme a host called "unix" is a host
    where = f"dns:///{target.address}"
    if not target.tls:
        return grpc.insecure_channel(where, options=OPTIONS)
    credentials = grpc.ssl_channel_credentials(
        root_certificates=authorities(access),
        private_key=None if access.key is None else access.key.read_bytes(),
        certificate_chain=None if access.certificate is None else access.certificate.read_bytes(),
    )
    return grpc.secure_channel(where, credentials, options=OPTIONS)


def _not_taken(error: grpc.RpcError, headers: Headers) -> Outcome:
    code, details = error.code(), without_secrets(error.details() or "", headers)
    if TOO_LARGE.search(details):
        return Outcome(verdict=Verdict.TOO_LARGE, why=plain(details))
    after_s = _retry_after_s(error)
    if code in RETRYABLE or (code is grpc.StatusCode.RESOURCE_EXHAUSTED and after_s is not None):
        return Outcome(verdict=Verdict.LATER, why=plain(details), after_s=after_s)
    verdict = Verdict.BAD if code is grpc.StatusCode.INVALID_ARGUMENT else Verdict.REFUSED
    return Outcome(verdict=verdict, why=f"{code.name}: {plain(details)}")


def _retry_after_s(error: grpc.RpcError) -> float | None:
    """What a google.rpc.RetryInfo among the details asks for."""
    try:
        status = rpc_status.from_call(error)
    except ValueError:  # details of another status than the call's
        return None
    for detail in status.details if status is not None else ():
        info = RetryInfo()
        if detail.Unpack(info):
            delay_s: float = info.retry_delay.seconds + info.retry_delay.nanos / 1e9
            return max(delay_s, 0.0)
    return None
