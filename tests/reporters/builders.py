"""Reports as a run on a shop gives them, for tests that look at what is shown."""

from analyzer.report.model import (
    Capacity,
    Completeness,
    Contribution,
    EndpointRow,
    Exemplar,
    Finding,
    Gain,
    GeneratedBy,
    HopRow,
    Input,
    IssueRow,
    Kpis,
    Latency,
    Load,
    LoadSection,
    OperationRow,
    PartMean,
    PartRef,
    PathRow,
    Report,
    ResponseTime,
    Run,
    Saturation,
    Saving,
    Scaling,
    ScalingRow,
    ServiceRow,
    Tail,
    TailAttribute,
    TailRow,
    TimelinePoint,
    ToolEndpoint,
    ToolLoad,
)
from analyzer.report.resources import Resources

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def contribution(share: float, mean_ms: float, p95_ms: float, p99_ms: float) -> Contribution:
    return Contribution(
        mean_ms=mean_ms,
        share=share,
        p50_ms=round(mean_ms * 0.81, 2),
        p95_ms=p95_ms,
        p99_ms=p99_ms,
        ci95_ms=(round(mean_ms * 0.97, 2), round(mean_ms * 1.03, 2)),
    )


def saving(mean_ms: float, p95_ms: float) -> Gain:
    """What half of the time brings; a tenth and all of it in proportion."""
    return Gain(
        if_10_percent_faster=Saving(mean_ms=mean_ms / 5, p95_ms=p95_ms / 5, p99_ms=p95_ms / 4),
        if_50_percent_faster=Saving(mean_ms=mean_ms, p95_ms=p95_ms, p99_ms=p95_ms * 1.2),
        if_removed=Saving(mean_ms=mean_ms * 2, p95_ms=p95_ms * 2, p99_ms=p95_ms * 2.2),
    )


def service(
    rank: int,
    name: str,
    figures: Contribution,
    *,
    inferred: bool = False,
    enough_data: bool = True,
    errors: int = 0,
    gain: Gain | None = None,
) -> ServiceRow:
    return ServiceRow(
        rank=rank,
        service=name,
        inferred=inferred,
        enough_data=enough_data,
        contribution=figures,
        tail_share=figures.share,
        calls_per_request=1.0,
        errors=errors,
        gain=gain or Gain(),
        exemplars=(TRACE,),
    )


def hop(
    rank: int,
    caller: str,
    callee: str,
    figures: Contribution,
    *,
    inferred: bool = False,
    enough_data: bool = True,
    gain: Gain | None = None,
) -> HopRow:
    return HopRow(
        rank=rank,
        caller=caller,
        callee=callee,
        protocol="http",
        inferred=inferred,
        enough_data=enough_data,
        contribution=figures,
        tail_share=figures.share,
        calls_per_request=1.0,
        errors=0,
        gain=gain or Gain(),
        exemplars=(TRACE,),
    )


def operation(
    rank: int, service: str, name: str, figures: Contribution, *, callee: str | None = None
) -> OperationRow:
    return OperationRow(
        rank=rank,
        service=service,
        operation=name,
        callee=callee,
        enough_data=True,
        contribution=figures,
        tail_share=figures.share,
        calls_per_request=1.0 if callee is None else 12.0,
        errors=0,
        exemplars=(TRACE,),
    )


def latency(mean_ms: float, p50_ms: float, p95_ms: float, p99_ms: float, max_ms: float) -> Latency:
    return Latency(mean_ms=mean_ms, p50_ms=p50_ms, p95_ms=p95_ms, p99_ms=p99_ms, max_ms=max_ms)


def endpoint(
    rank: int,
    name: str,
    requests: int,
    times: Latency,
    slowest: PartRef | None,
    *,
    failures: int = 0,
) -> EndpointRow:
    return EndpointRow(
        rank=rank,
        endpoint=name,
        service="locust",
        requests=requests,
        failures=failures,
        throughput_rps=requests / 60,
        latency=times,
        slowest_part=slowest,
    )


SHOP_LATENCY = latency(118.0, 96.4, 240.2, 410.0, 1204.0)


