"""The metrics of a run directory: what services used, from `metrics.otlp` and `resources.otlp`.

Both hold frames with an ExportMetricsServiceRequest each. A metric that tells of no resource is
passed over; one that does and cannot be used is counted, and the rest counts.
"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Final

from google.protobuf.message import DecodeError

from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.model.resources import ResourceSeries
from analyzer.readers.frames import Frames, FrameSplitter, read_frames
from analyzer.readers.metric_conventions import PROCESSORS, convention_of, scale_of
from analyzer.readers.metric_owners import Owners, Sender
from analyzer.readers.metric_streams import Stream, Streams
from analyzer.readers.namer import Namer
from analyzer.readers.run_directory import METRICS, RESOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
        ExportMetricsServiceRequest,
    )
    from opentelemetry.proto.common.v1.common_pb2 import KeyValue
    from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, NumberDataPoint, ResourceMetrics

WATCH_SCOPE: Final = "slowhop.watch"
"""The scope of what was measured from outside because somebody asked for it."""

_NO_VALUE: Final = 1
"""The bit of a point's flags that says there was nothing to measure."""

_DELTA: Final = 1
"""AggregationTemporality: what came since the last point."""


def read_metrics(directory: Path, namer: Namer, issues: Issues) -> tuple[ResourceSeries, ...]:
    """What every process used, by service, resource and instance.

    Args:
        directory: the run directory; either file may be missing.
        namer: knows the processes that sent spans.
        issues: where odd data is counted.
    """
    streams = Streams(issues)
    for name in (METRICS, RESOURCES):
        path = directory / name
        if path.is_file():
            for where, request in _requests(path, issues):
                take_in(request, where, streams)
    return streams.series(Owners(namer.resources()))


def requests_in(
    frames: Frames, issues: Issues
) -> "Iterator[tuple[str, ExportMetricsServiceRequest]]":
    """The requests of these frames, and where each is; those that are none are counted as odd."""
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
        ExportMetricsServiceRequest,
    )

    for frame in range(len(frames)):
        where, content = frames.where(frame), frames.content(frame)
        try:
            yield where, ExportMetricsServiceRequest.FromString(content)
        except DecodeError:
            odd(issues, where, f"{len(content)} bytes that are no ExportMetricsServiceRequest")


def _requests(path: Path, issues: Issues) -> "Iterator[tuple[str, ExportMetricsServiceRequest]]":
    splitter = FrameSplitter(path.name)
    try:
        with path.open("rb") as stream:
            for frames in read_frames(stream, splitter):
                yield from requests_in(frames, issues)
    except OSError as error:
        odd(issues, path.name, f"cannot be read: {error.strerror or error}")
    if splitter.rest:
        odd(issues, f"{path.name}:end", f"the last frame is cut: {splitter.rest} bytes")


def odd(issues: Issues, where: str, detail: str, *, times: int = 1) -> None:
    """Count measurements that were left out."""
    issues.add(Issue(kind=IssueKind.ODD_METRICS, where=where, detail=detail), times=times)


def take_in(request: "ExportMetricsServiceRequest", where: str, streams: Streams) -> None:
    """Add a request's points of resources to the streams they belong to."""
    for resource_metrics in request.resource_metrics:
        _take_resource(resource_metrics, where, streams)


def _take_resource(resource_metrics: "ResourceMetrics", where: str, streams: Streams) -> None:
    resource = texts(resource_metrics.resource.attributes)
    for scope_metrics in resource_metrics.scope_metrics:
        watched = scope_metrics.scope.name == WATCH_SCOPE
        sender = Sender.of(resource, watched=watched)
        for metric in scope_metrics.metrics:
            _take_metric(metric, sender, where, streams)


def _take_metric(metric: "Metric", sender: Sender, where: str, streams: Streams) -> None:
    if metric.name in PROCESSORS:
        for _, _, value in _numbers(metric, where, streams.issues):
            streams.processors[sender] = max(streams.processors.get(sender, 0.0), value)
        return
    convention = convention_of(metric.name)
    if convention is None or (convention.contained and not sender.contained):
        return
    scale = scale_of(metric.unit)
    if scale is None:
        odd(streams.issues, where, f"{metric.name}: its unit {metric.unit!r} is not known")
        return
    monotonic = metric.WhichOneof("data") == "sum" and metric.sum.is_monotonic
    delta = metric.WhichOneof("data") == "sum" and metric.sum.aggregation_temporality == _DELTA
    for point, attributes, value in _numbers(metric, where, streams.issues):
        resource = convention.resource(attributes)
        if resource is None:
            continue
        stream = Stream(
            sender=sender,
            resource=resource,
            place=convention.place,
            measure=convention.measure,
            delta=delta,
            monotonic=monotonic,
            attributes=tuple(sorted(attributes.items())),
        )
        streams.add(stream, point.start_time_unix_nano, point.time_unix_nano, value * scale)


def _numbers(
    metric: "Metric", where: str, issues: Issues
) -> "Iterator[tuple[NumberDataPoint, dict[str, str], float]]":
    """The points of a metric that are usable numbers, with their attributes."""
    kind = metric.WhichOneof("data")
    if kind == "sum":
        points = metric.sum.data_points
    elif kind == "gauge":
        points = metric.gauge.data_points
    else:
        odd(issues, where, f"{metric.name}: a {kind or 'metric without data'}, not a number")
        return
    for point in points:
        if point.flags & _NO_VALUE:
            continue
        which = point.WhichOneof("value")
        value = float(point.as_int) if which == "as_int" else point.as_double
        if which is None or not math.isfinite(value) or value < 0:
            odd(issues, where, f"{metric.name}: a point without a usable value")
        elif not 0 < point.time_unix_nano < 1 << 63:
            odd(issues, where, f"{metric.name}: a point without a time")
        else:
            yield point, texts(point.attributes), value


def texts(attributes: "Iterable[KeyValue]") -> dict[str, str]:
    """Attributes whose value is text, a whole number or a flag; of a key sent twice the last."""
    found: dict[str, str] = {}
    for attribute in attributes:
        match attribute.value.WhichOneof("value"):
            case "string_value":
                found[attribute.key] = attribute.value.string_value
            case "int_value":
                found[attribute.key] = str(attribute.value.int_value)
            case "bool_value":
                found[attribute.key] = str(attribute.value.bool_value).lower()
    return found
