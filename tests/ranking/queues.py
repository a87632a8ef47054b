"""A queue under load whose answers are known: users, a gateway, and a service with few workers.

```
load generator |--------------------------------|        users come one after another, and think
gateway         |------------------------------|         takes every request at once
  call           |----------------------------|
payment           . . . waits . . . |--------|           has `workers`, first come first served
```
"""

import heapq
import random
from dataclasses import dataclass

from analyzer.attribution.contributions import Contributions
from analyzer.model.builder import SpanBuilder, SpanRow
from analyzer.model.naming import ProcessNames, SpanNames
from analyzer.model.spans import Kind, Spans
from analyzer.pipeline.contributions import contributions

EPOCH_NS = 1_700_000_000_000_000_000
MS = 1_000_000
NET_NS = 300_000
"""One way between two services."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What is simulated; times in ms.

    Attributes:
        users: how many there are in the end.
        ramp_s: until the last has come, one after another at equal intervals.
        seconds: when they stop to begin requests.
        workers: of payment.
        service_ms: mean time payment works on a request (exponential).
        gateway_ms: mean time the gateway works on one (exponential).
        think_ms: mean time a user waits before the next request (exponential).
        retrograde: part by which payment slows down for each request that waits for it.
    """

    users: int = 24
    ramp_s: float = 24.0
    seconds: float = 30.0
    workers: int = 4
    service_ms: float = 40.0
    gateway_ms: float = 5.0
    think_ms: float = 60.0
    retrograde: float = 0.0

    @property
    def capacity_rps(self) -> float:
        """What payment can do."""
        return self.workers * 1_000 / self.service_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request's times, in ns since the beginning."""

    begin: int
    at_gateway: int
    called: int
    at_payment: int
    """When a worker of payment took it."""
    paid: int
    end: int


def run(shop: Shop, seed: int) -> list[Request]:
    """Simulate, event by event in order of time."""
    chance = random.Random(seed)

    def draw(mean_ms: float) -> int:
        return int(chance.expovariate(1 / mean_ms) * MS) + 1 if mean_ms else 0

    # arrivals at payment must be met in order of time: (arrives, user, begin, at gateway, called)
    arrivals: list[tuple[int, int, int, int, int]] = []

    def begin(user: int, at: int) -> None:
        if at < shop.seconds * 1e9:
            gateway = at + NET_NS
            called = gateway + draw(shop.gateway_ms)
            heapq.heappush(arrivals, (called + NET_NS, user, at, gateway, called))

    for user in range(shop.users):
        begin(user, int(user * shop.ramp_s / shop.users * 1e9) + draw(1.0))
    free = [0] * shop.workers
    done: list[Request] = []
    while arrivals:
        arrives, user, began, gateway, called = heapq.heappop(arrivals)
        worker = heapq.heappop(free)
        taken = max(arrives, worker)
        waiting = sum(at > arrives for at in free)
        paid = taken + int(draw(shop.service_ms) * (1 + shop.retrograde * waiting))
        heapq.heappush(free, paid)
        end = paid + 3 * NET_NS
        done.append(
            Request(
                begin=began,
                at_gateway=gateway,
                called=called,
                at_payment=taken,
                paid=paid,
                end=end,
            )
        )
        begin(user, end + draw(shop.think_ms))
    return done


def spans(requests: list[Request]) -> Spans:
    """The spans that the load generator and both services would send."""
    builder = SpanBuilder()
    for number, r in enumerate(requests, 1):
        rows = (
            ("load", Kind.CLIENT, r.begin, r.end),
            ("gateway", Kind.SERVER, r.at_gateway, r.end - NET_NS),
            ("gateway", Kind.CLIENT, r.called, r.end - 2 * NET_NS),
            ("payment", Kind.SERVER, r.at_payment, r.paid),
        )
        for place, (service, kind, start, end) in enumerate(rows):
            builder.add(
                SpanRow(
                    trace_id=number,
                    span_id=number * 8 + place,
                    parent_id=number * 8 + place - 1 if place else 0,
                    start_ns=EPOCH_NS + start,
                    end_ns=EPOCH_NS + end,
                    kind=kind,
                    status=0,
                    process=ProcessNames(service=service, instance="1"),
                    names=SpanNames(operation="POST /pay", peer="", protocol="http"),
                )
            )
    return builder.build()


def analysed(shop: Shop, seed: int) -> tuple[Spans, Contributions]:
    """The spans of a run, and what its requests spent on whom."""
    sent = spans(run(shop, seed))
    return sent, contributions(sent, threads=1)