def shop_services(*, gain: bool = False) -> tuple[ServiceRow, ...]:
    def back(mean_ms: float, p95_ms: float) -> Gain | None:
        return saving(mean_ms, p95_ms) if gain else None

    return (
        service(1, "payment", contribution(0.472, 55.7, 131.2, 240.4), gain=back(27.1, 62.0)),
        service(
            2,
            "postgresql",
            contribution(0.123, 14.5, 33.0, 51.0),
            inferred=True,
            gain=back(4.1, 6.0),
        ),
        service(3, "cart", contribution(0.078, 9.2, 20.1, 44.0), errors=3, gain=back(4.6, 8.0)),
        service(4, "inventory", contribution(0.055, 6.5, 17.2, 23.0), gain=back(0.0, 0.0)),
        service(5, "gateway", contribution(0.030, 3.54, 5.1, 8.8), gain=back(1.7, 2.2)),
        service(6, "catalog", contribution(0.017, 2.0, 3.9, 6.1), gain=back(0.9, 1.4)),
        service(
            7, "recommendation-service", contribution(0.004, 0.47, 1.2, 2.0), enough_data=False
        ),
    )


def shop_hops(*, gain: bool = False) -> tuple[HopRow, ...]:
    return (
        hop(
            1,
            "gateway",
            "search",
            contribution(0.179, 21.1, 48.0, 96.0),
            gain=saving(10.2, 19.0) if gain else None,
        ),
        hop(2, "locust", "gateway", contribution(0.021, 2.48, 4.0, 7.7)),
        hop(3, "cart", "postgresql", contribution(0.014, 1.65, 3.1, 5.2), inferred=True),
        hop(4, "gateway", "payment", contribution(0.007, 0.83, 1.9, 3.3)),
    )


SHOP_OPERATIONS = (
    operation(1, "payment", "POST /charge", contribution(0.472, 55.7, 131.2, 240.4)),
    operation(
        2, "cart", "SELECT price", contribution(0.123, 14.5, 33.0, 51.0), callee="postgresql"
    ),
    operation(3, "cart", "POST /cart", contribution(0.078, 9.2, 20.1, 44.0)),
    operation(4, "inventory", "GET /stock/<id>", contribution(0.055, 6.5, 17.2, 23.0)),
)

SHOP_ENDPOINTS = (
    endpoint(
        1,
        "POST /checkout",
        601,
        latency(301.0, 280.0, 520.0, 800.0, 1204.0),
        PartRef(kind="service", service="payment", share=0.71),
        failures=3,
    ),
    endpoint(
        2,
        "GET /search",
        1804,
        latency(120.0, 101.0, 210.0, 300.0, 420.0),
        PartRef(kind="hop", caller="gateway", callee="search", share=0.44),
    ),
    endpoint(
        3,
        "GET /products/<id>",
        1203,
        latency(64.0, 60.0, 110.0, 160.0, 230.0),
        PartRef(kind="service", service="postgresql", share=0.38),
    ),
    endpoint(4, "GET /health", 1204, latency(0.82, 0.7, 1.4, 3.1, 9.96), None),
)

SHOP_PATHS = (
    PathRow(
        rank=1,
        steps=("locust GET /search", "gateway GET /search", "search GET /search"),
        requests=1804,
        share=0.375,
        mean_ms=120.0,
        exemplars=(TRACE,),
    ),
    PathRow(
        rank=2,
        steps=(
            "locust POST /checkout",
            "gateway POST /checkout",
            "cart GET /cart/<id>",
            "cart SELECT price",
            "pricing POST /quote",
            "payment POST /charge",
            "inventory POST /reserve",
        ),
        requests=598,
        share=0.124,
        mean_ms=301.0,
        exemplars=(TRACE,),
    ),
)

SHOP_ISSUES = (
    IssueRow(
        kind="missing_service", count=4, spans=4, examples=("spans.otlp:17: no service.name",)
    ),
)


def completeness(
    *, spans: int = 38_496, issues: tuple[IssueRow, ...] = SHOP_ISSUES
) -> Completeness:
    return Completeness(
        spans=spans,
        duplicates=2,
        rejected=0,
        lost_subtrees=12,
        lost_spans=53,
        traces=4812,
        whole=4759,
        partial=53,
        rootless=0,
        skew_corrected_spans=212,
        skew_max_ms=0.4,
        adopted_spans=0,
        async_spans=601,
        requests=4812,
        requests_without_trace=0,
        sampled_share=1.0,
        issues=issues,
    )


def tool_load() -> ToolLoad:
    times = latency(118.2, 96.0, 240.0, 410.0, 1204.0)
    return ToolLoad(
        tool="locust",
        version="2.43.1",
        requests=4812,
        failures=3,
        throughput_rps=80.1,
        latency=times,
        endpoints=(
            ToolEndpoint(method="POST", name="/checkout", requests=601, failures=3, latency=times),
        ),
    )


