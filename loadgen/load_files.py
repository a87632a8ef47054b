"""`load.jsonl` and `load.json` of a run directory: what the load tool itself counted.

The percentiles and means are the load tool's own, so that a reader can compare them with what the
traces say.
"""

import json
import os
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from loadgen.span_export import SpanCounts

POINTS = "load.jsonl"
RECORD = "load.json"
SCHEMA = "slowhop.load/1"

_TAIL_BYTES = 4096
"""More than one line of `load.jsonl`, whatever the numbers."""

_NS = 1_000_000_000


class StatsEntry(Protocol):
    """One row of the load tool's statistics, as locust's `StatsEntry` has it. Times: ms."""

    @property
    def name(self) -> str:
        """The name requests are grouped by."""

    @property
    def method(self) -> str:
        """The HTTP method; empty or None in some rows that custom clients make."""

    @property
    def num_requests(self) -> int:
        """Requests, failed ones included."""

    @property
    def num_failures(self) -> int:
        """Failed requests."""

    @property
    def max_response_time(self) -> float:
        """The longest response time."""

    @property
    def avg_response_time(self) -> float:
        """Mean response time."""

    @property
    def total_rps(self) -> float:
        """Requests per second over the whole test."""

    def get_response_time_percentile(self, percent: float) -> float:
        """The response time that this share (0 to 1) of the requests stayed below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPoint:
    """One line of `load.jsonl`: the load at one moment.

    `time_ns` is ns since the epoch; `requests` and `failures` count since the start of the test;
    `throughput_rps` is the rate of the last seconds, `cpu_percent` what the busiest of the load
    tool's processes used of one core in the last second; None where that is not known.
    """

    time_ns: int
    users: int
    requests: int
    failures: int
    throughput_rps: float
    cpu_percent: float | None = None

    def line(self) -> str:
        """The point as a line of JSON."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(fields | {"throughput_rps": round(self.throughput_rps, 2)}) + "\n"


class Throughput:
    """Rate of requests over a window that moves along.

    Args:
        window_s: seconds that the rate looks back. As long as the counts' own rhythm: workers
            report every three seconds, a shorter window would show a comb.
    """

    def __init__(self, window_s: float) -> None:
        self._window_ns = int(window_s * _NS)
        self._seen: deque[tuple[int, int]] = deque()

    def rate(self, time_ns: int, requests: int) -> float:
        """Requests per second since the begin of the window; 0.0 at first and after a reset."""
        if self._seen and requests < self._seen[-1][1]:
            self._seen.clear()  # the load tool's statistics began anew
        self._seen.append((time_ns, requests))
        while len(self._seen) > 2 and time_ns - self._seen[1][0] >= self._window_ns:
            self._seen.popleft()
        first_ns, first = self._seen[0]
        return (requests - first) * _NS / (time_ns - first_ns) if time_ns > first_ns else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What of a test the statistics do not hold. Times: ns since the epoch.

    `spans` is None where another tool made the spans and nobody counted them.
    """

    version: str
    started_at_ns: int
    ended_at_ns: int
    users_max: int
    spans: SpanCounts | None


def load_record(total: StatsEntry, rows: Iterable[StatsEntry], facts: RunFacts) -> dict[str, Any]:
    """The contents of `load.json`: endpoints in the order of their names."""
    endpoints = [
        {
            "method": row.method or "",
            "name": row.name,
            "requests": row.num_requests,
            "failures": row.num_failures,
            "latency": latency(row),
        }
        for row in sorted(rows, key=lambda row: (row.name, row.method or ""))
    ]
    spans = facts.spans
    return {
        "schema": SCHEMA,
        "tool": "locust",
        "version": facts.version,
        "started_at_ns": facts.started_at_ns,
        "ended_at_ns": facts.ended_at_ns,
        "users_max": facts.users_max,
        "requests": total.num_requests,
        "failures": total.num_failures,
        "throughput_rps": round(total.total_rps, 3),
        "latency": latency(total),
        "endpoints": endpoints,
        "spans": None
        if spans is None
        else {"created": spans.created, "exported": spans.exported, "failed": spans.failed},
        "sent": None if spans is None else {"begun": spans.begun, "unsampled": spans.unsampled},
    }


def latency(entry: StatsEntry) -> dict[str, float]:
    """The load tool's response times in ms. It rounds percentiles to two digits; so be it."""
    return {
        "mean_ms": round(entry.avg_response_time, 3),
        "p50_ms": entry.get_response_time_percentile(0.50),
        "p95_ms": entry.get_response_time_percentile(0.95),
        "p99_ms": entry.get_response_time_percentile(0.99),
        "max_ms": round(entry.max_response_time, 3),
    }


def write_record(run_dir: Path, record: dict[str, Any]) -> None:
    """Write `load.json` whole: a reader finds all of it or none."""
    unfinished = run_dir / f".{RECORD}.{os.getpid()}"
    unfinished.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(run_dir / RECORD)


def append_point(run_dir: Path, point: LoadPoint) -> None:
    """Add a line to `load.jsonl`."""
    with (run_dir / POINTS).open("a", encoding="utf-8") as file:
        file.write(point.line())


def follow_load(path: Path) -> LoadPoint | None:
    """The latest point of a growing `load.jsonl`; None before the first line is whole.

    Only the end of the file is read: a long test costs no more than a short one.
    """
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - _TAIL_BYTES))
            tail = file.read()
    except FileNotFoundError:
        return None
    whole_lines = tail.split(b"\n")[:-1]
    points = (_point(line) for line in reversed(whole_lines))
    return next((point for point in points if point is not None), None)


def _point(line: bytes) -> LoadPoint | None:
    try:
        fields = json.loads(line)
        known = {name: fields[name] for name in LoadPoint.__slots__ if name != "cpu_percent"}
        # files of earlier versions do not have it
        return LoadPoint(**known, cpu_percent=fields.get("cpu_percent"))
    except (ValueError, KeyError, TypeError):
        return None  # a line cut by a crash, or by where the tail begins
