"""Comparisons for the reporters' tests."""

from collections.abc import Sequence

from analyzer.report.compare import (
    CallsDelta,
    Comparison,
    EndpointDelta,
    EndpointPart,
    EndpointRef,
    Figures,
    HopDelta,
    Noise,
    OperationDelta,
    Overall,
    ServiceDelta,
    Side,
    Verdict,
)
from analyzer.report.model import GeneratedBy, Latency

BASE_TIMES = Latency(mean_ms=39.2, p50_ms=36.3, p95_ms=72.3, p99_ms=110.0, max_ms=226.0)
SLOW_TIMES = Latency(mean_ms=89.5, p50_ms=93.8, p95_ms=132.0, p99_ms=199.0, max_ms=341.0)


def side(name: str, latency: Latency, requests: int) -> Side:
    return Side(
        id=name,
        source="spans",
        started_at="2026-11-23T10:00:00.000Z",
        duration_s=20.0,
        requests=requests,
        failures=requests // 250,
        throughput_rps=requests / 20,
        users=10,
        profile_hash="527f3674c0a7a210",
        latency=latency,
        spans=requests * 10,
        lost_share=0.0,
        sampled_share=1.0,
    )


def figures(median_ms: float | None = None) -> Figures:
    return Figures(
        calls_per_request=1.5, median_ms=median_ms, mean_ms=12.0, p95_ms=30.0, p99_ms=41.5
    )


def service(
    rank: int, name: str, delta_ms: float, verdict: Verdict = "noise", *, inferred: bool = False
) -> ServiceDelta:
    return ServiceDelta(
        rank=rank, service=name, inferred=inferred, delta_mean_ms=delta_ms, share=delta_ms / 50,
        ci95_ms=(delta_ms - 1.2, delta_ms + 1.1), verdict=verdict, enough_data=True,
        exact_delta_mean_ms=delta_ms * 0.9, p95_delta_ms=delta_ms * 1.5,
        p99_delta_ms=delta_ms * 2, base=figures(), candidate=figures(),
        own_delta_ms=delta_ms * 0.8, hops_delta_ms=delta_ms * 0.2,
    )  # fmt: skip


def hop(
    rank: int, caller: str, callee: str, delta_ms: float, verdict: Verdict = "noise"
) -> HopDelta:
    return HopDelta(
        rank=rank, caller=caller, callee=callee, delta_mean_ms=delta_ms, share=delta_ms / 50,
        ci95_ms=(delta_ms - 1.2, delta_ms + 1.1), verdict=verdict, enough_data=True,
        exact_delta_mean_ms=delta_ms * 0.9, p95_delta_ms=delta_ms * 1.5,
        p99_delta_ms=delta_ms * 2, base=figures(1.5), candidate=figures(2.5), caller_part=0.25,
    )  # fmt: skip


def operation(
    rank: int, name: str, delta_ms: float, verdict: Verdict = "noise", *,
    of: str = "cart", callee: str | None = None, enough: bool = True,
) -> OperationDelta:  # fmt: skip
    return OperationDelta(
        rank=rank, service=of, operation=name, callee=callee, delta_mean_ms=delta_ms,
        share=delta_ms / 50, ci95_ms=(delta_ms - 1.2, delta_ms + 1.1), verdict=verdict,
        enough_data=enough, exact_delta_mean_ms=delta_ms * 0.9, p95_delta_ms=delta_ms * 1.5,
        p99_delta_ms=delta_ms * 2, base=None, candidate=figures(9.0), calls_delta_ms=0.5,
    )  # fmt: skip