def run(identity: str = "2026-11-23T10-00-00Z-shop") -> Run:
    return Run(
        id=identity,
        command="live",
        started_at="2026-11-23T10:00:00Z",
        duration_s=60.2,
        load=Load(tool="locust", version="2.43.1", users=20, spawn_rate=10.0, run_time_s=60.0),
        inputs=(Input(path="spans.otlp", format="otlp-proto", bytes=17_130_720, spans=38_496),),
    )


def shop_report(
    *,
    services: tuple[ServiceRow, ...] | None = None,
    hops: tuple[HopRow, ...] | None = None,
    endpoints: tuple[EndpointRow, ...] = SHOP_ENDPOINTS,
    operations: tuple[OperationRow, ...] = SHOP_OPERATIONS,
    paths: tuple[PathRow, ...] = SHOP_PATHS,
    warnings: tuple[str, ...] = (),
    identity: str = "2026-11-23T10-00-00Z-shop",
) -> Report:
    """A minute of load on the shop, its payment slow; no gain, tail, scaling or findings."""
    return Report(
        generated_by=GeneratedBy(name="slowhop", version="0.1.0"),
        run=run(identity),
        completeness=completeness(),
        load=LoadSection(
            requests=4812,
            failures=3,
            throughput_rps=80.2,
            users_max=20,
            in_flight_mean=9.5,
            in_flight_max=19,
            timeline=shop_timeline(),
            reported=tool_load(),
        ),
        kpis=Kpis(
            response_time_ms=ResponseTime(mean=118.0, p50=96.4, p95=240.2, p99=410.0, max=1204.0)
        ),
        endpoints=endpoints,
        services=shop_services() if services is None else services,
        hops=shop_hops() if hops is None else hops,
        operations=operations,
        paths=paths,
        warnings=warnings,
        exemplars=(
            Exemplar(trace_id=TRACE, endpoint="POST /checkout", latency_ms=301.2, why="median"),
        ),
    )


def shop_timeline() -> tuple[TimelinePoint, ...]:
    """A load that grows for a while; in its third second nothing ended."""

    def point(second: int) -> TimelinePoint:
        load = min(1 + second, 12)
        return TimelinePoint(
            t_s=float(second),
            users=load,
            throughput_rps=8.0 * load if second != 3 else 0.0,
            p95_ms=20.0 * load if second != 3 else None,
            in_flight=1.5 * load,
            parts=(
                PartMean(kind="service", service="payment", mean_ms=4.0 * load),
                PartMean(kind="hop", caller="gateway", callee="search", mean_ms=20.0),
            )
            if second != 3
            else (),
        )

    return tuple(point(second) for second in range(20))


def shop_tail() -> Tail:
    return Tail(
        slow_from_ms=110.0,
        slow_requests=240,
        typical_requests=2406,
        slow_mean_ms=289.0,
        typical_mean_ms=118.0,
        rows=(
            TailRow(
                kind="service",
                service="payment",
                slow_mean_ms=183.0,
                typical_mean_ms=55.0,
                excess_share=0.75,
                slow_calls_per_request=1.0,
                typical_calls_per_request=1.0,
            ),
            TailRow(
                kind="hop",
                caller="gateway",
                callee="search",
                slow_mean_ms=43.0,
                typical_mean_ms=21.0,
                excess_share=0.13,
                slow_calls_per_request=0.4,
                typical_calls_per_request=0.4,
            ),
            TailRow(
                kind="operation",
                service="payment",
                operation="POST /charge",
                slow_mean_ms=181.0,
                typical_mean_ms=54.0,
                excess_share=0.74,
                slow_calls_per_request=3.0,
                typical_calls_per_request=1.1,
            ),
        ),
        attributes=(
            TailAttribute(
                service="payment",
                attribute="instance",
                value="payment-7f9c/3",
                slow_requests=214,
                slow_share=0.89,
                typical_share=0.25,
                odds_ratio=24.3,
                p_adjusted=1.2e-80,
                excess_ms=146.0,
                excess_share=0.853,
                exemplars=(TRACE,),
            ),
        ),
        attributes_tested=412,
    )


