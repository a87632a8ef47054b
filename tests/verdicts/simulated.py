"""Tests whose verdicts are known: arrivals by a shape, a gateway, and a service with few workers.

The same system as in `tests.ranking.queues`, but arrivals come when they are due.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from analyzer.model.load_test import (
    PhaseRecord,
    PlannedPhase,
    PlannedTest,
    Required,
    ResourceSeries,
    TestRecord,
)
from analyzer.model.run import Capture, LoadRecord
from analyzer.model.spans import Spans, Status
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.report.load_test import LoadTest
from loadgen.arrivals import OpenLoad, Spacing, due_times
from loadgen.shapes import Shape
from tests.ranking.queues import EPOCH_NS, NET_NS, Request, spans

S = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What is simulated.

    Attributes:
        workers: of payment.
        service_ms: mean time payment works on a request, by how many it has had.
        gateway_ms: the same of the gateway, which has workers enough.
        failing: from which arrival rate on a tenth of the requests fails.
    """

    workers: int = 4
    service_ms: Callable[[int], float] = lambda _: 40.0
    gateway_ms: Callable[[int], float] = lambda _: 5.0
    failing: float = float("inf")


def run(shape: Shape, shop: Shop, seed: int) -> tuple[Spans, int]:
    """The spans of a run, and when it began."""
    chance = random.Random(seed)
    load = OpenLoad(spacing=Spacing.POISSON, max_users=1, seed=seed)
    free = [0] * shop.workers
    arrivals = []
    for number, due in enumerate(due_times(shape, load)):
        begin = round(due * S)
        gateway = begin + NET_NS
        called = gateway + round(chance.expovariate(1 / shop.gateway_ms(number)) * 1e6) + 1
        arrivals.append((called + NET_NS, number, begin, gateway, called))
    done = []
    for arrives, number, begin, gateway, called in sorted(arrivals):
        taken = max(arrives, heapq.heappop(free))
        paid = taken + round(chance.expovariate(1 / shop.service_ms(number)) * 1e6) + 1
        heapq.heappush(free, paid)
        done.append(
            Request(
                begin=begin,
                at_gateway=gateway,
                called=called,
                at_payment=taken,
                paid=paid,
                end=paid + 3 * NET_NS,
            )
        )
    sent = spans(done)
    levels = np.array([shape.level_at(r.begin / S) or 0.0 for r in done])
    bad = np.repeat((levels >= shop.failing) & (np.arange(levels.size) % 10 == 0), 4)
    status = np.where(bad, np.int8(Status.ERROR), sent.status).astype(sent.status.dtype)
    return replace(sent, status=status), EPOCH_NS


def planned(shape: Shape, *required: Required) -> PlannedTest:
    """The plan as a reader gives it."""
    return PlannedTest(
        kind=shape.kind.value,
        unit="arrivals/s",
        phases=tuple(
            PlannedPhase(
                name=p.name,
                role=p.role.value,
                level=p.level,
                begin_s=shape.begin_s(i),
                approach_s=p.approach_s,
                seconds=p.seconds,
            )
            for i, p in enumerate(shape.phases)
        ),
        required=required,
    )


def verdict(
    shape: Shape,
    shop: Shop | None = None,
    *required: Required,
    seed: int = 1,
    resources: tuple[ResourceSeries, ...] = (),
) -> LoadTest:
    """What the test of a shape concludes on a shop."""
    sent, began_ns = run(shape, shop or Shop(), seed)
    test = TestRecord(planned=planned(shape, *required))
    return section(sent, test, began_ns, resources=resources)


def section(
    sent: Spans,
    test: TestRecord,
    began_ns: int,
    *,
    resources: tuple[ResourceSeries, ...] = (),
) -> LoadTest:
    """What a test concludes."""
    capture = Capture(
        spans=sent,
        inputs=(),
        test=test,
        load=LoadRecord(tool="locust", started_at_ns=began_ns),
        resources=resources,
    )
    found = analyze(capture, name=RunName(id="r", command="c")).test
    assert found is not None
    assert LoadTest.model_validate_json(found.model_dump_json()) == found
    return found


def as_it_went(
    shape: Shape, held: tuple[bool, ...], roles: tuple[str, ...]
) -> tuple[PhaseRecord, ...]:
    """Phases as a search notes them."""
    return tuple(
        PhaseRecord(
            name=roles[i],
            role=roles[i],
            level=p.level,
            began_ns=EPOCH_NS + round(shape.begin_s(i) * S),
            ended_ns=EPOCH_NS + round((shape.begin_s(i) + p.seconds) * S),
            held=held[i],
            why=() if held[i] else ("p95 < 300ms: 900ms",),
        )
        for i, p in enumerate(shape.phases)
    )
