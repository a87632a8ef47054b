"""Spans over TLS: certificates from the standard variables, and what is wrong with them."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.errors import InputError
from loadgen.otlp_client import OtlpClient, Verdict
from loadgen.otlp_target import OtlpTarget
from loadgen.otlp_tls import ClientTls
from tests.loadgen.servers import SpanSink, serving
from tests.pki import Pki

PREFIX = "OTEL_EXPORTER_OTLP_"


class SecureSink(SpanSink):
    """Takes OTLP over TLS; clients that hang up in the handshake are expected."""

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@pytest.fixture
def secure_sink(pki: Pki) -> Iterator[SpanSink]:
    """A receiver of spans that wants a certificate of its clients."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.server.certificate, pki.server.key)
    context.load_verify_locations(pki.client_authority)
    context.verify_mode = ssl.CERT_REQUIRED
    sink = SecureSink()
    sink.socket = context.wrap_socket(sink.socket, server_side=True, do_handshake_on_connect=False)
    with serving(sink):
        yield sink


def environment(sink: SpanSink, pki: Pki, **changes: str) -> dict[str, str]:
    told = {
        "ENDPOINT": sink.url.replace("http:", "https:"),
        "HEADERS": "authorization=Bearer%20t",
        "CERTIFICATE": str(pki.authority),
        "CLIENT_CERTIFICATE": str(pki.client.certificate),
        "CLIENT_KEY": str(pki.client.key),
    } | changes
    return {PREFIX + name: value for name, value in told.items()}


def test_a_client_shows_its_certificate_and_token(secure_sink: SpanSink, pki: Pki) -> None:
    client = OtlpClient(OtlpTarget.from_environment(environment(secure_sink, pki)))
    assert client.post(b"").verdict is Verdict.DELIVERED
    client.close()
    [(path, headers)] = secure_sink.requests
    assert path == "/v1/traces"
    assert headers["authorization"] == "Bearer t"


def test_names_for_traces_win(secure_sink: SpanSink, pki: Pki) -> None:
    told = environment(secure_sink, pki, CERTIFICATE="/no/such/file")
    told[f"{PREFIX}TRACES_CERTIFICATE"] = str(pki.authority)
    client = OtlpClient(OtlpTarget.from_environment(told))
    assert client.post(b"").verdict is Verdict.DELIVERED
    client.close()


def test_a_receiver_that_is_not_trusted_gets_nothing(secure_sink: SpanSink, pki: Pki) -> None:
    told = environment(secure_sink, pki, CERTIFICATE=str(pki.client_authority))
    client = OtlpClient(OtlpTarget.from_environment(told))
    answer = client.post(b"")
    assert answer.verdict is Verdict.LATER
    assert "certificate verify failed" in answer.reason
    assert not secure_sink.requests


@pytest.mark.parametrize("status", [401, 403])
def test_what_is_missing_is_said(sink: SpanSink, status: int) -> None:
    sink.answers.append(status)
    client = OtlpClient(OtlpTarget(url=f"{sink.url}/v1/traces"))
    answer = client.post(b"")
    client.close()
    assert answer.verdict is Verdict.REFUSED
    assert f"{status}" in answer.reason
    assert "OTEL_EXPORTER_OTLP_HEADERS" in answer.reason


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"CERTIFICATE": "/no/such"}, "cannot read /no/such"),
        ({"CLIENT_CERTIFICATE": "/no/such"}, "cannot read /no/such"),
        ({"CLIENT_KEY": "/no/such"}, "cannot read /no/such"),
        ({"CLIENT_CERTIFICATE": ""}, f"{PREFIX}CLIENT_KEY is set"),
        ({"CLIENT_KEY": ""}, "cannot use the client certificate"),
    ],
)
def test_files_that_are_no_good_are_an_error_with_a_hint(
    sink: SpanSink, pki: Pki, changes: dict[str, str], message: str
) -> None:
    told = environment(sink, pki, **changes)
    with pytest.raises(InputError) as caught:
        OtlpTarget.from_environment(told)
    assert caught.value.message.startswith(message)
    assert PREFIX in caught.value.hint
    # without TLS nobody looks at them
    told[f"{PREFIX}ENDPOINT"] = sink.url
    assert OtlpTarget.from_environment(told).url == f"{sink.url}/v1/traces"


def test_keys_that_do_not_fit_or_are_encrypted(pki: Pki, tmp_path: Path) -> None:
    shown = str(pki.server.certificate)
    with pytest.raises(InputError, match="cannot use the client certificate"):
        ClientTls(client_certificate=shown, client_key=str(pki.client.key)).context()
    with pytest.raises(InputError, match="is encrypted"):
        ClientTls(client_certificate=shown, client_key=str(pki.encrypted_key())).context()
    nothing = tmp_path / "nothing.pem"
    nothing.touch()
    with pytest.raises(InputError, match="cannot use the certificates in"):
        ClientTls(certificate=str(nothing)).context()
