"""Odd data: counted by kind, kept with a few examples, shown in the report."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

EXAMPLES_KEPT = 5
"""How many examples of a kind are kept: enough to look at, few enough for a terminal."""


class IssueKind(StrEnum):
    """What was odd. The value is its name in reports."""

    UNDECODABLE_RECORD = "undecodable_record"
    TRUNCATED_FILE = "truncated_file"
    INVALID_IDS = "invalid_ids"
    INVALID_TIMES = "invalid_times"
    MISSING_TIMES = "missing_times"
    MISSING_SERVICE = "missing_service"
    NOT_TRACES = "not_traces"
    ODD_METRICS = "odd_metrics"
    UNOWNED_METRICS = "unowned_metrics"


LEFT_OUT = frozenset((IssueKind.INVALID_IDS, IssueKind.MISSING_TIMES, IssueKind.UNDECODABLE_RECORD))
"""Kinds whose spans a reader leaves out; the spans of all other kinds are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One odd thing at one place.

    Attributes:
        kind: what was odd.
        where: `file:record` (line for text, byte offset or frame for binary); empty if nowhere.
        detail: one plain sentence.
        spans: how many spans are concerned, 0 if unknown.
    """

    kind: IssueKind
    where: str = ""
    detail: str = ""
    spans: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCount:
    """How often a kind of issue was met, with its first examples."""

    kind: IssueKind
    count: int
    spans: int
    examples: tuple[Issue, ...]


@dataclass(slots=True)
class Issues:
    """Issues as they are met; grows with the number of kinds, not with the number of issues."""

    _counts: dict[IssueKind, int] = field(default_factory=dict)
    _spans: dict[IssueKind, int] = field(default_factory=dict)
    _examples: dict[IssueKind, list[Issue]] = field(default_factory=dict)

    def add(self, issue: Issue, *, times: int = 1) -> None:
        """Count an issue, and keep it as an example if there is room."""
        self._counts[issue.kind] = self._counts.get(issue.kind, 0) + times
        self._spans[issue.kind] = self._spans.get(issue.kind, 0) + issue.spans
        examples = self._examples.setdefault(issue.kind, [])
        if len(examples) < EXAMPLES_KEPT:
            examples.append(issue)

    def extend(self, counts: Iterable[IssueCount]) -> None:
        """Add what another reader counted."""
        for other in counts:
            self._counts[other.kind] = self._counts.get(other.kind, 0) + other.count
            self._spans[other.kind] = self._spans.get(other.kind, 0) + other.spans
            examples = self._examples.setdefault(other.kind, [])
            examples.extend(other.examples[: EXAMPLES_KEPT - len(examples)])

    def __iter__(self) -> Iterator[IssueCount]:
        """Counts by kind, in the order of the kinds' names."""
        for kind in sorted(self._counts):
            yield IssueCount(
                kind=kind,
                count=self._counts[kind],
                spans=self._spans[kind],
                examples=tuple(self._examples[kind]),
            )

    def __bool__(self) -> bool:
        """Whether anything was odd."""
        return bool(self._counts)

    def by_kind(self) -> Mapping[IssueKind, int]:
        """How many of each kind."""
        return dict(self._counts)
