"""Makes a small sample of a run directory: consecutive requests, with only what names need.

    python -m tests.findings.reduce RUN_DIRECTORY SAMPLE.otlp.gz --requests 100

Ids become small numbers and times whole microseconds, which pack well; nothing else changes.
"""

import argparse
import gzip
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

from analyzer.model.naming import SPAN_KEYS
from samples.frames import framed

RESOURCE_KEYS = ("service.name", "service.instance.id")
SKIPPED = 0.1
"""The part of the requests that is left out at the beginning, while users are still starting."""


def exports(path: Path) -> Iterator[ExportTraceServiceRequest]:
    """The frames of a protobuf file."""
    content = path.read_bytes()
    at = 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        yield ExportTraceServiceRequest.FromString(content[at + 4 : at + 4 + size])
        at += 4 + size


def reduced(run: Path, requests: int) -> bytes:
    """The sample, as frames."""
    of: dict[tuple[str, ...], list[Span]] = defaultdict(list)
    began: dict[bytes, int] = {}
    for export in exports(run / "spans.otlp"):
        for resource in export.resource_spans:
            names = {a.key: a.value.string_value for a in resource.resource.attributes}
            key = tuple(names.get(name, "") for name in RESOURCE_KEYS)
            for scope in resource.scope_spans:
                of[key].extend(scope.spans)
                for span in scope.spans:
                    first = began.get(span.trace_id, span.start_time_unix_nano)
                    began[span.trace_id] = min(first, span.start_time_unix_nano)
    ordered = sorted(began, key=lambda trace_id: (began[trace_id], trace_id))
    kept = ordered[round(SKIPPED * len(ordered)) :][:requests]
    traces = {trace_id: number for number, trace_id in enumerate(kept, 1)}
    spans: dict[bytes, int] = {b"": 0}
    export = ExportTraceServiceRequest()
    for key in sorted(of):
        mine = [span for span in of[key] if span.trace_id in traces]
        if mine:
            _fill(export.resource_spans.add(), key, mine, traces, spans)
    return framed(export.SerializeToString(deterministic=True))


def _fill(
    resource: ResourceSpans,
    key: tuple[str, ...],
    found: list[Span],
    traces: dict[bytes, int],
    spans: dict[bytes, int],
) -> None:
    for name, value in zip(RESOURCE_KEYS, key, strict=True):
        resource.resource.attributes.add(key=name).value.string_value = value
    scope = resource.scope_spans.add()
    for span in sorted(found, key=lambda s: (traces[s.trace_id], s.start_time_unix_nano)):
        small = scope.spans.add(
            trace_id=traces[span.trace_id].to_bytes(16, "big"),
            span_id=spans.setdefault(span.span_id, len(spans)).to_bytes(8, "big"),
            name=span.name,
            kind=span.kind,
            start_time_unix_nano=span.start_time_unix_nano // 1000 * 1000,
            end_time_unix_nano=span.end_time_unix_nano // 1000 * 1000,
        )
        if span.parent_span_id:
            parent = spans.setdefault(span.parent_span_id, len(spans))
            small.parent_span_id = parent.to_bytes(8, "big")
        if span.status.code:
            small.status.code = span.status.code
        small.attributes.extend(a for a in span.attributes if a.key in SPAN_KEYS)


def main() -> None:
    """Write one sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("sample", type=Path)
    parser.add_argument("--requests", type=int, default=100)
    asked = parser.parse_args()
    asked.sample.write_bytes(gzip.compress(reduced(asked.run, asked.requests), 9, mtime=0))


if __name__ == "__main__":
    main()
