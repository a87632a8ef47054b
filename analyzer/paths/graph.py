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
from typing import NamedTuple

import networkx as nx  # noqa: TID253  imported by those alone who look at one request as a graph

from analyzer.paths.reference import PathSpan, Piece, waited_for_children


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
        before, before_ns = Event(at, Moment.START), spans[at].low_ns
        for event in _in_order(spans, children[at]):
            child = spans[event.span]
            is_start = event.moment is Moment.START
            time_ns = child.low_ns if is_start else child.high_ns
            graph.add_node(event, time_ns=time_ns)
            graph.add_edge(before, event, duration_ns=is_start * (time_ns - before_ns), span=at)
            before, before_ns = event, time_ns
        end = Event(at, Moment.END)
        graph.add_node(end, time_ns=spans[at].high_ns)
        graph.add_edge(before, end, duration_ns=spans[at].high_ns - before_ns, span=at)
        todo += children[at]
    return graph


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
