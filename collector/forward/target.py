"""Where accepted requests are passed on to, as people write it."""

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit

from analyzer.errors import InputError

HINT: Final = (
    "write host:port for OTLP over gRPC (127.0.0.1:4317), or http://host:port for OTLP over HTTP;"
    " with TLS grpcs://host:port or https://host:port"
)

HOST: Final = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
"""A host name, or an IP address; urlsplit has taken the brackets of one of version 6 away."""

PATH: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")
"""What a path may hold as it stands. Source: RFC 3986, section 3.3."""

GRPC_TLS: Final = "grpcs"

SCHEME_PORTS: Final = {"http": 80, "https": 443, GRPC_TLS: 443}
"""Ports where none is named. gRPC has none of its own; whoever serves it to the world takes 443."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Another OTLP receiver.

    Attributes:
        scheme: `http` or `https` for OTLP over HTTP; `grpcs` for gRPC over TLS, empty for gRPC.
        path: what stands before `/v1/traces` in the paths of OTLP over HTTP.
    """

    host: str
    port: int
    scheme: str = ""
    path: str = ""

    @classmethod
    def from_text(cls, text: str) -> Self:
        """A target as it is given to `--forward`.

        Raises:
            InputError: it is neither `host:port` nor a URL of one of the schemes.
        """
        stripped = text.strip()
        has_scheme = "://" in stripped
        try:
            parts = urlsplit(stripped if has_scheme else f"//{stripped}")
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise _wrong(text, "is no address") from None
        if has_scheme and parts.scheme not in SCHEME_PORTS:
            raise _wrong(text, "is neither host:port nor a URL of http, https or grpcs")
        if "@" in parts.netloc:
            # it would stand in collector.json and in the list of processes
            raise InputError("a target's address holds no user name and password", hint=HINT)
        _check(text, parts, host, port)
        port = SCHEME_PORTS[parts.scheme] if port is None else port
        return cls(host=host, port=port, scheme=parts.scheme, path=parts.path.rstrip("/"))

    @property
    def over_http(self) -> bool:
        """Whether it is OTLP over HTTP, else it is OTLP over gRPC."""
        return self.scheme in ("http", "https")

    @property
    def tls(self) -> bool:
        """Whether it is called over TLS."""
        return self.scheme in ("https", GRPC_TLS)

    @property
    def address(self) -> str:
        """`host:port`, with the brackets an IPv6 address needs."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        """What it is called in `collector.json`; `from_text` reads it."""
        return f"{self.scheme}://{self.address}{self.path}" if self.scheme else self.address


def targets(texts: Iterable[str]) -> tuple[Target, ...]:
    """The targets that are named, each once.

    Raises:
        InputError: one of them cannot be one.
    """
    return tuple(dict.fromkeys(Target.from_text(text) for text in texts))


def check_not_own(to: Iterable[Target], listening: Iterable[tuple[str, int]]) -> None:
    """Refuse to pass on to ourselves, where every request would come back for ever.

    Args:
        to: where requests will be passed on to.
        listening: hosts and ports that the collector listens on.

    Raises:
        InputError: one of the targets is the collector.
    """
    own = tuple(listening)
    for target in to:
        for host, port in own:
            if target.port == port and _same_machine(target.host, host):
                raise InputError(
                    f"{target} is where slowhop itself receives",
                    hint="name the other one's address, or receive on another port (--grpc-port)",
                )


def _check(text: str, parts: SplitResult, host: str, port: int | None) -> None:
    if not HOST.fullmatch(host):
        raise _wrong(text, "names no host")
    if port == 0 or (port is None and not parts.scheme):
        raise _wrong(text, "names no port")
    if parts.query or parts.fragment or not PATH.fullmatch(parts.path):
        raise _wrong(text, "has a path that requests cannot be posted to")
    if parts.path and parts.scheme in ("", GRPC_TLS):
        raise _wrong(text, "has a path, which gRPC does not know")


def _wrong(text: str, why: str) -> InputError:
    return InputError(f"{text!r} {why}", hint=HINT)


def _same_machine(host: str, listening: str) -> bool:
    """Whether what is sent to `host` arrives where `listening` listens."""
    theirs, ours = _addresses(host), _addresses(listening)
    if ours & {"0.0.0.0", "::"}:
        return any(map(_is_local, theirs))
    return bool(ours & theirs)


def _addresses(host: str) -> frozenset[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return frozenset()
    return frozenset(str(each[4][0]) for each in found)


def _is_local(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
