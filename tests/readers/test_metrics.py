"""Metrics become resources, whatever convention, temporality and unit they come in."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Histogram, HistogramDataPoint, Metric

from analyzer.model.issue import IssueKind
from analyzer.model.resources import ResourceSeries
from analyzer.model.run import Capture
from analyzer.readers.metric_owners import Owners
from analyzer.readers.metric_streams import Streams
from analyzer.readers.read import read
from tests.readers import wire
from tests.readers.otlp_metrics import (
    BEGIN,
    DELTA,
    SEARCH,
    SECOND,
    counter,
    level,
    point,
    request,
    run_with,
)

MB = 1_000_000


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "run"


def told(capture: Capture, name: str, service: str = "search") -> list[float]:
    """The values of the one series of a resource."""
    (series,) = [s for s in capture.resources if (s.service, s.name) == (service, name)]
    return [round(value, 6) for value in series.values.tolist()]


def issues(capture: Capture) -> dict[str, int]:
    return {issue.kind.value: issue.count for issue in capture.issues}


COUNTERS = [
    ("process.cpu.time", "s", 0.25, {}, "cpu", 25.0),
    ("process.runtime.cpython.cpu_time", "s", 0.25, {}, "cpu", 25.0),
    ("jvm.cpu.time", "s", 1.5, {}, "cpu", 150.0),
    ("container.cpu.time", "s", 0.5, {}, "cpu", 50.0),
    ("container.cpu.usage.total", "ns", 500_000_000, {}, "cpu", 50.0),
    ("slowhop.process.cpu.delay", "s", 0.25, {}, "cpu_delay", 25.0),
    ("process.disk.io", "By", 2 * MB, {"direction": "read"}, "disk_read", 2.0),
    ("process.disk.io", "By", 3 * MB, {"disk.io.direction": "write"}, "disk_write", 3.0),
    ("container.disk.io", "By", 3 * MB, {"disk.io.direction": "read"}, "disk_read", 3.0),
    ("container.blockio.io_service_bytes_recursive", "By", MB, {"operation": "read"},
     "disk_read", 1.0),
    ("container.blockio.io_service_bytes_recursive", "By", MB, {"operation": "Write"},
     "disk_write", 1.0),
    ("process.network.io", "By", MB, {"network.io.direction": "receive"}, "network_in", 1.0),
    ("container.network.io", "MBy", 4, {"network.io.direction": "transmit"}, "network_out", 4.0),
    ("container.network.io.usage.rx_bytes", "By", MB, {"interface": "eth0"}, "network_in", 1.0),
    ("container.network.io.usage.tx_bytes", "By", MB, {"interface": "eth0"}, "network_out", 1.0),
]  # fmt: skip


@pytest.mark.parametrize(("metric", "unit", "each_s", "named", "name", "value"), COUNTERS)
def test_counters_are_read_as_rates(
    directory: Path,
    metric: str,
    unit: str,
    each_s: float,
    named: dict[str, str],
    name: str,
    value: float,
) -> None:
    totals = [point(at, each_s * (7 + at), named, start_s=-60) for at in range(4)]
    capture = read([run_with(directory, request(counter(metric, unit, totals)))])
    assert told(capture, name) == [value] * 3
    assert issues(capture) == {}


LEVELS = [
    ("process.memory.usage", "By", 50 * MB, {}, "memory", 50.0),
    ("process.memory.physical_usage", "By", 50 * MB, {}, "memory", 50.0),
    ("process.runtime.cpython.memory", "By", 50 * MB, {"type": "rss"}, "memory", 50.0),
    ("container.memory.usage", "MiBy", 1, {}, "memory", 1.048576),
    ("container.memory.usage.total", "By", 50 * MB, {}, "memory", 50.0),
    ("jvm.memory.used", "By", 50 * MB, {"jvm.memory.type": "heap"}, "memory", 50.0),
    ("v8js.memory.heap.used", "By", 50 * MB, {}, "memory", 50.0),
    ("process.thread.count", "{thread}", 9, {}, "threads", 9.0),
    ("process.threads", "{threads}", 9, {}, "threads", 9.0),
]


@pytest.mark.parametrize(("metric", "unit", "sent", "named", "name", "value"), LEVELS)
def test_levels_are_read_as_they_are(
    directory: Path,
    metric: str,
    unit: str,
    sent: float,
    named: dict[str, str],
    name: str,
    value: float,
) -> None:
    points = [point(at, sent, named) for at in range(3)]
    capture = read([run_with(directory, request(level(metric, unit, points)))])
    assert told(capture, name) == [value] * 3


def test_processors_in_use_are_percent_of_one_core(directory: Path) -> None:
    cores = level("container.cpu.usage", "{cpu}", [point(at, 1.5) for at in range(3)])
    assert told(read([run_with(directory, request(cores))]), "cpu") == [150.0, 150.0]


def test_a_share_of_processors_needs_their_number(directory: Path) -> None:
    share = level("process.cpu.utilization", "1", [point(at, 0.25) for at in range(3)])
    number = level("jvm.cpu.count", "{cpu}", [point(0, 4)])
    assert told(read([run_with(directory, request(share, number))]), "cpu") == [100.0, 100.0]
    alone = read([run_with(directory, request(share))])
    assert alone.resources == ()
    assert issues(alone) == {"odd_metrics": 1}
    time = counter("process.cpu.time", "s", [point(at, 0.1 * at) for at in range(3)])
    assert issues(read([run_with(directory, request(share, time))])) == {}


def test_states_and_devices_are_added_up(directory: Path) -> None:
    points = [
        point(at, each * at, {"cpu.mode": mode}, start_s=-1)
        for at in range(3)
        for mode, each in (("user", 0.5), ("system", 0.25))
    ]
    capture = read([run_with(directory, request(counter("process.cpu.time", "s", points)))])
    assert told(capture, "cpu") == [75.0, 75.0]


def test_what_tells_the_same_twice_counts_once(directory: Path) -> None:
    new = counter("process.cpu.time", "s", [point(at, 0.5 * at) for at in range(3)])
    old = counter("process.runtime.cpython.cpu_time", "s", [point(at, 0.5 * at) for at in range(3)])
    virtual = level("process.memory.virtual", "By", [point(0, 900 * MB)])
    whole = counter("system.cpu.time", "s", [point(at, 2.0 * at) for at in range(3)])
    capture = read([run_with(directory, request(old, new, virtual, whole))])
    assert told(capture, "cpu") == [50.0, 50.0]
    assert [s.name for s in capture.resources] == ["cpu"]


def test_what_was_asked_to_be_watched_counts_before_what_services_say(directory: Path) -> None:
    said = counter("process.cpu.time", "s", [point(at, 0.5 * at) for at in range(3)])
    seen = counter("process.cpu.time", "s", [point(at, 0.75 * at) for at in range(3)])
    resource: dict[str, str | int] = {"service.name": "search", "process.pid": 7}
    watched = request(seen, resource=resource, scope="slowhop.watch")
    capture = read([run_with(directory, request(said), resources=[watched])])
    assert told(capture, "cpu") == [75.0, 75.0]


def test_network_of_the_system_is_the_service_s_in_a_container_alone(directory: Path) -> None:
    io = counter(
        "system.network.io",
        "By",
        [
            point(at, MB * at, {"direction": "receive", "device": device})
            for at in range(3)
            for device in ("eth0", "lo")
        ],
    )
    assert read([run_with(directory, request(io))]).resources == ()
    contained = request(io, resource={**SEARCH, "container.id": "c0ffee"})
    assert told(read([run_with(directory, contained)]), "network_in") == [1.0, 1.0]


@pytest.mark.parametrize("starts_known", [True, False])
def test_deltas(directory: Path, *, starts_known: bool) -> None:
    points = [point(at, 0.5, start_s=at - 1 if starts_known else None) for at in (1, 2, 3, 5)]
    metric = counter("process.cpu.time", "s", points, temporality=DELTA)
    found = told(read([run_with(directory, request(metric))]), "cpu")
    # the second between 3 and 4 was not measured, unless the last point speaks of both
    assert found == ([50.0] * 4 if starts_known else [50.0, 50.0, 25.0])


def test_a_counter_that_begins_anew_counts_from_nothing(directory: Path) -> None:
    totals = [(0, 5.0, -9), (1, 5.5, -9), (2, 6.0, -9), (4, 0.4, 3.5), (5, 0.9, 3.5), (6, 1.4, 3.5)]
    points = [point(at, value, start_s=start) for at, value, start in totals]
    found = told(
        read([run_with(directory, request(counter("process.cpu.time", "s", points)))]), "cpu"
    )
    assert found == [50.0, 50.0, 50.0, 50.0]
    unsaid = [point(at, value) for at, value, _ in totals]
    capture = read([run_with(directory, request(counter("process.cpu.time", "s", unsaid)))])
    assert told(capture, "cpu") == [50.0, 50.0, 20.0, 50.0, 50.0]


def test_a_gap_is_the_mean_of_its_time(directory: Path) -> None:
    points = [point(at, 0.5 * at) for at in (0, 1, 5, 6)]
    capture = read([run_with(directory, request(counter("process.cpu.time", "s", points)))])
    (series,) = capture.resources
    assert series.since_ns is not None
    assert ((series.times_ns - series.since_ns) // SECOND).tolist() == [1, 4, 1]
    assert series.values.tolist() == [50.0, 50.0, 50.0]


def test_processes_stay_apart_and_are_named_as_spans_name_them(directory: Path) -> None:
    requests = [
        request(
            level("process.memory.usage", "By", [point(0, number * MB)]),
            resource={"service.name": "search", "host.name": "h", "process.pid": number},
        )
        for number in (1, 2)
    ]
    capture = read([run_with(directory, *requests)])
    assert [(s.service, s.instance) for s in capture.resources] == [
        ("search", "h/1"),
        ("search", "h/2"),
    ]


@pytest.mark.parametrize(
    "resource",
    [
        {"process.pid": 7, "process.executable.name": "python3"},
        {"process.pid": 7, "host.name": "h"},
        {"container.id": "c0ffee"},
        {"container.name": "search"},
        {"container.name": "/project-search-1"},
        {"k8s.container.name": "search"},
    ],
)
def test_processes_and_containers_without_a_service_are_those_that_spans_came_from(
    directory: Path, resource: dict[str, str | int]
) -> None:
    whose = [
        wire.attribute("service.name", wire.text("search")),
        wire.attribute("process.pid", wire.whole(3, 7)),
        wire.attribute("host.name", wire.text("h")),
        wire.attribute("container.id", wire.text("c0ffee")),
    ]
    spans = wire.frames(wire.request([wire.WireSpan().encoded()], whose))
    metric = level("process.memory.usage", "By", [point(0, 5 * MB)])
    capture = read([run_with(directory, request(metric, resource=resource), spans=spans)])
    assert told(capture, "memory") == [5.0]
    assert issues(capture) == {}


@pytest.mark.parametrize(
    ("said", "one_core"),
    [
        ({"telemetry.sdk.language": "python"}, True),
        ({"telemetry.sdk.language": "java"}, False),
        ({"process.executable.name": "python3.12"}, True),
        ({"process.executable.name": "node_exporter"}, False),
        ({"process.runtime.name": "cpython"}, True),
        ({}, False),
    ],
)
def test_interpreters_with_one_lock_are_known(
    directory: Path, said: dict[str, str], *, one_core: bool
) -> None:
    metric = level("process.memory.usage", "By", [point(0, 5 * MB)])
    capture = read([run_with(directory, request(metric, resource={**SEARCH, **said}))])
    assert [s.one_core for s in capture.resources] == [one_core]


def test_strangers_are_counted_and_no_more(directory: Path) -> None:
    metric = level("process.memory.usage", "By", [point(0, 5 * MB)])
    stranger = request(metric, resource={"process.pid": 99, "process.executable.name": "cron"})
    capture = read([run_with(directory, stranger)])
    assert capture.resources == ()
    assert issues(capture) == {"unowned_metrics": 1}


def histogram(name: str) -> Metric:
    return Metric(name=name, unit="s", histogram=Histogram(data_points=[HistogramDataPoint()]))


ODD = [
    request(level("process.memory.usage", "By", [point(0, float("nan"))])),
    request(level("process.memory.usage", "By", [point(0, -5)])),
    request(level("process.memory.usage", "furlong", [point(0, 5 * MB)])),
    request(level("process.memory.usage", "By", [point(-BEGIN / SECOND, 5 * MB)])),
    request(histogram("process.cpu.time")),
    request(Metric(name="process.cpu.time", unit="s")),
]


@pytest.mark.parametrize("sent", ODD)
def test_odd_data_is_counted_and_costs_nothing_else(
    directory: Path, sent: ExportMetricsServiceRequest
) -> None:
    good = request(level("process.thread.count", "", [point(0, 3)]))
    capture = read([run_with(directory, sent, good)])
    assert told(capture, "threads") == [3.0]
    assert issues(capture) == {IssueKind.ODD_METRICS.value: 1}


def test_points_sent_again_count_once(directory: Path) -> None:
    sent = request(counter("process.cpu.time", "s", [point(at, 0.5 * at) for at in range(3)]))
    capture = read([run_with(directory, sent, sent)])
    assert told(capture, "cpu") == [50.0, 50.0]
    assert issues(capture) == {"odd_metrics": 3}


def test_damaged_file_keeps_what_is_whole(directory: Path) -> None:
    run_with(directory, request(level("process.memory.usage", "By", [point(0, 5 * MB)])))
    file = directory / "metrics.otlp"
    file.write_bytes(b"\0\0\0\3\xff\xff\xff" + file.read_bytes() + b"\0\0\1\0cut")
    capture = read([directory])
    assert told(capture, "memory") == [5.0]
    assert issues(capture) == {"odd_metrics": 2}


def test_run_without_metrics_has_none(directory: Path) -> None:
    run_with(directory)
    (directory / "metrics.otlp").unlink()
    capture = read([directory])
    assert (capture.resources, capture.issues) == ((), ())


@given(st.lists(st.integers(0, 3 * SECOND), min_size=2, max_size=30, unique=True), st.randoms())
def test_rates_add_up_to_what_was_counted_whatever_order_points_come_in(
    steps: Sequence[int],
    shuffled: "st.Random",  # type: ignore[name-defined]
) -> None:
    from analyzer.model.issue import Issues
    from analyzer.readers.metric_conventions import Measure
    from analyzer.readers.metric_owners import Sender
    from analyzer.readers.metric_streams import Stream

    times = sorted(BEGIN + step for step in steps)
    points = [(time, float(number)) for number, time in enumerate(times)]
    shuffled.shuffle(points)
    stream = Stream(
        sender=Sender.of({"service.name": "search"}, watched=False),
        resource="cpu",
        place=1,
        measure=Measure.TOTAL,
        delta=False,
        monotonic=True,
        attributes=(),
    )
    streams = Streams(Issues())
    for time, value in points:
        streams.add(stream, 0, time, value)
    (series,) = streams.series(Owners([]))
    assert total(series) == pytest.approx(len(steps) - 1)


def total(series: ResourceSeries) -> float:
    """Seconds of processor."""
    assert series.since_ns is not None
    return float((series.values / 100 * (series.times_ns - series.since_ns)).sum() / 1e9)
