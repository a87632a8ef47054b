"""Who owns the time of one request, in plain Python: what the kernels must find."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analyzer.attribution.contributions import Entity, EntityKind
from analyzer.model.spans import Kind, Status
from analyzer.paths.reference import PathSpan, critical_path
from analyzer.repair.nesting_reference import Interval
from analyzer.repair.reference import CALLS, Family, RecordedSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a request spent on one entity; see `analyzer.attribution.contributions.Cells`."""

    own_ns: int = 0
    spans: int = 0
    entries: int = 0
    errors: int = 0
    entry_errors: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        """Both together."""
        return Spent(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__slots__}
        )


def own_times(
    spans: Sequence[RecordedSpan],
    family: Family,
    request: Sequence[int],
    intervals: Mapping[int, Interval],
) -> dict[int, int]:
    """The own time in ns that each span has on the request's critical path, by position."""
    place = {i: k for k, i in enumerate(request)}
    pieces = critical_path(
        [
            PathSpan(
                span_id=spans[i].span_id,
                parent=place[family.parent[i]] if k else -1,
                low_ns=intervals[i].low_ns,
                high_ns=intervals[i].high_ns,
                waited=intervals[i].waited,
            )
            for k, i in enumerate(request)
        ],
        0,
    )
    own = dict.fromkeys(request, 0)
    for piece in pieces:
        own[request[piece.span]] += piece.end_ns - piece.start_ns
    return own


def callees(
    spans: Sequence[RecordedSpan],
    family: Family,
    request: Sequence[int],
    intervals: Mapping[int, Interval],
) -> dict[int, str]:
    """The service that answered each outgoing call, by position; '' where none is known.

    ```
    call  |----------------------|     its callee: that of the last answer
      a      |-----|                   a redirect
      b              |--------|        answered in the end
    ```

    A call around another one has the inner one's callee, unless it was answered itself.
    """
    found = dict.fromkeys(request, "")
    asked = {i for i in request if spans[i].kind in CALLS} | set(family.adopted.values())
    for p in reversed(request):  # children before parents
        speaking = [c for c in request if family.parent[c] == p and (family.remote[c] or found[c])]
        if p in asked and speaking:
            last = max(
                speaking,
                key=lambda c: (
                    family.remote[c],
                    intervals[c].high_ns,
                    intervals[c].low_ns,
                    spans[c].span_id,
                ),
            )
            found[p] = spans[last].service if family.remote[last] else found[last]
    return found


def entity(span: RecordedSpan, callee: str) -> Entity:
    """Who owns a span's own time: the hop to the callee, one nobody traced, or its service."""
    if callee:
        kind = EntityKind.HOP
    elif span.kind == Kind.CLIENT or (span.kind == Kind.PRODUCER and span.peer):
        kind = EntityKind.INFERRED
    else:
        return Entity(kind=EntityKind.SELF, service=span.service, operation=span.operation)
    return Entity(
        kind=kind,
        service=span.service,
        operation=span.operation,
        callee=callee,
        peer=span.peer,
        protocol=span.protocol,
    )


def attribute(
    spans: Sequence[RecordedSpan],
    family: Family,
    request: Sequence[int],
    intervals: Mapping[int, Interval],
) -> dict[Entity, Spent]:
    """What a request spent on whom."""
    own = own_times(spans, family, request, intervals)
    callee = callees(spans, family, request, intervals)
    found: dict[Entity, Spent] = {}
    for k, i in enumerate(request):
        enters = k == 0 or spans[family.parent[i]].service != spans[i].service
        failed = spans[i].status == Status.ERROR
        owner = entity(spans[i], callee[i])
        found[owner] = found.get(owner, Spent()) + Spent(
            own_ns=own[i],
            spans=1,
            entries=int(enters),
            errors=int(failed),
            entry_errors=int(enters and failed),
        )
    return found
