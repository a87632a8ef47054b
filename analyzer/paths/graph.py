"""One request as a graph of events, and its critical path as a walk through it.

```
root   |------------------------|     root starts -> a starts -> a ends -> c starts -> c ends
  a         |-----|                     -> root ends; of the work between them, that between
  c                  |--------|         start and end of a is a's and that of c is c's
```

Every span's start and end is an event. An edge says that an event could not happen before another
one and some work: how long it took, and whose work it was. Following the edges that took as long as
the clock says, back from the root's end, gives the same path as `analyzer.paths.reference`.
"""

from collections.abc import Sequence
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

import networkx as nx  # noqa: TID253  imported by those alone who look at one request as a graph

from analyzer.paths.reference import PathSpan, Piece, waited_for_children, waits_for


class Moment(IntEnum):
    """Which event of a span; at one instant ends come before starts."""

    END = 0
    START = 1


class Event(NamedTuple):
    """A node of the graph: `span` is a position in the sequence of spans."""

    span: int
    moment: Moment


def event_graph(spans: Sequence[PathSpan], root: int) -> "nx.DiGraph[Event]":
    """The events of a request: a span's start, those of its children in order of time, its end.

    Children that were not waited for, and those that took no time, are left out.

    Nodes have `time_ns`; edges have `duration_ns` and `span`, the position of the span whose own
    work it was. The own work between two events of a span is all of it, but while it waits for a
    child to end: that edge takes 0 ns, and says the order only. The graph's `root` is the position.
    """
    children = waited_for_children(spans, root)
    graph: nx.DiGraph[Event] = nx.DiGraph(root=root)
    graph.add_node(Event(root, Moment.START), time_ns=spans[root].low_ns)
    todo = [root]
    while todo:
        at = todo.pop()
        begin, end = Event(at, Moment.START), Event(at, Moment.END)
        for event in (*(inside := _in_order(spans, children[at])), end):
            graph.add_node(event, time_ns=_when(spans, event))
        if any(spans[c].disregards or spans[c].overtakes for c in children[at]):
            _add_what_is_waited_for(graph, spans, inside, begin, end)
        else:
            for before, event in pairwise([begin, *inside, end]):
                works = event.moment is Moment.START or event == end
                duration_ns = works * (_time(graph, event) - _time(graph, before))
                graph.add_edge(before, event, duration_ns=duration_ns, span=at)
        todo += children[at]
    return graph


def _add_what_is_waited_for(
    graph: "nx.DiGraph[Event]",
    spans: Sequence[PathSpan],
    inside: Sequence[Event],
    begin: Event,
    end: Event,
) -> None:
    """Edges to the start of each child from what it waited for, and to the end from all."""
    for place, event in enumerate((*inside, end)):
        if event.moment is Moment.END and event != end:
            continue  # the end of a child follows from its own work
        waited_for = [
            before
            for before in inside[:place]
            if event == end
            or waits_for(spans[event.span], before.span, is_start=before.moment is Moment.START)
        ] or [begin]
        duration_ns = _time(graph, event) - _time(graph, waited_for[-1])
        for before in waited_for:
            graph.add_edge(before, event, duration_ns=duration_ns, span=begin.span)


def _when(spans: Sequence[PathSpan], event: Event) -> int:
    span = spans[event.span]
    return span.low_ns if event.moment is Moment.START else span.high_ns


def _in_order(spans: Sequence[PathSpan], children: Sequence[int]) -> list[Event]:
    """What happens to the children, in the parent's order of time."""

    def when(event: Event) -> tuple[int, Moment, int, int]:
        c = spans[event.span]
        if event.moment is Moment.START:
            return c.low_ns, event.moment, c.high_ns, c.span_id
        return c.high_ns, event.moment, c.low_ns, c.span_id

    return sorted((Event(c, moment) for c in children for moment in Moment), key=when)


def critical_path_of(graph: "nx.DiGraph[Event]") -> tuple[Piece, ...]:
    """The pieces that make up the root's duration, exactly and in order of time.

    An event happened when the last thing happened that it waited for. Where that is both the end of
    a child's own work and its parent's own timeline, the child's is followed.
    """
    root = graph.graph["root"]
    at, first = Event(root, Moment.END), Event(root, Moment.START)
    pieces: list[Piece] = []
    while at != first:
        before = max(_awaited(graph, at), key=lambda event: _owner(graph, event, at) == at.span)
        span, start_ns, end_ns = _owner(graph, before, at), _time(graph, before), _time(graph, at)
        if pieces and pieces[-1].span == span:
            end_ns = pieces.pop().end_ns
        if start_ns < end_ns:
            pieces.append(Piece(span=span, start_ns=start_ns, end_ns=end_ns))
        at = before
    return tuple(reversed(pieces))


def _awaited(graph: "nx.DiGraph[Event]", event: Event) -> list[Event]:
    """What an event waited for: it happened as soon as that and the work after it was done."""
    return [
        before
        for before in graph.predecessors(event)
        if _time(graph, before) + int(graph.edges[before, event]["duration_ns"])
        == _time(graph, event)
    ]


def _time(graph: "nx.DiGraph[Event]", event: Event) -> int:
    return int(graph.nodes[event]["time_ns"])


def _owner(graph: "nx.DiGraph[Event]", before: Event, event: Event) -> int:
    return int(graph.edges[before, event]["span"])
