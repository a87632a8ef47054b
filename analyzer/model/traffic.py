"""Whose traces were received together: those of a run, of other runs, and of nobody's."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What was told apart; counts are traces.

    Attributes:
        run: the run whose traces were kept; '' where all were.
        runs: the runs that spans name, in order.
        clients: the services whose spans begin the traces of a run: load generators.
        kept: traces that were kept.
        other_runs: traces of other runs that were left out.
        background: traces that were left out because they begin elsewhere than in a run.
        unknown: traces that were left out because their begin is missing and there are several
            runs they may belong to.
    """

    run: str = ""
    runs: tuple[str, ...] = ()
    clients: frozenset[str] = frozenset()
    kept: int = 0
    other_runs: int = 0
    background: int = 0
    unknown: int = 0

    @property
    def left_out(self) -> int:
        """How many traces are not in the figures."""
        return self.other_runs + self.background + self.unknown

    def __add__(self, other: "Traffic") -> "Traffic":
        """The counts of both; no trace may be in both."""
        return Traffic(
            run=self.run or other.run,
            runs=tuple(sorted({*self.runs, *other.runs})),
            clients=self.clients | other.clients,
            kept=self.kept + other.kept,
            other_runs=self.other_runs + other.other_runs,
            background=self.background + other.background,
            unknown=self.unknown + other.unknown,
        )
