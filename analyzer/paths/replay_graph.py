"""A replay as the longest way through the graph of events, its edges scaled."""

from collections.abc import Sequence

import networkx as nx  # noqa: TID253  imported by those alone who look at one request as a graph

from analyzer.paths.graph import Event, Moment


def replayed(graph: "nx.DiGraph[Event]", factors: Sequence[float]) -> float:
    """The root's duration in ns if the own time of each span is multiplied by its factor.

    Args:
        graph: what `event_graph` gave.
        factors: by position of the span; 1 leaves its own time as it was, 0 removes it.
    """
    root = graph.graph["root"]
    happens: dict[Event, float] = {}
    for event in nx.topological_sort(graph):
        happens[event] = max(
            (
                happens[before] + edge["duration_ns"] * factors[edge["span"]]
                for before, _, edge in graph.in_edges(event, data=True)
            ),
            default=0.0,
        )
    return happens[Event(root, Moment.END)]
