"""How fast a protobuf dump becomes columns, against the protobuf library in the same run."""

import random
import statistics
import time
from collections.abc import Callable

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from analyzer.model.issue import Issues
from analyzer.model.spans import Spans
from analyzer.readers.frames import HEADER, Frames, FrameSplitter
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_proto import FrameDecoder

FRAMES = 300
SPANS_A_FRAME = 512
ROUNDS = 3
LIBRARY_LOOP_FRAMES = 30
"""The loop over objects is slow and its cost is linear: a tenth of the frames measures it."""


def run() -> list[str]:
    """Lines with the rates, in million spans a second, and their ratios to the library's parse."""
    frames = _frames(FRAMES)
    few = Frames(data=frames.data, bounds=frames.bounds[:, :LIBRARY_LOOP_FRAMES], label="few")
    _decode(few, walk_from=0)  # compiles, or loads what was compiled before
    spans = FRAMES * SPANS_A_FRAME
    parse = spans / _seconds(lambda: _parse(frames))
    walk = spans / _seconds(lambda: _decode(frames, walk_from=0))
    loop = len(few) * SPANS_A_FRAME / _seconds(lambda: _decode(few, walk_from=1 << 60))
    size = len(frames.data) / spans
    return [
        f"decode: {spans:,} spans of {size:.0f} bytes, 10 attributes",
        f"  protobuf library, parse alone     {parse / 1e6:6.2f} M spans/s",
        f"  protobuf library and Python loop  {loop / 1e6:6.2f} M spans/s  {loop / parse:5.2f} x",
        f"  compiled walk to columns          {walk / 1e6:6.2f} M spans/s  {walk / parse:5.2f} x"
        "  (budget: 1 x)",
    ]


def _frames(count: int) -> Frames:
    random.seed(1)
    contents = [_request(frame).SerializeToString() for frame in range(count)]
    data = b"".join(HEADER.pack(len(content)) + content for content in contents)
    return FrameSplitter("bench").split(data)


def _request(frame: int) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    resource = {"service.name": f"service-{frame % 12}", "service.instance.id": f"{frame % 36}"}
    for key, value in resource.items():
        attribute = resource_spans.resource.attributes.add()
        attribute.key, attribute.value.string_value = key, value
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name = "opentelemetry.instrumentation.flask"
    for i in range(SPANS_A_FRAME):
        product = random.randrange(500)
        span = scope_spans.spans.add(
            trace_id=random.randbytes(16),
            span_id=random.randbytes(8),
            parent_span_id=random.randbytes(8),
            name="GET /products/<id>" if i % 2 else "GET",
            kind=2 if i % 2 else 3,
            start_time_unix_nano=1_700_000_000_000_000_000 + i * 1_000_000,
            end_time_unix_nano=1_700_000_000_000_000_000 + i * 1_000_000 + 5_000_000,
        )
        texts = {
            "http.request.method": "GET",
            "http.route": "/products/<id>",
            "url.scheme": "http",
            "url.path": f"/products/{product}",
            "server.address": "catalog.shop.svc",
            "network.protocol.version": "1.1",
            "user_agent.original": "python-requests/2.32.3",
            "thread.name": f"waitress-{i % 4}",
        }
        for key, value in texts.items():
            attribute = span.attributes.add()
            attribute.key, attribute.value.string_value = key, value
        for key, number in {"http.response.status_code": 200, "server.port": 8080}.items():
            attribute = span.attributes.add()
            attribute.key, attribute.value.int_value = key, number
    return request


def _parse(frames: Frames) -> None:
    for frame in range(len(frames)):
        ExportTraceServiceRequest.FromString(frames.content(frame))


def _decode(frames: Frames, *, walk_from: int) -> Spans:
    return FrameDecoder(Namer(), Issues(), walk_from=walk_from).decode(frames)


def _seconds(action: Callable[[], object]) -> float:
    """The median of some rounds: the machine is shared."""
    return statistics.median(_once(action) for _ in range(ROUNDS))


def _once(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin
