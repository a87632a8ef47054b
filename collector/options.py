"""What a collector is told when it starts, and that as its command line."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Self

HIGHEST_PORT: Final = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class JaegerPorts:
    """Jaeger's own protocols, each on its usual port. A port of 0 takes a free one.

    Attributes:
        compact: for Thrift's compact protocol over UDP, what most of its clients send.
        binary: for Thrift's binary protocol over UDP.
        http: for Thrift's binary protocol over HTTP.
        grpc: for protobuf over gRPC.
    """

    compact: int = 6831
    binary: int = 6832
    http: int = 14268
    grpc: int = 14250

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Ports written as `compact=0,http=0`; those that are not named are the usual ones.

        Raises:
            ValueError: a name or a number that is none, or one port for two of a kind.
        """
        usual = asdict(cls())
        ports = {}
        for part in filter(None, text.split(",")):
            name, _, number = part.partition("=")
            if name.strip() not in usual:
                raise ValueError(f"{name.strip()!r} is none of {', '.join(usual)}")
            ports[name.strip()] = port_number(number.strip())
        found = cls(**ports)
        for one, other in ((found.compact, found.binary), (found.http, found.grpc)):
            if one == other != 0:
                raise ValueError(f"two protocols cannot share port {one}")
        return found

    def as_text(self) -> str:
        """The ports as `from_text` reads them."""
        return ",".join(f"{name}={port}" for name, port in asdict(self).items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiving:
    """Where spans are received. A port of 0 takes a free one.

    Attributes:
        host: where to listen.
        grpc_port: for OTLP over gRPC.
        http_port: for OTLP over HTTP.
        allowed_origins: web pages that may post over HTTP (`https://host:port`, `*` for all).
        jaeger: for Jaeger's own protocols; None leaves them off.
    """

    host: str = "127.0.0.1"
    grpc_port: int = 4317
    http_port: int = 4318
    allowed_origins: frozenset[str] = frozenset()
    jaeger: JaegerPorts | None = None

    def arguments(self) -> list[str]:
        """The same as arguments of `python -m collector`."""
        found = [f"--host={self.host}"]
        found += [f"--grpc-port={self.grpc_port}", f"--http-port={self.http_port}"]
        found += [f"--allow-origin={origin}" for origin in sorted(self.allowed_origins)]
        found += [] if self.jaeger is None else [f"--jaeger-ports={self.jaeger.as_text()}"]
        return found


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

        Raises:
            SystemExit: they are wrong; argparse has said why.
        """
        parsed = _parser().parse_args(arguments)
        return cls(
            run_dir=parsed.run_dir,
            parent_pid=parsed.parent_pid,
            receiving=Receiving(
                host=parsed.host,
                grpc_port=parsed.grpc_port,
                http_port=parsed.http_port,
                allowed_origins=frozenset(parsed.allow_origin),
                jaeger=jaeger_ports(wanted=parsed.jaeger, ports=parsed.jaeger_ports),
            ),
        )

    def arguments(self) -> list[str]:
        """The command line that says the same."""
        parent = [] if self.parent_pid is None else [f"--parent-pid={self.parent_pid}"]
        return [f"--run-dir={self.run_dir}", *parent, *self.receiving.arguments()]


def jaeger_ports(*, wanted: bool, ports: str | None) -> JaegerPorts | None:
    """What `--jaeger` and `--jaeger-ports` say together: naming a port asks for the protocols.

    Raises:
        ValueError: as `JaegerPorts.from_text`.
    """
    if ports is None:
        return JaegerPorts() if wanted else None
    return JaegerPorts.from_text(ports)


def port_number(text: str) -> int:
    """A port.

    Raises:
        ValueError: the text is none.
    """
    if not (text.isascii() and text.isdigit() and int(text) <= HIGHEST_PORT):
        raise ValueError(f"a port is a number from 0 to {HIGHEST_PORT}")
    return int(text)


def _port(text: str) -> int:
    try:
        return port_number(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _jaeger_ports(text: str) -> str:
    try:
        return JaegerPorts.from_text(text).as_text()
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


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
    add("--jaeger", action="store_true", help="receive Jaeger's own protocols too")
    add(
        "--jaeger-ports",
        type=_jaeger_ports,
        metavar="NAME=PORT,...",
        help=f"their ports (default: {JaegerPorts().as_text()}); asks for them as --jaeger does",
    )
    return parser
