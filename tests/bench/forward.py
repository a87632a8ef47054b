"""What passing on costs the receiver: its rate with targets of all kinds, beside its rate without.

The collectors take turns in one run. The target that takes everything is a process of its own on
the same machine, which has a cost of its own; those that take nothing show the forwarder's alone.
"""

import statistics
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

from collector.forward.target import targets
from collector.launcher import RunningCollector, start
from collector.options import FREE_PORTS
from tests.bench.receive import LARGE, ROUNDS, appending_server, request_of, send, warm_up
from tests.collector.targets import refused_port, silent_target

BUDGET: Final = 0.90
"""Of the rate without any target, with one that is gone or never answers."""


def run() -> list[str]:
    """Lines with the rates, in spans a second, and their ratio to the rate without a target."""
    spans, requests = LARGE
    body = request_of(spans)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        fast = stack.enter_context(appending_server("grpc", scratch / "fast.otlp"))
        kinds = {
            "without a target": (),
            "to one that takes all": (fast,),
            "to one that never answers": (stack.enter_context(silent_target()),),
            "to a port that is refused": (f"127.0.0.1:{refused_port()}",),
        }
        collectors: dict[str, RunningCollector] = {}
        for number, (kind, to) in enumerate(kinds.items()):
            receiving = replace(FREE_PORTS, forward=targets(to))
            started = start(scratch / f"run-{number}", receiving=receiving)
            collectors[kind] = stack.enter_context(started)
            warm_up(collectors[kind], "grpc", collectors[kind].grpc_address)
        rates: dict[str, list[float]] = {kind: [] for kind in kinds}
        for _ in range(ROUNDS):
            for kind, collector in collectors.items():
                rates[kind].append(send("grpc", collector.grpc_address, body, requests) * spans)
        medians = {kind: statistics.median(found) for kind, found in rates.items()}
    without = medians["without a target"]
    return [
        f"forward: receiving over gRPC, requests of {spans} spans",
        *(
            f"  {kind:26} {rate / 1e6:5.2f} M spans/s, ratio {rate / without:4.2f}"
            + (f"  (budget: {BUDGET:.2f})" if "never" in kind or "refused" in kind else "")
            for kind, rate in medians.items()
        ),
    ]
