"""What a reader of a comparison must know before believing it, in plain sentences."""

from collections.abc import Iterator

from analyzer.comparison.rows import Compared
from analyzer.ranking.rank import ENOUGH_REQUESTS
from analyzer.report.compare import Side

ANOTHER_MIX = 0.1
"""A share of the requests that moves by so much from one endpoint to others is another traffic."""

ANOTHER_COMPLETENESS = 0.02
"""A share of lost spans or traced requests that differs by so much can look like a change."""

MORE_FAILURES = 0.02
"""Failed requests are often quick: so many more of them move the figures of all."""


def cautions(base: Side, candidate: Side, compared: Compared) -> tuple[str, ...]:
    """Warnings, the gravest first."""
    return (
        *_same_run(base, candidate),
        *_few_requests(base, candidate),
        *_another_load(base, candidate),
        *_another_mix(base, candidate, compared),
        *_another_completeness(base, candidate),
        *_more_failures(base, candidate),
    )


def _same_run(base: Side, candidate: Side) -> Iterator[str]:
    if (base.id, base.started_at) == (candidate.id, candidate.started_at):
        yield "base and candidate are the same run"


def _few_requests(base: Side, candidate: Side) -> Iterator[str]:
    for name, side in (("base", base), ("candidate", candidate)):
        recorded = side.sampling.told if side.sampling is not None else side.requests
        if recorded < ENOUGH_REQUESTS:
            yield (
                f"the {name} has only {recorded} {'recorded ' if side.sampling else ''}requests: "
                f"below {ENOUGH_REQUESTS} a run's medians say little"
            )


def _another_load(base: Side, candidate: Side) -> Iterator[str]:
    if None not in (base.users, candidate.users) and base.users != candidate.users:
        yield (
            f"the load differs: {base.users} users in the base, {candidate.users} in the "
            "candidate; what is called slower or faster here may come from that alone"
        )
    hashes = base.profile_hash, candidate.profile_hash
    if None not in hashes and base.profile_hash != candidate.profile_hash:
        yield (
            "the load profiles differ: the two locustfiles do not say the same, "
            "so requests of one name may not be the same requests"
        )


def _another_mix(base: Side, candidate: Side, compared: Compared) -> Iterator[str]:
    moved = []
    for row in compared.endpoints:
        before = row.base_requests / max(base.requests, 1)
        after = row.candidate_requests / max(candidate.requests, 1)
        moved.append((abs(after - before), row.endpoint, before, after))
    most = max(moved, default=None)
    if most is not None and most[0] >= ANOTHER_MIX:
        _, endpoint, before, after = most
        yield (
            f"the mix of requests differs: {endpoint} is {before:.0%} of the base "
            f"and {after:.0%} of the candidate; that moves the exact change, not the robust one"
        )
    for name, only in (("base", compared.only_in_base), ("candidate", compared.only_in_candidate)):
        if only:
            requests = sum(row.requests for row in only)
            yield (
                f"{len(only)} endpoint{'s are' if len(only) > 1 else ' is'} only in the {name} "
                f"({requests:,} requests): the robust change leaves them out"
            )


def _another_completeness(base: Side, candidate: Side) -> Iterator[str]:
    if abs(candidate.lost_share - base.lost_share) >= ANOTHER_COMPLETENESS:
        yield (
            f"lost spans: {base.lost_share:.1%} in the base, {candidate.lost_share:.1%} in the "
            "candidate; calls whose spans are lost look gone, and hops to them longer"
        )
    if abs(candidate.sampled_share - base.sampled_share) >= ANOTHER_COMPLETENESS:
        yield (
            f"{base.sampled_share:.0%} of the requests are traced in the base, "
            f"{candidate.sampled_share:.0%} in the candidate: "
            "the requests compared may differ in kind"
        )


def _more_failures(base: Side, candidate: Side) -> Iterator[str]:
    before = base.failures / max(base.requests, 1)
    after = candidate.failures / max(candidate.requests, 1)
    if abs(after - before) >= MORE_FAILURES:
        yield (
            f"failed requests: {before:.1%} in the base, {after:.1%} in the candidate; "
            "they count like all others"
        )
