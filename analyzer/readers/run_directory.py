"""Run directories: what slowhop, the load tool and the collector wrote beside the spans.

Read leniently. A run can be killed at any moment, so each file may be missing, cut, or from another
version: what cannot be read is None, and the rest counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analyzer.model.issue import Issues
from analyzer.model.load_test import TestRecord
from analyzer.model.profile import ProfileRecord
from analyzer.model.run import (
    AlertsRecord,
    CollectorRecord,
    ForwardRecord,
    LoadPlan,
    LoadPoint,
    LoadRecord,
    RunRecord,
    ToolEndpoint,
    ToolLatency,
)
from analyzer.model.trace_ui import ui_address
from analyzer.readers.lenient_json import LenientObject, read_object, read_objects
from analyzer.readers.load_profile import profile_record
from analyzer.readers.load_test_record import read_test

SPANS = "spans.otlp"
METRICS = "metrics.otlp"
RESOURCES = "resources.otlp"
"""What slowhop itself measured of processes, in the form of metrics."""
RUN = "run.json"
LOAD = "load.json"
LOAD_POINTS = "load.jsonl"
COLLECTOR = "collector.json"
PROFILE = "profile.json"
RUNNING = "running"
"""The state in `collector.json` of a collector that did not close its files, or not yet."""

DEFAULT_TOOL = "locust"
"""What wrote `load.jsonl` where nothing says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecords:
    """All that a run directory says beside its spans."""

    run: RunRecord | None
    load: LoadRecord | None
    collector: CollectorRecord | None
    test: TestRecord | None
    profile: ProfileRecord | None


def is_run_directory(path: Path) -> bool:
    """Whether a directory is one: it has a `run.json` or a `spans.otlp`."""
    return path.is_dir() and any((path / name).is_file() for name in (RUN, SPANS))


def read_records(directory: Path, issues: Issues) -> RunRecords:
    """Read everything but the spans; what is there and damaged is an issue."""
    said = read_object(directory / RUN, issues)
    run = _run(said)
    tool = run.load.tool if run and run.load else DEFAULT_TOOL
    points = tuple(_points(directory, issues))
    load = _load(read_object(directory / LOAD, issues), points, tool)
    ended_ns = load.ended_at_ns if load is not None else None
    return RunRecords(
        run=run,
        load=load,
        collector=_collector(read_object(directory / COLLECTOR, issues)),
        test=read_test(directory, said.part("load") if said else None, ended_ns, issues),
        profile=profile_record(read_object(directory / PROFILE, issues)),
    )


def _run(run: LenientObject | None) -> RunRecord | None:
    if run is None:
        return None
    return RunRecord(
        id=run.text("id") or "",
        command=run.text("command") or "",
        started_at_ns=run.whole("started_at_ns"),
        ended_at_ns=run.whole("ended_at_ns"),
        load=_plan(run.part("load")),
        jaeger_ui=ui_address(run.text("jaeger_ui") or ""),
        alerts=_alerts(run.part("alerts")),
    )


def _alerts(alerts: LenientObject | None) -> AlertsRecord | None:
    if alerts is None:
        return None
    aborted = alerts.part("aborted")
    return AlertsRecord(
        warn=alerts.texts("warn"),
        abort=alerts.texts("abort"),
        aborted_by=(aborted.text("condition") or "") if aborted else "",
        aborted_at=(aborted.text("value") or "") if aborted else "",
    )


def _plan(load: LenientObject | None) -> LoadPlan | None:
    if load is None:
        return None
    return LoadPlan(
        tool=load.text("tool") or DEFAULT_TOOL,
        version=load.text("version"),
        users=load.whole("users"),
        spawn_rate=load.number("spawn_rate"),
        run_time_s=load.number("run_time_s"),
        shape=load.text("shape"),
        host=load.text("host"),
        locustfile=load.text("locustfile"),
        profile_hash=load.text("profile_hash"),
    )


