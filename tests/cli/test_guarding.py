"""TLS and a token as options: what is refused at once, and how slowhop's own clients get in."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from analyzer.cli.own_clients import exporter_variables, token_header
from analyzer.errors import InputError
from collector.options import Receiving
from collector.security import Security
from loadgen.otlp_target import key_values
from tests.cli.command import slowhop
from tests.pki import TOKEN, Pair, Pki

CERTIFICATE = "OTEL_EXPORTER_OTLP_CERTIFICATE"
HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"
PORTS = ("--grpc-port", "0", "--http-port", "0")


def served(pair: Pair, *, client_ca: Path | None = None, token: str | None = None) -> Receiving:
    return Receiving(
        security=Security(
            certificate=pair.certificate, key=pair.key, client_ca=client_ca, token=token
        )
    )


def with_client(pki: Pki, pair: Pair) -> dict[str, str]:
    """The environment of a client that trusts the server and shows a certificate."""
    return {
        CERTIFICATE: str(pki.authority),
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": str(pair.certificate),
        "OTEL_EXPORTER_OTLP_CLIENT_KEY": str(pair.key),
    }


def refused(receiving: Receiving, environment: dict[str, str], *, otel: bool = False) -> InputError:
    with pytest.raises(InputError) as caught:
        exporter_variables(receiving, environment, otel=otel)
    return caught.value


@pytest.mark.parametrize("command", ["live", "record"])
def test_bad_files_are_refused_before_anything_is_made(
    command: str, pki: Pki, tmp_path: Path
) -> None:
    options = ("--tls-cert", pki.server.certificate, "--tls-key", pki.client.key)
    ended = slowhop(command, *PORTS, *options, cwd=tmp_path)
    assert ended.code == 2
    assert "does not belong to the certificate" in ended.complaint[0]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["live", "record"])
def test_an_empty_token_lets_nobody_in_by_mistake(command: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.touch()
    variable = {f"SLOWHOP_{command.upper()}_TOKEN": ""}
    for ended in (
        slowhop(command, *PORTS, env=variable, cwd=tmp_path),
        slowhop(command, *PORTS, "--token-file", file, cwd=tmp_path),
        slowhop(command, *PORTS, "--token", "", cwd=tmp_path),
    ):
        assert ended.code == 2
        assert "error: the token is empty\n" in ended.err


def test_a_token_in_the_settings_is_not_shown_by_help(tmp_path: Path) -> None:
    (tmp_path / "slowhop.toml").write_text(f'[record]\ntoken = "{TOKEN}"\n', encoding="utf-8")
    ended = slowhop("record", "--help", cwd=tmp_path)
    assert ended.code == 0
    assert "--token-file" in ended.out
    assert TOKEN not in ended.out


def test_what_is_seen_and_said_of_a_recording(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", encoding="utf-8")
    ended = slowhop(
        "record", *PORTS, "--listen", "0.0.0.0", "--run-time", "1s", "--runs-dir", "runs",
        "--token", TOKEN, cwd=tmp_path,
    )  # fmt: skip
    assert ended.code == 4, ended.err  # no span came
    assert "other users of this machine see the token of --token" in ended.err
    assert "warning: listening on 0.0.0.0, beyond this machine, without TLS" in ended.err
    assert "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN" in ended.out
    assert TOKEN not in ended.err + ended.out
    for written in (tmp_path / "runs").rglob("*"):
        assert written.is_dir() or TOKEN.encode() not in written.read_bytes(), written


def test_headers_for_another_receiver_are_written_nowhere(tmp_path: Path, pki: Pki) -> None:
    secret = f"authorization=Bearer {TOKEN}"
    to = ("--forward", "grpcs://127.0.0.1:1", "--forward-ca", str(pki.authority))
    ended = slowhop(
        "record", *PORTS, *to, "--run-time", "1s", "--runs-dir", "runs",
        "--forward-headers", secret, cwd=tmp_path,
    )  # fmt: skip
    assert ended.code == 4, ended.err  # no span came
    assert "other users of this machine see the headers of --forward-headers" in ended.err
    assert "passing on to grpcs://127.0.0.1:1" in ended.err
    assert TOKEN not in ended.err + ended.out
    for written in (tmp_path / "runs").rglob("*"):
        assert written.is_dir() or TOKEN.encode() not in written.read_bytes(), written


def test_what_cannot_be_sent_to_another_receiver_is_two_lines(tmp_path: Path, pki: Pki) -> None:
    to = ("--forward", "grpcs://127.0.0.1:1")
    variable = {"SLOWHOP_RECORD_FORWARD_HEADERS": f"Bearer{TOKEN.replace('=', '')}"}
    for ended, why in (
        (slowhop("record", *PORTS, *to, env=variable, cwd=tmp_path), "is no target"),
        (
            slowhop("record", *PORTS, *to, "--forward-ca", str(pki.server.key), cwd=tmp_path),
            "holds a key and no certificate",
        ),
        (
            slowhop(
                "record", *PORTS, "--forward", "127.0.0.1:1", "--forward-ca", "ca.pem", cwd=tmp_path
            ),
            "without a target over TLS",
        ),
    ):
        assert ended.code == 2
        assert why in ended.complaint[0]
        assert TOKEN.replace("=", "") not in ended.err + ended.out


def test_the_token_reaches_exporters_whatever_signs_it_has() -> None:
    variables = token_header(Security(token="a,b=c%20;+/"))
    assert key_values(variables[HEADERS]) == {"authorization": "Bearer a,b=c%20;+/"}
    assert token_header(Security()) == {}


def test_without_tls_and_token_exporters_need_nothing() -> None:
    assert exporter_variables(Receiving(), {}) == {}


def test_the_authority_that_the_person_names_is_trusted(pki: Pki) -> None:
    told = exporter_variables(served(pki.server, token=TOKEN), {CERTIFICATE: str(pki.authority)})
    assert told.keys() == {CERTIFICATE, HEADERS}
    assert told[CERTIFICATE] == str(pki.authority)


def test_a_certificate_with_its_authority_in_the_file_needs_no_other(
    pki: Pki, tmp_path: Path
) -> None:
    chain = tmp_path / "chain.pem"
    chain.write_bytes(pki.server.certificate.read_bytes() + pki.authority.read_bytes())
    receiving = served(Pair(certificate=chain, key=pki.server.key))
    assert exporter_variables(receiving, {}) == {CERTIFICATE: str(chain)}


def test_an_authority_that_nobody_names_is_an_error(pki: Pki) -> None:
    error = refused(served(pki.server), {})
    assert "would refuse the receiver's certificate" in error.message
    assert CERTIFICATE in error.hint
    other = refused(served(pki.server), {CERTIFICATE: str(pki.client_authority)})
    assert "would refuse" in other.message


def test_a_certificate_for_another_machine_is_an_error(pki: Pki) -> None:
    error = refused(served(pki.elsewhere), {CERTIFICATE: str(pki.authority)})
    assert error.message.startswith("the certificate is not for 127.0.0.1")
    assert "--listen" in error.hint


def test_mutual_tls_needs_a_certificate_for_locust_too(pki: Pki) -> None:
    mutual = served(pki.server, client_ca=pki.client_authority)
    error = refused(mutual, {CERTIFICATE: str(pki.authority)})
    assert "slowhop's own (locust, sample services) have none" in error.message
    assert "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE" in error.hint
    assert "would be refused" in refused(mutual, with_client(pki, pki.stranger)).message
    assert exporter_variables(mutual, with_client(pki, pki.client)).keys() == {CERTIFICATE}


def test_a_bundle_that_hides_the_authority_from_locust_s_tracing_is_an_error(pki: Pki) -> None:
    receiving = served(pki.server)
    hidden = {CERTIFICATE: str(pki.authority), "REQUESTS_CA_BUNDLE": str(pki.client_authority)}
    assert "REQUESTS_CA_BUNDLE" in refused(receiving, hidden, otel=True).message
    assert exporter_variables(receiving, hidden)  # slowhop's own client does not heed it
    assert exporter_variables(
        receiving, hidden | {"REQUESTS_CA_BUNDLE": str(pki.authority)}, otel=True
    )


def test_live_says_so_before_it_starts_anything(pki: Pki, tmp_path: Path) -> None:
    (tmp_path / "locustfile.py").touch()
    ended = slowhop(
        "live", *PORTS, "--tls-cert", pki.server.certificate, "--tls-key", pki.server.key,
        "--tls-client-ca", pki.client_authority, cwd=tmp_path,
        env={CERTIFICATE: str(pki.authority)},
    )  # fmt: skip
    assert ended.code == 2
    assert "clients need a certificate, and slowhop's own" in ended.err
    assert not (tmp_path / "runs").exists()


def test_the_environment_is_the_process_s_unless_given(
    pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in with_client(pki, pki.client).items():
        monkeypatch.setenv(name, value)
    mutual = replace(served(pki.server, client_ca=pki.client_authority), grpc_port=0)
    assert exporter_variables(mutual)[CERTIFICATE] == os.environ[CERTIFICATE]
