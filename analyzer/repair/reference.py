"""Who is whose parent in one trace, in plain Python: what the kernels must find, rule by rule."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from analyzer.model.spans import Kind, Spans, Status
from analyzer.model.traces import Parent
from analyzer.repair.adoption import NEARLY_ALL

ANSWERS = (Kind.SERVER, Kind.CONSUMER)
CALLS = (Kind.CLIENT, Kind.PRODUCER)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSpan:
    """One row of `Spans` with its names; '' where there is none."""

    span_id: int
    parent_id: int
    start_ns: int
    end_ns: int
    kind: Kind
    status: Status
    service: str
    instance: str
    operation: str
    peer: str
    protocol: str

    @property
    def duration_ns(self) -> int:
        """How long it took."""
        return self.end_ns - self.start_ns


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Held:
    """A remote child found directly under a span that is no call, and by which sibling it is held.

    `held_by` is the sibling's operation, None where no sibling holds the child.
    """

    service: str
    operation: str
    callee: str
    callee_operation: str
    held_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Who is whose parent.

    Attributes:
        parent: position of each span's parent, or a `Parent`.
        remote: whether each span's recorded parent is in another process.
        adopted: spans that were given to a sibling of theirs, with that sibling.
    """

    parent: tuple[int, ...]
    remote: tuple[bool, ...]
    adopted: dict[int, int]

    def children(self, at: int) -> list[int]:
        """The positions of a span's children."""
        return [i for i, parent in enumerate(self.parent) if parent == at]


def recorded_traces(spans: Spans) -> list[list[RecordedSpan]]:
    """The spans of each trace, traces and spans in order of arrival."""
    names = (*spans.names, "")
    traces: dict[tuple[int, int], list[RecordedSpan]] = {}
    for row in range(len(spans)):
        trace_id = int(spans.trace_hi[row]), int(spans.trace_lo[row])
        traces.setdefault(trace_id, []).append(
            RecordedSpan(
                span_id=int(spans.span_id[row]),
                parent_id=int(spans.parent_id[row]),
                start_ns=int(spans.start_ns[row]),
                end_ns=int(spans.end_ns[row]),
                kind=Kind(spans.kind[row]),
                status=Status(spans.status[row]),
                service=names[spans.service[row]],
                instance=names[spans.instance[row]],
                operation=names[spans.operation[row]],
                peer=names[spans.peer[row]],
                protocol=names[spans.protocol[row]],
            )
        )
    return list(traces.values())


def apart(one: RecordedSpan, other: RecordedSpan) -> bool:
    """Whether two spans come from different processes, as far as their resources tell."""
    if one.service != other.service:
        return True
    return "" not in (one.instance, other.instance) and one.instance != other.instance


def is_remote(child: RecordedSpan, parent: RecordedSpan) -> bool:
    """Whether a span is the far end of a call: its kind faces its parent's, or it ran elsewhere."""
    faces = (parent.kind, child.kind) in zip(CALLS, ANSWERS, strict=True)
    return faces or apart(child, parent)


def join(spans: Sequence[RecordedSpan]) -> Family:
    """Find every span's parent.

    Spans with one id are one span sent twice, of which the longest is kept, or the two halves of a
    call that share it, as Zipkin's do: then the caller's half is the parent of the other.
    """
    kept: dict[tuple[int, bool], int] = {}
    for i, span in enumerate(spans):
        half = span.span_id, span.kind in ANSWERS
        if half not in kept or _fullness(span) > _fullness(spans[kept[half]]):
            kept[half] = i
    parent = tuple(
        _parent(spans, i, kept) if kept[span.span_id, span.kind in ANSWERS] == i else -3
        for i, span in enumerate(spans)
    )
    remote = tuple(p >= 0 and is_remote(spans[i], spans[p]) for i, p in enumerate(parent))
    return Family(parent=parent, remote=remote, adopted={})


def _fullness(span: RecordedSpan) -> tuple[int, ...]:
    """Of copies of a span the one with the largest is kept."""
    return span.duration_ns, -span.start_ns, span.parent_id, span.status, span.kind


