"""Who gets in: every port, with and without TLS, client certificates and a token."""

import asyncio
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from http.client import HTTPSConnection
from pathlib import Path

import grpc  # noqa: TID253  a client of the collector
import grpc.aio  # noqa: TID253  as above
import pytest
import requests
from google.rpc.code_pb2 import UNAUTHENTICATED
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter

from analyzer.cli.own_clients import REQUESTS_BUNDLES, token_header
from collector.exports import EXPORTS
from collector.grpc_security import bind, guarded
from collector.launcher import RunningCollector, start
from collector.options import FREE_PORTS, Receiving
from collector.security import Security
from tests.collector.otlp import TRACES_METHOD, batch, stored
from tests.pki import TOKEN, Pair, Pki

TIMEOUT_S = 30
JSON = "application/json"
PROTOBUF = "application/x-protobuf"
JSON_REQUEST = json.dumps(
    {
        "resourceSpans": [
            {"scopeSpans": [{"spans": [{"traceId": "0" * 31 + "1", "spanId": "0" * 15 + "1"}]}]}
        ]
    }
).encode()
BODIES = {JSON: JSON_REQUEST, PROTOBUF: batch(1, 1)}
SENT = {"missing": None, "right": f"Bearer {TOKEN}", "wrong": f"Bearer {TOKEN[:-1]}"}
"""What stands in the authorization header."""


