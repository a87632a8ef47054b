"""What a comparison says, in one sentence."""

from collections.abc import Callable

from analyzer.report.compare import Comparison, HopDelta, ServiceDelta, Verdict
from analyzer.reporters.terminal.figures import change_with_unit, with_unit
from analyzer.reporters.terminal.safe_text import in_sentence

NAMED = 3
"""Services and hops that are named; the tables have the others."""

NOTHING = "Noise: nothing got slower or faster by more than two runs of the same thing differ by."


Naming = Callable[..., str]
"""Writes a service, or the two ends of a hop, as the form of the sentence needs it."""


def headline(c: Comparison, naming: Naming = in_sentence) -> str:
    """The verdict on the run and on what made it so.

    Args:
        c: the comparison.
        naming: writes the names, which may be hostile; by default as a terminal may show them.
    """
    overall = c.overall
    parts = [*_named(c, "slower", naming), *_named(c, "faster", naming)]
    if overall.verdict == "noise" and not parts:
        return " ".join([NOTHING, *_background(c, naming)])
    mean = (
        f"the mean went from {with_unit(c.base.latency.mean_ms)} "
        f"to {with_unit(c.candidate.latency.mean_ms)}"
    )
    run = f"{overall.verdict.capitalize()}: {mean}" if overall.verdict != "noise" else (
        f"The run as a whole is within the noise ({mean})"
    )  # fmt: skip
    if not parts:
        return f"{run}, but no service or hop stands out{_another_order(c, naming)}."
    return f"{run}. {' '.join(parts)}"


def _named(c: Comparison, verdict: Verdict, naming: Naming) -> list[str]:
    """Which services and hops got slower, or faster, as a sentence."""
    rows: list[ServiceDelta | HopDelta] = [
        *[row for row in c.services if row.verdict == verdict],
        *[row for row in c.hops if row.verdict == verdict],
    ]
    rows.sort(key=lambda row: -abs(row.delta_mean_ms))
    if not rows:
        return []
    names = [
        f"{naming(*_names(row))} ({change_with_unit(-row.delta_mean_ms)})" for row in rows[:NAMED]
    ]
    if more := len(rows) - len(names):
        names.append(f"{more} more")
    return [f"What got {verdict}: {', '.join(names)}."]


def _background(c: Comparison, naming: Naming) -> list[str]:
    """What changed that no request waits for, as a sentence."""
    judged = [row for row in c.background if row.verdict != "noise"]
    if not judged:
        return []
    names = list(dict.fromkeys(naming(row.service) for row in judged))
    return [f"Work that no request waits for did change: {', '.join(names[:NAMED])}."]


def _another_order(c: Comparison, naming: Naming) -> str:
    """Where calls are as long and as many as before, requests wait for more of them in turn."""
    most = max(c.services, key=lambda row: row.exact_delta_mean_ms, default=None)
    if c.basis != "calls" or c.overall.verdict != "slower" or most is None:
        return ""
    return (
        ": calls take as long as before. They may no longer run side by side; of the mean, "
        f"{naming(most.service)} adds {change_with_unit(-most.exact_delta_mean_ms)}"
    )


def _names(row: ServiceDelta | HopDelta) -> tuple[str, ...]:
    return (row.service,) if isinstance(row, ServiceDelta) else (row.caller, row.callee)
