"""How other receivers let us in: whom to trust, what to show, and the headers to send.

Headers hold tokens. They travel by environment, go to the one target they are meant for, and are
taken out of whatever a target says.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote, unquote

from analyzer.errors import InputError
from collector.forward.target import Target

HEADERS_VARIABLE: Final = "SLOWHOP_COLLECTOR_FORWARD_HEADERS"
"""Hands the headers to the collector's process and the forwarder's."""

NAME: Final = re.compile(r"[a-z0-9_.-]+")
"""A header that HTTP and gRPC both take. Source: gRPC over HTTP/2, "Custom-Metadata"."""

OURS: Final = frozenset(
    ("connection", "content-length", "content-type", "host", "te", "transfer-encoding")
)
"""What requests say of themselves; names that begin with `grpc-` are gRPC's."""

SHORTEST_SECRET: Final = 6
"""What is shorter is a word that may stand anywhere, and gives nothing away."""

HINT: Final = (
    "write them like OTEL_EXPORTER_OTLP_HEADERS: NAME=VALUE,NAME=VALUE with %20 for a blank; with"
    " several targets a line for each, the target and a blank first"
)

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What targets are shown and sent.

    Attributes:
        ca: authorities in PEM that targets' certificates may come from; else the system's.
        certificate: shown to a target over TLS that asks for one, in PEM.
        key: its private key, in PEM.
        headers: names and values by what the target is called; kept out of `repr`.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    headers: tuple[tuple[str, Headers], ...] = field(default=(), repr=False)

    @classmethod
    def from_options(
        cls,
        targets: Sequence[Target],
        *,
        ca: Path | None = None,
        certificate: Path | None = None,
        key: Path | None = None,
        headers: str | None = None,
        headers_file: Path | None = None,
    ) -> Self:
        """Access as options have it; whether certificates are any good is seen later.

        Raises:
            InputError: an option lacks another, or the headers are none; nothing in it is secret.
        """
        files = {"--forward-ca": ca, "--forward-cert": certificate, "--forward-key": key}
        given = next((option for option, file in files.items() if file is not None), None)
        if given is not None and not any(target.tls for target in targets):
            raise InputError(
                f"{given} without a target over TLS",
                hint="write --forward grpcs://HOST:PORT or https://HOST:PORT",
            )
        if (certificate is None) != (key is None):
            lone, other = ("cert", "key") if key is None else ("key", "cert")
            raise InputError(
                f"--forward-{lone} without --forward-{other}",
                hint="name both (the same file, if that holds both)",
            )
        if headers is not None and headers_file is not None:
            raise InputError(
                "there are headers in --forward-headers-file, and in --forward-headers or the"
                " environment",
                hint="give one of them",
            )
        if headers_file is not None:
            headers = _read(headers_file)
        found = tuple(_by_target(headers, targets)) if headers and targets else ()
        if headers_file is not None and targets and not found:
            raise InputError(f"there are no headers in {headers_file}", hint=HINT)
        return cls(ca=ca, certificate=certificate, key=key, headers=found)

    def headers_of(self, target: Target) -> Headers:
        """What a target is sent with every request."""
        return next((found for name, found in self.headers if name == str(target)), ())

    def arguments(self) -> list[str]:
        """The same as arguments of `python -m collector`, without the headers."""
        files = {"ca": self.ca, "cert": self.certificate, "key": self.key}
        return [f"--forward-{name}={file}" for name, file in files.items() if file is not None]

    def environment(self) -> dict[str, str]:
        """The rest of it, for the environment of `python -m collector`."""
        lines = []
        for target, pairs in self.headers:
            written = ",".join(f"{name}={quote(value, safe='')}" for name, value in pairs)
            lines.append(f"{target} {written}")
        return {HEADERS_VARIABLE: "\n".join(lines)} if lines else {}


NO_ACCESS: Final = Access()
"""Nothing is asked for."""


def without_secrets(text: str, headers: Headers) -> str:
    """A text from elsewhere, should it repeat what was sent."""
    words = {part for _, value in headers for part in (value, value.rpartition(" ")[2])}
    words |= {quote(word, safe="") for word in words}
    for secret in sorted(words, key=lambda word: (-len(word), word)):
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return text


def _by_target(text: str, targets: Sequence[Target]) -> Iterator[tuple[str, Headers]]:
    named: dict[str, dict[str, str]] = {str(target): {} for target in targets}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, pairs = _named(line, targets)
        named[name] |= _pairs(pairs)
    for name, pairs_of in named.items():
        if pairs_of:
            yield name, tuple(pairs_of.items())


def _named(line: str, targets: Sequence[Target]) -> tuple[str, str]:
    """Whose headers a line has, and the headers."""
    first, _, rest = line.partition(" ")
    for target in targets:
        if first == str(target) or ("=" not in first and _is(target, first)):
            return str(target), rest
    if "=" not in first:
        raise InputError("headers are given for what is no target of --forward", hint=HINT)
    if len(targets) != 1:
        raise InputError("headers are given, and not for which target", hint=HINT)
    return str(targets[0]), line


def _is(target: Target, text: str) -> bool:
    try:
        return Target.from_text(text) == target
    except InputError:
        return False


def _pairs(text: str) -> dict[str, str]:
    parts = [part for part in text.split(",") if part.strip()]
    if not parts:
        raise InputError("a target is named without a header", hint=HINT)
    return dict(map(_pair, parts))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    name, value = name.strip().lower(), unquote(value.strip())
    if not equals or not NAME.fullmatch(name):
        raise InputError("a header has a name, = and a value", hint=HINT)
    if name in OURS or name.startswith("grpc-") or name.endswith("-bin"):
        raise InputError(f"the header {name} cannot be given", hint="leave it out")
    if not value or not (value.isascii() and value.isprintable()):
        raise InputError(
            f"the value of the header {name} cannot be sent",
            hint="use ASCII letters, digits, signs and blanks",
        )
    return name, value


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise InputError(
            f"cannot read the headers in {file}: {why}",
            hint="check the path of --forward-headers-file",
        ) from None


def in_clear(targets: Iterable[Target], access: Access) -> tuple[Target, ...]:
    """The targets that are sent headers without TLS."""
    return tuple(each for each in targets if access.headers_of(each) and not each.tls)