def secured(pki: Pki, tls: str, *, token: bool) -> Security:
    """What a collector asks: `tls` is none, tls or mutual."""
    files = {
        "none": Security(),
        "tls": Security(certificate=pki.server.certificate, key=pki.server.key),
        "mutual": Security(
            certificate=pki.server.certificate,
            key=pki.server.key,
            client_ca=pki.client_authority,
        ),
    }[tls]
    return replace(files, token=TOKEN if token else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A collector and what it asks."""

    running: RunningCollector
    security: Security
    pki: Pki

    @property
    def shown(self) -> Pair | None:
        """The certificate that a client has to show."""
        return None if self.security.client_ca is None else self.pki.client

    def accepted(self) -> int:
        """How many spans are in its file."""
        return len(stored(self.running.run_dir))

    def post(
        self,
        media: str = PROTOBUF,
        authorization: str | None = None,
        *,
        shown: Pair | None = None,
        path: str = "/v1/traces",
    ) -> requests.Response:
        headers = {"content-type": media}
        headers |= {} if authorization is None else {"authorization": authorization}
        return requests.post(
            self.running.endpoint_http + path,
            data=BODIES[media],
            headers=headers,
            verify=str(self.pki.authority),
            cert=None if shown is None else (str(shown.certificate), str(shown.key)),
            timeout=TIMEOUT_S,
        )

    def call(
        self,
        authorization: str | None = None,
        *,
        shown: Pair | None = None,
        method: str = TRACES_METHOD,
    ) -> None:
        metadata = [] if authorization is None else [("authorization", authorization)]
        with channel(self.running.endpoint_grpc, self.pki, shown) as opened:
            opened.unary_unary(method)(BODIES[PROTOBUF], metadata=metadata, timeout=TIMEOUT_S)


def channel(endpoint: str, pki: Pki, shown: Pair | None) -> grpc.Channel:
    scheme, _, address = endpoint.partition("://")
    if scheme == "http":
        return grpc.insecure_channel(address)
    return grpc.secure_channel(
        address,
        grpc.ssl_channel_credentials(
            pki.authority.read_bytes(),
            private_key=shown.key.read_bytes() if shown else None,
            certificate_chain=shown.certificate.read_bytes() if shown else None,
        ),
    )


def described(asked: tuple[str, bool]) -> str:
    """The name of a collector in the names of tests."""
    tls, token = asked
    return f"{tls}, {'token' if token else 'no token'}"


ASKED = [(tls, token) for tls in ("none", "tls", "mutual") for token in (False, True)]
WITH_TLS = [(tls, token) for tls, token in ASKED if tls != "none"]


@pytest.fixture(scope="module", params=ASKED, ids=described)
def guarded_collector(
    request: pytest.FixtureRequest, pki: Pki, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guarded]:
    tls, token = request.param
    security = secured(pki, tls, token=token)
    receiving = replace(FREE_PORTS, security=security)
    with start(tmp_path_factory.mktemp("guarded"), receiving=receiving) as running:
        yield Guarded(running=running, security=security, pki=pki)
        assert running.poll() is None, running.log_path.read_text()
    log = running.log_path.read_text()
    assert TOKEN not in log
    assert "andshake" not in log, "who is not let in can fill the log"


@pytest.mark.parametrize("sent", SENT)
@pytest.mark.parametrize("media", BODIES)
def test_http_takes_who_has_the_token(guarded_collector: Guarded, media: str, sent: str) -> None:
    at, before = guarded_collector, guarded_collector.accepted()
    answer = at.post(media, SENT[sent], shown=at.shown)
    assert answer.headers["content-type"] == media
    if at.security.token is None or sent == "right":
        assert answer.status_code == 200
        assert at.accepted() == before + 1
        return
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    code = Status.FromString(answer.content).code if media == PROTOBUF else answer.json()["code"]
    assert code == UNAUTHENTICATED
    assert at.accepted() == before


@pytest.mark.parametrize("sent", SENT)
def test_grpc_takes_who_has_the_token(guarded_collector: Guarded, sent: str) -> None:
    at, before = guarded_collector, guarded_collector.accepted()
    if at.security.token is None or sent == "right":
        at.call(SENT[sent], shown=at.shown)
        assert at.accepted() == before + 1
        return
    for method in (*(f"/{export.service}/Export" for export in EXPORTS), "/no.such/Method"):
        with pytest.raises(grpc.RpcError) as refused:
            at.call(SENT[sent], shown=at.shown, method=method)
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
        # without details, so without RetryInfo: sending it again is no use
        trailers = {key for key, _ in refused.value.trailing_metadata() or ()}
        assert "grpc-status-details-bin" not in trailers
    assert at.accepted() == before


def test_every_path_asks_for_the_token(guarded_collector: Guarded) -> None:
    at = guarded_collector
    paths = {export.path: 200 for export in EXPORTS} | {"/nowhere": 404}
    for path, code in paths.items():
        wanted = code if at.security.token is None else 401
        answer = at.post(JSON, shown=at.shown, path=path)
        # a request for traces means nothing as metrics or logs, and JSON's unknown fields are fine
        assert answer.status_code == wanted, path


@pytest.mark.parametrize("shown", ["nothing", "stranger"])
def test_mutual_tls_turns_other_clients_away(guarded_collector: Guarded, shown: str) -> None:
    at, before = guarded_collector, guarded_collector.accepted()
    pair = at.pki.stranger if shown == "stranger" else None
    if at.security.client_ca is None:
        assert at.post(authorization=SENT["right"], shown=pair).status_code == 200
        return
    with pytest.raises(requests.ConnectionError):
        at.post(authorization=SENT["right"], shown=pair)
    with pytest.raises(grpc.RpcError) as refused:
        at.call(SENT["right"], shown=pair)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert at.accepted() == before


@pytest.mark.parametrize("guarded_collector", WITH_TLS, ids=described, indirect=True)
def test_plain_text_on_a_tls_port_gets_nothing_and_disturbs_nobody(
    guarded_collector: Guarded,
) -> None:
    at = guarded_collector
    before = at.accepted()
    for address in (at.running.http_address, at.running.grpc_address):
        host, _, port = address.rpartition(":")
        with (
            socket.create_connection((host, int(port)), timeout=TIMEOUT_S) as silent,
            socket.create_connection((host, int(port)), timeout=TIMEOUT_S) as plain,
        ):
            plain.sendall(b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
            assert b"200" not in read_to_the_end(plain)
            # while one client says nothing at all, others are served
            assert at.post(authorization=SENT["right"], shown=at.shown).status_code == 200
            at.call(SENT["right"], shown=at.shown)
            assert silent.fileno() >= 0
    assert at.accepted() == before + 4


def read_to_the_end(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    found = b""
    try:
        while part := connection.recv(1000):
            found += part
    except ConnectionResetError:
        pass
    return found


@pytest.mark.parametrize("guarded_collector", WITH_TLS, ids=described, indirect=True)
def test_old_versions_of_tls_are_refused(guarded_collector: Guarded) -> None:
    at = guarded_collector
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(at.pki.authority)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    for address in (at.running.http_address, at.running.grpc_address):
        host, _, port = address.rpartition(":")
        with (
            socket.create_connection((host, int(port)), timeout=TIMEOUT_S) as raw,
            pytest.raises((ssl.SSLError, ConnectionError)),
        ):
            old.wrap_socket(raw, server_hostname="localhost")


Exporter = Callable[[RunningCollector], SpanExporter]


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_python_s_exporters_are_let_in_by_their_variables(
    guarded_collector: Guarded, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, before = guarded_collector, guarded_collector.accepted()
    grpc_or_http = at.running.endpoint_grpc if protocol == "grpc" else at.running.endpoint_http
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": grpc_or_http, **token_header(at.security)}
    if at.security.tls:
        variables["OTEL_EXPORTER_OTLP_CERTIFICATE"] = str(at.pki.authority)
    if at.shown is not None:
        variables["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"] = str(at.shown.certificate)
        variables["OTEL_EXPORTER_OTLP_CLIENT_KEY"] = str(at.shown.key)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for name in REQUESTS_BUNDLES:  # which the exporter's library takes instead of its own file
        monkeypatch.delenv(name, raising=False)
    provider = TracerProvider()
    provider.add_span_processor(
        SimpleSpanProcessor(GrpcExporter() if protocol == "grpc" else HttpExporter())
    )
    with provider.get_tracer("test").start_as_current_span("one"):
        pass
    provider.shutdown()
    assert at.accepted() == before + 1


def test_the_body_of_a_request_without_token_is_not_waited_for(tmp_path: Path) -> None:
    receiving = replace(FREE_PORTS, security=Security(token=TOKEN))
    with start(tmp_path, receiving=receiving) as running:
        host, _, port = running.http_address.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=TIMEOUT_S) as connection:
            head = "POST /v1/traces HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n"
            head += f"content-type: {PROTOBUF}\r\ncontent-length: 60000000\r\n\r\n"
            connection.sendall(head.encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 401 ")


def test_a_web_page_may_ask_without_the_token_and_send_with_it(tmp_path: Path) -> None:
    page = "https://shop.example"
    receiving = Receiving(
        grpc_port=0,
        http_port=0,
        allowed_origins=frozenset([page]),
        security=Security(token=TOKEN),
    )
    with start(tmp_path, receiving=receiving) as running:
        url = f"{running.endpoint_http}/v1/traces"
        asks = {
            "origin": page,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
        }
        may = requests.options(url, headers=asks, timeout=TIMEOUT_S)
        assert may.status_code == 200
        assert "authorization" in may.headers["access-control-allow-headers"]
        sends = {"origin": page, "content-type": JSON}
        refused = requests.post(url, data=b"{}", headers=sends, timeout=TIMEOUT_S)
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == page
        sends["authorization"] = f"bearer {TOKEN}"  # the scheme's letter case says nothing
        assert requests.post(url, data=b"{}", headers=sends, timeout=TIMEOUT_S).status_code == 200
        # what is no preflight asks for the token whatever its method
        assert requests.options(url, timeout=TIMEOUT_S).status_code == 401
        assert requests.get(url, timeout=TIMEOUT_S).status_code == 401


def test_clients_that_are_idle_do_not_keep_it_alive(pki: Pki, tmp_path: Path) -> None:
    """Over TLS a connection ends when its client agrees, and these do not listen."""
    receiving = replace(FREE_PORTS, security=secured(pki, "tls", token=False))
    trusting = ssl.create_default_context(cafile=str(pki.authority))
    with start(tmp_path, receiving=receiving) as running, ExitStack() as open_connections:
        for has_asked in (False, True):
            port = int(running.http_address.rpartition(":")[2])
            client = HTTPSConnection("127.0.0.1", port, context=trusting, timeout=TIMEOUT_S)
            open_connections.callback(client.close)
            client.connect()
            if has_asked:
                client.request("POST", "/v1/traces", b"", {"content-type": PROTOBUF})
                assert client.getresponse().read() == b""
        running.stop()
    assert "graceful shutdown exceeded" not in running.log_path.read_text()


def test_the_token_is_in_no_process_s_arguments(tmp_path: Path) -> None:
    receiving = replace(FREE_PORTS, security=Security(token=TOKEN))
    assert TOKEN not in repr(receiving)
    with start(tmp_path, receiving=receiving) as running:
        arguments = Path(f"/proc/{running.process.pid}/cmdline")
        if arguments.exists():
            assert TOKEN.encode() not in arguments.read_bytes()
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or TOKEN.encode() not in file.read_bytes(), file


def test_a_token_in_the_shell_is_not_asked_for_by_a_collector_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLOWHOP_COLLECTOR_TOKEN", TOKEN)
    with start(tmp_path, receiving=FREE_PORTS) as running:
        answer = requests.post(
            f"{running.endpoint_http}/v1/traces",
            data=BODIES[PROTOBUF],
            headers={"content-type": PROTOBUF},
            timeout=TIMEOUT_S,
        )
    assert answer.status_code == 200


def call_each(port: int, pki: Pki) -> list[grpc.StatusCode]:
    """How a server answers with the right token, and without."""
    codes = []
    for authorization in (SENT["right"], SENT["wrong"], None):
        metadata = [] if authorization is None else [("authorization", authorization)]
        with channel(f"https://127.0.0.1:{port}", pki, None) as opened:
            call = opened.unary_unary("/any.Service/Method")
            _, done = (
                call.with_call(b"", metadata=metadata, timeout=TIMEOUT_S)
                if (authorization == SENT["right"])
                else (None, call.future(b"", metadata=metadata, timeout=TIMEOUT_S))
            )
            codes.append(done.code())
    return codes


EXPECTED = [
    grpc.StatusCode.OK,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.UNAUTHENTICATED,
]


def handlers(behaviour: Callable[..., object]) -> list[grpc.GenericRpcHandler]:
    method = grpc.unary_unary_rpc_method_handler(behaviour)
    return [grpc.method_handlers_generic_handler("any.Service", {"Method": method})]


def test_any_grpc_server_of_threads_can_be_guarded(pki: Pki) -> None:
    security = secured(pki, "tls", token=True)
    server = grpc.server(
        ThreadPoolExecutor(1), handlers=guarded(handlers(lambda body, _: body), security)
    )
    port = bind(server, "127.0.0.1:0", security)
    server.start()
    try:
        assert call_each(port, pki) == EXPECTED
    finally:
        server.stop(None).wait()


def test_any_grpc_server_of_asyncio_can_be_guarded(pki: Pki) -> None:
    security = secured(pki, "tls", token=True)

    async def echo(body: bytes, _: object) -> bytes:
        return body

    async def serve() -> list[grpc.StatusCode]:
        server = grpc.aio.server(handlers=guarded(handlers(echo), security))
        port = bind(server, "127.0.0.1:0", security)
        await server.start()
        try:
            return await asyncio.to_thread(call_each, port, pki)
        finally:
            await server.stop(None)

    assert asyncio.run(serve()) == EXPECTED
