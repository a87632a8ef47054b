"""What tracing costs the load generator: requests a second without it, with it, and with `--otel`.

The server is a bare protocol that answers twice as fast as locust asks; what is exported is read
and thrown away by another process. Counted are requests per second of locust's own CPU time, export
included: that is the request rate where locust has a core for itself, and it stays so on a machine
that others use. The last flush counts too, but for that of `--otel`, which comes after everything.
Beside it stands the rate by the clock. Runs of all kinds take turns; ratios are what counts.

Locust's own `--otel` instruments requests and urllib3, which FastHttpUser does without: whether
spans arrived is counted too. What it takes to have a traced request is therefore compared between
its HttpUser and both of ours.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loadgen.plugin_settings import RUN_DIR, RUN_ID

ROUNDS = 9
SECONDS = 2
BUDGETS = {"HttpUser": 0.85, "FastHttpUser": 0.80}
"""Least share of the untraced request rate, by user class."""

OTEL_TIMES = 4.0
"""Least multiple of the rate of `--otel`, whose spans only HttpUser has, with FastHttpUser."""

KINDS = {"untraced": ("locust",), "traced": ("loadgen",), "--otel": ("locust", "--otel")}
"""Module to run, and its options."""

LOCUSTFILE = """
import atexit
import resource
import time
from locust import {base}, constant, events, task

def cpu_s():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

@events.test_start.add_listener
def measure(environment, **kwargs):
    began, clock, took = cpu_s(), time.monotonic(), []

    def rates():
        requests = environment.stats.total.num_requests
        print(requests / (cpu_s() - began), requests / took[0])

    environment.events.test_stop.add_listener(lambda **_: took.append(time.monotonic() - clock))
    atexit.register(rates)

class Hurried({base}):
    wait_time = constant(0)

    @task
    def look(self):
        self.client.get("/ok")
"""

SERVER = """
import asyncio

spans = 0
ANSWER = b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok"

class Server(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.waiting, self.body = transport, b"", 0

    def data_received(self, data):
        global spans
        data = self.waiting + data
        while data:
            if self.body:
                taken = min(self.body, len(data))
                self.body, data = self.body - taken, data[taken:]
                if self.body == 0:
                    self.transport.write(ANSWER.replace(b"2\\r", b"0\\r").replace(b"ok", b""))
                continue
            head, end, rest = data.partition(b"\\r\\n\\r\\n")
            if not end:
                break
            data = rest
            if head.startswith(b"POST"):
                length = head.lower().partition(b"content-length:")[2].split(b"\\r\\n")[0]
                self.body = int(length)
                spans += self.body if head.startswith(b"POST /v1/traces") else 0
            elif head.startswith(b"GET /spans"):
                said = str(spans).encode()
                head = ANSWER.replace(b"2\\r", b"%d\\r" % len(said))
                self.transport.write(head.replace(b"ok", said))
            else:
                self.transport.write(ANSWER)
        self.waiting = data

async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Server, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Requests per second of CPU time, and per second; bytes of spans that arrived."""

    cpu: float
    clock: float
    spans: int


def run() -> list[str]:
    """Measure, and say it in lines: rates, shares, budgets."""
    lines = ["load generator, requests per CPU second and (per second), medians of runs in turns:"]
    seen: dict[tuple[str, str], list[Rates]] = {}
    with _server() as host, _server() as receiver, tempfile.TemporaryDirectory() as scratch:
        for base in BUDGETS:
            locustfile = Path(scratch) / "hurried.py"
            locustfile.write_text(LOCUSTFILE.format(base=base))
            for first in range(ROUNDS):
                for kind in _in_turn(first):
                    rates = _rates(kind, locustfile, host, receiver)
                    seen.setdefault((base, kind), []).append(rates)
    for base, budget in BUDGETS.items():
        lines += _of_base(base, budget, seen)
    for base in BUDGETS:
        budget = OTEL_TIMES if base == "FastHttpUser" else 1.0
        times = _ratio(seen[base, "traced"], seen["HttpUser", "--otel"])
        lines.append(f"  traced {base} / HttpUser --otel: {_judged(times, budget, '.1f')}")
    return lines


def _in_turn(first: int) -> list[str]:
    """All kinds, each at another place in each round: what comes first has a cold machine."""
    kinds, first = list(KINDS), first % len(KINDS)
    return kinds[first:] + kinds[:first]


def _of_base(base: str, budget: float, seen: dict[tuple[str, str], list[Rates]]) -> list[str]:
    lines = []
    for kind in KINDS:
        of = seen[base, kind]
        cpu, clock = (statistics.median(r) for r in ([r.cpu for r in of], [r.clock for r in of]))
        spans = "" if any(rates.spans for rates in of) or kind == "untraced" else "   no spans"
        share = _ratio(of, seen[base, "untraced"])
        judged = _judged(share, budget, ".0%") if kind == "traced" else f"{share.cpu:.0%}"
        lines.append(f"  {base:<13} {kind:<9} {cpu:7,.0f} ({clock:6,.0f})   share {judged}{spans}")
    return lines


def _ratio(of: list[Rates], to: list[Rates]) -> Rates:
    """The median of the ratios of runs that came one after the other."""
    pairs = list(zip(of, to, strict=True))
    return Rates(
        cpu=statistics.median(one.cpu / other.cpu for one, other in pairs),
        clock=statistics.median(one.clock / other.clock for one, other in pairs),
        spans=0,
    )


def _judged(ratio: Rates, budget: float, digits: str) -> str:
    verdict = "ok" if ratio.cpu >= budget else "MISSED"
    return f"{ratio.cpu:{digits}} ({ratio.clock:{digits}})   budget {budget:{digits}}   {verdict}"


def _rates(kind: str, locustfile: Path, host: str, receiver: str) -> Rates:
    run_dir = locustfile.parent / "run"
    run_dir.mkdir(exist_ok=True)
    module, *options = KINDS[kind]
    environment = {
        RUN_DIR: str(run_dir),
        RUN_ID: "bench",
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    }
    command = [sys.executable, "-m", module, "-f", str(locustfile), "--host", host, *options]
    command += ["--headless", "-u", "20", "-r", "100", "-t", str(SECONDS), "--only-summary"]
    before = _spans(receiver)
    ended = subprocess.run(
        command,
        env=os.environ | environment,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    cpu, clock = map(float, ended.stdout.splitlines()[-1].split())
    return Rates(cpu=cpu, clock=clock, spans=_spans(receiver) - before)


def _spans(receiver: str) -> int:
    """Bytes of spans that the receiver has had."""
    with urllib.request.urlopen(f"{receiver}/spans") as answer:
        return int(answer.read())


@contextmanager
def _server() -> Iterator[str]:
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


if __name__ == "__main__":
    sys.stdout.write("\n".join(run()) + "\n")
