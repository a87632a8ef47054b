"""The ports of Jaeger's protocols, and how they are written."""

from dataclasses import asdict, dataclass
from typing import Final, Self

from analyzer.errors import InputError

HIGHEST_PORT: Final = 65535
OFF: Final = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class JaegerPorts:
    """Jaeger's protocols, each on its usual port; 0 takes a free one, None leaves one off.

    Attributes:
        compact: for Thrift's compact protocol over UDP, what most of its clients send.
        binary: for Thrift's binary protocol over UDP.
        http: for Thrift's binary protocol over HTTP.
        grpc: for protobuf over gRPC.
    """

    compact: int | None = 6831
    binary: int | None = 6832
    http: int | None = 14268
    grpc: int | None = 14250

    @classmethod
    def from_options(cls, *, wanted: bool, text: str | None) -> Self | None:
        """What `--jaeger` and `--jaeger-ports` say together: naming a port asks for all of them.

        Raises:
            InputError: as `from_text`.
        """
        if text is None:
            return cls() if wanted else None
        return cls.from_text(text)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Ports written as `compact=0,http=off`; those that are not named are the usual ones.

        Raises:
            InputError: a name or a number that is none, or one port for two of a kind.
        """
        usual = asdict(cls())
        ports = {}
        for part in filter(None, text.split(",")):
            name, _, port = (word.strip() for word in part.partition("="))
            if name not in usual:
                raise InputError(
                    f"Jaeger has no port {name!r}", hint=f"its ports are {', '.join(usual)}"
                )
            ports[name] = _port(name, port)
        found = cls(**ports)
        for one, other in ((found.compact, found.binary), (found.http, found.grpc)):
            if one is not None and one == other != 0:
                raise InputError(
                    f"two of Jaeger's protocols cannot share port {one}",
                    hint="give different numbers to --jaeger-ports (0 takes a free one)",
                )
        return found

    def as_text(self) -> str:
        """The ports as `from_text` reads them."""
        ports = asdict(self).items()
        return ",".join(f"{name}={OFF if port is None else port}" for name, port in ports)


def _port(name: str, text: str) -> int | None:
    if text == OFF:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= HIGHEST_PORT):
        raise InputError(
            f"{text!r} is no port for Jaeger's {name}",
            hint=f"give a number from 0 (a free one) to {HIGHEST_PORT}, or {OFF}",
        )
    return int(text)
