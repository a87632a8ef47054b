"""What is said of certificates and tokens that are no good, before anything is bound."""

import os
import socket
import ssl
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from analyzer.errors import InputError
from collector.certificates import check, doubts, handshake, names, server_context
from collector.exposure import is_loopback, warnings
from collector.launcher import host_for_clients
from collector.options import Options, Receiving
from collector.security import OPEN, TOKEN_VARIABLE, Security
from tests.pki import TOKEN, Pair, Pki


def served(pair: Pair, **changes: Any) -> Security:  # noqa: ANN401  options by name
    return replace(Security(certificate=pair.certificate, key=pair.key), **changes)


def refused(security: Security) -> InputError:
    """The error about a security that cannot be had."""
    with pytest.raises(InputError) as caught:
        check(security)
    return caught.value


def test_good_files_are_taken(pki: Pki) -> None:
    check(served(pki.server, client_ca=pki.client_authority))
    check(OPEN)


@pytest.mark.parametrize("role", ["certificate", "key", "client_ca"])
def test_a_file_that_is_missing_is_named_with_its_option(pki: Pki, role: str) -> None:
    missing = Path("no-such.pem")
    error = refused(served(pki.server, **{role: missing}))
    assert error.message == "cannot read no-such.pem: No such file or directory"
    option = {"certificate": "--tls-cert", "key": "--tls-key", "client_ca": "--tls-client-ca"}
    assert option[role] in error.hint


def test_a_directory_is_no_file(pki: Pki, tmp_path: Path) -> None:
    assert "Is a directory" in refused(served(pki.server, key=tmp_path)).message


def test_a_key_of_another_certificate(pki: Pki) -> None:
    error = refused(served(pki.server, key=pki.client.key))
    assert "does not belong to the certificate" in error.message


def test_a_key_of_another_kind(pki: Pki, tmp_path: Path) -> None:
    leaf = trustme.CA().issue_cert("localhost", key_type=trustme.KeyType.RSA)
    rsa = Pair.write(tmp_path, "rsa", leaf)
    assert "does not belong" in refused(served(pki.server, key=rsa.key)).message
    check(served(rsa))


def test_an_encrypted_key_is_not_asked_about_in_the_terminal(pki: Pki) -> None:
    error = refused(served(pki.server, key=pki.encrypted_key()))
    assert "is encrypted" in error.message
    assert "openssl pkey" in error.hint


@pytest.mark.parametrize("content", [b"", b"hello", b"\x30\x82\x01\x00binary"])
@pytest.mark.parametrize("role", ["certificate", "client_ca"])
def test_what_is_no_certificate(pki: Pki, tmp_path: Path, role: str, content: bytes) -> None:
    file = tmp_path / "file.pem"
    file.write_bytes(content)
    error = refused(served(pki.server, **{role: file}))
    assert "holds no certificate in PEM form" in error.message
    assert "x509 -inform der" in error.hint


def test_a_broken_certificate(pki: Pki, tmp_path: Path) -> None:
    file = tmp_path / "broken.pem"
    file.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    for role in ("certificate", "client_ca"):
        assert "cannot use the certificate" in refused(served(pki.server, **{role: file})).message


def test_a_key_in_place_of_the_certificate(pki: Pki) -> None:
    error = refused(Security(certificate=pki.server.key, key=pki.server.key))
    assert "holds a key and no certificate" in error.message


def test_a_certificate_in_place_of_the_key(pki: Pki) -> None:
    error = refused(served(pki.server, key=pki.server.certificate))
    assert "cannot use the certificate" in error.message
    assert "private key in PEM form" in error.hint


def test_a_kind_of_key_that_grpc_cannot_serve(pki: Pki, tmp_path: Path) -> None:
    certificate = tmp_path / "ed25519.pem"
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2126, 1, 1, tzinfo=UTC))
        .sign(key, None)
    )
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    error = refused(served(pki.server, certificate=certificate))
    assert error.message.startswith("gRPC cannot serve the certificate")
    assert "ECDSA" in error.hint


