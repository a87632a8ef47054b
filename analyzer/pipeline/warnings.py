"""What a reader of the report must know before believing it, in plain sentences."""

from collections.abc import Iterable, Iterator

from analyzer.attribution.contributions import RepairCounts
from analyzer.model.run import ForwardRecord
from analyzer.pipeline.sampling import MANY, of_sampling
from analyzer.ranking.rank import ENOUGH_REQUESTS
from analyzer.report.model import Completeness
from analyzer.report.traffic import TrafficPart

LARGE_SHIFT_MS = 5.0
"""A clock that is further off than this changes what small spans say."""


UNFINISHED = {
    "run": "the run was cut short, or is not over: nothing says when it ended",
    "load": "the load tool was killed, or still runs: its own figures are those of its last second",
    "collector": "the collector was killed, or still runs: "
    "spans that were sent to it after that are missing",
}
"""What is missing where a part of the run never said how it ended."""


UNWEIGHTED = (
    "findings, alerts, the attributes of slow requests and a test's conclusions are those of the "
    "requests that were recorded, each counted once; how busy services were, and whether they "
    "compute or wait, cannot be told from these"
)
"""What does not count sampled requests as often as they stand for."""


def not_passed_on(forwards: Iterable[ForwardRecord]) -> tuple[str, ...]:
    """What other receivers were to get and did not."""
    return tuple(
        f"{spans:,} {'span was' if spans == 1 else 'spans were'} not passed on to {target.to}: "
        f"{why or 'it does not say why'}"
        for target in forwards
        for spans, why in (
            (target.refused, target.refusal),
            (target.waiting, target.trouble or "the run was over"),
        )
        if spans
    )


def warnings(
    c: Completeness, counts: RepairCounts, forwards: Iterable[ForwardRecord] = ()
) -> tuple[str, ...]:
    """Warnings, the gravest first; those about other receivers say nothing of the figures."""
    return (*_about_figures(c, counts), *not_passed_on(forwards))


def _about_traffic(traffic: TrafficPart | None) -> Iterator[str]:
    if traffic is None:
        return
    if not traffic.left_out:
        yield (
            f"spans of {len(traffic.runs)} runs are in these figures together "
            f"({', '.join(traffic.runs)}): --run keeps those of one"
        )
        return
    parts = (
        (traffic.other_runs, "of other runs"),
        (traffic.background, "that nobody in the run began"),
        (traffic.unknown, "of which the begin is missing"),
    )
    why = ", ".join(f"{count:,} {what}" for count, what in parts if count)
    traces = "trace is" if traffic.left_out == 1 else "traces are"
    yield (
        f"{traffic.left_out:,} {traces} not in these figures ({why}): --all-traffic takes them in"
    )


def _about_requests(c: Completeness) -> Iterator[str]:
    yield from of_sampling(c)
    if c.sampling is not None:
        yield UNWEIGHTED
    of = c.accounting
    if of is not None and of.unexplained:
        yield (
            f"what arrived does not add up to the {of.requests:,} requests that the load tool "
            f"counted: {abs(of.unexplained):,} too {'few' if of.unexplained > 0 else 'many'}"
        )


def _about_figures(c: Completeness, counts: RepairCounts) -> tuple[str, ...]:
    found = [UNFINISHED[part] for part in c.unfinished]
    if c.not_stored:
        found.append(
            f"{c.not_stored:,} spans could not be stored when they came, and never came again: "
            "was the disk full?"
        )
    if c.turned_away:
        found.append(
            f"{c.turned_away:,} requests with spans were turned away because too much came at one "
            "time, or too slowly: whether they came again is not known"
        )
    if c.lost_datagrams:
        found.append(
            f"{c.lost_datagrams:,} datagrams with spans were lost because too many came at once: "
            "what was in them is missing"
        )
    if not c.spans:
        return ("no spans arrived", *found)
    found += _about_traffic(c.traffic)
    if c.client_spans_only:
        found.append(
            "only the load generator's spans arrived: the services send none, "
            "or do not continue the traceparent header"
        )
    seen = c.whole + c.partial + c.rootless
    if c.requests and c.requests < ENOUGH_REQUESTS:
        found.append(f"only {c.requests} requests: too few for percentiles to mean much")
    found += _about_requests(c)
    if c.lost_spans > MANY * c.spans or c.partial > MANY * seen:
        found.append(
            f"{c.lost_spans:,} spans hang in the air because their parents were lost: "
            "hops into their services may look longer than they are"
        )
    if c.rejected:
        found.append(f"{c.rejected:,} spans could not be used")
    if c.rootless and c.rootless < seen:
        found.append(f"{c.rootless:,} traces begin with a span whose caller sent no span")
    if counts.largest_shift_ns > LARGE_SHIFT_MS * 1e6:
        found.append(
            f"clocks of hosts differ: {c.skew_corrected_spans:,} spans were moved, "
            f"by up to {c.skew_max_ms:,.1f} ms"
        )
    return tuple(found)