def endpoint(rank: int, name: str, delta_ms: float, verdict: Verdict = "noise") -> EndpointDelta:
    return EndpointDelta(
        rank=rank, endpoint=name, service="locust", delta_mean_ms=delta_ms, share=delta_ms / 50,
        ci95_ms=(delta_ms - 1.2, delta_ms + 1.1), verdict=verdict, enough_data=rank < 3,
        exact_delta_mean_ms=delta_ms * 0.9, p95_delta_ms=delta_ms * 1.5,
        p99_delta_ms=delta_ms * 2, base_requests=180, candidate_requests=160,
        base=BASE_TIMES, candidate=SLOW_TIMES,
        parts=(
            EndpointPart(kind="hop", caller="gateway", callee="search", delta_mean_ms=delta_ms),
            EndpointPart(kind="service", service="search", delta_mean_ms=delta_ms / 2),
        ),
    )  # fmt: skip


def slower_run(
    *,
    names: Sequence[str] = ("pricing", "search", "POST /quotes"),
    warnings: tuple[str, ...] = ("the load differs: 10 users in the base, 20 in the candidate",),
) -> Comparison:
    """A run in which one service is slower, with every section there can be."""
    slow, other, work = names
    return Comparison(
        generated_by=GeneratedBy(name="slowhop", version="0.1.0"),
        basis="calls",
        base=side("2026-11-23T10-00-00Z-demo", BASE_TIMES, 503),
        candidate=side("2026-11-23T11-00-00Z-demo", SLOW_TIMES, 445),
        overall=Overall(
            delta_mean_ms=51.4, ci95_ms=(49.0, 53.7), verdict="slower",
            exact_delta_mean_ms=50.28, p95_delta_ms=59.7, p99_delta_ms=89.0,
        ),
        endpoints=(
            endpoint(1, "GET /search", 59.8, "slower"),
            endpoint(2, "POST /cart", 54.2, "slower"),
            endpoint(3, "GET /", 1.2),
        ),
        services=(
            service(1, slow, 82.7, "slower"),
            service(2, other, 2.31),
            service(3, "gateway", 0.94),
            service(4, "sqlite", 0.41, inferred=True),
            service(5, "catalog", 0.0),
            service(6, "mailer", -9.1, "faster"),
        ),
        hops=(hop(1, other, slow, 3.6), hop(2, "gateway", other, 0.12)),
        operations=(
            operation(1, "GET /prices/<int:product_id>", 81.4, "slower", of=slow),
            operation(2, work, 2.9, of="gateway", callee=slow, enough=False),
        ),
        background=(operation(1, "process orders", 20.2, "slower", of="mailer"),),
        calls=(
            CallsDelta(
                kind="more", service="catalog", operation="SELECT", callee="sqlite",
                base_per_request=0.63, candidate_per_request=18.51, delta_mean_ms=53.5,
            ),
            CallsDelta(
                kind="added", service=other, operation=work, callee=None,
                base_per_request=0.0, candidate_per_request=1.0, delta_mean_ms=2.0,
            ),
        ),
        only_in_candidate=(EndpointRef(endpoint="GET /new", service="locust", requests=31),),
        noise=Noise(
            least_change_ms=8.945, drift_within=0.15, drift_between=0.42, resamplings=400
        ),
        warnings=warnings,
    )  # fmt: skip


def all_noise() -> Comparison:
    """Two runs of the same thing."""
    again = slower_run(warnings=())
    return again.model_copy(
        update={
            "overall": Overall(
                delta_mean_ms=0.4, ci95_ms=(-1.2, 2.1), verdict="noise",
                exact_delta_mean_ms=0.7, p95_delta_ms=-3.0, p99_delta_ms=12.0,
            ),
            "candidate": side("2026-11-23T12-00-00Z-demo", BASE_TIMES, 498),
            "endpoints": tuple(endpoint(n, f"GET /{n}", 2.0 - n) for n in range(1, 6)),
            "services": tuple(service(n, f"service{n}", 2.0 - n) for n in range(1, 6)),
            "hops": (),
            "operations": (),
            "background": (),
            "calls": (),
            "only_in_candidate": (),
        }
    )  # fmt: skip


def from_reports() -> Comparison:
    """The same by saved reports."""
    return slower_run(warnings=()).model_copy(
        update={"basis": "reports", "background": (), "calls": ()}
    )