def _parent(spans: Sequence[RecordedSpan], i: int, kept: dict[tuple[int, bool], int]) -> int:
    span = spans[i]
    if span.kind in ANSWERS and (span.span_id, False) in kept:
        return kept[span.span_id, False]
    if not span.parent_id:
        return Parent.ROOT
    halves = [kept.get((span.parent_id, answers)) for answers in (False, True)]
    found = [half for half in halves if half is not None]
    if not found or span.parent_id == span.span_id:
        return Parent.LOST
    beside = [half for half in found if not apart(span, spans[half])]
    if len(beside) == 1:  # the half that its own process recorded
        return beside[0]
    return found[0] if span.kind in ANSWERS else found[-1]


def stray_children(spans: Sequence[RecordedSpan], family: Family) -> dict[int, int | None]:
    """Remote children of spans that are no call, each with the smallest sibling that holds it.

    ```
    handler   |--------------------|      service a, the child's recorded parent
      call        |----------|            service a, no remote child of its own: the sibling
      answer        |------|              service b: belongs to `call`
    ```
    """
    strays: dict[int, int | None] = {}
    for c, p in enumerate(family.parent):
        if not family.remote[c] or spans[p].kind in CALLS:
            continue
        holders = [
            s
            for s in family.children(p)
            if not family.remote[s]
            and not any(family.remote[below] for below in family.children(s))
            and spans[s].start_ns <= spans[c].start_ns
            and spans[c].end_ns <= spans[s].end_ns
        ]
        strays[c] = min(
            holders,
            key=lambda s: (spans[s].duration_ns, spans[s].start_ns, spans[s].span_id),
            default=None,
        )
    return strays


def held(spans: Sequence[RecordedSpan], family: Family, child: int, sibling: int | None) -> Held:
    """What a stray child is an example of."""
    up = spans[family.parent[child]]
    return Held(
        service=up.service,
        operation=up.operation,
        callee=spans[child].service,
        callee_operation=spans[child].operation,
        held_by=None if sibling is None else spans[sibling].operation,
    )


def adopting(examples: Iterable[Held]) -> set[Held]:
    """What holds for nearly all examples with the same caller and callee (rule 6)."""
    counts = Counter(examples)
    calls: Counter[tuple[str, ...]] = Counter()
    for example, count in counts.items():
        calls[_call(example)] += count
    return {
        example
        for example, count in counts.items()
        if example.held_by is not None and count >= NEARLY_ALL * calls[_call(example)]
    }


def _call(example: Held) -> tuple[str, ...]:
    return example.service, example.operation, example.callee, example.callee_operation


def adopt(spans: Sequence[RecordedSpan], family: Family, sites: Collection[Held]) -> Family:
    """Give stray children to the siblings that hold them, where the whole run says so."""
    adopted = {
        child: sibling
        for child, sibling in stray_children(spans, family).items()
        if sibling is not None and held(spans, family, child, sibling) in sites
    }
    parent = tuple(adopted.get(i, p) for i, p in enumerate(family.parent))
    return Family(parent=parent, remote=family.remote, adopted=adopted)


def requests(spans: Sequence[RecordedSpan], family: Family) -> list[list[int]]:
    """The spans of each request, its root first, parents before children (rule 7).

    Roots have no parent; in a trace without any they are the spans whose parent nobody sent.
    """
    roots = [i for i, parent in enumerate(family.parent) if parent == Parent.ROOT]
    if not roots:
        roots = [i for i, parent in enumerate(family.parent) if parent == Parent.LOST]
    roots.sort(key=lambda i: (spans[i].start_ns, spans[i].span_id))
    below: dict[int, list[int]] = {}
    for i, parent in enumerate(family.parent):
        below.setdefault(parent, []).append(i)
    found = []
    for root in roots:
        members = [root]
        for i in members:  # grows while it is read
            members += below.get(i, ())
        found.append(members)
    return found
