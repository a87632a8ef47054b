"""TLS contexts from PEM files, in plain words where they are no good, and handshakes to try them.

A handshake is tried in memory: it meets everything that a real one meets, before a port is bound.
"""

import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from analyzer.errors import InputError
from collector.pem import read, read_certificates, show, trust
from collector.security import Security

FLIGHTS: Final = 10
"""More turns than a handshake has: TLS 1.2 takes two for each side."""

EXPIRED: Final = 10
NOT_YET_VALID: Final = 9
"""What OpenSSL's X509_V_ERR_CERT_... of these names are; Python has no names for them."""

EDDSA: Final = (b"\x06\x03\x2b\x65\x70\x03\x21\x00", b"\x06\x03\x2b\x65\x71\x03\x3a\x00")
"""How a certificate with a key of Ed25519 or Ed448 has it: the kind's number, and the key's length.

Source: RFC 8410, sections 3 and 4.
"""

CERTIFICATE: Final = re.compile(
    "-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\s]+-----END CERTIFICATE-----"
)

ANY_NAME: Final = "localhost"
"""The name for a handshake where names are not compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a handshake failed.

    Attributes:
        by_client: whether the client refused the server, else the server refused the client.
        why: in OpenSSL's words.
        code: OpenSSL's reason why a certificate was not accepted; None for anything else.
    """

    by_client: bool
    why: str
    code: int | None = None


def server_context(security: Security) -> ssl.SSLContext:
    """What a port serves TLS with: at least version 1.2.

    Raises:
        InputError: a file is missing, is not PEM, or does not go with the others.
    """
    if security.certificate is None or security.key is None:
        raise AssertionError("there is no TLS without a certificate")
    context = _context_without_clients(security.certificate, security.key)
    if security.client_ca is not None:
        read_certificates(security.client_ca, option="--tls-client-ca")
        trust(context, security.client_ca, option="--tls-client-ca")
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def check(security: Security) -> None:
    """Make sure that ports can speak TLS, where they are to.

    Raises:
        InputError: a file is missing, is not PEM, or does not go with the others.
    """
    if security.tls:
        server_context(security)


def doubts(security: Security) -> tuple[str, ...]:
    """Why clients may refuse the server's certificate, in sentences; empty if nothing is seen."""
    if security.certificate is None or security.key is None:
        return ()
    server = _context_without_clients(security.certificate, security.key)
    refusal = handshake(server, _believer(security.certificate), ANY_NAME)
    if refusal is None:
        return ()
    what = {
        EXPIRED: "has expired",
        NOT_YET_VALID: "is not valid yet",
    }.get(refusal.code or 0, f"is not what clients expect ({refusal.why})")
    return (f"the certificate {security.certificate} {what}: clients will refuse it",)


def names(security: Security, host: str) -> bool:
    """Whether the server's certificate is good for a name or address, whatever else of it."""
    if security.certificate is None or security.key is None:
        return True
    client = _believer(security.certificate)
    client.check_hostname = True
    server = _context_without_clients(security.certificate, security.key)
    refusal = handshake(server, client, host)
    return refusal is None or refusal.code in (EXPIRED, NOT_YET_VALID)


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> Refusal | None:
    """Let a client that calls `host` meet a server, without a network; None if all goes well."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    caller = client.wrap_bio(to_client, to_server, server_hostname=host)
    called = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(FLIGHTS):
        for side in (caller, called):
            try:
                with suppress(ssl.SSLWantReadError):
                    side.do_handshake()
            except ssl.SSLCertVerificationError as error:
                return Refusal(
                    by_client=side is caller, why=error.verify_message, code=error.verify_code
                )
            except ssl.SSLError as error:
                return Refusal(by_client=side is caller, why=error.reason or str(error))
    return None


def _context_without_clients(certificate: Path, key: Path) -> ssl.SSLContext:
    _refuse_eddsa(certificate, read_certificates(certificate, option="--tls-cert"))
    read(key, option="--tls-key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])  # what the HTTP ports speak; gRPC sees to its own
    show(
        context,
        certificate,
        key,
        key_option="--tls-key",
        if_mismatched="name the key that the certificate was made with; where --tls-cert holds"
        " several certificates, the server's own comes first",
    )
    return context


def _believer(certificate: Path) -> ssl.SSLContext:
    """A client that believes this very certificate, whoever issued it, and compares no names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    trust(context, certificate, option="--tls-cert")
    return context


def _refuse_eddsa(file: Path, content: bytes) -> None:
    """Refuse keys that gRPC's TLS cannot sign with: its port would take no client at all."""
    own = CERTIFICATE.search(content.decode("ascii", errors="replace"))
    if own is None:
        return
    try:
        der = ssl.PEM_cert_to_DER_cert(own[0])
    except ValueError:
        return  # what is wrong with it, OpenSSL says
    if any(kind in der for kind in EDDSA):
        raise InputError(
            f"gRPC cannot serve the certificate {file}: its key is of Ed25519 or Ed448",
            hint="make one with an ECDSA key (openssl ecparam -name prime256v1 -genkey) or RSA",
        )
