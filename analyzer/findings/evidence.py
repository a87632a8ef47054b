"""What all checks look at: the survey of a whole run as rows with names."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analyzer.findings.calls import CallSite
from analyzer.findings.survey import Survey
from analyzer.findings.tally import Tally
from analyzer.report.model import Completeness, EndpointRow, OperationRow, ServiceRow

NOBODY = "an unnamed peer"
"""Whom a call goes to that says nothing about it and gets no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """A call site over the run.

    Attributes:
        site: in codes of names.
        caller: who calls.
        parent: the operation in which it calls.
        operation: the call's own operation.
        callee: who is called.
        traced: whether the callee sends spans itself.
        sums: what was summed, see `Survey`.
        exemplars: trace ids.
    """

    site: CallSite
    caller: str
    parent: str
    operation: str
    callee: str
    traced: bool
    sums: tuple[int, ...]
    exemplars: tuple[str, ...]

    @property
    def hop(self) -> str:
        """Both ends."""
        return f"{self.caller} → {self.callee}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of any other tally: the codes of its key, the names behind them, the sums."""

    codes: tuple[int, ...]
    names: tuple[str, ...]
    sums: tuple[int, ...]
    exemplars: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """Calls of a hop to whose answers nobody sent a span, other than failed ones."""

    caller: str
    callee: str
    calls: int
    unanswered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A whole run, as checks see it.

    Attributes:
        names: behind the codes.
        survey: what the traces show.
        requests: how many requests there are.
        whole_ns: the sum of their durations.
        services: ranked, with their gains.
        operations: ranked.
        endpoints: what users ask for.
        completeness: how much of the run the spans show.
        unanswered: by callee and caller.
        load_generators: services that make load.
    """

    names: tuple[str, ...]
    survey: Survey
    requests: int
    whole_ns: int
    services: tuple[ServiceRow, ...]
    operations: tuple[OperationRow, ...]
    endpoints: tuple[EndpointRow, ...]
    completeness: Completeness
    unanswered: tuple[Unanswered, ...]
    load_generators: frozenset[str]

    def name(self, code: int) -> str:
        """The name behind a code; '' for none."""
        return self.names[code] if code >= 0 else ""

    def sites(self, tally: Tally) -> Iterator[SiteRow]:
        """The rows of a tally by call site, in the order of names."""
        traced = self.traced()
        rows = []
        for at, (service, parent, operation, callee) in enumerate(tally.keys.tolist()):
            rows.append(
                SiteRow(
                    site=CallSite(
                        service=service, parent=parent, operation=operation, callee=callee
                    ),
                    caller=self.name(service),
                    parent=self.name(parent),
                    operation=self.name(operation),
                    callee=self.name(callee) or NOBODY,
                    traced=callee in traced,
                    sums=tuple(tally.sums[at].tolist()),
                    exemplars=tally.exemplars(at),
                )
            )
        yield from sorted(rows, key=lambda r: (r.caller, r.parent, r.operation, r.callee))

    def rows(self, tally: Tally, *, named: int) -> Iterator[Row]:
        """The rows of any tally, in the order of names; only the first `named` parts have one."""
        rows = [
            Row(
                codes=tuple(codes),
                names=tuple(self.name(code) for code in codes[:named]),
                sums=tuple(tally.sums[at].tolist()),
                exemplars=tally.exemplars(at),
            )
            for at, codes in enumerate(tally.keys.tolist())
        ]
        yield from sorted(rows, key=lambda r: (r.names, r.codes))

    def traced(self) -> frozenset[int]:
        """The services that sent spans themselves, as codes."""
        entered = np.unique(self.survey.visits.service)
        return frozenset(entered.tolist()) | frozenset(self.survey.inside.keys[:, 0].tolist())

    def per_request_ms(self, ns: int) -> float:
        """What a sum over all requests is in each, in ms."""
        return ns / max(self.requests, 1) / 1e6

    def share(self, ns: int) -> float:
        """What part of all requests' time this is."""
        return ns / max(self.whole_ns, 1)
