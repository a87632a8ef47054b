"""The certificates of a client of OTLP, from the environment names that OpenTelemetry defines."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from analyzer.errors import InputError

PREFIX = "OTEL_EXPORTER_OTLP_"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTls:
    """Paths of PEM files; what is empty is not used.

    Attributes:
        certificate: the authorities that the server's certificate may come from; else the system's.
        client_certificate: shown to a server that asks for one.
        client_key: its private key; empty if it is in the same file.
    """

    certificate: str = ""
    client_certificate: str = ""
    client_key: str = ""

    def context(self) -> ssl.SSLContext:
        """What connections are made with.

        Raises:
            InputError: a file is missing or is not what it is named as.
        """
        context = ssl.create_default_context()
        if self.certificate:
            _need(self.certificate, "CERTIFICATE")
            context = _trusting(self.certificate)
        if self.client_key and not self.client_certificate:
            raise InputError(
                f"{PREFIX}CLIENT_KEY is set, {PREFIX}CLIENT_CERTIFICATE is not",
                hint=f"name the key's certificate in {PREFIX}CLIENT_CERTIFICATE, or unset the key",
            )
        if self.client_certificate:
            _need(self.client_certificate, "CLIENT_CERTIFICATE")
            if self.client_key:
                _need(self.client_key, "CLIENT_KEY")
            self._show(context)
        # From Python 3.13 on a server's own certificate would do as its authority; to other
        # exporters, which are told the same file, it would not.
        context.verify_flags &= ~ssl.VERIFY_X509_PARTIAL_CHAIN
        return context

    def _show(self, context: ssl.SSLContext) -> None:
        key = self.client_key or self.client_certificate
        try:
            context.load_cert_chain(
                self.client_certificate, key, password=lambda: _refuse_encrypted(key)
            )
        except ssl.SSLError as error:
            raise InputError(
                f"cannot use the client certificate {self.client_certificate} with the key {key}:"
                f" {error.reason or 'they are not in PEM form'}",
                hint=f"{PREFIX}CLIENT_CERTIFICATE and {PREFIX}CLIENT_KEY name PEM files that belong"
                " together",
            ) from None


def _trusting(certificate: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=certificate)
    except ssl.SSLError as error:
        raise InputError(
            f"cannot use the certificates in {certificate}: {error.reason or error}",
            hint=f"{PREFIX}CERTIFICATE names a PEM file of authorities",
        ) from None


def _need(file: str, name: str) -> None:
    try:
        Path(file).open("rb").close()
    except OSError as error:
        raise InputError(
            f"cannot read {file}: {error.strerror}", hint=f"check the path in {PREFIX}{name}"
        ) from None


def _refuse_encrypted(key: str) -> NoReturn:
    raise InputError(
        f"the key {key} is encrypted",
        hint=f"decrypt it into a file that only you may read: openssl pkey -in {key} -out FILE",
    )
