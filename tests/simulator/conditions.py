"""Under which conditions predictions are measured, and what error each may have."""

from dataclasses import dataclass
from functools import cache

from tests.simulator.random_programs import Mix, random_programs
from tests.simulator.recording import CLEAN, COARSE, SKEWED, Clocks
from tests.simulator.truth import Case, make_cases

SEED = 1
PROGRAMS, REQUESTS = 100, 3
"""Programs, and requests to each of their two endpoints: 600 traces of some 30 spans.

Programs differ more than the requests of one: many programs make a steady figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How programs are made and recorded.

    Attributes:
        name: for people.
        mix: what the programs are made of.
        clocks: by which clocks they are recorded.
        budget: the largest weighted error of a replay, for every cut.
    """

    name: str
    mix: Mix
    clocks: Clocks
    budget: float

    def cases(self) -> tuple[Case, ...]:
        """Programs with their truth; made once for each mix."""
        return _cases(self.mix)


CONDITIONS = (
    Condition(name="clean clocks", mix=Mix(), clocks=CLEAN, budget=0.01),
    Condition(name="clocks off by 0.5 ms", mix=Mix(), clocks=SKEWED, budget=0.01),
    Condition(name="clocks of 1 ms", mix=Mix(), clocks=COARSE, budget=0.06),
    Condition(name="30 % asynchronous calls", mix=Mix(asynchronous=0.3), clocks=CLEAN, budget=0.08),
)


@cache
def _cases(mix: Mix) -> tuple[Case, ...]:
    return make_cases(random_programs(PROGRAMS, SEED, mix), REQUESTS, SEED)
