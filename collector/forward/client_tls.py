"""TLS towards other receivers, the same for OTLP over HTTP and over gRPC."""

import ssl
from collections.abc import Iterable

from collector.forward.access import Access
from collector.forward.target import Target
from collector.pem import read, read_certificates, show, trust


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
        read_certificates(access.certificate, option="--forward-cert")
        read(access.key, option="--forward-key")
        show(
            context,
            access.certificate,
            access.key,
            key_option="--forward-key",
            if_mismatched="name the key that the certificate of --forward-cert was made with",
        )
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
