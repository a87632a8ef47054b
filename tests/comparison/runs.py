"""Runs of a small system, written by what its services and hops take.

```
GET /shop   gateway -> search, then gateway -> cart     (twice as often as)
GET /app    mobile  -> search
```
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyzer.comparison.calls import Measured
from analyzer.comparison.pair import Pair
from analyzer.model.run import Capture
from analyzer.model.spans import Spans
from analyzer.pipeline.compare import Recorded, compare_runs, measure
from analyzer.repair.steps import RepairOptions
from analyzer.report.compare import Comparison
from tests.builders import trace

OWN_US: Mapping[str, int] = {"gateway": 5_000, "mobile": 4_000, "search": 12_000, "cart": 8_000}
GAP_US: Mapping[tuple[str, str], int] = {
    ("gateway", "search"): 1_500,
    ("gateway", "cart"): 1_200,
    ("mobile", "search"): 1_800,
}
SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What a run is made with.

    Attributes:
        requests: how many.
        own_us: own time by service.
        gap_us: client span less server span by (caller, callee).
        calls: how often a request makes the call of (caller, callee).
        app_share: the part of the requests that is `GET /app`.
        odd_share: the part of the calls of `odd` that take `odd_us`.
        jitter: by how much of itself every time varies.
        seed: of everything random.
    """

    requests: int = 120
    own_us: Mapping[str, int] = field(default_factory=lambda: dict(OWN_US))
    gap_us: Mapping[tuple[str, str], int] = field(default_factory=lambda: dict(GAP_US))
    calls: Mapping[tuple[str, str], int] = field(default_factory=dict)
    app_share: float = 1 / 3
    odd: str = ""
    odd_share: float = 0.0
    odd_us: int = 0
    jitter: float = 0.1
    seed: int = 1

    def with_own(self, **more_us: int) -> "System":
        """The same system with other own times of services."""
        return replace(self, own_us={**self.own_us, **more_us})

    def with_gaps(self, more_us: Mapping[tuple[str, str], int]) -> "System":
        """The same system with other gaps."""
        return replace(self, gap_us={**self.gap_us, **more_us})


BASE = System()


def spans(system: System) -> Spans:
    """A run's spans."""
    return _Writer(system).write()


def compare(base: System, candidate: System) -> Comparison:
    """Compare two runs; the candidate's requests are drawn anew."""
    again = replace(candidate, seed=candidate.seed + 1_000)
    return compare_runs(recorded("base", spans(base)), recorded("candidate", spans(again)))


def recorded(name: str, of: Spans) -> Recorded:
    """A run by its spans alone."""
    return Recorded(name=name, capture=Capture(spans=of, inputs=()))


def measured(of: Spans) -> Measured:
    """Contributions and calls of a run."""
    return measure(of, RepairOptions(), threads=1)


def pair(base: Spans, candidate: Spans) -> Pair:
    """Two runs in one table."""
    return Pair.from_runs(measured(base), measured(candidate))


class _Writer:
    def __init__(self, system: System) -> None:
        self._system = system
        self._random = random.Random(system.seed)

    def write(self) -> Spans:
        share = self._system.app_share
        parts = []
        for number in range(self._system.requests):
            # evenly mixed, so that every part of the run has the same traffic
            is_app = int((number + 1) * share) > int(number * share)
            entry, callees = ("mobile", ["search"]) if is_app else ("gateway", ["search", "cart"])
            trace_id = self._random.getrandbits(127) + 1
            begin = number * SECOND_US // 20
            parts.append(trace(*self._request(entry, callees, begin), trace_id=trace_id))
        return Spans.concat(parts)

    def _request(self, entry: str, callees: Sequence[str], begin: int) -> list[str]:
        lines, at = [], begin + self._own(entry) // 2
        for callee in callees:
            hop = entry, callee
            for call in range(self._system.calls.get(hop, 1)):
                gap, own = self._varied(self._system.gap_us[hop]), self._own(callee)
                client, server = f"call-{callee}", f"serve-{callee}"
                if call:
                    client, server = f"{client}-{call}", f"{server}-{call}"
                end = at + gap + own
                inner = at + gap // 2
                lines.append(f"{entry}/{client} {at}-{end} client in {entry} to {callee}")
                lines.append(f"{client}/{server} {inner}-{inner + own} server in {callee}")
                at = end
        end = at + self._own(entry) // 2
        return [f"{entry} {begin}-{end} server in {entry}", *lines]

    def _own(self, service: str) -> int:
        system = self._system
        if service == system.odd and self._random.random() < system.odd_share:
            return system.odd_us
        return self._varied(system.own_us[service])

    def _varied(self, time_us: int) -> int:
        spread = self._system.jitter * time_us
        return round(time_us + self._random.uniform(-spread, spread))
