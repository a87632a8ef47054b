"""A run whose receiver lets nobody in without a certificate and the token: the spans arrive."""

import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from analyzer.cli.own_clients import REQUESTS_BUNDLES, token_header
from collector.security import Security
from services.launcher import up
from tests.cli.command import Ended, start
from tests.collector.otlp import frames
from tests.e2e.live_runs import DEADLINE_S, LiveRun, only_run
from tests.pki import Pki
from tests.ports import free_ports

if TYPE_CHECKING:
    import subprocess

LOCUSTFILE = """
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def front_page(self):
        self.client.get("/")
"""
"""`HttpUser`, because locust's own tracing knows no other."""

LOOK_S = 0.1
"""How often to look what is running: locust and the collector run for seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardedRun:
    """A run that has ended, and what was seen of it meanwhile.

    Attributes:
        token: what its clients had to send.
        commands: the command lines of all processes that ran at the time.
    """

    run: LiveRun
    token: str
    commands: frozenset[str]


def command_lines() -> Iterator[str]:
    """The command lines of all processes, as `ps` shows them."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has ended


def guarded_run(place: Path, pki: Pki, *extra: str) -> GuardedRun:
    """`slowhop live` on the tutorial's pair, past mutual TLS and a token."""
    place.mkdir()
    (place / "visit.py").write_text(LOCUSTFILE, encoding="utf-8")
    token = secrets.token_urlsafe(24)
    grpc, http = free_ports(2)
    ours = {
        "OTEL_EXPORTER_OTLP_CERTIFICATE": str(pki.authority),
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": str(pki.client.certificate),
        "OTEL_EXPORTER_OTLP_CLIENT_KEY": str(pki.client.key),
    }
    with up(
        "tutorial",
        log_dir=place / "services",
        otlp_endpoint=f"https://127.0.0.1:{http}",
        otlp_variables=ours | token_header(Security(token=token)),
    ) as pair:
        process = start(
            [
                "live", "-f", "visit.py", "--host", pair.entry_url,
                "-u", "2", "-r", "2", "-t", "3s", "--format", "json", "--runs-dir", "runs",
                "--grpc-port", str(grpc), "--http-port", str(http),
                "--tls-cert", pki.server.certificate, "--tls-key", pki.server.key,
                "--tls-client-ca", pki.client_authority, *extra,
            ],
            cwd=place,
            env=ours | {"SLOWHOP_LIVE_TOKEN": token} | dict.fromkeys(REQUESTS_BUNDLES, ""),
        )  # fmt: skip
        commands, ended = watch(process)
    return GuardedRun(
        run=LiveRun(ended=ended, directory=only_run(place / "runs")),
        token=token,
        commands=commands,
    )


def watch(process: "subprocess.Popen[str]") -> tuple[frozenset[str], Ended]:
    """What ran until a process ended, and how it ended."""
    seen: set[str] = set()
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(process.communicate, timeout=DEADLINE_S)
        while not ending.done():
            seen |= set(command_lines())
            time.sleep(LOOK_S)
        out, err = ending.result()
    return frozenset(seen), Ended(code=process.returncode, out=out, err=err)


@pytest.fixture(scope="module")
def runs(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> dict[str, GuardedRun]:
    """A run with slowhop's client spans, and one with locust's, at the same time."""
    place = tmp_path_factory.mktemp("guarded")
    options = {"ours": (), "otel": ("--otel",)}
    with ThreadPoolExecutor(len(options)) as pool:
        done = pool.map(lambda name: guarded_run(place / name, pki, *options[name]), options)
        return dict(zip(options, done, strict=True))


@pytest.fixture(params=["ours", "otel"])
def guarded(request: pytest.FixtureRequest, runs: dict[str, GuardedRun]) -> GuardedRun:
    """One of the runs."""
    return runs[request.param]


def senders(directory: Path) -> set[str]:
    """The services whose spans are in a run directory."""
    return {
        attribute.value.string_value
        for frame in frames(directory / "spans.otlp")
        for group in ExportTraceServiceRequest.FromString(frame).resource_spans
        for attribute in group.resource.attributes
        if attribute.key == "service.name"
    }


def test_spans_of_locust_and_of_the_services_arrive(guarded: GuardedRun) -> None:
    assert guarded.run.ended.code == 0, guarded.run.ended.err
    assert senders(guarded.run.directory) == {"locust", "service1", "service2"}
    report = guarded.run.report
    assert report.load.requests > 10
    assert report.completeness.requests_without_trace == 0
    assert "what clients need: TLS, client certificates, token" in guarded.run.ended.err


def test_the_token_is_nowhere_to_be_read(guarded: GuardedRun) -> None:
    ours = [line for line in guarded.commands if str(guarded.run.directory.name) in line]
    assert any("-m collector" in line for line in ours), "the collector was not seen"
    assert any("-m loadgen" in line for line in guarded.commands), "locust was not seen"
    assert not [line for line in guarded.commands if guarded.token in line]
    assert guarded.token not in guarded.run.ended.out + guarded.run.ended.err
    files = [file for file in guarded.run.directory.rglob("*") if file.is_file()]
    assert {"run.json", "report.json", "collector.json", "collector.log", "locust.log"} <= {
        file.name for file in files
    }
    for file in files:
        assert guarded.token.encode() not in file.read_bytes(), file