def shop_scaling() -> Scaling:
    return Scaling(
        in_flight_low=2.1,
        in_flight_high=17.4,
        load_varied=True,
        rows=(
            ScalingRow(
                kind="service",
                service="payment",
                at_low_load_ms=18.0,
                at_high_load_ms=55.8,
                growth=3.1,
                growth_ci95=(2.8, 3.4),
                grows=True,
            ),
            ScalingRow(
                kind="hop",
                caller="gateway",
                callee="search",
                at_low_load_ms=11.0,
                at_high_load_ms=21.0,
                growth=1.9,
                growth_ci95=(1.6, 2.2),
                grows=True,
            ),
            ScalingRow(
                kind="service",
                service="cart",
                at_low_load_ms=9.0,
                at_high_load_ms=9.9,
                growth=1.1,
                growth_ci95=(0.9, 1.3),
                grows=False,
            ),
        ),
        saturation=Saturation(
            service="search",
            workers_busy=4,
            in_flight=9.4,
            throughput_rps=80.0,
            wait_low_ms=11.0,
            wait_high_ms=21.0,
        ),
        capacity=Capacity(
            throughput_rps=95.0,
            at_users=24,
            at_in_flight=12.1,
            contention=0.09,
            coherency=0.004,
            fit_r2=0.97,
            first_to_saturate="search",
        ),
    )


def shop_resources() -> tuple[Resources, ...]:
    """What was measured of the shop: all of some services, little of others."""
    return (
        Resources(
            service="payment",
            instances=4,
            cpu_percent=12.4,
            cpu_max_percent=31.0,
            memory_mb=412.7,
            memory_max_mb=1431.0,
            disk_read_mb_s=0.0,
            disk_write_mb_s=0.0123,
            network_in_mb_s=0.4,
            network_out_mb_s=21.5,
            threads_max=64.0,
        ),
        Resources(service="search", instances=1, cpu_percent=99.2, cpu_max_percent=100.0),
        Resources(service="postgresql", memory_mb=88.0, memory_max_mb=91.0),
    )


def full_report() -> Report:
    """The shop again, with every section there is."""
    first, *others = shop_services(gain=True)
    bound = {"bound": "waiting", "cpu_percent": 12.4, "cpu_per_own_second": 0.042}
    report = shop_report(
        services=(first.model_copy(update=bound), *others),
        hops=shop_hops(gain=True),
        warnings=("5 requests of locust have no trace; they are missing in the ranking.",),
    )
    return report.model_copy(
        update={
            "kpis": report.kpis.model_copy(update={"resources": shop_resources()}),
            "load": report.load.model_copy(update={"generator_cpu_max_percent": 63.0}),
            "tail": shop_tail(),
            "scaling": shop_scaling(),
            "findings": (
                Finding(
                    kind="saturation",
                    severity="error",
                    subject="payment",
                    message="4 workers, 3.9 busy at 80 requests/s",
                    advice="More workers or a shorter call",
                    gain_mean_ms=27.1,
                    exemplars=(TRACE,),
                ),
                Finding(
                    kind="repeated_calls",
                    severity="warning",
                    subject="cart → postgresql",
                    message="12 times a request, one by one (SELECT price)",
                    advice="Ask once for all prices",
                    gain_mean_ms=9.0,
                    exemplars=(TRACE,),
                ),
                Finding(
                    kind="lost_spans",
                    severity="info",
                    subject="search",
                    message="53 spans were lost",
                    advice="Raise OTEL_BSP_MAX_QUEUE_SIZE in search",
                ),
            ),
        }
    )


def empty_report(*, client_spans: int = 0) -> Report:
    """A run that gave no spans, or those of the load generator only."""
    requests = 4812 if client_spans else 0
    nothing = ResponseTime(mean=0.0, p50=0.0, p95=0.0, p99=0.0, max=0.0)
    return Report(
        generated_by=GeneratedBy(name="slowhop", version="0.1.0"),
        run=run(),
        completeness=Completeness(
            spans=client_spans,
            duplicates=0,
            rejected=0,
            lost_subtrees=0,
            traces=requests,
            whole=requests,
            partial=0,
            rootless=0,
            skew_corrected_spans=0,
            adopted_spans=0,
            async_spans=0,
            requests=4812,
            requests_without_trace=4812 - requests,
            sampled_share=1.0 if client_spans else 0.0,
            client_spans_only=bool(client_spans),
        ),
        load=LoadSection(
            requests=requests,
            failures=0,
            throughput_rps=80.2 if client_spans else 0.0,
            users_max=20,
            in_flight_mean=0.0,
            in_flight_max=0,
            timeline=(),
            reported=tool_load(),
        ),
        kpis=Kpis(response_time_ms=nothing),
        endpoints=(),
        services=(),
        hops=(),
        operations=(),
        paths=(),
    )
