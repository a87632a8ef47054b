"""The critical path of a trace's first request, found in three ways that must agree."""

from analyzer.model.spans import Spans
from analyzer.paths.graph import critical_path_of, event_graph
from analyzer.paths.reference import critical_path
from analyzer.repair.steps import RepairOptions
from tests.builders import US
from tests.repair.mending import mend


def path(spans: Spans, *, options: RepairOptions | None = None, unit_ns: int = US) -> list[str]:
    """The pieces of the path in order of time, as `NAME START-END`."""
    done = mend(spans, options=options)
    request = done.positions()[0]
    walked = done.path_spans(request)
    pieces = critical_path(walked, 0)
    assert critical_path_of(event_graph(walked, 0)) == pieces
    own = dict.fromkeys(request, 0)
    for piece in pieces:
        own[request[piece.span]] += piece.end_ns - piece.start_ns
    assert own == {at: done.paths.own_ns[at] for at in request}
    return [
        f"{done.name(request[p.span])} {p.start_ns // unit_ns}-{p.end_ns // unit_ns}"
        for p in pieces
    ]
