"""Spans as a system of microservices under load sends them, made in columns from a seed."""

from dataclasses import dataclass

import numpy as np

from analyzer.model.spans import (
    COLUMNS,
    NO_NAME,
    Int32Array,
    Int64Array,
    Kind,
    Links,
    Spans,
    Status,
)

SERVICES = ("gateway", "catalog", "search", "cart", "pricing", "payment", "inventory", "orders")
PODS = ("pod-0", "pod-1")
DATABASE, HTTP = "postgresql", "http"
OPERATIONS_PER_SERVICE = 6
NAMES = (
    *SERVICES,
    *PODS,
    DATABASE,
    HTTP,
    *(f"{s} operation {k}" for s in SERVICES for k in range(OPERATIONS_PER_SERVICE)),
)
POD_0, DATABASE_CODE, HTTP_CODE = (NAMES.index(name) for name in (PODS[0], DATABASE, HTTP))
OPERATION_0 = NAMES.index("gateway operation 0")

SHAPES = 40
"""How many kinds of request there are, each with its own tree of calls."""

REQUESTS_PER_S = 2_000
EPOCH_NS = 1_700_000_000_000_000_000
SKEWED_SHARE, SKEW_NS = 0.001, 2_000_000
ERROR_SHARE = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One span of a kind of request; `begin` and `end` are fractions of its parent's interval."""

    parent: int
    kind: Kind
    service: int
    operation: int
    peer: int
    begin: float
    end: float


def microservice_spans(
    requests: int, spans_per_request: int = 50, seed: int = 1, *, by_hand: bool = False
) -> Spans:
    """Requests of `spans_per_request` spans each, in order of arrival.

    Handlers do internal work, query databases that send no spans, and call other services one after
    the other or side by side. A span is sent when it ends, so that requests arrive interleaved. Two
    of a thousand spans are errors; one of a thousand handlers runs on a clock that is 2 ms ahead.

    Instrumented by hand, all spans are internal, and context was injected before calls began: their
    handlers hang on the callers' handlers.
    """
    rng = np.random.default_rng(seed)
    shapes = [_shape(spans_per_request, rng) for _ in range(SHAPES)]
    shape = rng.integers(0, SHAPES, requests)
    parent, kind, service, operation, peer = (
        np.array([[getattr(step, name) for step in steps] for steps in shapes], np.int32)[shape]
        for name in ("parent", "kind", "service", "operation", "peer")
    )
    start_ns, end_ns = _times(shapes, shape, parent, rng)
    skew_ns = SKEW_NS * ((kind == Kind.SERVER) & (rng.random(kind.shape) < SKEWED_SHARE))
    if by_hand:
        above = np.take_along_axis(parent, parent.clip(0), axis=1)
        parent = np.where((kind == Kind.SERVER) & (parent >= 0), above, parent)
        kind = np.full_like(kind, Kind.INTERNAL)

    span_id = rng.integers(1, 2**63, parent.shape)
    pod = rng.integers(0, len(PODS), (requests, len(SERVICES)))
    calls = (kind == Kind.CLIENT) | (kind == Kind.SERVER)
    trace_hi, trace_lo = rng.integers(1, 2**63, (2, requests, 1))
    columns = {
        "trace_hi": np.broadcast_to(trace_hi, parent.shape),
        "trace_lo": np.broadcast_to(trace_lo, parent.shape),
        "span_id": span_id,
        "parent_id": np.where(parent < 0, 0, np.take_along_axis(span_id, parent.clip(0), axis=1)),
        "start_ns": start_ns + skew_ns,
        "end_ns": end_ns + skew_ns,
        "kind": kind,
        "status": np.where(rng.random(kind.shape) < ERROR_SHARE, Status.ERROR, Status.UNSET),
        "service": service,
        "instance": POD_0 + np.take_along_axis(pod, service.astype(np.int64), axis=1),
        "operation": operation,
        "peer": peer,
        "protocol": np.where(
            peer == DATABASE_CODE, DATABASE_CODE, np.where(calls, HTTP_CODE, NO_NAME)
        ),
        "run": np.full(parent.shape, NO_NAME),
    }
    arrival = np.argsort(end_ns, axis=None, kind="stable")
    return Spans(
        **{name: columns[name].ravel()[arrival].astype(COLUMNS[name]) for name in COLUMNS},
        names=NAMES,
        links=Links.none(),
    )


def _shape(size: int, rng: np.random.Generator) -> list[_Step]:
    """A tree of calls, parents first."""
    steps = [_handler(-1, 0, rng)]
    handlers = [0]
    while len(steps) < size:
        handler = handlers.pop(0) if handlers else 0
        count = int(rng.integers(2, 7))
        side_by_side = rng.random() < 0.3
        for k in range(count):
            slot = (
                (0.05, rng.uniform(0.4, 0.95)) if side_by_side else (k / count, (k + 0.9) / count)
            )
            callee = int(rng.integers(1, len(SERVICES)))
            what = rng.choice(["work", "query", "call"], p=[0.2, 0.25, 0.55])
            steps.append(_work(handler, steps[handler].service, what, callee, slot))
            if what == "call":
                handlers.append(len(steps))
                steps.append(_handler(len(steps) - 1, callee, rng))
    return steps[:size]


def _handler(parent: int, service: int, rng: np.random.Generator) -> _Step:
    operation = OPERATION_0 + service * OPERATIONS_PER_SERVICE + int(rng.integers(0, 3))
    return _Step(
        parent=parent,
        kind=Kind.SERVER,
        service=service,
        operation=operation,
        peer=NO_NAME,
        begin=0.1,
        end=0.9,
    )


def _work(parent: int, service: int, what: str, callee: int, slot: tuple[float, float]) -> _Step:
    of_callers = OPERATION_0 + service * OPERATIONS_PER_SERVICE + 3
    return _Step(
        parent=parent,
        kind=Kind.INTERNAL if what == "work" else Kind.CLIENT,
        service=service,
        operation=of_callers + ("work", "query", "call").index(what),
        peer={"work": NO_NAME, "query": DATABASE_CODE, "call": callee}[what],
        begin=slot[0],
        end=slot[1],
    )


def _times(
    shapes: list[list[_Step]], shape: Int64Array, parent: Int32Array, rng: np.random.Generator
) -> tuple[Int64Array, Int64Array]:
    """Start and end of every span: int64[requests, spans per request]."""
    requests, size = parent.shape
    begin, end = (
        np.array([[getattr(step, name) for step in steps] for steps in shapes])[shape]
        for name in ("begin", "end")
    )
    request = np.arange(requests)
    start_ns = np.empty(parent.shape, np.int64)
    length_ns = np.empty(parent.shape, np.int64)
    start_ns[:, 0] = EPOCH_NS + request * (1_000_000_000 // REQUESTS_PER_S)
    length_ns[:, 0] = rng.lognormal(np.log(100e6), 0.4, requests)
    for i in range(1, size):
        up = parent[:, i]
        whole_ns = length_ns[request, up]
        start_ns[:, i] = start_ns[request, up] + (whole_ns * begin[:, i]).astype(np.int64)
        length_ns[:, i] = whole_ns * (end[:, i] - begin[:, i]) * rng.uniform(0.6, 1.0, requests)
    return start_ns, start_ns + length_ns
