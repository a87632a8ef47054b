"""uvicorn's HTTP connection, with an end to its patience.

uvicorn closes connections that are idle between requests, and no others: one that never says
anything, or says its headers a byte a minute, would be kept for ever, and headers without an end
would be kept in memory.
"""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from collector.limits import Limits

MAX_HEAD_BYTES: Final = 64 * 1024
"""What may come without being part of a body: request line and headers, or trailers and the lengths
of chunks. Real ones are under 8 kB."""

HEAD_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


def patient_protocol(limits: Limits) -> type[asyncio.Protocol]:
    """The protocol whose patience is `limits`."""

    class Patient(PatientProtocol):
        patience = limits

    return Patient


class PatientProtocol(HttpToolsProtocol):
    """One connection over HTTP.

    Attributes:
        patience: how long heads and bodies may take.
    """

    patience = Limits()

    _deadline: asyncio.TimerHandle | None = None
    _outside_bodies = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._expect_within(self.patience.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take some bytes of a request."""
        self._outside_bodies += len(data)
        super().data_received(data)
        if self._outside_bodies > MAX_HEAD_BYTES and not self.transport.is_closing():
            begun = self.cycle is not None
            if not begun or self.cycle.response_complete:
                self.transport.write(HEAD_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._expect_within(self.patience.head_s)

    def on_headers_complete(self) -> None:
        """The request's body begins: the door answers if that takes too long, and then it ends."""
        self._outside_bodies = 0
        super().on_headers_complete()
        self._expect_within(self.patience.body_s + self.patience.head_s)

    def on_body(self, body: bytes) -> None:
        """Part of a body."""
        self._outside_bodies = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole: uvicorn's own timer waits for the next."""
        self._outside_bodies = 0
        self._expect_nothing()
        super().on_message_complete()

    def _expect_within(self, seconds: float) -> None:
        self._expect_nothing()
        self._deadline = self.loop.call_later(seconds, self._give_up)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
