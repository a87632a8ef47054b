"""Targets that ask for TLS, a client's certificate and a token: collectors that do, on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from google.rpc.status_pb2 import Status

from collector.forward.access import Access
from collector.forward.target import targets
from collector.launcher import RunningCollector, start
from collector.options import FREE_PORTS, Receiving
from collector.security import Security
from collector.status import PassedOn
from tests.collector.otlp import batch, export, stored_numbers
from tests.collector.targets import Inbox, Said, grpc_target, http_target
from tests.collector.test_forward import Opening, only, wait_until
from tests.pki import TOKEN, Pki

HEADERS = f"authorization=Bearer {TOKEN}"

BOTH = pytest.mark.parametrize("scheme", ["grpcs", "https"])


def guarded(pki: Pki) -> Security:
    """All that a receiver can ask for."""
    return Security(
        certificate=pki.server.certificate,
        key=pki.server.key,
        client_ca=pki.client_authority,
        token=TOKEN,
    )


@contextmanager
def target(directory: Path, security: Security) -> Iterator[RunningCollector]:
    with start(directory, receiving=replace(FREE_PORTS, security=security)) as running:
        yield running


def name_of(collector: RunningCollector, scheme: str) -> str:
    where = collector.grpc_address if scheme == "grpcs" else collector.http_address
    return f"{scheme}://{where}"


def to(*names: str, headers: str | None = None, pki: Pki | None = None) -> Receiving:
    """Pass on to these; with all that this client has to show, if there is a `pki`."""
    access = Access.from_options(targets(names), headers=headers)
    if pki is not None:
        access = replace(
            access, ca=pki.authority, certificate=pki.client.certificate, key=pki.client.key
        )
    return replace(FREE_PORTS, forward=targets(names), forward_access=access)


def commands_of(process: int) -> str:
    """The command lines of a process and of those it started."""
    found = Path(f"/proc/{process}/cmdline").read_text()
    for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        found += commands_of(int(child))
    return found


@BOTH
def test_everything_arrives_where_all_is_asked_for(
    tmp_path: Path, run_dir: Path, pki: Pki, scheme: str
) -> None:
    with target(tmp_path / "other", guarded(pki)) as other:
        name = name_of(other, scheme)
        with start(run_dir, receiving=to(name, headers=HEADERS, pki=pki)) as collector:
            export(collector.grpc_address, batch(1, 10))
            wait_until(lambda: only(run_dir).traces.sent == 10)
            commands = commands_of(collector.process.pid)
            collector.stop()
        assert only(run_dir).to == name
    assert stored_numbers(tmp_path / "other") == list(range(1, 11))
    assert "collector.forward" in commands
    written = "".join(f.read_text("latin-1") for f in run_dir.rglob("*") if f.is_file())
    assert TOKEN not in commands + written


def trouble(run_dir: Path, receiving: Receiving) -> PassedOn:
    with start(run_dir, receiving=receiving) as collector:
        export(collector.grpc_address, batch(1, 10))
        wait_until(lambda: bool(only(run_dir).traces.trouble or only(run_dir).traces.refused))
        return only(run_dir).traces


@BOTH
def test_a_target_of_an_unknown_authority_gets_nothing(
    tmp_path: Path, run_dir: Path, pki: Pki, scheme: str
) -> None:
    security = replace(guarded(pki), client_ca=None)
    with target(tmp_path / "other", security) as other:
        receiving = to(name_of(other, scheme), headers=HEADERS)
        assert trouble(run_dir, receiving).trouble == "its certificate is not trusted"
    assert stored_numbers(tmp_path / "other") == []


@BOTH
def test_a_target_with_the_certificate_of_another_machine_gets_nothing(
    tmp_path: Path, run_dir: Path, pki: Pki, scheme: str
) -> None:
    security = Security(certificate=pki.elsewhere.certificate, key=pki.elsewhere.key, token=TOKEN)
    with target(tmp_path / "other", security) as other:
        receiving = to(name_of(other, scheme), headers=HEADERS, pki=pki)
        assert trouble(run_dir, receiving).trouble == "its certificate is for another name"
    assert stored_numbers(tmp_path / "other") == []


@BOTH
def test_a_target_that_wants_a_certificate_is_not_called_without(
    tmp_path: Path, run_dir: Path, pki: Pki, scheme: str
) -> None:
    with target(tmp_path / "other", guarded(pki)) as other:
        receiving = to(name_of(other, scheme), headers=HEADERS, pki=pki)
        access = replace(receiving.forward_access, certificate=None, key=None)
        said = trouble(run_dir, replace(receiving, forward_access=access))
    assert said.waiting == 10
    assert said.trouble in ("it asks for a certificate", "the connection was closed"), said


@BOTH
def test_a_target_that_wants_a_token_says_so(
    tmp_path: Path, run_dir: Path, pki: Pki, scheme: str
) -> None:
    with target(tmp_path / "other", guarded(pki)) as other:
        said = trouble(run_dir, to(name_of(other, scheme), pki=pki))
    assert said.refused == 10
    assert "token is missing or wrong" in said.refusal


def test_each_target_gets_its_own_token(tmp_path: Path, run_dir: Path, pki: Pki) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    other_token = TOKEN[::-1]
    with (
        target(first, guarded(pki)) as one,
        target(second, replace(guarded(pki), token=other_token)) as other,
    ):
        names = [name_of(one, "grpcs"), name_of(other, "https")]
        headers = f"{names[0]} {HEADERS}\n{names[1]} authorization=Bearer {other_token}"
        receiving = to(*names, headers=headers, pki=pki)
        with start(run_dir, receiving=receiving) as collector:
            export(collector.grpc_address, batch(1, 10))
            collector.stop()
    assert stored_numbers(first) == stored_numbers(second) == list(range(1, 11))


@pytest.mark.parametrize("open_target", [grpc_target, http_target])
def test_a_target_that_repeats_the_token_is_not_quoted(run_dir: Path, open_target: Opening) -> None:
    status = Status(code=7, message=f"the token {TOKEN} is unknown")
    kind = (("content-type", "application/x-protobuf"),)
    refusal = Said(grpc_status=status, http_code=403, headers=kind, body=status.SerializeToString())
    inbox = Inbox(answering=lambda _export, _body: refusal)
    with open_target(inbox) as name:
        said = trouble(run_dir, to(name, headers=HEADERS))
    assert said.refusal.endswith("the token *** is unknown")
    written = "".join(f.read_text("latin-1") for f in run_dir.rglob("*") if f.is_file())
    assert TOKEN not in written
