"""Which requests one person made one after another, and how long that person paused between."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.model.entry import SESSION_KEYS, Entry

PAUSE_ENDS_S = 1800
"""Who pauses for longer begins a new session: what web analytics count by, since long ago.

Source: https://support.google.com/analytics/answer/2731565."""

ENOUGH_SHARE = 0.5
"""An attribute tells sessions if at least half of the requests have it."""

QUANTILES = tuple(q / 20 for q in range(21))

_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Walks:
    """Sessions, each as the requests of one person in order of time; `known_by` what tells them."""

    known_by: str
    sessions: tuple[tuple[Entry, ...], ...]

    def pauses_s(self) -> tuple[list[float], int]:
        """All pauses between requests, and how many requests began before the last had ended."""
        pauses, overlapping = [], 0
        for session in self.sessions:
            ended = session[0].end_ns
            for entry in session[1:]:
                overlapping += entry.start_ns < ended
                pauses.append(max(0, entry.start_ns - ended) / _NS)
                ended = max(ended, entry.end_ns)
        return pauses, overlapping

    def steps(self) -> Counter[tuple[str | None, str | None]]:
        """How often which endpoint came after which; None before the first and after the last."""
        steps: Counter[tuple[str | None, str | None]] = Counter()
        for session in self.sessions:
            before: str | None = None
            for entry in session:
                steps[before, entry.endpoint] += 1
                before = entry.endpoint
            steps[before, None] += 1
        return steps


def walks(entries: Sequence[Entry]) -> Walks | None:
    """The sessions by the first attribute that enough requests have; None where none has.

    Args:
        entries: in order of time.
    """
    for place, key in enumerate(SESSION_KEYS):
        known = sum(bool(entry.who[place]) for entry in entries)
        if known and known >= ENOUGH_SHARE * len(entries):
            found = tuple(_sessions(entries, place))
            if any(len(session) > 1 for session in found):
                return Walks(known_by=key, sessions=found)
    return None


def _sessions(entries: Sequence[Entry], place: int) -> Iterator[tuple[Entry, ...]]:
    by_person: dict[str, list[Entry]] = {}
    for entry in entries:
        if who := entry.who[place]:
            by_person.setdefault(who, []).append(entry)
    for mine in by_person.values():
        first, ended = 0, mine[0].end_ns
        for i, entry in enumerate(mine):
            if entry.start_ns - ended > PAUSE_ENDS_S * _NS:
                yield tuple(mine[first:i])
                first = i
            ended = max(ended, entry.end_ns)
        yield tuple(mine[first:])


def quantiles_s(pauses_s: Sequence[float]) -> tuple[float, ...]:
    """The pauses that 0, 5, ..., 100 % stayed below."""
    return tuple(round(float(q), 6) for q in np.quantile(pauses_s, QUANTILES))
