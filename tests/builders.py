"""Traces as tests write them down: `trace("A 0-100", "A/B 0-50 client", "B/C 5-40 server")`."""

import re
from dataclasses import dataclass

from analyzer.model.builder import SpanBuilder, SpanRow
from analyzer.model.naming import ProcessNames, SpanNames
from analyzer.model.spans import Kind, Spans, Status

KINDS = {kind.name.lower(): kind for kind in Kind}
US, MS = 1_000, 1_000_000

_SPAN = re.compile(
    r"(?:(?P<parent>[^ /]+)/)?(?P<name>[^ /]+) (?P<start>-?\d+)-(?P<end>\d+)(?P<more>.*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A span as a line says it: `[PARENT/]NAME START-END [KIND] [in SERVICE[@INSTANCE]] [to PEER]
    [over PROTOCOL] [id N] [of RUN] [links TRACE/ID] [error]`.

    A parent that no line names was lost; with `id N` two lines can share a span id.
    """

    name: str
    parent: str
    start: int
    end: int
    kind: Kind
    service: str
    instance: str
    peer: str
    protocol: str
    run: str
    span_id: int | None
    failed: bool
    links: tuple[tuple[int, int], ...]

    @classmethod
    def from_line(cls, line: str) -> "Written":
        """What one line says."""
        match = _SPAN.fullmatch(line)
        assert match, line
        words = match["more"].split()
        said: dict[str, str] = {}
        kind, failed, links = Kind.INTERNAL, False, []
        while words:
            word = words.pop(0)
            if word in ("in", "to", "over", "id", "of"):
                said[word] = words.pop(0)
            elif word == "links":
                links.append(words.pop(0).split("/"))
            elif word == "error":
                failed = True
            else:
                kind = KINDS[word]
        service, _, instance = said.get("in", "app").partition("@")
        return cls(
            name=match["name"],
            parent=match["parent"] or "",
            start=int(match["start"]),
            end=int(match["end"]),
            kind=kind,
            service=service,
            instance=instance,
            peer=said.get("to", ""),
            protocol=said.get("over", ""),
            run=said.get("of", ""),
            span_id=int(said["id"]) if "id" in said else None,
            failed=failed,
            links=tuple((int(trace_id), int(span_id)) for trace_id, span_id in links),
        )


def trace(*lines: str, trace_id: int = 1, unit_ns: int = US) -> Spans:
    """The spans of one trace, in order of arrival; an operation is named as its span.

    Span ids are 1, 2, 3 ... in the order of the lines; times are in microseconds unless said.
    """
    written = [Written.from_line(line) for line in lines]
    ids: dict[str, int] = {}
    for number, span in enumerate(written, 1):
        ids.setdefault(span.name, span.span_id or number)
    builder = SpanBuilder()
    for span in written:
        builder.add(
            SpanRow(
                trace_id=trace_id,
                span_id=span.span_id or ids[span.name],
                parent_id=ids.get(span.parent, 999_999) if span.parent else 0,
                start_ns=span.start * unit_ns,
                end_ns=span.end * unit_ns,
                kind=span.kind,
                status=Status.ERROR if span.failed else Status.UNSET,
                process=ProcessNames(service=span.service, instance=span.instance),
                names=SpanNames(
                    operation=span.name, peer=span.peer, protocol=span.protocol, run=span.run
                ),
                links=span.links,
            )
        )
    return builder.build()
