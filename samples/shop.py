"""Forty requests to a small shop, made up from a seed, as OTLP's JSON has them."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

REQUESTS = 40
SEED = 20
BEGIN_NS = 1_750_000_000_000_000_000
US = 1_000
MS = 1_000_000
US_PER_MS = MS // US
SPREAD = (0.8, 1.3)
"""By what factor a step's time varies."""

SERVER, CLIENT, PRODUCER, CONSUMER = range(2, 6)


@dataclass(frozen=True, slots=True)
class Work:
    """The service computes for about so long."""

    ms: float


@dataclass(frozen=True, slots=True)
class Query:
    """The service waits for its database."""

    statement: str
    ms: float


@dataclass(frozen=True, slots=True)
class Outside:
    """The service waits for somebody who sends no spans."""

    host: str
    ms: float


@dataclass(frozen=True, slots=True)
class Call:
    """The service calls another one and waits for its reply; the network takes `hop_ms`."""

    service: str
    method: str
    route: str
    steps: "tuple[Step, ...]"
    hop_ms: float = 0.6


@dataclass(frozen=True, slots=True)
class Parallel:
    """Steps that begin together; the service waits for the last one."""

    steps: "tuple[Step, ...]"


@dataclass(frozen=True, slots=True)
class Message:
    """The service leaves a message, which another one works on after the reply."""

    queue: str
    service: str
    ms: float


Step: TypeAlias = Work | Query | Outside | Call | Parallel | Message

BROWSE = Call(
    "gateway", "GET", "/", (Work(1), Call("catalog", "GET", "/products", (Query("SELECT", 6),)))
)
PRODUCT = Call(
    "gateway",
    "GET",
    "/products/{id}",
    (
        Work(1),
        Parallel(
            (
                Call("catalog", "GET", "/products/{id}", (Work(1), Query("SELECT", 4))),
                Call("pricing", "GET", "/prices/{id}", (Work(2),)),
            )
        ),
        Work(0.5),
    ),
)
CHECKOUT = Call(
    "gateway",
    "POST",
    "/checkout",
    (
        Work(1),
        Call("cart", "GET", "/carts/{id}", (Query("SELECT", 3),)),
        Call("payment", "POST", "/payments", (Work(2), Outside("bank.example", 90), Work(1))),
        Call("inventory", "POST", "/reservations", (Query("UPDATE", 8),)),
        Message("orders", "mailer", 30),
    ),
)
PROFILE = (BROWSE, PRODUCT, PRODUCT, CHECKOUT)
"""What a user does, in turn. Most of the time goes to the bank, behind payment."""


@dataclass(slots=True)
class Request:
    """A request while it is made up: its spans by service."""

    trace_id: str
    chance: random.Random
    spans: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, service: str, parent: str, name: str, kind: int) -> dict[str, Any]:
        """A span of a service, its times still missing."""
        span: dict[str, Any] = {"traceId": self.trace_id, "spanId": self._id()}
        if parent:
            span["parentSpanId"] = parent
        span |= {"name": name, "kind": kind, "attributes": []}
        self.spans.setdefault(service, []).append(span)
        return span

    def lasts(self, ms: float) -> int:
        """About so long, in nanoseconds; whole microseconds, which every format can write."""
        return int(ms * US_PER_MS * self.chance.uniform(*SPREAD)) * US

    def _id(self) -> str:
        return f"{self.chance.getrandbits(64):016x}"


def run(steps: Iterable[Step], service: str, parent: str, at: int, request: Request) -> int:
    """Let a service go through its steps from a point in time; gives when it is done."""
    for step in steps:
        match step:
            case Work(ms):
                at += request.lasts(ms)
            case Parallel(branches):
                at = max(run((branch,), service, parent, at, request) for branch in branches)
            case Query(statement, ms):
                span = request.add(service, parent, f"{statement} shop", CLIENT)
                at = _timed(span, at, at + request.lasts(ms), {"db.system.name": "postgresql"})
            case Outside(host, ms):
                span = request.add(service, parent, "POST", CLIENT)
                named: dict[str, str | int] = {"server.address": host, "server.port": 443}
                named |= {"http.request.method": "POST", "url.full": f"https://{host}/charge?v=2"}
                at = _timed(span, at, at + request.lasts(ms), named)
            case Call():
                at = _call(step, service, parent, at, request)
            case Message(queue, receiver, ms):
                sent = request.add(service, parent, f"send {queue}", PRODUCER)
                names: dict[str, str | int] = {"messaging.system": "kafka"}
                at = _timed(sent, at, at + request.lasts(0.5), names)
                received = request.add(receiver, sent["spanId"], f"process {queue}", CONSUMER)
                late = at + request.lasts(5)
                _timed(received, late, late + request.lasts(ms), names)
    return at


def _call(step: Call, service: str, parent: str, at: int, request: Request) -> int:
    client = request.add(service, parent, step.method, CLIENT)
    server = request.add(step.service, client["spanId"], f"{step.method} {step.route}", SERVER)
    there = at + request.lasts(step.hop_ms)
    done = run(step.steps, step.service, server["spanId"], there, request)
    http: dict[str, str | int] = {
        "http.request.method": step.method,
        "http.response.status_code": 200,
    }
    _timed(server, there, done, http | {"http.route": step.route})
    host = f"{step.service}.shop.example"
    path = step.route.replace("{id}", str(request.chance.randrange(1, 500)))
    named = {"server.address": host, "server.port": 8080, "url.full": f"http://{host}:8080{path}"}
    return _timed(client, at, done + request.lasts(step.hop_ms), http | named)


def _timed(span: dict[str, Any], start: int, end: int, attributes: dict[str, str | int]) -> int:
    """Give a span its times and attributes; 64-bit numbers are text in OTLP's JSON."""
    span["startTimeUnixNano"], span["endTimeUnixNano"] = str(start), str(end)
    span["attributes"] = [attribute(key, value) for key, value in attributes.items()]
    return end


def attribute(key: str, value: str | int) -> dict[str, Any]:
    """A KeyValue."""
    typed = {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}
    return {"key": key, "value": typed}


def documents() -> list[dict[str, Any]]:
    """An export request for each of the requests, the load generator's spans in it."""
    chance = random.Random(SEED)
    found = []
    for i in range(REQUESTS):
        request = Request(f"{chance.getrandbits(128):032x}", chance)
        run((PROFILE[i % len(PROFILE)],), "locust", "", BEGIN_NS + i * 50 * MS, request)
        found.append(document(request.spans))
    return found


def document(spans: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """An export request of each service's spans."""
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": [attribute("service.name", service)]},
                "scopeSpans": [{"scope": {"name": "shop"}, "spans": of_service}],
            }
            for service, of_service in spans.items()
        ]
    }
