"""Different calls that always run one after another though nothing shows that they must."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from analyzer.findings.evidence import Evidence, Row
from analyzer.findings.fixes import AllAtOnce, Step
from analyzer.findings.found import Found, Severity
from analyzer.findings.words import ms, several

OFTEN = 30
"""Sequences seen from which on `always` means something; as many as percentiles need."""

TINY_NS = 1_000_000
"""Calls shorter than this gain less from running together than threads cost."""

OWN_WORK_PART = 0.1
"""More than this part of the shorter call between two calls is work on the first one's answer."""

NEVER = 0.01
"""Sites that overlap in more than this part of the cases do not always run one after another."""


class SerialCalls:
    """Finds sequences of calls that could run side by side if none needs another's answer.

    That an answer is not needed cannot be seen in traces; that nothing was computed between the
    calls, in many requests, is a hint. Calls to one database are left out: they share a connection.
    """

    kind = "serial_calls"

    def find(self, evidence: Evidence) -> Iterable[Found]:
        """One finding for each operation that makes such calls."""
        sequels = list(evidence.rows(evidence.survey.sequels, named=6))
        overlaps = {
            row.codes: row.sums[0] for row in evidence.rows(evidence.survey.overlaps, named=6)
        }
        traced = evidence.traced()
        loose = [row for row in sequels if _loose(row, overlaps.get(row.codes, 0), traced)]
        for (service, parent), group in groupby(loose, key=lambda row: row.names[:2]):
            rows = sorted(group, key=lambda row: -row.sums[1])
            steps = tuple(_steps(rows))
            times = max(row.sums[0] for row in rows)
            between_ns = sum(row.sums[2] for row in rows) / sum(row.sums[0] for row in rows)
            yield Found(
                kind=self.kind,
                severity=Severity.INFO,
                subject=f"{service} {parent}",
                message=(
                    f"calls {', then '.join(steps)}, always one after another "
                    f"({several(times, 'time')}, {ms(between_ns)} between them)"
                ),
                advice="could run in parallel if they do not need each other's answer",
                exemplars=rows[0].exemplars,
                fix=AllAtOnce(
                    service=rows[0].codes[0],
                    parent=rows[0].codes[1],
                    sequels=frozenset(_pair(row) for row in rows),
                ),
                size_ns=sum(row.sums[1] for row in rows),
            )


def _loose(row: Row, overlapping: int, traced: frozenset[int]) -> bool:
    """Whether the second call seems not to need the first one's answer."""
    times, shorter_ns, between_ns = row.sums
    *_, callee, _, next_callee = row.codes
    one_database = callee == next_callee and callee not in traced
    return (
        times >= OFTEN
        and not one_database
        and shorter_ns >= TINY_NS * times
        and between_ns <= OWN_WORK_PART * shorter_ns
        and overlapping <= NEVER * times
    )


def _pair(row: Row) -> tuple[Step, Step]:
    _, _, operation, callee, next_operation, next_callee = row.codes
    return (operation, callee), (next_operation, next_callee)


def _steps(rows: list[Row]) -> Iterator[str]:
    """The calls, those that follow nobody first, each once."""
    shown: dict[Step, str] = {}
    for row in rows:
        _, _, operation, callee, next_operation, next_callee = row.names
        one, other = _pair(row)
        shown[one] = f"{callee} ({operation})"
        shown[other] = f"{next_callee} ({next_operation})"
    after = dict(reversed([_pair(row) for row in rows]))
    heads = [step for step in shown if step not in after.values()] or list(shown)[:1]
    told: set[Step] = set()
    for head in sorted(heads, key=lambda step: shown[step]):
        step: Step | None = head
        while step is not None and step not in told:
            told.add(step)
            yield shown[step]
            step = after.get(step)
