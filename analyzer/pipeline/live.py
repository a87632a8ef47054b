"""The numbers so far, while spans still arrive."""

from dataclasses import dataclass, field, replace

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model.run import Capture
from analyzer.model.spans import Spans
from analyzer.model.traffic import Traffic
from analyzer.pipeline.analyze import RunName, report_of
from analyzer.pipeline.contributions import contributions
from analyzer.pipeline.load_generators import clients_of
from analyzer.pipeline.weighting import weighted
from analyzer.repair.separation import runs_in, separate
from analyzer.repair.steps import RepairOptions
from analyzer.report.model import Report

SETTLE_FROM = 200_000
"""About 40 ms of work."""

MOST_COUNTED = 100_000
"""Copies of sampled requests that a report so far is made of: those of millions take seconds."""

QUIET_NS = 15_000_000_000
"""A trace this much older than the newest span gets no more: exporters send at least every 5 s."""


@dataclass(slots=True)
class LiveAnalysis:
    """Contributions of a growing run: those of settled traces, and open spans analysed anew.

    Work per refresh is bounded by the open spans, not by the length of the run. A span that comes
    after its trace was settled counts as a trace of its own here; the final report, made from the
    whole run, puts it right.

    Attributes:
        options: what repair may do.
        run: the run whose traces count once a span names it; '' for all traces.
        settle_from: open spans from which on traces that have gone quiet are settled.
        unfinished: traces of the last report that look as if spans of them were still to come.
        found: the contributions that the last report was made of.
    """

    options: RepairOptions = field(default_factory=RepairOptions)
    run: str = ""
    settle_from: int = SETTLE_FROM
    settled: list[Contributions] = field(default_factory=list)
    open: Spans = field(default_factory=Spans.empty)
    unfinished: int = 0
    found: Contributions | None = None
    _named: bool = False
    _settled_traffic: Traffic = field(default_factory=Traffic)

    def add(self, spans: Spans) -> None:
        """Take in spans that have arrived."""
        if not len(spans):
            return
        self.open = Spans.concat([self.open, spans])
        if len(self.open) >= self.settle_from:
            self._settle()

    def report(self, capture: Capture, name: RunName) -> Report:
        """The report so far; `capture` holds what is known of the run besides the spans."""
        mine, traffic = self._mine(self.open)
        parts = [*self.settled, contributions(mine, self.options)]
        found = Contributions.merge_sorted(parts)
        self.found = found
        tree = found.counts.tree
        alone = int(np.count_nonzero(found.requests.spans == 1))
        self.unfinished = tree.partial + tree.rootless + alone
        seen = replace(capture, spans=mine, traffic=self._settled_traffic + traffic)
        weights = weighted(found, clients_of(seen), most=MOST_COUNTED)
        return report_of(seen, found, paths=(), name=name, weights=weights)

    def _mine(self, spans: Spans) -> tuple[Spans, Traffic]:
        """The spans of the run's traces; all of them while no span has named it."""
        self._named = self._named or (bool(self.run) and self.run in runs_in(spans))
        return separate(spans, self.run) if self._named else (spans, Traffic())

    def _settle(self) -> None:
        """Analyse traces that began long before the newest span once and for all."""
        newest = int(self.open.end_ns.max())
        old = self.open.end_ns < newest - QUIET_NS
        recent = np.unique(self.open.trace_lo[~old])
        done = old & ~np.isin(self.open.trace_lo, recent)
        if done.any():
            mine, traffic = self._mine(self.open.take(done))
            self._settled_traffic += traffic
            self.settled.append(contributions(mine, self.options))
            self.open = self.open.take(~done)
            if len(self.settled) > 1:
                self.settled = [Contributions.merge(self.settled)]
