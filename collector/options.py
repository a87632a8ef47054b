"""What a collector is told when it starts, and that as its command line."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from analyzer.errors import InputError
from collector.forward.access import HEADERS_VARIABLE, NO_ACCESS, Access
from collector.forward.target import Target
from collector.jaeger.ports import JaegerPorts
from collector.security import OPEN, TOKEN_VARIABLE, Security

HIGHEST_PORT: Final = 65535

ZIPKIN_PORT: Final = 9411
"""The port that Zipkin's clients send to by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiving:
    """Where spans are received. A port of 0 takes a free one.

    Attributes:
        host: where to listen.
        grpc_port: for OTLP over gRPC.
        http_port: for OTLP over HTTP.
        allowed_origins: web pages that may post over HTTP (`https://host:port`, `*` for all).
        zipkin_port: for Zipkin over HTTP; None to not receive it.
        jaeger: for Jaeger's own protocols; None to not receive them.
        forward: other receivers that everything accepted is passed on to.
        forward_access: how they let us in.
        security: what is asked of clients, on every port.
    """

    host: str = "127.0.0.1"
    grpc_port: int = 4317
    http_port: int = 4318
    allowed_origins: frozenset[str] = frozenset()
    zipkin_port: int | None = None
    jaeger: JaegerPorts | None = None
    forward: tuple[Target, ...] = ()
    forward_access: Access = NO_ACCESS
    security: Security = OPEN

    def arguments(self) -> list[str]:
        """The same as arguments of `python -m collector`, but for tokens."""
        found = [f"--host={self.host}"]
        found += [f"--grpc-port={self.grpc_port}", f"--http-port={self.http_port}"]
        found += [f"--allow-origin={origin}" for origin in sorted(self.allowed_origins)]
        if self.zipkin_port is not None:
            found.append(f"--zipkin-port={self.zipkin_port}")
        if self.jaeger is not None:
            found.append(f"--jaeger-ports={self.jaeger.as_text()}")
        found += [f"--forward={target}" for target in self.forward]
        return found + self.forward_access.arguments() + self.security.arguments()

    def environment(self) -> dict[str, str]:
        """The rest of it, for the environment of `python -m collector`."""
        return self.security.environment() | self.forward_access.environment()


FREE_PORTS: Final = Receiving(grpc_port=0, http_port=0)
"""OTLP alone, on whatever ports are free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """All of a collector's command line.

    Attributes:
        parent_pid: stop when this process is gone; None to outlive everybody.
    """

    run_dir: Path
    receiving: Receiving = field(default_factory=Receiving)
    parent_pid: int | None = None

    @classmethod
    def from_arguments(cls, arguments: Sequence[str] | None) -> Self:
        """Options from a command line; None takes that of the process.

        The token may also stand in the environment (`SLOWHOP_COLLECTOR_TOKEN`), and so may headers
        for targets (`SLOWHOP_COLLECTOR_FORWARD_HEADERS`).

        Raises:
            InputError: there is no usable token, or an option lacks another.
            SystemExit: they are wrong; argparse has said why.
        """
        parsed = _parser().parse_args(arguments)
        targets = tuple(dict.fromkeys(parsed.forward))
        return cls(
            run_dir=parsed.run_dir,
            parent_pid=parsed.parent_pid,
            receiving=Receiving(
                host=parsed.host,
                grpc_port=parsed.grpc_port,
                http_port=parsed.http_port,
                allowed_origins=frozenset(parsed.allow_origin),
                zipkin_port=port_of(parsed.zipkin_port, ZIPKIN_PORT, wanted=parsed.zipkin),
                jaeger=JaegerPorts.from_options(wanted=parsed.jaeger, text=parsed.jaeger_ports),
                forward=targets,
                forward_access=Access.from_options(
                    targets,
                    ca=parsed.forward_ca,
                    certificate=parsed.forward_cert,
                    key=parsed.forward_key,
                    headers=os.environ.get(HEADERS_VARIABLE),
                    headers_file=parsed.forward_headers_file,
                ),
                security=Security.from_options(
                    certificate=parsed.tls_cert,
                    key=parsed.tls_key,
                    client_ca=parsed.tls_client_ca,
                    token=os.environ.get(TOKEN_VARIABLE),
                    token_file=parsed.token_file,
                ),
            ),
        )

    def arguments(self) -> list[str]:
        """The command line that says the same, but for tokens."""
        parent = [] if self.parent_pid is None else [f"--parent-pid={self.parent_pid}"]
        return [f"--run-dir={self.run_dir}", *parent, *self.receiving.arguments()]


def port_of(given: int | None, usual: int, *, wanted: bool) -> int | None:
    """A protocol's port: the one that was given, else the usual one if the protocol is wanted."""
    return given if given is not None else usual if wanted else None


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= HIGHEST_PORT):
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to {HIGHEST_PORT}")
    return int(text)


def _target(text: str) -> Target:
    try:
        return Target.from_text(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(f"{error.message}; {error.hint}") from error


def _jaeger_ports(text: str) -> str:
    try:
        return JaegerPorts.from_text(text).as_text()
    except InputError as error:
        raise argparse.ArgumentTypeError(f"{error.message}; {error.hint}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m collector",
        description="Receive spans and metrics and append them to the files of a run.",
    )
    add = parser.add_argument
    add("--run-dir", type=Path, required=True, help="where spans.otlp and metrics.otlp grow")
    add("--parent-pid", type=int, help="stop when this process, which must be the parent, is gone")
    add("--host", default="127.0.0.1", help="where to listen (default: %(default)s)")
    add("--grpc-port", type=_port, default=4317, help="0 takes a free one (default: %(default)s)")
    add("--http-port", type=_port, default=4318, help="0 takes a free one (default: %(default)s)")
    add(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="a web page's origin that may post over HTTP, * for all; may be repeated",
    )
    add("--zipkin", action="store_true", help=f"receive Zipkin too, on port {ZIPKIN_PORT}")
    add("--zipkin-port", type=_port, help="receive Zipkin too, on this port; 0 takes a free one")
    add("--jaeger", action="store_true", help="receive Jaeger's own protocols too")
    add(
        "--jaeger-ports",
        type=_jaeger_ports,
        metavar="NAME=PORT,...",
        help=f"receive them on these ports (default: {JaegerPorts().as_text()})",
    )
    add(
        "--forward",
        action="append",
        default=[],
        type=_target,
        metavar="TARGET",
        help="pass on what is accepted to host:port over gRPC, or to http://host:port over HTTP; "
        "with TLS grpcs:// or https://; may be repeated",
    )
    add("--forward-ca", type=Path, metavar="FILE", help="authorities that targets come from (PEM)")
    add("--forward-cert", type=Path, metavar="FILE", help="a certificate to show to targets (PEM)")
    add("--forward-key", type=Path, metavar="FILE", help="its private key (PEM)")
    add(
        "--forward-headers-file",
        type=Path,
        metavar="FILE",
        help="NAME=VALUE,... to send to the target, or a line of TARGET NAME=VALUE,... for each; "
        f"or set {HEADERS_VARIABLE}",
    )
    add("--tls-cert", type=Path, metavar="FILE", help="the server's certificate (PEM): speak TLS")
    add("--tls-key", type=Path, metavar="FILE", help="its private key (PEM)")
    add(
        "--tls-client-ca",
        type=Path,
        metavar="FILE",
        help="authorities (PEM): clients need a certificate of one of them",
    )
    add(
        "--token-file",
        type=Path,
        metavar="FILE",
        help=f"a token that clients have to send; or set {TOKEN_VARIABLE}",
    )
    return parser
