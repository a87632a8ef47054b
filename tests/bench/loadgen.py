"""What tracing costs the load generator: requests a second with and without the plugin.

The server is a bare protocol that answers twice as fast as locust asks; what the plugin exports is
read and thrown away by another process. Counted are requests per second of locust's own CPU time,
export and last flush included: that is the request rate where locust has a core for itself, and it
stays so on a machine that others use. Runs with and without take turns; ratios are what counts.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loadgen.plugin_settings import RUN_DIR, RUN_ID

ROUNDS = 3
SECONDS = 3
BUDGETS = {"HttpUser": 0.85, "FastHttpUser": 0.80}
"""Least share of the untraced request rate, by user class."""

LOCUSTFILE = """
import atexit
import resource
from locust import {base}, constant, events, task

def cpu_s():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

@events.test_start.add_listener
def measure(environment, **kwargs):
    began = cpu_s()
    atexit.register(lambda: print(environment.stats.total.num_requests / (cpu_s() - began)))

class Hurried({base}):
    wait_time = constant(0)

    @task
    def look(self):
        self.client.get("/ok")
"""

SERVER = """
import asyncio

ANSWER = b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok"

class Server(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.waiting, self.body = transport, b"", 0

    def data_received(self, data):
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


def run() -> list[str]:
    """Measure, and say it in lines: rates, share, budget."""
    lines = ["load generator, requests per CPU second (median of runs that take turns):"]
    with _server() as host, _server() as receiver, tempfile.TemporaryDirectory() as scratch:
        for base, budget in BUDGETS.items():
            locustfile = Path(scratch) / "hurried.py"
            locustfile.write_text(LOCUSTFILE.format(base=base))
            shares, rates = [], {"locust": [0.0], "loadgen": [0.0]}
            for _ in range(ROUNDS):
                for module, seen in rates.items():
                    seen.append(_rate(module, locustfile, host, receiver))
                shares.append(rates["loadgen"][-1] / rates["locust"][-1])
            untraced, traced = (statistics.median(seen[1:]) for seen in rates.values())
            share = statistics.median(shares)
            verdict = "ok" if share >= budget else "MISSED"
            lines.append(
                f"  {base:<13} untraced {untraced:7,.0f}   traced {traced:7,.0f}"
                f"   share {share:.0%}   budget {budget:.0%}   {verdict}"
            )
    return lines


def _rate(module: str, locustfile: Path, host: str, receiver: str) -> float:
    run_dir = locustfile.parent / "run"
    run_dir.mkdir(exist_ok=True)
    environment = {RUN_DIR: str(run_dir), RUN_ID: "bench", "OTEL_EXPORTER_OTLP_ENDPOINT": receiver}
    command = [sys.executable, "-m", module, "-f", str(locustfile), "--host", host]
    command += ["--headless", "-u", "20", "-r", "100", "-t", str(SECONDS), "--only-summary"]
    ended = subprocess.run(
        command,
        env=os.environ | environment,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    return float(ended.stdout.splitlines()[-1])


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
