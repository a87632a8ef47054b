"""What load the traces show, beside what the load tool counted itself."""

from analyzer.attribution.contributions import Contributions
from analyzer.model.public_text import public_name
from analyzer.model.run import Capture, LoadRecord, ToolLatency
from analyzer.ranking import requests as of_requests
from analyzer.ranking.owners import Owners
from analyzer.ranking.scaling_timeline import with_parts
from analyzer.report import model as report


def load_section_of(capture: Capture, found: Contributions, owners: Owners) -> report.LoadSection:
    """The load that the requests were, over time, and the load tool's own numbers."""
    requests, load = found.requests, capture.load
    begin, end = of_requests.observed(requests)
    flight = of_requests.in_flight(requests)
    users = {p.time_ns: p.users for p in load.points} if load else {}
    return report.LoadSection(
        requests=len(requests),
        failures=int(requests.failed.sum()),
        throughput_rps=round(len(requests) * 1e9 / (end - begin), 3) if end > begin else 0.0,
        users_max=load.users_max if load else None,
        in_flight_mean=round(flight.mean, 3),
        in_flight_max=flight.max,
        timeline=with_parts(of_requests.timeline(requests, users), found, owners),
        reported=_reported(load) if load else None,
    )


def _reported(load: LoadRecord) -> report.ToolLoad:
    return report.ToolLoad(
        tool=load.tool,
        version=load.version,
        requests=load.requests,
        failures=load.failures,
        throughput_rps=load.throughput_rps,
        latency=_tool_latency(load.latency) if load.latency else None,
        endpoints=tuple(
            report.ToolEndpoint(
                method=e.method,
                name=public_name(e.name),
                requests=e.requests,
                failures=e.failures,
                latency=_tool_latency(e.latency),
            )
            for e in load.endpoints
        ),
    )


def _tool_latency(of: ToolLatency) -> report.Latency:
    return report.Latency(
        mean_ms=of.mean_ms, p50_ms=of.p50_ms, p95_ms=of.p95_ms, p99_ms=of.p99_ms, max_ms=of.max_ms
    )


def response_time_of(found: Contributions) -> report.ResponseTime:
    """The response times of all requests."""
    of = of_requests.latency(found.requests.duration_ns)
    return report.ResponseTime(
        mean=of.mean_ms, p50=of.p50_ms, p95=of.p95_ms, p99=of.p99_ms, max=of.max_ms
    )
