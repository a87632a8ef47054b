"""Which traces belong to which load test, where several and other traffic went to one receiver."""

import numpy as np

from analyzer.model.spans import NO_NAME, Int32Array, Kind, Spans
from analyzer.model.traffic import Traffic


def runs_in(spans: Spans) -> tuple[str, ...]:
    """The runs that spans name, in order."""
    codes = np.unique(spans.run[spans.run != NO_NAME])
    return tuple(sorted(spans.names[code] for code in codes.tolist()))


def separate(spans: Spans, run: str) -> tuple[Spans, Traffic]:
    """The traces of one run, and how many others there were.

    ```
    client (run A) -> web -> db       of run A: its root names it
    client (run B) -> web             of run B
    web (no parent) -> db             background: somebody began it who is in no run
    mailer (no parent), links into a trace of run A
                                      of run A: its work is the run's doing
    web (parent never sent) -> db     of the only run; with several runs nobody knows
    ```

    A trace whose root names no run is of the run that another of its spans names, as a service's
    does that copies baggage onto its spans.

    Args:
        spans: all spans of whole traces.
        run: the run to keep.
    """
    trace, target, traces = _numbered(spans)
    run_of = _runs(spans, trace, traces)
    _follow_links(spans, trace, target, run_of)
    begun = np.zeros(traces, np.bool_)
    begun[trace[spans.parent_id == 0]] = True
    runs = runs_in(spans)
    nobodys = run_of == NO_NAME
    own = ~nobodys & (run_of == _code(spans, run))
    lost = nobodys & ~begun
    alone = set(runs) <= {run}
    kept = own | lost if alone else own
    named = (spans.run != NO_NAME) & (spans.parent_id == 0) & (spans.kind == Kind.CLIENT)
    traffic = Traffic(
        run=run,
        runs=runs,
        clients=frozenset(spans.names[c] for c in np.unique(spans.service[named]).tolist()),
        kept=int(kept.sum()),
        other_runs=int((~nobodys & ~own).sum()),
        background=int((nobodys & begun).sum()),
        unknown=0 if alone else int(lost.sum()),
    )
    return (spans if kept.all() else spans.take(kept[trace])), traffic


def _code(spans: Spans, run: str) -> int:
    """The code of a run's name; one that no span has where it is unknown."""
    return spans.names.index(run) if run in spans.names else len(spans.names)


def _numbered(spans: Spans) -> tuple[Int32Array, Int32Array, int]:
    """The trace of each span, the trace each link points to, and how many traces there are.

    Traces that are only linked to have higher numbers than those that are there.
    """
    from analyzer.repair.grouping_kernel import number_keys

    number, _ = number_keys(
        np.concatenate((spans.trace_hi, spans.links.trace_hi)),
        np.concatenate((spans.trace_lo, spans.links.trace_lo)),
    )
    trace, target = number[: len(spans)], number[len(spans) :]
    return trace, target, int(trace.max(initial=-1)) + 1


def _runs(spans: Spans, trace: Int32Array, traces: int) -> Int32Array:
    """int32[t], the run each trace names: its root's, else that of the first span with one."""
    run_of = np.full(traces, NO_NAME, np.int32)
    rows = np.flatnonzero(spans.run != NO_NAME)
    inner = spans.parent_id[rows] != 0
    first = np.lexsort((spans.span_id[rows], spans.start_ns[rows], inner))
    latest_first = rows[first[::-1]]  # where a place is written twice, the last one stays
    run_of[trace[latest_first]] = spans.run[latest_first]
    return run_of


def _follow_links(spans: Spans, trace: Int32Array, target: Int32Array, run_of: Int32Array) -> None:
    """Give traces that name no run the run of a trace they link to, however long the chain is."""
    source = trace[spans.links.row]
    there = target < run_of.size
    source, target = source[there], target[there]
    while True:
        found = (run_of[source] == NO_NAME) & (run_of[target] != NO_NAME)
        if not found.any():
            return
        by_run = np.argsort(run_of[target[found]], kind="stable")[::-1]
        run_of[source[found][by_run]] = run_of[target[found]][by_run]
