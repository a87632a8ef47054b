"""Who may send spans: TLS, client certificates and a token, the same on every port."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from analyzer.errors import InputError

TOKEN_VARIABLE: Final = "SLOWHOP_COLLECTOR_TOKEN"
"""Hands the token to a collector's process; its arguments are there for everybody to read."""

SCHEME: Final = "Bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """What every port asks of its clients: nothing unless told otherwise.

    Attributes:
        certificate: the server's certificate and those that lead to its authority, in PEM; with it
            ports speak TLS and nothing else.
        key: the certificate's private key, in PEM.
        client_ca: authorities in PEM; clients need a certificate of one of them.
        token: what clients send as `Authorization: Bearer TOKEN`; kept out of `repr`.
    """

    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None
    token: str | None = field(default=None, repr=False)

    @classmethod
    def from_options(
        cls,
        *,
        certificate: Path | None = None,
        key: Path | None = None,
        client_ca: Path | None = None,
        token: str | None = None,
        token_file: Path | None = None,
    ) -> Self:
        """Security as options have it; whether the certificates are any good is seen later.

        Raises:
            InputError: an option lacks another, or there is no usable token where one is named.
        """
        if certificate is None and (key is not None or client_ca is not None):
            given = "--tls-key" if key is not None else "--tls-client-ca"
            raise InputError(
                f"{given} without --tls-cert",
                hint="name the server's certificate with --tls-cert; without one there is no TLS",
            )
        if certificate is not None and key is None:
            raise InputError(
                "--tls-cert without --tls-key",
                hint="name its private key with --tls-key (the same file, if that holds both)",
            )
        if token is not None and token_file is not None:
            raise InputError(
                "there are two tokens: one in --token-file, one in --token or the environment",
                hint="give one of them",
            )
        if token_file is not None:
            token = _read_token(token_file)
        if token is not None:
            _check_token(token)
        return cls(certificate=certificate, key=key, client_ca=client_ca, token=token)

    @property
    def tls(self) -> bool:
        """Whether ports speak TLS."""
        return self.certificate is not None

    @property
    def is_open(self) -> bool:
        """Whether it asks nothing of anybody."""
        return not self.tls and self.token is None

    def admits(self, authorization: bytes) -> bool:
        """Whether a client that sends this `authorization` header may send spans.

        How long it takes tells nothing about how much of a wrong token is right.
        """
        if self.token is None:
            return True
        from hmac import compare_digest  # which is slow to import, and `--help` needs none

        scheme, _, credentials = authorization.strip().partition(b" ")
        is_same = compare_digest(credentials.strip(), self.token.encode())
        return is_same and scheme.lower() == SCHEME.lower().encode()

    def check_datagrams(self, what: str, *, option: str) -> None:
        """Refuse ports that can ask nothing of clients, where clients are asked for something.

        Args:
            what: the protocol, for the message.
            option: the option that opens its ports, for the hint.

        Raises:
            InputError: TLS or a token is asked for.
        """
        if not self.is_open:
            asked = "a token" if not self.tls else "TLS" if self.token is None else "TLS or a token"
            raise InputError(
                f"{what} comes by UDP, where {asked} cannot be asked for",
                hint=f"leave out {option}, or receive without TLS and token on loopback alone",
            )

    @property
    def asked(self) -> str:
        """What clients need, for a person to read; empty where they need nothing."""
        needs = {
            "TLS": self.tls,
            "client certificates": self.client_ca is not None,
            "token": self.token is not None,
        }
        return ", ".join(need for need, is_asked in needs.items() if is_asked)

    def arguments(self) -> list[str]:
        """The same as arguments of `python -m collector`, without the token."""
        files = {
            "--tls-cert": self.certificate,
            "--tls-key": self.key,
            "--tls-client-ca": self.client_ca,
        }
        return [f"{option}={file}" for option, file in files.items() if file is not None]

    def environment(self) -> dict[str, str]:
        """The rest of it, for the environment of `python -m collector`."""
        return {} if self.token is None else {TOKEN_VARIABLE: self.token}


OPEN: Final = Security()
"""Everybody who can reach a port may send."""


def _read_token(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise InputError(
            f"cannot read the token in {file}: {why}", hint="check the path of --token-file"
        ) from None


def _check_token(token: str) -> None:
    if not token:
        raise InputError(
            "the token is empty",
            hint="give one, for instance what `openssl rand -hex 32` prints; without the option"
            " no token is asked for",
        )
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise InputError(
            "the token cannot be sent in a header",
            hint="use ASCII letters, digits and signs, without blanks or line breaks",
        )
