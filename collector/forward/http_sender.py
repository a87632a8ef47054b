"""Passing on over HTTP. Source of the codes: OTLP specification, "OTLP/HTTP response"."""

import contextlib
import http.client
import socket
import threading
import time
from typing import Final

from google.protobuf.message import DecodeError
from google.rpc.status_pb2 import Status

from collector.exports import Export
from collector.forward.access import NO_ACCESS, Access, Headers, without_secrets
from collector.forward.client_tls import client_context
from collector.forward.grpc_sender import taken
from collector.forward.outcome import Outcome, Verdict, plain
from collector.forward.target import Target

RETRYABLE: Final = frozenset({429, 502, 503, 504})

MOST_ANSWER_BYTES: Final = 64 * 1024
"""Answers are a few bytes; what is longer is not read."""

CLOSED_WHILE_IDLE: Final = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)
"""How a connection ends that the target had closed before it was used again."""


class HttpSender:
    """A connection to a target, kept open, and made again when it must.

    No proxy of the environment, no redirection and no credentials from files: it goes where it was
    told to.
    """

    def __init__(self, target: Target, export: Export, access: Access = NO_ACCESS) -> None:
        self._target = target
        self._access = access
        self._headers = access.headers_of(target)
        self._export = export
        self._path = f"{target.path}{export.path}"
        self._connection: http.client.HTTPConnection | None = None
        self._is_cut = False

    def send(self, body: bytes, timeout_s: float) -> Outcome:
        """Post a request; `body` is one in protobuf."""
        is_reused = self._connection is not None
        until = time.monotonic() + timeout_s
        try:
            try:
                return self._post(body, timeout_s)
            except CLOSED_WHILE_IDLE:
                self._drop()
                left_s = until - time.monotonic()
                if not is_reused or left_s <= 0:
                    raise
                return self._post(body, left_s)
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            is_over = time.monotonic() >= until
            words = without_secrets(_words(error), self._headers)
            return Outcome(verdict=Verdict.LATER, why="no answer" if is_over else plain(words))

    def cut(self) -> None:
        """Shut the socket down, which ends what waits for it."""
        self._is_cut = True
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def _post(self, body: bytes, timeout_s: float) -> Outcome:
        connection = self._connected(timeout_s)
        # a timeout of a socket is one for each part of an answer; this is one for the whole
        alarm = threading.Timer(timeout_s, _shut, (connection,))
        alarm.daemon = True
        alarm.start()
        try:
            headers = {"user-agent": "slowhop"} | dict(self._headers)
            headers["content-type"] = "application/x-protobuf"
            # who refuses a large request may answer and close before all of it is sent
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request("POST", self._path, body, headers)
            response = connection.getresponse()
            content = response.read(MOST_ANSWER_BYTES)
            if not response.isclosed():  # there is more of it
                self._drop()
            return _outcome(self._export, response, content, self._headers)
        finally:
            alarm.cancel()

    def _connected(self, timeout_s: float) -> http.client.HTTPConnection:
        connection = self._connection
        if self._is_cut:
            raise OSError("time was up")
        if connection is None:
            host, port = self._target.host, self._target.port
            if self._target.scheme == "https":
                context = client_context(self._access)
                connection = http.client.HTTPSConnection(
                    host, port, timeout=timeout_s, context=context
                )
            else:
                connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
            connection.connect()
            self._connection = connection
        elif connection.sock is not None:
            connection.sock.settimeout(timeout_s)
        return connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _shut(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _outcome(
    export: Export, response: http.client.HTTPResponse, content: bytes, headers: Headers
) -> Outcome:
    code = response.status
    if 200 <= code < 300:
        return taken(export, content, headers)
    said = without_secrets(_message(response, content) or response.reason, headers)
    why = plain(f"HTTP {code} {said}")
    if code in RETRYABLE:
        after = response.getheader("retry-after", "").strip()
        after_s = float(after) if after.isascii() and after.isdigit() else None
        return Outcome(verdict=Verdict.LATER, why=why, after_s=after_s)
    if code == http.client.REQUEST_ENTITY_TOO_LARGE:
        return Outcome(verdict=Verdict.TOO_LARGE, why=why)
    verdict = Verdict.BAD if code == http.client.BAD_REQUEST else Verdict.REFUSED
    return Outcome(verdict=verdict, why=why)


def _message(response: http.client.HTTPResponse, content: bytes) -> str:
    """What a google.rpc.Status in the answer says."""
    if not response.getheader("content-type", "").startswith("application/x-protobuf"):
        return ""
    try:
        message: str = Status.FromString(content).message
    except DecodeError:
        return ""
    return message


def _words(error: BaseException) -> str:
    strerror = getattr(error, "strerror", None)
    return str(strerror or error) or type(error).__name__
