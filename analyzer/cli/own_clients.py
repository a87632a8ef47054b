"""How slowhop's own clients get in: locust and the sample services, past TLS and the token.

They are told by the standard variables, so locust's own tracing and any exporter understand them.
Whether they will get in is tried in memory before anything starts: spans that nobody takes would
otherwise be missed only at the end.
"""

import os
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from analyzer.errors import InputError
from collector.certificates import Refusal, handshake, server_context
from collector.launcher import host_for_clients
from collector.options import Receiving
from collector.security import SCHEME, Security
from loadgen.otlp_tls import PREFIX, ClientTls

HOSTNAME_MISMATCH: Final = 62
IP_ADDRESS_MISMATCH: Final = 64
"""OpenSSL's X509_V_ERR_..., for which Python has no names."""


REQUESTS_BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""What the library under Python's HTTP exporter trusts instead of what the exporter is told.

Source: `Session.merge_environment_settings` of requests.
"""


def exporter_variables(
    receiving: Receiving, environment: Mapping[str, str] = os.environ, *, otel: bool = False
) -> dict[str, str]:
    """What exporters on this machine need to be told besides the endpoint.

    Args:
        receiving: what the receiver will ask for.
        environment: what they will inherit; certificates are taken from there.
        otel: whether locust's own tracing sends spans, by Python's HTTP exporter.

    Raises:
        InputError: they would not get in.
    """
    told = token_header(receiving.security)
    if receiving.security.tls:
        told |= _trust(receiving, environment)
        if otel:
            _check_bundle(receiving, environment)
    return told


def token_header(security: Security) -> dict[str, str]:
    """The variable that makes exporters send the token; nothing where there is none."""
    if security.token is None:
        return {}
    credentials = quote(f"{SCHEME} {security.token}", safe="")
    return {f"{PREFIX}HEADERS": f"authorization={credentials}"}


def _trust(receiving: Receiving, environment: Mapping[str, str]) -> dict[str, str]:
    """The variable that makes exporters trust the receiver; nothing where they do so anyway.

    A certificate that vouches for itself, or stands in its file with its authority's, needs nothing
    else; that authority the person has to name who wants another one trusted.
    """
    security = receiving.security
    server, host = server_context(security), host_for_clients(receiving)
    named = environment.get(f"{PREFIX}CERTIFICATE", "").strip()
    refusal: Refusal | None = None
    for authority in [named] if named else [str(security.certificate), ""]:
        failed = handshake(server, _client(authority, environment).context(), host)
        if failed is None:
            return {f"{PREFIX}CERTIFICATE": authority} if authority else {}
        refusal = refusal or failed
    if refusal is None:
        raise AssertionError("each authority was tried")
    raise _explained(refusal, host, environment)


def _client(authority: str, environment: Mapping[str, str]) -> ClientTls:
    return ClientTls(
        certificate=authority,
        client_certificate=environment.get(f"{PREFIX}CLIENT_CERTIFICATE", "").strip(),
        client_key=environment.get(f"{PREFIX}CLIENT_KEY", "").strip(),
    )


def _check_bundle(receiving: Receiving, environment: Mapping[str, str]) -> None:
    name = next((each for each in REQUESTS_BUNDLES if environment.get(each)), None)
    if name is None:
        return
    bundle = environment[name]
    client = _client(bundle, environment).context()
    if handshake(server_context(receiving.security), client, host_for_clients(receiving)):
        raise InputError(
            f"{name} makes locust's --otel trust {bundle} alone, where the receiver's certificate"
            " is not from",
            hint=f"add the certificate's authority to that file, unset {name}, or leave out --otel",
        )


def _explained(refusal: Refusal, host: str, environment: Mapping[str, str]) -> InputError:
    if not refusal.by_client:
        shown = environment.get(f"{PREFIX}CLIENT_CERTIFICATE")
        if not shown:
            return InputError(
                "clients need a certificate, and slowhop's own (locust, sample services) have none",
                hint=f"set {PREFIX}CLIENT_CERTIFICATE and {PREFIX}CLIENT_KEY to PEM files of one"
                " that --tls-client-ca issued",
            )
        return InputError(
            f"the client certificate {shown} would be refused: {refusal.why}",
            hint=f"set {PREFIX}CLIENT_CERTIFICATE and {PREFIX}CLIENT_KEY to PEM files of one"
            " that --tls-client-ca issued",
        )
    if refusal.code in (HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH):
        return InputError(
            f"the certificate is not for {host}, where locust and sample services would send their"
            " spans",
            hint=f"make one that also names {host}, or listen on a name it has with --listen",
        )
    return InputError(
        f"locust and sample services would refuse the receiver's certificate: {refusal.why}",
        hint=f"set {PREFIX}CERTIFICATE to the PEM file of the authority that issued it",
    )
