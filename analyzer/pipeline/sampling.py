"""What sampling in the services means for the figures, in plain sentences."""

from collections.abc import Iterator

import numpy as np

from analyzer.model.spans import Spans
from analyzer.report.model import Completeness
from analyzer.report.sampling import SamplingPart

MANY = 0.01
"""The share from which on missing data is worth a sentence."""

OFF = 0.05
CERTAIN = 4.0
"""The part of the counted requests by which weights must miss their number, and by how many
standard errors, to be called wrong: chance does that once in some ten thousand runs."""

SAMPLER = "sampler.type"
"""Jaeger's clients write this on spans that begin a trace, beside a number (`sampler.param`) that
is not kept when spans are read. Source: https://www.jaegertracing.io/docs/1.22/sampling/."""

CHOOSING = frozenset(("probabilistic", "ratelimiting", "lowerbound", "remote", "adaptive"))
"""Samplers that choose; of `const` ones, what arrives is all there is."""

NOTHING_TOLD = "no span says how (tracestate ot=th), so nothing is weighted"


def of_sampling(c: Completeness) -> Iterator[str]:
    """What sampling does to figures in which requests count as often as they stand for."""
    if c.sampling is not None:
        yield from _weighed(c.sampling)
    elif c.requests_without_trace > MANY * c.requests:
        yield (
            f"{c.requests_without_trace:,} of {c.requests:,} requests have no trace: the figures "
            f"are those of the others; if services sample, {NOTHING_TOLD}"
        )
    yield from _unrecorded(c)
    if c.samplers:
        yield (
            "spans name a sampler that may have left out others "
            f"({', '.join(c.samplers)}): how many these stand for is only read from tracestate "
            "(ot=th), so they count once each"
        )
    yield from _not_adding_up(c)


def samplers(spans: Spans) -> tuple[str, ...]:
    """The samplers that spans name and that leave out some requests."""
    of = spans.attributes
    codes = [] if of is None else [i for i, (key, _) in enumerate(of.pairs) if key == SAMPLER]
    if of is None or not codes:
        return ()
    at = np.flatnonzero(np.isin(of.pair, codes))
    sets = np.searchsorted(of.offset, at, side="right") - 1
    used = np.unique(of.pair[at[np.isin(sets, of.set_of)]])
    return tuple(sorted({of.pairs[code][1] for code in used.tolist()} & CHOOSING))


def _weighed(of: SamplingPart) -> Iterator[str]:
    yield (
        f"services record only some requests: {of.told:,} of the {of.seen:,} that were seen say "
        f"that they stand for several (up to {of.largest_weight:,.4g}), and count as often in "
        f"these figures: {of.estimated:,} in all, with a standard error of {of.error:,.0f}"
    )
    if of.counted is not None:
        fewer = f"; {of.uncounted:,} that stand for fewer are in no figure but counts of requests"
        yield (
            f"{of.estimated:,} requests are too many to work with: {of.counted:,} copies of those "
            f"that were seen were, each for {of.estimated / of.counted:,.4g}"
            f"{fewer if of.uncounted else ''}"
        )


def _unrecorded(c: Completeness) -> Iterator[str]:
    """Requests that no service recorded, and that no recorded one stands for."""
    alone, asked_not_to = c.unserved or 0, 0
    if (of := c.accounting) is not None:
        alone, asked_not_to = of.without_services + of.sampled_out, of.sampled_out
    if c.sampling is not None:
        alone -= c.sampling.stood_for
    if alone <= MANY * c.requests or c.client_spans_only:
        return
    asked = f" ({asked_not_to:,} of them asked not to be)" if asked_not_to else ""
    why = NOTHING_TOLD if c.sampling is None else "no recorded request stands for them"
    yield (
        f"{alone:,} of {c.requests:,} requests were not recorded by any service{asked}: if "
        f"services sample, {why}, and all the time of these requests counts as time on the way"
    )


def _not_adding_up(c: Completeness) -> Iterator[str]:
    """Weights that miss what the load tool counted."""
    of = c.sampling
    counted = c.accounting is not None or c.requests_without_trace > 0
    if of is None or not counted or {"load", "collector"} & set(c.unfinished):
        return
    off = abs(of.estimated - c.requests)
    if off > max(OFF * c.requests, CERTAIN * of.error):
        yield (
            f"the weights add up to {of.estimated:,} requests, but the load tool counted "
            f"{c.requests:,}: more was left out than spans tell (by the tail sampling of a "
            "collector, say), or something else asked the services too; counts are off by as "
            "much, and shares are where some kinds of requests were left out more often"
        )
