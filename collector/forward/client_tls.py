"""TLS towards other receivers, the same for OTLP over HTTP and over gRPC."""

import ssl
from collections.abc import Iterable
from pathlib import Path

from analyzer.errors import InputError
from collector.forward.access import Access
from collector.forward.target import Target
from collector.pem import MISMATCH, read, read_certificates, refuse_encrypted, trust


def client_context(access: Access) -> ssl.SSLContext:
    """What HTTP connections are made with: certificates are looked at, and names compared.

    Raises:
        InputError: a file is missing, is not PEM, or does not go with the others.
    """
    if access.ca is None:
        context = ssl.create_default_context()
    else:
        read_certificates(access.ca, option="--forward-ca")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trust(context, access.ca, option="--forward-ca")
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if access.certificate is not None and access.key is not None:
        _show(context, access.certificate, access.key)
    return context


def check_access(targets: Iterable[Target], access: Access) -> None:
    """Make sure that targets over TLS can be called.

    Raises:
        InputError: as `client_context`.
    """
    if any(target.tls for target in targets):
        client_context(access)


def authorities(access: Access) -> bytes | None:
    """The authorities in PEM that gRPC is to trust; None leaves it to gRPC.

    The system's are those that HTTP trusts; gRPC has a list of its own, which a person's own
    authority is not on.
    """
    if access.ca is not None:
        return read(access.ca, option="--forward-ca")
    known = ssl.create_default_context().get_ca_certs(binary_form=True)
    return "".join(map(ssl.DER_cert_to_PEM_cert, known)).encode() or None


def _show(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    read_certificates(certificate, option="--forward-cert")
    read(key, option="--forward-key")
    try:
        context.load_cert_chain(certificate, key, password=lambda: refuse_encrypted(key))
    except ssl.SSLError as error:
        if error.reason in MISMATCH:
            raise InputError(
                f"the key {key} does not belong to the certificate {certificate}",
                hint="name the key that the certificate of --forward-cert was made with",
            ) from None
        raise InputError(
            f"cannot use the certificate {certificate} with the key {key}:"
            f" {error.reason or 'the key is not in PEM form'}",
            hint="--forward-key takes an unencrypted private key in PEM form"
            " (-----BEGIN PRIVATE KEY-----)",
        ) from None
