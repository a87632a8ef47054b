"""Jaeger's JSON, as its UI downloads it and takes it back: spans gathered by trace.

Source: jaeger, internal/uimodel/model.go. Times are cut to microseconds.
"""

import tempfile
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

import numpy as np
import orjson

from analyzer.writers.jaeger_span import jaeger_process, jaeger_span

if TYPE_CHECKING:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_TRACE_ID_BYTES, _SPAN_ID_BYTES = 16, 8


@dataclass(frozen=True, slots=True)
class Jaeger:
    """Writes one object of all traces.

    Spans wait on disk until all are known, because those of a trace come from many requests; memory
    holds some 16 bytes for each, and the id of each trace.
    """

    name: ClassVar[str] = "jaeger"

    def write(self, requests: "Iterable[ExportTraceServiceRequest]", out: BinaryIO) -> int:
        """Write every span that has ids: without them it belongs to no trace."""
        with tempfile.TemporaryFile() as waiting:
            gathered = _Gathered(waiting)
            for request in requests:
                gathered.add(request)
            out.write(b'{"data":[')
            for number, trace in enumerate(gathered.traces()):
                out.write(b",\n" if number else b"\n")
                out.write(trace)
            out.write(b'\n],"total":0,"limit":0,"offset":0,"errors":null}\n')
            return len(gathered)


@dataclass(slots=True)
class _Gathered:
    """Spans on disk, and for each where it lies, its trace and its process by number."""

    _file: BinaryIO
    _end: int = 0
    _processes: dict[bytes, int] = field(default_factory=dict)
    _traces: dict[bytes, int] = field(default_factory=dict)
    _offset: "array[int]" = field(default_factory=lambda: array("q"))
    _trace_of: "array[int]" = field(default_factory=lambda: array("i"))
    _process_of: "array[int]" = field(default_factory=lambda: array("i"))

    def __len__(self) -> int:
        return len(self._offset)

    def add(self, request: "ExportTraceServiceRequest") -> None:
        for resource_spans in request.resource_spans:
            process = orjson.dumps(jaeger_process(resource_spans.resource.attributes))
            number = self._processes.setdefault(process, len(self._processes))
            for scope_spans in resource_spans.scope_spans:
                for span in scope_spans.spans:
                    ids = len(span.trace_id) == _TRACE_ID_BYTES, len(span.span_id) == _SPAN_ID_BYTES
                    if all(ids) and any(span.trace_id) and any(span.span_id):
                        self._keep(jaeger_span(span, scope_spans.scope), span.trace_id, number)

    def _keep(self, span: dict[str, Any], trace_id: bytes, process: int) -> None:
        text = orjson.dumps(span)
        self._file.write(text)
        self._offset.append(self._end)
        self._end += len(text)
        self._trace_of.append(self._traces.setdefault(trace_id, len(self._traces)))
        self._process_of.append(process)

    def traces(self) -> Iterator[bytes]:
        """The traces, in the order in which they began; spans in order of arrival."""
        trace_of = np.frombuffer(self._trace_of, np.int32)
        order = np.argsort(trace_of, kind="stable")
        bounds = np.searchsorted(trace_of[order], np.arange(len(self._traces) + 1))
        processes = list(self._processes)
        for number, trace_id in enumerate(self._traces):
            rows = order[bounds[number] : bounds[number + 1]].tolist()
            local: dict[int, int] = {}
            spans = []
            for row in rows:
                place = local.setdefault(self._process_of[row], len(local) + 1)
                # The span's last brace makes room for what is known only here.
                spans.append(b'%s,"processID":"p%d"}' % (self._text(row)[:-1], place))
            yield b'{"traceID":"%s","spans":[%s],"processes":{%s}}' % (
                trace_id.hex().encode(),
                b",".join(spans),
                b",".join(b'"p%d":%s' % (place, processes[p]) for p, place in local.items()),
            )

    def _text(self, row: int) -> bytes:
        start = self._offset[row]
        stop = self._offset[row + 1] if row + 1 < len(self._offset) else self._end
        self._file.seek(start)
        return self._file.read(stop - start)
