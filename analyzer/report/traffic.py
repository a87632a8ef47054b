"""Whose traces a report is made of, where several runs or other traffic were received together."""

from analyzer.report.parts import LeftOut, Part, Words


class TrafficPart(Part):
    """Traces that are not in the figures, and why.

    `run` is the run whose traces are; left out where all are, whoever began them. `other_runs`
    traces belong to other runs, `background` ones begin in none (another load tool, health checks,
    timers), and of `unknown` ones the begin is missing, so that they may belong to any run.
    """

    run: LeftOut[Words] = None
    runs: tuple[Words, ...]
    other_runs: int
    background: int
    unknown: int

    @property
    def left_out(self) -> int:
        """How many traces are not in the figures."""
        return self.other_runs + self.background + self.unknown
