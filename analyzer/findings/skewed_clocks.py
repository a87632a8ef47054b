"""Hosts whose clocks differ."""

from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.findings.evidence import Evidence, Row
from analyzer.findings.found import Found, Severity
from analyzer.findings.words import listed, ms, percent

OFTEN = 0.05
"""The part of a hop's calls that must not fit before a clock is doubted."""

ONE_WAY = 0.9
"""The part of moves in one direction from which on it is an offset, not jitter."""

NOTABLE_NS = 200_000
"""A smaller offset changes no figure that a report shows."""

LARGE_NS = 5_000_000
"""From here on short spans may be put in a wrong order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """A service's clock against the clock of those who make the load; positive if it is behind."""

    service: str
    ns: float
    moved: int
    calls: int
    exemplars: tuple[str, ...]


class SkewedClocks:
    """Finds services whose spans had to be moved, always in the same direction."""

    kind = "skewed_clocks"

    def find(self, evidence: Evidence) -> Iterable[Found]:
        """At most one finding: a clock that is off concerns all who are compared with it."""
        offsets = [o for o in _offsets(evidence) if abs(o.ns) >= NOTABLE_NS]
        if not offsets:
            return
        worst = max(offsets, key=lambda o: (abs(o.ns), o.service))
        severity = Severity.WARNING if abs(worst.ns) >= LARGE_NS else Severity.INFO
        behind = "behind" if worst.ns > 0 else "ahead"
        others = tuple(o.service for o in offsets if o is not worst)
        also = f"; others are off too: {listed(others)}" if others else ""
        yield Found(
            kind=self.kind,
            severity=severity,
            subject=worst.service,
            message=(
                f"its clock is at least {ms(abs(worst.ns))} {behind} that of its callers: "
                f"{percent(worst.moved / worst.calls)} of its {worst.calls:,} answers lay outside "
                f"their calls and were moved{also}"
            ),
            advice="synchronise the hosts' clocks (NTP, chrony), or read small hops with care",
            exemplars=worst.exemplars,
        )


def _offsets(evidence: Evidence) -> Iterable[Offset]:
    """The offset of each service against those who make load, along the calls.

    A move is relative to the caller, so that whoever is called by a service that is off, with a
    clock that is right, is moved back by as much: moves add up along the way.
    """
    rows = sorted(
        evidence.rows(evidence.survey.moved, named=2), key=lambda row: (-row.sums[0], row.names)
    )
    called = {row.codes[1] for row in rows if row.codes[0] != row.codes[1]}
    known: dict[int, float] = {row.codes[0]: 0.0 for row in rows if row.codes[0] not in called} or {
        row.codes[0]: 0.0 for row in rows[:1]
    }
    waiting = True
    while waiting:
        waiting = False
        for row in rows:
            caller, callee = row.codes
            if caller not in known or callee in known:
                continue
            by, calls, moved = _step(row)
            known[callee] = known[caller] + by
            waiting = True
            if known[callee]:
                yield Offset(
                    service=row.names[1],
                    ns=known[callee],
                    moved=moved,
                    calls=calls,
                    exemplars=row.exemplars,
                )


def _step(row: Row) -> tuple[float, int, int]:
    """By how much a callee's clock is behind its caller's; 0 where moves show no offset."""
    calls, moved, later, by_ns = row.sums
    if moved < max(OFTEN * calls, 1) or max(later, moved - later) < ONE_WAY * moved:
        return 0.0, calls, moved
    return by_ns / moved, calls, moved
