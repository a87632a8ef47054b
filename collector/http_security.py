"""The token on HTTP ports: an ASGI application that turns away who has none."""

from typing import Final

from google.rpc.code_pb2 import UNAUTHENTICATED
from google.rpc.status_pb2 import Status

from collector.http_door import HttpDoor, Receive, Scope, Send
from collector.security import SCHEME, Security

REFUSED: Final = "the token is missing or wrong: send the header Authorization: Bearer TOKEN"

CHALLENGE: Final = (b"www-authenticate", f'{SCHEME} realm="slowhop"'.encode())
"""Source: RFC 9110, section 11.6.1: an answer 401 says what is wanted."""


class TokenGate:
    """Stands before a door. Bodies of requests without the token are not read.

    Args:
        door: what answers whoever has the token.
        security: knows it.
    """

    def __init__(self, door: HttpDoor, security: Security) -> None:
        self._door = door
        self._security = security

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or let the door answer it."""
        headers = dict(scope["headers"])
        if _is_preflight(scope) or self._security.admits(headers.get(b"authorization", b"")):
            await self._door(scope, receive, send)
        else:
            why = Status(code=UNAUTHENTICATED, message=REFUSED)
            await self._door.refuse(scope, send, code=401, status=why, headers=(CHALLENGE,))


def _is_preflight(scope: Scope) -> bool:
    """Whether a browser asks what a page may send: it does so without the page's credentials.

    Source: the Fetch standard, "CORS-preflight fetch".
    """
    names = {name for name, _ in scope["headers"]}
    return scope["method"] == "OPTIONS" and b"access-control-request-method" in names
