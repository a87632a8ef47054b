"""Compile the kernels before they are needed; their machine code is kept on disk."""

import struct

import numpy as np

from analyzer.model.builder import SpanBuilder, SpanRow
from analyzer.model.issue import Issues
from analyzer.model.naming import ProcessNames, SpanNames
from analyzer.model.run import Capture
from analyzer.model.spans import Kind
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.pipeline.compare import Recorded, compare_runs
from analyzer.pipeline.contributions import Learned, prepare, repair
from analyzer.pipeline.whatif import Wish, Wishes, what_if
from analyzer.readers.frames import FrameSplitter
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_proto import FrameDecoder
from analyzer.repair.order import Order
from analyzer.repair.steps import RepairOptions


def warm() -> None:
    """Run every kernel once: those of the analysis first, which small runs need too."""
    _analyse()
    _decode()


def _analyse() -> None:
    """Analyse one tiny trace, compare it with itself, and ask what would be if."""
    builder = SpanBuilder()
    calls = [(3 + call, 2, Kind.CLIENT, "b") for call in range(6)]  # in a row: a finding
    for span_id, parent_id, kind, service in (
        (1, 0, Kind.CLIENT, "a"),
        (2, 1, Kind.SERVER, "b"),
        *calls,
    ):
        builder.add(
            SpanRow(
                trace_id=1,
                span_id=span_id,
                parent_id=parent_id,
                start_ns=span_id * 1_000,
                end_ns=(20 - span_id if span_id < 3 else span_id + 1) * 1_000,
                kind=kind,
                status=0,
                process=ProcessNames(service=service, instance=""),
                names=SpanNames(operation="warm", peer="c", protocol="http"),
            )
        )
    capture = Capture(spans=builder.build(), inputs=())
    analyze(capture, name=RunName(id="warm", command="warm"))
    run = Recorded(name="warm", capture=capture)
    compare_runs(run, run)
    limit = Wish(target="b", slower=True, time_ns=1_000)
    what_if(capture, Wishes(times=(limit,), side_by_side=("b: b",)), run_id="warm")
    known = np.zeros(1, np.uint64)  # of call sites that there are nowhere
    order = Order(
        independent=known, releasing=known, overtaking=known, asynchronous=known, parents=known
    )
    repair(prepare(capture.spans, RepairOptions()), 0, 1, Learned(order=order))


def _decode() -> None:
    """Decode one span as large files are decoded."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "warm"
    span = resource.scope_spans.add().spans.add(
        trace_id=bytes(15) + b"1",
        span_id=bytes(7) + b"1",
        name="GET",
        start_time_unix_nano=1,
        end_time_unix_nano=2,
    )
    span.attributes.add(key="http.route").value.string_value = "/"
    body = request.SerializeToString()
    frames = FrameSplitter("warm").split(struct.pack(">I", len(body)) + body)
    FrameDecoder(Namer(), Issues(), walk_from=0).decode(frames)


if __name__ == "__main__":
    warm()
