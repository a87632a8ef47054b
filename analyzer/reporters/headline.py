"""What a comparison says, in one sentence."""

from analyzer.report.compare import Comparison, HopDelta, ServiceDelta, Verdict
from analyzer.reporters.terminal.figures import change_with_unit, with_unit
from analyzer.reporters.terminal.safe_text import in_sentence

NAMED = 3
"""Services and hops that are named; the tables have the others."""

NOTHING = "Noise: nothing got slower or faster by more than two runs of the same thing differ by."


def headline(c: Comparison) -> str:
    """The verdict on the run and on what made it so; names in it are safe to be shown."""
    overall = c.overall
    parts = [*_named(c, "slower"), *_named(c, "faster")]
    if overall.verdict == "noise" and not parts:
        return NOTHING
    mean = (
        f"the mean went from {with_unit(c.base.latency.mean_ms)} "
        f"to {with_unit(c.candidate.latency.mean_ms)}"
    )
    run = f"{overall.verdict.capitalize()}: {mean}" if overall.verdict != "noise" else (
        f"The run as a whole is within the noise ({mean})"
    )  # fmt: skip
    if not parts:
        return f"{run}, but no service or hop stands out."
    return f"{run}. {' '.join(parts)}"


def _named(c: Comparison, verdict: Verdict) -> list[str]:
    """Which services and hops got slower, or faster, as a sentence."""
    rows: list[ServiceDelta | HopDelta] = [
        *[row for row in c.services if row.verdict == verdict],
        *[row for row in c.hops if row.verdict == verdict],
    ]
    rows.sort(key=lambda row: -abs(row.delta_mean_ms))
    if not rows:
        return []
    names = [f"{_name(row)} ({change_with_unit(-row.delta_mean_ms)})" for row in rows[:NAMED]]
    if more := len(rows) - len(names):
        names.append(f"{more} more")
    return [f"What got {verdict}: {', '.join(names)}."]


def _name(row: ServiceDelta | HopDelta) -> str:
    if isinstance(row, ServiceDelta):
        return in_sentence(row.service)
    return in_sentence(row.caller, row.callee)