def test_one_file_may_hold_both(pki: Pki, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(pki.server.key.read_bytes() + pki.server.certificate.read_bytes())
    check(Security(certificate=both, key=both))


def test_an_expired_certificate_is_a_warning(pki: Pki) -> None:
    check(served(pki.expired))
    (doubt,) = doubts(served(pki.expired, client_ca=pki.client_authority))
    assert "has expired" in doubt
    assert doubts(served(pki.server)) == doubts(OPEN) == ()
    receiving = Receiving(security=served(pki.expired))
    assert warnings(receiving) == (f"warning: {doubt}",)


def test_an_authority_s_own_certificate_names_no_server(pki: Pki, tmp_path: Path) -> None:
    authority = trustme.CA()
    place = Pair(certificate=tmp_path / "ca.pem", key=tmp_path / "ca.key")
    authority.cert_pem.write_to_path(str(place.certificate))
    authority.private_key_pem.write_to_path(str(place.key))
    assert not names(served(place), "localhost")
    assert names(served(pki.server), "localhost")


def test_clients_call_a_name_that_the_certificate_has(pki: Pki, tmp_path: Path) -> None:
    def called(host: str, *known: str) -> str:
        pair = Pair.write(tmp_path, "leaf", trustme.CA().issue_cert(*known))
        return host_for_clients(Receiving(host=host, security=served(pair)))

    assert called("127.0.0.1", "127.0.0.1", "localhost") == "127.0.0.1"
    assert called("127.0.0.1", "localhost") == "localhost"
    assert called("0.0.0.0", "localhost") == "localhost"
    assert called("0.0.0.0", socket.gethostname()) == socket.gethostname()
    assert called("::", "::1") == "::1"
    assert called("127.0.0.1", "elsewhere.example") == "127.0.0.1"
    assert host_for_clients(Receiving(host="0.0.0.0")) == "127.0.0.1"


def test_a_handshake_in_memory_fails_as_a_real_one_does(pki: Pki) -> None:
    mutual = server_context(served(pki.server, client_ca=pki.client_authority))
    client = ssl.create_default_context(cafile=str(pki.authority))
    nothing = handshake(mutual, client, "localhost")
    assert nothing is not None
    assert not nothing.by_client
    client.load_cert_chain(pki.client.certificate, pki.client.key)
    assert handshake(mutual, client, "localhost") is None
    assert handshake(mutual, client, "127.0.0.1") is None
    elsewhere = handshake(mutual, client, "shop.example")
    assert elsewhere is not None
    assert elsewhere.by_client
    stranger = ssl.create_default_context(cafile=str(pki.authority))
    stranger.load_cert_chain(pki.stranger.certificate, pki.stranger.key)
    other = handshake(mutual, stranger, "localhost")
    assert other is not None
    assert not other.by_client


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"key": Path("k")}, "--tls-key without --tls-cert"),
        ({"client_ca": Path("c")}, "--tls-client-ca without --tls-cert"),
        ({"certificate": Path("c")}, "--tls-cert without --tls-key"),
        ({"token": ""}, "the token is empty"),
        ({"token": "two words"}, "the token cannot be sent"),
        ({"token": "two\nlines"}, "the token cannot be sent"),
        ({"token": "größe"}, "the token cannot be sent"),
        ({"token": "a", "token_file": Path("b")}, "there are two tokens"),
        ({"token_file": Path("no-such-file")}, "cannot read the token in no-such-file"),
    ],
)
def test_options_that_do_not_go_together(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Security.from_options(**given)
    assert caught.value.message.startswith(message)
    assert caught.value.hint
    if len(given.get("token", "")) > 1:
        assert given["token"] not in caught.value.message + caught.value.hint


def test_a_token_file_may_end_in_a_line_break(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    assert Security.from_options(token_file=file).token == TOKEN
    file.write_text("\n")
    with pytest.raises(InputError, match="the token is empty"):
        Security.from_options(token_file=file)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="it is not text"):
        Security.from_options(token_file=file)


@pytest.mark.parametrize(
    ("sent", "is_admitted"),
    [
        (f"Bearer {TOKEN}", True),
        (f"bearer {TOKEN}", True),
        (f"BEARER   {TOKEN} ", True),
        (f"Bearer {TOKEN}x", False),
        (f"Bearer {TOKEN[:-1]}", False),
        (f"Bearer {TOKEN.upper()}", False),
        (f"Basic {TOKEN}", False),
        (TOKEN, False),
        ("Bearer", False),
        ("Bearer ", False),
        ("", False),
    ],
)
def test_which_headers_have_the_token(sent: str, *, is_admitted: bool) -> None:
    assert Security(token=TOKEN).admits(sent.encode()) is is_admitted
    assert OPEN.admits(sent.encode())


def test_bytes_that_are_no_text_are_just_wrong() -> None:
    assert not Security(token=TOKEN).admits(b"Bearer \xff\xfe")


def test_datagrams_are_refused_where_something_is_asked(pki: Pki) -> None:
    OPEN.check_datagrams("Jaeger", option="--jaeger")
    asked = [
        Security(token=TOKEN),
        served(pki.server),
        served(pki.server, token=TOKEN),
    ]
    for security, what in zip(asked, ("a token", "TLS", "TLS or a token"), strict=True):
        with pytest.raises(InputError, match=f"by UDP, where {what} cannot") as caught:
            security.check_datagrams("Jaeger", option="--jaeger")
        assert "--jaeger" in caught.value.hint


def test_a_collector_s_arguments_say_the_same_but_for_the_token(
    pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    security = served(pki.server, client_ca=pki.client_authority, token=TOKEN)
    options = Options(run_dir=Path("run"), receiving=Receiving(security=security))
    arguments = options.arguments()
    assert TOKEN not in " ".join(arguments)
    assert security.environment() == {TOKEN_VARIABLE: TOKEN}
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    assert Options.from_arguments(arguments) == options


@pytest.mark.parametrize(
    ("arguments", "token", "message"),
    [
        (["--tls-cert", "no-such.pem", "--tls-key", "no-such.key"], None, "cannot read no-such"),
        (["--tls-cert", "no-such.pem"], None, "--tls-cert without --tls-key"),
        ([], "", "the token is empty"),
    ],
)
def test_the_collector_says_so_before_it_binds_or_writes(
    tmp_path: Path, arguments: list[str], token: str | None, message: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        # had it bound first, it would complain of the port
        port = str(holder.getsockname()[1])
        ended = subprocess.run(
            [sys.executable, "-m", "collector", "--run-dir", str(tmp_path / "run"),
             "--grpc-port", port, "--http-port", "0", *arguments],
            env=os.environ | ({} if token is None else {TOKEN_VARIABLE: token}),
            capture_output=True,
            text=True,
            timeout=60,
        )  # fmt: skip
    assert ended.returncode == 2
    error, hint = ended.stderr.splitlines()
    assert error.startswith(f"error: {message}")
    assert hint.startswith("hint: ")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_no_warning(host: str) -> None:
    assert is_loopback(host)
    assert warnings(Receiving(host=host)) == ()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "no.such.host.invalid"])
def test_anything_else_is_beyond_this_machine(host: str) -> None:
    assert not is_loopback(host)


def test_the_less_is_asked_the_louder_the_warning(pki: Pki) -> None:
    everywhere = Receiving(host="0.0.0.0")
    tls, mutual = served(pki.server), served(pki.server, client_ca=pki.client_authority)
    asked = [OPEN, Security(token=TOKEN), tls, replace(tls, token=TOKEN), mutual]
    said = [warnings(replace(everywhere, security=security)) for security in asked]
    assert [len(lines) for lines in said] == [1] * len(asked)
    bare, token, encrypted, both, certified = (line for (line,) in said)
    assert bare.startswith("WARNING: listening on 0.0.0.0, beyond this machine, WITHOUT TLS")
    assert token.startswith("warning: ")
    assert "without TLS" in token
    assert encrypted.startswith("warning: ")
    assert "no token" in encrypted
    assert both.startswith("note: ")
    assert "TLS, token" in both
    assert certified.startswith("note: ")
    assert "client certificates" in certified
    assert not any(TOKEN in line for (line,) in said)