def _load(
    load: LenientObject | None, points: tuple[LoadPoint, ...], tool: str
) -> LoadRecord | None:
    if load is None:
        return _load_so_far(points, tool)
    spans, sent = load.part("spans"), load.part("sent")
    return LoadRecord(
        tool=load.text("tool") or tool,
        version=load.text("version"),
        requests=load.whole("requests") or 0,
        failures=load.whole("failures") or 0,
        throughput_rps=load.number("throughput_rps") or 0.0,
        users_max=load.whole("users_max") or 0,
        latency=_latency(load.part("latency")),
        endpoints=tuple(_endpoints(load)),
        points=points,
        spans_created=spans.whole("created") if spans else None,
        spans_exported=spans.whole("exported") if spans else None,
        begun=sent.whole("begun") if sent else None,
        unsampled=(sent.whole("unsampled") or 0) if sent else 0,
        started_at_ns=load.whole("started_at_ns"),
        ended_at_ns=load.whole("ended_at_ns"),
    )


def _load_so_far(points: tuple[LoadPoint, ...], tool: str) -> LoadRecord | None:
    """What the points say where the end of the run was never written."""
    if not points:
        return None
    return LoadRecord(
        tool=tool,
        requests=points[-1].requests,
        failures=points[-1].failures,
        throughput_rps=_rate(points),
        users_max=max(point.users for point in points),
        started_at_ns=next((point.time_ns for point in points if point.users), None),
        ended_at_ns=points[-1].time_ns,
        points=points,
        finished=False,
    )


def _rate(points: tuple[LoadPoint, ...]) -> float:
    seconds = (points[-1].time_ns - points[0].time_ns) / 1e9
    return (points[-1].requests - points[0].requests) / seconds if seconds > 0 else 0.0


def _latency(latency: LenientObject | None) -> ToolLatency | None:
    if latency is None:
        return None
    mean, p50, p95, p99, most = (
        latency.number(name) for name in ("mean_ms", "p50_ms", "p95_ms", "p99_ms", "max_ms")
    )
    if mean is None or p50 is None or p95 is None or p99 is None or most is None:
        return None
    return ToolLatency(mean_ms=mean, p50_ms=p50, p95_ms=p95, p99_ms=p99, max_ms=most)


def _endpoints(load: LenientObject) -> Iterator[ToolEndpoint]:
    for endpoint in load.parts("endpoints"):
        latency = _latency(endpoint.part("latency"))
        name = endpoint.text("name")
        if latency is not None and name is not None:
            yield ToolEndpoint(
                method=endpoint.text("method") or "",
                name=name,
                requests=endpoint.whole("requests") or 0,
                failures=endpoint.whole("failures") or 0,
                latency=latency,
            )


def _points(directory: Path, issues: Issues) -> Iterator[LoadPoint]:
    for point in read_objects(directory / LOAD_POINTS, issues):
        time_ns = point.whole("time_ns")
        if time_ns is not None:
            yield LoadPoint(
                time_ns=time_ns,
                users=point.whole("users") or 0,
                requests=point.whole("requests") or 0,
                failures=point.whole("failures") or 0,
                throughput_rps=point.number("throughput_rps") or 0.0,
                cpu_percent=point.number("cpu_percent"),
            )


def _collector(collector: LenientObject | None) -> CollectorRecord | None:
    traces = collector.part("traces") if collector else None
    datagrams = collector.part("datagrams") if collector else None
    if collector is None or traces is None:
        return None
    return CollectorRecord(
        requests=traces.whole("requests") or 0,
        received=traces.whole("received") or 0,
        accepted=traces.whole("accepted") or 0,
        refused=traces.whole("refused") or 0,
        turned_away=traces.whole("turned_away") or 0,
        unread=traces.whole("unread") or 0,
        missing=traces.whole("missing") or 0,
        lost_datagrams=datagrams.whole("lost") or 0 if datagrams else 0,
        finished=collector.text("state") != RUNNING,
        forwards=tuple(_forwards(collector)),
    )


def _forwards(collector: LenientObject | None) -> Iterator[ForwardRecord]:
    for target in collector.parts("forward") if collector else ():
        spans = target.part("traces")
        if spans is not None:
            yield ForwardRecord(
                to=target.text("to") or "",
                refused=spans.whole("refused") or 0,
                refusal=spans.text("refusal") or "",
                waiting=spans.whole("waiting") or 0,
                trouble=spans.text("trouble") or "",
            )
