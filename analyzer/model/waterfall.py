"""One request as a person looks at it: a Python object per span, in the order of a waterfall."""

from dataclasses import dataclass

from analyzer.model.spans import Kind, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPiece:
    """A half-open interval of a request that one span was on the critical path for."""

    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterfallSpan:
    """One span of a waterfall, after repair.

    Attributes:
        depth: 0 for the root.
        own_ns: its self time on the critical path.
        pieces: where on the time axis its self time is on the critical path, in order of time.
        shifted_ns: by how much it was moved for clock skew.
        waited_for: whether its parent waited for it.
        lost_parent: whether its parent is missing from the trace.
        hop_to: the callee, where its self time is a hop or an inferred callee's; else None.
    """

    span_id: str
    parent_id: str | None
    depth: int
    service: str
    operation: str
    kind: Kind
    status: Status
    start_ns: int
    end_ns: int
    own_ns: int
    pieces: tuple[PathPiece, ...] = ()
    shifted_ns: int = 0
    waited_for: bool = True
    lost_parent: bool = False
    hop_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """One request: its spans in depth-first order, siblings by start."""

    trace_id: str
    endpoint: str
    start_ns: int
    end_ns: int
    spans: tuple[WaterfallSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSummary:
    """One request in a list of search results."""

    trace_id: str
    endpoint: str
    service: str
    start_ns: int
    duration_ns: int
    spans: int
    services: int
    errors: int
    slowest_part: str
