"""gRPC ports that ask for TLS and a token: for any server, of threads or of asyncio.

The token is asked for by a handler that stands before all others. It is asked what to do with a
call by the call's head alone, so nobody's message is read without it, and methods that do not exist
look the same as those that do.
"""

from collections.abc import Iterable, Iterator
from typing import NoReturn

import grpc  # noqa: TID253  imported by the collector's process alone
import grpc.aio  # noqa: TID253  as above

from collector.security import Security

AUTHORIZATION = "authorization"
REFUSED = "the token is missing or wrong: send the metadata `authorization: Bearer TOKEN`"


def guarded(
    handlers: Iterable[grpc.GenericRpcHandler], security: Security
) -> list[grpc.GenericRpcHandler]:
    """The handlers of a server, with one before them that turns away who has no token."""
    return [*([] if security.token is None else [_TokenGate(security)]), *handlers]


def bind(server: grpc.Server | grpc.aio.Server, address: str, security: Security) -> int:
    """Give a server its port, with TLS where that is asked for; what port it is.

    Raises:
        RuntimeError: the address cannot be bound.
    """
    if security.certificate is None or security.key is None:
        return int(server.add_insecure_port(address))
    pair = (security.key.read_bytes(), security.certificate.read_bytes())
    authorities = None if security.client_ca is None else security.client_ca.read_bytes()
    credentials = grpc.ssl_server_credentials(
        [pair], root_certificates=authorities, require_client_auth=authorities is not None
    )
    return int(server.add_secure_port(address, credentials))


class _TokenGate(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    """Takes the calls without the token, to refuse them, and leaves all others alone."""

    def __init__(self, security: Security) -> None:
        self._security = security
        self._refusing = grpc.stream_unary_rpc_method_handler(_refuse)

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler | None:
        """The handler of a call; None leaves it to the next."""
        sent = handler_call_details.invocation_metadata or ()
        tokens = [value for name, value in sent if name.lower() == AUTHORIZATION]
        if any(self._security.admits(_bytes(value)) for value in tokens):
            return None
        return self._refusing


def _refuse(_messages: Iterator[bytes], context: grpc.ServicerContext) -> NoReturn:
    context.abort(grpc.StatusCode.UNAUTHENTICATED, REFUSED)
    raise AssertionError("abort raises")


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value
