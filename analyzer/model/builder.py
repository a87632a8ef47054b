"""Spans one by one into columns, for readers whose format is read as objects."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from msgspec import Struct

from analyzer.model.attributes import AttributeBuilder
from analyzer.model.naming import ProcessNames, SpanNames
from analyzer.model.spans import COLUMNS, NO_NAME, Links, Sampled, Spans

_TYPECODES = {"u8": "Q", "i8": "q", "i4": "i", "u1": "B"}
UINT64_MAX = (1 << 64) - 1


class SpanRow(Struct, frozen=True, kw_only=True, gc=False):
    """One span as a reader found it: ids and times as integers, names resolved.

    A struct, because making a dataclass takes ten times as long.
    """

    trace_id: int
    span_id: int
    parent_id: int
    start_ns: int
    end_ns: int
    kind: int
    status: int
    process: ProcessNames
    names: SpanNames
    links: tuple[tuple[int, int], ...] = ()
    """(trace id, span id) of each link."""
    weight: float = 0.0
    """For how many spans it stands; 0 where it does not say that it was sampled."""
    attributes: Iterable[tuple[str, str]] = ()
    """Keys and values of those that may be kept; no key twice."""


@dataclass(slots=True)
class SpanBuilder:
    """Collects rows and gives columns; names are kept once."""

    _codes: dict[str, int] = field(default_factory=dict)
    _columns: dict[str, "array[int]"] = field(
        default_factory=lambda: {
            name: array(_TYPECODES[np.dtype(dtype).str[1:]]) for name, dtype in COLUMNS.items()
        }
    )
    _links: list[tuple[int, int, int, int]] = field(default_factory=list)
    _sampled: list[tuple[int, float]] = field(default_factory=list)
    _attributes: AttributeBuilder = field(default_factory=AttributeBuilder)

    def __len__(self) -> int:
        """How many spans so far."""
        return len(self._columns["span_id"])

    def code(self, name: str) -> int:
        """The code of a name; `NO_NAME` for the empty one."""
        return self._codes.setdefault(name, len(self._codes)) if name else NO_NAME

    def add(self, span: SpanRow) -> None:
        """Append one span. Ids must fit their columns and times must be in order."""
        row = len(self)
        columns = self._columns
        columns["trace_hi"].append(span.trace_id >> 64)
        columns["trace_lo"].append(span.trace_id & UINT64_MAX)
        columns["span_id"].append(span.span_id)
        columns["parent_id"].append(span.parent_id)
        columns["start_ns"].append(span.start_ns)
        columns["end_ns"].append(span.end_ns)
        columns["kind"].append(span.kind)
        columns["status"].append(span.status)
        columns["service"].append(self.code(span.process.service))
        columns["instance"].append(self.code(span.process.instance))
        columns["operation"].append(self.code(span.names.operation))
        columns["peer"].append(self.code(span.names.peer))
        columns["protocol"].append(self.code(span.names.protocol))
        columns["run"].append(self.code(span.names.run or span.process.run))
        self._attributes.add(span.attributes)
        if span.weight:
            self._sampled.append((row, span.weight))
        for trace_id, span_id in span.links:
            self._links.append((row, trace_id >> 64, trace_id & UINT64_MAX, span_id))

    def build(self) -> Spans:
        """The columns so far; the builder can go on afterwards."""
        rows, his, los, ids = zip(*self._links, strict=True) if self._links else ((), (), (), ())
        return Spans(
            **{
                name: np.frombuffer(column.tobytes(), dtype=COLUMNS[name])
                for name, column in self._columns.items()
            },
            names=tuple(self._codes),
            links=Links(
                row=np.array(rows, np.int64),
                trace_hi=np.array(his, np.uint64),
                trace_lo=np.array(los, np.uint64),
                span_id=np.array(ids, np.uint64),
            ),
            sampled=Sampled(
                row=np.array([row for row, _ in self._sampled], np.int64),
                weight=np.array([weight for _, weight in self._sampled], np.float64),
            ),
            attributes=self._attributes.build(),
        )
