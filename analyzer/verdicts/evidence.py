"""What verdicts are made of."""

from dataclasses import dataclass

from analyzer.attribution.contributions import Contributions
from analyzer.model.load_test import TestRecord
from analyzer.model.resources import ResourceSeries
from analyzer.model.run import ToolEndpoint
from analyzer.model.spans import BoolArray, Int64Array
from analyzer.ranking.owners import Owners
from analyzer.ranking.scaling_occupancy import Occupancy
from analyzer.report.load_test import LevelRow, Limit
from analyzer.report.model import Scaling
from analyzer.verdicts.levels import Level, level_row
from analyzer.verdicts.limits import change_of, limit_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A run with a test.

    Attributes:
        test: the test.
        levels: the levels of load it came to.
        c: the contributions of its requests, sorted.
        owners: who owns the entities.
        occupancy: how busy services were.
        scaling: how the run behaved as load grew, if known.
        resources: resources of services over time, if measured.
        counted: the load tool's own statistics, if known.
        begin_ns: when the first request began.
        counting: bool[r], requests whose time tells who limits: where services recorded only some,
            the others show the load tool's span alone. None for all.
    """

    test: TestRecord
    levels: tuple[Level, ...]
    c: Contributions
    owners: Owners
    occupancy: tuple[Occupancy, ...]
    scaling: Scaling | None
    resources: tuple[ResourceSeries, ...]
    counted: tuple[ToolEndpoint, ...]
    begin_ns: int
    counting: BoolArray | None = None

    def row(self, level: Level) -> LevelRow:
        """What a level's requests show."""
        return level_row(level, self.c.requests, self.begin_ns)

    def limit(self, before: Level, after: Level) -> Limit | None:
        """Who limits the system at the second of two levels."""
        return self.limit_of(before.began_in(self.c.requests), after)

    def limit_of(self, before: Int64Array, after: Level) -> Limit | None:
        """Who limits the system at a level, compared with some requests at lower load."""
        rows = after.began_in(self.c.requests)
        if self.counting is not None:
            before, rows = before[self.counting[before]], rows[self.counting[rows]]
        change = change_of(self.c, self.owners, before, rows)
        window = (after.steady_ns, after.end_ns)
        return limit_of(change, self.owners, self.occupancy, window)
