"""How fast spans are received, beside servers that only append the bytes they are sent.

Both have the same transport, settings and disk and take turns in one run: what differs is what the
collector does before it acknowledges. Client and server share the machine's cores.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from collector.launcher import RunningCollector, start
from collector.options import FREE_PORTS
from tests.collector.otlp import span, trace_request

TRANSPORTS: Final = ("grpc", "http")
ROUNDS: Final = 5
WARM_UP: Final = 300
"""Requests before measuring: past the point where the collector loads its compiled walk."""

LARGE: Final = (512, 800)
SMALL: Final = (10, 2000)
"""Spans a request, and requests a round."""


def run() -> list[str]:
    """Lines with the rates, in spans a second, and their ratio."""
    lines = []
    for spans, requests in (LARGE, SMALL):
        body = request_of(spans)
        lines.append(f"receive: requests of {spans} spans, {len(body) // spans} bytes a span")
        for transport in TRANSPORTS:
            ours, bare = _rates(transport, body, requests)
            lines.append(
                f"  {transport}: collector {ours * spans / 1e6:5.2f} M spans/s, "
                f"append only {bare * spans / 1e6:5.2f} M spans/s, ratio {ours / bare:4.2f}"
                + ("  (budget: 0.80)" if spans == LARGE[0] else "")
            )
    return lines


def _rates(transport: str, body: bytes, requests: int) -> tuple[float, float]:
    """Requests a second of the collector and of the appending server; medians, turn by turn."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        collector = stack.enter_context(start(scratch / "run", receiving=FREE_PORTS))
        address = collector.grpc_address if transport == "grpc" else collector.http_address
        bare = stack.enter_context(appending_server(transport, scratch / "bare.otlp"))
        warm_up(collector, transport, address)
        send(transport, bare, body, WARM_UP)
        ours_rates, bare_rates = [], []
        for _ in range(ROUNDS):
            bare_rates.append(send(transport, bare, body, requests))
            ours_rates.append(send(transport, address, body, requests))
    return statistics.median(ours_rates), statistics.median(bare_rates)


def warm_up(collector: RunningCollector, transport: str, address: str) -> None:
    """Keep the collector busy until it has loaded its walk, as it is a few seconds into a run."""
    accepted = 0
    while accepted < WARM_UP * LARGE[0]:
        send(transport, address, request_of(LARGE[0]), WARM_UP)
        accepted = collector.counters().traces.accepted


@contextmanager
def appending_server(transport: str, path: Path) -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.receive_peers", "serve", transport, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        yield server.stdout.readline().strip()
        server.stdin.close()


def send(transport: str, address: str, body: bytes, requests: int) -> float:
    """Requests a second, from a client in a process of its own."""
    module = "tests.bench.receive_peers"
    sent = subprocess.run(
        [sys.executable, "-m", module, "send", transport, address, str(requests)],
        input=body,
        stdout=subprocess.PIPE,
        check=True,
    )
    return float(json.loads(sent.stdout))


def request_of(spans: int) -> bytes:
    return trace_request(*(_span(number) for number in range(1, spans + 1))).SerializeToString()


def _span(number: int) -> Span:
    made = span(number, name="GET /products/<id>")
    texts = {
        "http.request.method": "GET",
        "http.route": "/products/<id>",
        "url.scheme": "http",
        "url.path": f"/products/{number}",
        "server.address": "catalog.shop.svc",
        "network.protocol.version": "1.1",
        "user_agent.original": "python-requests/2.32.3",
        "thread.name": f"waitress-{number % 4}",
    }
    for key, text in texts.items():
        made.attributes.add(key=key).value.string_value = text
    for key, value in {"http.response.status_code": 200, "server.port": 8080}.items():
        made.attributes.add(key=key).value.int_value = value
    return made


if __name__ == "__main__":
    sys.stdout.write("\n".join(run()) + "\n")
