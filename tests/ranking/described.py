"""Requests with attributes, some of which make them slow: the answer is known."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from analyzer.model.builder import SpanBuilder, SpanRow
from analyzer.model.naming import ProcessNames, SpanNames
from analyzer.model.spans import Kind, Spans, Status

EPOCH_NS = 1_700_000_000_000_000_000
MS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What is drawn for a request; none of it matters unless a cause says so."""

    endpoint: str
    product: int
    pod: int
    thread: int
    statement: str
    status: int
    number: int


Cause = Callable[[Drawn], float]
"""By how many milliseconds payment takes longer."""

Pace = Callable[[int], int]
"""When the request with this number begins, in ms."""


def no_cause(_: Drawn) -> float:
    return 0.0


def steady(number: int) -> int:
    return number * 20


def spans(requests: int, seed: int, cause: Cause = no_cause, pace: Pace = steady) -> Spans:
    """Requests: load generator -> gateway -> payment -> its database, one after another."""
    chance = random.Random(seed)
    builder = SpanBuilder()
    for number in range(1, requests + 1):
        drawn = Drawn(
            endpoint=chance.choices(("POST /pay", "GET /products/<id>"), (3, 1))[0],
            product=chance.randrange(40),
            pod=chance.randrange(4),
            thread=chance.randrange(6),
            statement=chance.choices(("SELECT stock", "SELECT price"), (9, 1))[0],
            status=500 if chance.random() < 0.03 else 200,
            number=number,
        )
        base = 20 if drawn.endpoint == "POST /pay" else 60
        payment = base * chance.lognormvariate(0, 0.2) + cause(drawn)
        _add(builder, number, drawn, pace(number) * MS, int(payment * MS))
    return builder.build()


def _add(builder: SpanBuilder, number: int, drawn: Drawn, after_ns: int, payment_ns: int) -> None:
    begin = EPOCH_NS + after_ns
    inside = begin + MS
    failed = drawn.status >= 500
    route = drawn.endpoint.split()[1]
    path = route.replace("<id>", str(drawn.product))
    http = {
        "http.route": route,
        "url.path": path,
        "http.response.status_code": str(drawn.status),
        "http.request.header.authorization": f"Bearer {number % 7}",
        "client.port": str(30_000 + number % 10),
        "request.id": str(number),
        "connection": f"{drawn.number // 1_000}-{drawn.number % 2}",
    }
    rows: tuple[tuple[str, str, Kind, int, int, str, dict[str, str]], ...] = (
        ("load", "1", Kind.CLIENT, begin, inside + payment_ns + MS, drawn.endpoint, {}),
        ("gateway", "1", Kind.SERVER, begin + 1_000, inside + payment_ns + 1_000, "", http),
        ("gateway", "1", Kind.CLIENT, inside, inside + payment_ns, "POST /charge", {}),
        (
            *(
                "payment",
                f"pod-{drawn.pod}",
                Kind.SERVER,
                inside + 1_000,
                inside + payment_ns - 1_000,
            ),
            *("POST /charge", {"thread.name": f"pod-{drawn.pod}-thread-{drawn.thread}"}),
        ),
        (
            *("payment", f"pod-{drawn.pod}", Kind.CLIENT, inside + 2_000, inside + 200_000),
            *("SELECT", {"db.system": "postgresql", "db.query.text": drawn.statement}),
        ),
    )
    for place, (service, instance, kind, start, end, operation, attributes) in enumerate(rows):
        builder.add(
            SpanRow(
                trace_id=number * 0x9E3779B97F4A7C15 % (1 << 128) + 1,
                span_id=number * 8 + place,
                parent_id=number * 8 + place - 1 if place else 0,
                start_ns=start,
                end_ns=end,
                kind=kind,
                status=Status.ERROR if failed and place == 3 else Status.UNSET,
                process=ProcessNames(service=service, instance=instance),
                names=SpanNames(
                    operation=operation or drawn.endpoint,
                    peer="postgresql" if operation == "SELECT" else "",
                    protocol="http",
                ),
                attributes=attributes.items(),
            )
        )
