"""What tracers record of a run: spans with ids, on the clocks of their hosts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.attribution.contributions import Entity
from analyzer.model.spans import (
    COLUMNS,
    NO_NAME,
    Int64Array,
    Links,
    Sampled,
    Spans,
    Status,
    UInt64Array,
)
from tests.simulator.draws import Draws
from tests.simulator.execution import EndpointRun, RunSpan

EPOCH_NS = 1_700_000_000_000_000_000
NS_PER_S = 1_000_000_000
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""Odd, so that multiplying by it gives each number an id of its own, in no order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """How hosts tell the time.

    Attributes:
        skew_ms: each instance's clock is off by up to this much, ahead or behind, all run long.
        grain_ns: timestamps are cut to whole multiples of this.
    """

    skew_ms: float = 0.0
    grain_ns: int = 1


CLEAN = Clocks()
SKEWED = Clocks(skew_ms=0.5)
COARSE = Clocks(grain_ns=1_000_000)


def record(runs: Sequence[EndpointRun], draws: Draws, clocks: Clocks = CLEAN) -> Spans:
    """The spans of all requests, in order of their ends, as exporters send them.

    The trace ids of the requests, endpoint by endpoint, are 1, 2, 3 ...
    """
    codes: dict[str, int] = {}
    parts: dict[str, list[np.ndarray]] = {name: [] for name in COLUMNS}
    requests = 0
    for each in runs:
        count = each.phase_ns.size
        trace = np.arange(requests, requests + count, dtype=np.int64)
        begin_ns = EPOCH_NS + trace * NS_PER_S + each.phase_ns
        for number, span in enumerate(each.spans):
            offset = begin_ns + _clock_offset(span, draws, clocks)
            columns = {
                "trace_hi": np.zeros(count, np.uint64),
                "trace_lo": trace + 1,
                "span_id": _span_ids(trace, number),
                "parent_id": _span_ids(trace, span.parent),
                "start_ns": (span.start_ns + offset) // clocks.grain_ns * clocks.grain_ns,
                "end_ns": (span.end_ns + offset) // clocks.grain_ns * clocks.grain_ns,
                "kind": np.full(count, span.kind),
                "status": np.full(count, Status.UNSET),
                "instance": _instance_codes(span, codes),
            }
            columns |= {k: np.full(count, v) for k, v in _name_codes(span.entity, codes).items()}
            for name, column in columns.items():
                parts[name].append(column[span.present].astype(COLUMNS[name]))
        requests += count
    whole = {name: np.concatenate(columns) for name, columns in parts.items()}
    arrival = np.lexsort((whole["span_id"], whole["end_ns"]))
    return Spans(
        **{name: column[arrival] for name, column in whole.items()},
        names=tuple(codes),
        links=Links.none(),
        sampled=Sampled.none(),
        attributes=None,
    )


def _span_ids(trace: Int64Array, number: int) -> UInt64Array:
    """The ids of the span with this number in each trace; 0 for no span."""
    if number < 0:
        return np.zeros(trace.size, np.uint64)
    return (trace.astype(np.uint64) * np.uint64(1 << 20) + np.uint64(number + 1)) * GOLDEN


def _name_codes(entity: Entity, codes: dict[str, int]) -> dict[str, int]:
    names = {
        "service": entity.service,
        "operation": entity.operation,
        "peer": entity.peer,
        "protocol": entity.protocol,
        "run": "",
    }
    return {
        column: codes.setdefault(name, len(codes)) if name else NO_NAME
        for column, name in names.items()
    }


def _instance_codes(span: RunSpan, codes: dict[str, int]) -> Int64Array:
    instances = [f"{span.entity.service}-{pod}" for pod in range(int(span.pod.max()) + 1)]
    return np.array([codes.setdefault(name, len(codes)) for name in instances])[span.pod]


def _clock_offset(span: RunSpan, draws: Draws, clocks: Clocks) -> Int64Array:
    """By how much the clock of each request's host is ahead, in ns."""
    pods = range(int(span.pod.max()) + 1)
    host = [draws.uniform(f"clock of {span.entity.service}-{pod}", 1)[0] for pod in pods]
    offset_ms = clocks.skew_ms * (2 * np.array(host) - 1)
    return np.rint(offset_ms * 1e6).astype(np.int64)[span.pod]
