"""What other protocols' decoders must do with any bytes: refuse them, or give spans as OTLP."""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from analyzer.model.issue import Issues
from analyzer.records.record import SpanRecord
from analyzer.records.requests import requests
from collector.examine import Undecodable, examine_traces
from collector.http_body import MediaType, TooLarge
from collector.jaeger import proto_batch, thrift_batch
from collector.jaeger.thrift import Malformed
from collector.jaeger.thrift_binary import BinaryReader
from collector.jaeger.thrift_compact import CompactReader
from collector.zipkin_route import to_otlp
from tests.collector import jaeger_messages, zipkin
from tests.collector.jaeger_messages import CASES
from tests.fuzz.target import Shape, Target

Decode = Callable[[bytes], Iterable[SpanRecord]]

DECODERS: dict[str, Decode] = {
    "jaeger-compact": lambda data: thrift_batch.call(CompactReader(data)),
    "jaeger-binary": lambda data: thrift_batch.call(BinaryReader(data)),
    "jaeger-batch": lambda data: [span for _, span in thrift_batch.batch(BinaryReader(data))],
    "jaeger-proto": lambda data: [span for _, span in proto_batch.request(data)],
}


def spans_or_nothing(decode: Decode, inputs: Sequence[bytes]) -> None:
    """What is decoded becomes a request that the collector examines and stores."""
    for data in inputs:
        try:
            records = list(decode(data))
        except (Malformed, Undecodable):
            continue
        issues = Issues()
        for request in requests(records, issues):
            examine_traces(request.SerializeToString())


def zipkin_or_nothing(media: MediaType, inputs: Sequence[bytes]) -> None:
    """The same of Zipkin's lists of spans."""
    for data in inputs:
        try:
            body = to_otlp(media.value, data)
        except (Undecodable, TooLarge):
            continue
        examine_traces(body)


def _thrift(*, compact: bool, strict: bool = True) -> list[bytes]:
    made = [jaeger_messages.thrift_batch(span) for span in CASES.values()]
    made.append(jaeger_messages.thrift_batch(*CASES.values()))
    return [jaeger_messages.call(batch, compact=compact, strict=strict) for batch in made]


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "jaeger-compact": partial(_thrift, compact=True),
    "jaeger-binary": lambda: _thrift(compact=False) + _thrift(compact=False, strict=False),
    "jaeger-batch": lambda: [
        jaeger_messages.thrift_bytes(jaeger_messages.thrift_batch(span)) for span in CASES.values()
    ],
    "jaeger-proto": lambda: [
        jaeger_messages.post_spans(
            jaeger_messages.proto_span(span),
            process=jaeger_messages.proto_process(jaeger_messages.PROCESS),
        )
        for span in CASES.values()
    ],
}

TARGETS = (
    *(
        Target(
            name=name,
            seeds=SEEDS[name],
            check=partial(spans_or_nothing, decode),
            shape=Shape.MESSAGE if name == "jaeger-proto" else Shape.BYTES,
        )
        for name, decode in DECODERS.items()
    ),
    Target(
        name="zipkin-proto",
        seeds=lambda: [zipkin.list_of_spans([span]) for span in zipkin.shop_spans()[:20]],
        check=partial(zipkin_or_nothing, MediaType.PROTOBUF),
        shape=Shape.MESSAGE,
    ),
    Target(
        name="zipkin-json",
        seeds=lambda: [json.dumps([span]).encode() for span in zipkin.shop_spans()[:20]],
        check=partial(zipkin_or_nothing, MediaType.JSON),
        shape=Shape.JSON,
    ),
)
