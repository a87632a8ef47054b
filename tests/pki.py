"""Certificates for tests, made anew each time: two authorities, a server, clients."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

TOKEN = "s3cret/of+the=run"
"""With signs that have to be encoded in OTEL_EXPORTER_OTLP_HEADERS."""

SERVER_NAMES = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path

    @classmethod
    def write(cls, directory: Path, name: str, leaf: trustme.LeafCert) -> Self:
        """Write both files."""
        pair = cls(certificate=directory / f"{name}.pem", key=directory / f"{name}.key")
        pair.certificate.write_bytes(b"".join(part.bytes() for part in leaf.cert_chain_pems))
        pair.key.write_bytes(leaf.private_key_pem.bytes())
        return pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Pki:
    """Two authorities that do not know each other, and what they issued.

    Attributes:
        directory: where further files may be made.
        authority: the PEM file of the servers' authority.
        client_authority: the PEM file of the clients' authority.
        server: for this machine's loopback.
        expired: as `server`, until yesterday.
        elsewhere: for another machine.
        client: of the clients' authority.
        stranger: a client's, but of the servers' authority.
    """

    directory: Path
    authority: Path
    client_authority: Path
    server: Pair
    expired: Pair
    elsewhere: Pair
    client: Pair
    stranger: Pair

    @classmethod
    def make(cls, directory: Path) -> Self:
        """Make them all in a directory."""
        servers, clients = trustme.CA(), trustme.CA()
        servers.cert_pem.write_to_path(str(directory / "ca.pem"))
        clients.cert_pem.write_to_path(str(directory / "client-ca.pem"))
        long_ago, yesterday = (datetime.now(UTC) - timedelta(days=days) for days in (30, 1))
        leaves = {
            "server": servers.issue_cert(*SERVER_NAMES),
            "expired": servers.issue_cert(*SERVER_NAMES, not_before=long_ago, not_after=yesterday),
            "elsewhere": servers.issue_cert("collector.example.com"),
            "client": clients.issue_cert("client@example.com"),
            "stranger": servers.issue_cert("stranger@example.com"),
        }
        return cls(
            directory=directory,
            authority=directory / "ca.pem",
            client_authority=directory / "client-ca.pem",
            **{name: Pair.write(directory, name, leaf) for name, leaf in leaves.items()},
        )

    def encrypted_key(self) -> Path:
        """The server's key, with a password around it."""
        key = load_pem_private_key(self.server.key.read_bytes(), None)
        place = self.directory / "encrypted.key"
        place.write_bytes(
            key.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
            )
        )
        return place
