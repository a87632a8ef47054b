"""Requests on a shop, span by span, for tests that look at what is shown."""

from collections.abc import Sequence

from analyzer.model.spans import Kind, Status
from analyzer.model.waterfall import PathPiece, TraceSummary, Waterfall, WaterfallSpan
from tests.reporters.builders import TRACE

MS = 1_000_000
"""Nanoseconds."""
START_NS = 1_795_428_000_000_000_000
"""2026-11-23T10:00:00Z."""


def span(
    depth: int,
    service: str,
    operation: str,
    interval_ms: tuple[float, float],
    *,
    on_path: Sequence[tuple[float, float]] = (),
    kind: Kind = Kind.SERVER,
    status: Status = Status.UNSET,
    shifted_ms: float = 0.0,
    waited_for: bool = True,
    lost_parent: bool = False,
    hop_to: str | None = None,
    span_id: int = 1,
) -> WaterfallSpan:
    """A span whose times are milliseconds after the start of its request."""

    def ns(ms: float) -> int:
        return START_NS + round(ms * MS)

    return WaterfallSpan(
        span_id=f"{span_id:016x}",
        parent_id=None,
        depth=depth,
        service=service,
        operation=operation,
        kind=kind,
        status=status,
        start_ns=ns(interval_ms[0]),
        end_ns=ns(interval_ms[1]),
        own_ns=round(sum(end - start for start, end in on_path) * MS),
        pieces=tuple(PathPiece(start_ns=ns(start), end_ns=ns(end)) for start, end in on_path),
        shifted_ns=round(shifted_ms * MS),
        waited_for=waited_for,
        lost_parent=lost_parent,
        hop_to=hop_to,
    )


def checkout_waterfall() -> Waterfall:
    """One checkout: a parallel stock check, a slow payment, a mail after the reply."""
    return Waterfall(
        trace_id=TRACE,
        endpoint="POST /checkout",
        start_ns=START_NS,
        end_ns=START_NS + 301 * MS,
        spans=(
            span(
                0,
                "locust",
                "POST /checkout",
                (0, 301),
                on_path=((0, 2), (299, 301)),
                kind=Kind.CLIENT,
                hop_to="gateway",
                span_id=1,
            ),
            span(
                1,
                "gateway",
                "POST /checkout",
                (2, 299),
                on_path=((2, 8), (60, 62), (296, 299)),
                shifted_ms=0.4,
                span_id=2,
            ),
            span(2, "cart", "GET /cart/<id>", (8, 60), on_path=((8, 20), (55, 60)), span_id=3),
            span(
                3,
                "cart",
                "SELECT price",
                (20, 55),
                on_path=((20, 55),),
                kind=Kind.CLIENT,
                hop_to="postgresql",
                span_id=4,
            ),
            span(2, "inventory", "POST /reserve", (62, 120), span_id=5),
            span(
                2,
                "payment",
                "POST /charge",
                (62, 296),
                on_path=((62, 296),),
                status=Status.ERROR,
                span_id=6,
            ),
            span(2, "mail", "send receipt", (297, 480), waited_for=False, span_id=7),
            span(1, "pricing", "POST /quote", (30, 40), lost_parent=True, span_id=8),
        ),
    )


def summaries() -> tuple[TraceSummary, ...]:
    return (
        TraceSummary(
            trace_id=TRACE,
            endpoint="POST /checkout",
            service="locust",
            start_ns=START_NS + 1234 * MS,
            duration_ns=1204 * MS,
            spans=24,
            services=7,
            errors=1,
            slowest_part="payment",
        ),
        TraceSummary(
            trace_id="00f067aa0ba902b700f067aa0ba902b7",
            endpoint="GET /products/<id>",
            service="locust",
            start_ns=START_NS + 2234 * MS,
            duration_ns=64 * MS,
            spans=6,
            services=3,
            errors=0,
            slowest_part="postgresql",
        ),
    )
