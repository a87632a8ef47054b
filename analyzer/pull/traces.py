"""The traces that were fetched: each once, appended as OTLP frames."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final

from analyzer.model.issue import Issues
from analyzer.writers.otlp_proto import OtlpProto

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_NOBODY: Final = frozenset[bytes]()


@dataclass(slots=True, kw_only=True)
class Traces:
    """Traces on their way into a file; memory holds their ids.

    Attributes:
        out: where the frames go.
        limit: no more traces than this.
        spans: how many spans were written.
        issues: what was odd in the answers.
        first_ns: when the earliest span began; None before there is one.
        last_ns: when the latest span ended.
        gone: traces that a search named and nobody has any more.
        partly: traces that the backend gave a part of.
    """

    out: BinaryIO
    limit: int
    spans: int = 0
    issues: Issues = field(default_factory=Issues)
    first_ns: int | None = None
    last_ns: int = 0
    gone: int = 0
    partly: int = 0
    _known: set[bytes] = field(default_factory=set)
    _turned_away: bool = False

    def __len__(self) -> int:
        """How many traces."""
        return len(self._known)

    @property
    def full(self) -> bool:
        """Whether no other trace will be taken."""
        return len(self._known) >= self.limit

    @property
    def cut_short(self) -> bool:
        """Whether a trace was left out because of the limit."""
        return self._turned_away

    def knows(self, trace_id: bytes) -> bool:
        """Whether a trace is here already."""
        return trace_id in self._known

    def turn_away(self) -> None:
        """Note that there are traces beyond the limit."""
        self._turned_away = True

    def add(self, requests: "Iterable[ExportTraceServiceRequest]") -> int:
        """Append what one answer tells: whole traces, of which those that are new are kept.

        How many traces the answer has, kept or not. Spans without ids belong to none and are kept
        out.

        Raises:
            OSError: the file cannot be written.
        """
        page = _Page(traces=self)
        writer = OtlpProto()
        for request in requests:
            page.keep_new(request)
            self.spans += writer.write((request,), self.out)
        self.out.flush()
        self._known |= page.taken
        return len(page.seen)


@dataclass(slots=True, kw_only=True)
class _Page:
    """One answer while it is read."""

    traces: Traces
    seen: set[bytes] = field(default_factory=set)
    taken: set[bytes] = field(default_factory=set)

    def keep_new(self, request: "ExportTraceServiceRequest") -> None:
        """Take out of a request what is here already."""
        for resource_spans in request.resource_spans:
            for scope_spans in resource_spans.scope_spans:
                kept = [span for span in scope_spans.spans if self._is_wanted(span.trace_id)]
                for span in kept:
                    self._note(span.start_time_unix_nano, span.end_time_unix_nano)
                if len(kept) < len(scope_spans.spans):
                    del scope_spans.spans[:]
                    scope_spans.spans.extend(kept)

    def _is_wanted(self, trace_id: bytes) -> bool:
        if trace_id in self.taken:
            return True
        if trace_id in self.seen or not any(trace_id):
            return False
        self.seen.add(trace_id)
        if self.traces.knows(trace_id):
            return False
        if len(self.traces) + len(self.taken) >= self.traces.limit:
            self.traces.turn_away()
            return False
        self.taken.add(trace_id)
        return True

    def _note(self, start_ns: int, end_ns: int) -> None:
        traces = self.traces
        if start_ns and (traces.first_ns is None or start_ns < traces.first_ns):
            traces.first_ns = start_ns
        traces.last_ns = max(traces.last_ns, end_ns)
