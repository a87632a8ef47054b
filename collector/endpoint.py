"""Where the collector listens: addresses as text, and plain words when a port cannot be had."""

import errno
import socket
from typing import Final

from analyzer.errors import InputError

BACKLOG: Final = 2048


def address(host: str, port: int) -> str:
    """`host:port`, with the brackets an IPv6 address needs."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def listening_socket(host: str, port: int, *, option: str) -> socket.socket:
    """A TCP socket that listens; port 0 takes a free one.

    Args:
        host: where to listen.
        port: the port, 0 for a free one.
        option: the option that names the port, for the hint.

    Raises:
        InputError: the port is in use, or the host is not this machine's.
    """
    return _bound(host, port, socket.SOCK_STREAM, option=option)


def datagram_socket(host: str, port: int, *, option: str) -> socket.socket:
    """A UDP socket that does not block; otherwise as `listening_socket`."""
    return _bound(host, port, socket.SOCK_DGRAM, option=option)


def _bound(host: str, port: int, kind: socket.SocketKind, *, option: str) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise unusable(host, port, error, option=option) from error
    family, _, protocol, _, target = found[0]
    bound = socket.socket(family, kind, protocol)
    try:
        if kind == socket.SOCK_STREAM:
            # a port whose last connections are still being closed is free; one listened on is not
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(target)
            bound.listen(BACKLOG)
        else:
            bound.settimeout(0)
            bound.bind(target)
    except OSError as error:
        bound.close()
        raise unusable(host, port, error, option=option) from error
    return bound


def check_free(host: str, port: int, *, option: str) -> None:
    """Find out in plain words why a port cannot be had, before a library says it in its own.

    Raises:
        InputError: the port is in use, or the host is not this machine's.
    """
    listening_socket(host, port, option=option).close()


def unusable(host: str, port: int, error: OSError, *, option: str) -> InputError:
    """The error for a port that cannot be listened on, with the way out."""
    where = address(host, port)
    if error.errno == errno.EADDRINUSE:
        return InputError(
            f"port {port} of {host} is in use",
            hint=f"choose another with {option} (0 takes a free one), or stop what holds it: "
            f"perhaps another slowhop, Jaeger or an OpenTelemetry Collector (ss -lntup shows it)",
        )
    if error.errno == errno.EACCES:
        return InputError(
            f"port {port} is reserved for the administrator",
            hint=f"choose one above 1023 with {option}",
        )
    return InputError(
        f"cannot listen on {where}: {error.strerror or error}",
        hint="name an address of this machine with --host",
    )
