"""All checks: a new one is a file and a line here."""

from collections.abc import Sequence

from analyzer.findings.abandoned_calls import AbandonedCalls
from analyzer.findings.costly_errors import CostlyErrors
from analyzer.findings.evidence import Evidence
from analyzer.findings.found import Check, Found, Severity
from analyzer.findings.lost_spans import LostSpans
from analyzer.findings.queueing_hop import QueueingHop
from analyzer.findings.repeated_calls import RepeatedCalls
from analyzer.findings.retries import Retries
from analyzer.findings.saturation import FirstToSaturate
from analyzer.findings.serial_calls import SerialCalls
from analyzer.findings.shared_resource import SharedResource
from analyzer.findings.skewed_clocks import SkewedClocks
from analyzer.findings.too_little_data import TooLittleData
from analyzer.findings.unexplained_gap import UnexplainedGap
from analyzer.findings.uninstrumented import SlowDependency
from analyzer.findings.work_after_reply import WorkAfterReply

CHECKS: tuple[Check, ...] = (
    RepeatedCalls(),
    Retries(),
    QueueingHop(),
    FirstToSaturate(),
    SharedResource(),
    CostlyErrors(),
    AbandonedCalls(),
    SlowDependency(),
    UnexplainedGap(),
    SerialCalls(),
    WorkAfterReply(),
    LostSpans(),
    SkewedClocks(),
    TooLittleData(),
)

PER_CHECK = 5
"""Findings of one check that are kept, those that concern most time; more would only tire."""

FIXES_REPLAYED = 12
"""Fixes of which is found out what they bring, those that concern most time: each is a replay."""

WORTH_SAYING = 0.01
"""A fix that brings less than this part of the response time is not worth a sentence."""

WORTH_FIXING = 0.05
"""A fix that brings less than this is good to know, no more."""


def find_all(evidence: Evidence, checks: Sequence[Check] = CHECKS) -> tuple[Found, ...]:
    """What the checks find, before it is known what their fixes bring."""
    found: list[Found] = []
    for check in checks:
        mine = sorted(check.find(evidence), key=lambda f: (-f.size_ns, f.subject, f.message))
        worth = [f for f in mine if f.fix is None or evidence.share(f.size_ns) >= WORTH_SAYING]
        found.extend(worth[:PER_CHECK])
    most = sorted((f for f in found if f.fix is not None), key=lambda f: -f.size_ns)
    left_out = {id(f) for f in most[FIXES_REPLAYED:]}
    return tuple(f for f in found if id(f) not in left_out)


def weigh(found: Found, gain_ns: int | None, whole_ns: int) -> Severity | None:
    """How grave a finding is once its gain is known; None where it is not worth a sentence."""
    if found.fix is None or gain_ns is None:
        return found.severity
    share = gain_ns / max(whole_ns, 1)
    if share < WORTH_SAYING:
        return None
    return found.severity if share >= WORTH_FIXING else Severity.INFO
