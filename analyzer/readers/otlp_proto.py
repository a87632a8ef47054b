"""OTLP protobuf files: the Collector's `format: proto`, and a run directory's `spans.otlp`."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from google.protobuf.message import DecodeError

from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.model.sampling import tells_sampling
from analyzer.model.spans import Int64Array, Spans
from analyzer.readers.frames import (
    BATCH_BYTES,
    HEADER,
    LARGEST_FRAME,
    Frames,
    FrameSplitter,
    read_frames,
)
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_reference import count_no_request, decode_request
from analyzer.readers.reader import Decoded
from analyzer.readers.sink import SpanSink
from analyzer.readers.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

WALK_FROM_BYTES = 16 << 20
"""From here on the compiled walk pays: loading it takes as long as the protobuf library needs for
some MiB, and compiling it, once on a machine, several seconds."""

_FIRST_FIELD = b"\x0a"


class FrameDecoder:
    """Decodes the frames of one file as they come, by whatever is faster for their amount.

    Args:
        namer: names, remembered over several files.
        issues: where odd data is counted.
        walk_from: how many bytes the protobuf library decodes before the compiled walk takes over.
    """

    def __init__(self, namer: Namer, issues: Issues, *, walk_from: int = WALK_FROM_BYTES) -> None:
        self.records = 0
        self._namer = namer
        self._issues = issues
        self._walk_from = walk_from
        self._bytes = 0

    def decode(self, frames: Frames) -> Spans:
        """The spans of all frames, in order."""
        self._bytes += len(frames.data)
        # The walk knows nothing of sampling.
        if self._bytes < self._walk_from or tells_sampling(frames.data):
            spans, _ = self._by_library(frames, np.arange(len(frames)))
            return spans
        return self._by_walk(frames)

    def _by_library(self, frames: Frames, chosen: Int64Array) -> tuple[Spans, Int64Array]:
        """The spans of the chosen frames, and the frame of each span."""
        sink = SpanSink(self._namer, self._issues)
        counts = np.zeros(chosen.size, np.int64)
        for i, frame in enumerate(chosen.tolist()):
            before = len(sink)
            if decode_request(frames.content(frame), frames.where(frame), sink):
                self.records += 1
            counts[i] = len(sink) - before
        return sink.spans(), np.repeat(chosen, counts)

    def _by_walk(self, frames: Frames) -> Spans:
        from analyzer.readers.otlp_walk import walk

        walked = walk(frames, self._namer, self._issues)
        self.records += len(frames) - walked.refused.size
        if not walked.refused.size:
            return walked.spans
        spans, frame = self._by_library(frames, walked.refused)
        order = np.argsort(np.concatenate((walked.frame, frame)), kind="stable")
        return Spans.concat((walked.spans, spans)).take(order)


@dataclass(frozen=True, slots=True)
class OtlpProto:
    """Reads the Collector's protobuf files."""

    name: ClassVar[str] = "otlp-proto"

    namer: Namer = field(default_factory=Namer)

    def recognizes(self, head: bytes) -> bool:
        """A plausible length, and behind it a message whose first field is `resource_spans`."""
        at = 0
        while len(head) - at >= HEADER.size:
            length = HEADER.unpack_from(head, at)[0]
            at += HEADER.size
            if length:
                return length <= LARGEST_FRAME and head.startswith(_FIRST_FIELD, at)
        return at > 0 and not any(head)

    def read(self, source: Source) -> Decoded:
        """Every whole frame's spans; a cut last frame is an issue."""
        issues = Issues()
        decoder = FrameDecoder(self.namer, issues)
        splitter = FrameSplitter(source.label)
        parts = [decoder.decode(frames) for frames in read_frames(source.stream, splitter)]
        _count_rest(source, splitter, issues)
        return Decoded(spans=Spans.concat(parts), issues=issues, records=decoder.records)

    def requests(self, source: Source, issues: Issues) -> "Iterator[ExportTraceServiceRequest]":
        """Every whole frame's request, with fields that are not known here too."""
        from analyzer.readers.otlp_proto_requests import request_of

        splitter = FrameSplitter(source.label)
        for frames in read_frames(source.stream, splitter):
            for frame in range(len(frames)):
                content = frames.content(frame)
                try:
                    yield request_of(content)
                except DecodeError:
                    count_no_request(len(content), frames.where(frame), issues)
        _count_rest(source, splitter, issues)


def _count_rest(source: Source, splitter: FrameSplitter, issues: Issues) -> None:
    """Count a last frame that is cut."""
    if splitter.rest:
        rest = splitter.rest
        while splitter.implausible and (piece := source.stream.read(BATCH_BYTES)):
            rest += len(piece)
        detail = f"the last frame is cut: its {rest} bytes are left out"
        kind = IssueKind.TRUNCATED_FILE
        issues.add(Issue(kind=kind, where=f"{source.label}:end", detail=detail))
