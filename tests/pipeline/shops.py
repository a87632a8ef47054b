"""A front service and what it calls, all requests alike."""

from dataclasses import dataclass

from analyzer.model.builder import SpanBuilder, SpanRow
from analyzer.model.naming import ProcessNames, SpanNames
from analyzer.model.spans import Kind, Spans

MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Call:
    """An internal step of another service, as if called over nothing, in ms of the request."""

    service: str
    begin: float
    end: float
    operation: str = ""


_traces = iter(range(1, 1 << 60))


def shop(
    requests: int, calls: tuple[Call, ...], *, length_ms: float, endpoint: str = "GET /"
) -> Spans:
    """So many requests to `front`, each of this length with these calls; clocks agree."""
    builder = SpanBuilder()
    for _ in range(requests):
        trace = next(_traces)
        start = trace * 1_000 * MS
        steps = [Call("front", 0, length_ms, endpoint), *calls]
        for number, step in enumerate(steps):
            builder.add(
                SpanRow(
                    trace_id=trace,
                    span_id=trace * 100 + number + 1,
                    parent_id=trace * 100 + 1 if number else 0,
                    start_ns=start + round(step.begin * MS),
                    end_ns=start + round(step.end * MS),
                    kind=Kind.SERVER,
                    status=0,
                    process=ProcessNames(service=step.service, instance=""),
                    names=SpanNames(
                        operation=step.operation or f"{step.service} work", peer="", protocol=""
                    ),
                )
            )
    return builder.build()
