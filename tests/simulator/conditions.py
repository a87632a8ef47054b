"""Under which conditions predictions are measured, and what error each may have."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from tests.simulator.hidden_chains import hidden_chains
from tests.simulator.random_programs import Mix, random_programs
from tests.simulator.recording import CLEAN, COARSE, SKEWED, Clocks
from tests.simulator.truth import Case, make_cases

SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How programs are made and recorded.

    Attributes:
        name: for people.
        cases: gives the programs with their truth, made once.
        clocks: by which clocks they are recorded.
        budget: the largest weighted error of a replay, for every cut.
    """

    name: str
    cases: Callable[[], tuple[Case, ...]]
    clocks: Clocks
    budget: float


@cache
def _random_cases(mix: Mix, programs: int, requests: int) -> tuple[Case, ...]:
    return make_cases(random_programs(programs, SEED, mix), requests, SEED)


@cache
def _hidden_chain_cases() -> tuple[Case, ...]:
    return make_cases(hidden_chains(15, SEED), 100, SEED)


def _many_programs(mix: Mix) -> Callable[[], tuple[Case, ...]]:
    """420 traces of some 30 spans: programs differ more than the requests of one."""
    return partial(_random_cases, mix, 70, 3)


def _many_requests(mix: Mix) -> Callable[[], tuple[Case, ...]]:
    """720 traces, 40 of each program: a run from which order can be learned."""
    return partial(_random_cases, mix, 18, 20)


ORDINARY, ASYNCHRONOUS, ALL_IN_SPANS = Mix(), Mix(asynchronous=0.3), Mix(chains=0)

CONDITIONS = (
    Condition(name="clean clocks", cases=_many_programs(ORDINARY), clocks=CLEAN, budget=0.01),
    Condition(
        name="clocks off by 0.5 ms", cases=_many_programs(ORDINARY), clocks=SKEWED, budget=0.01
    ),
    Condition(name="clocks of 1 ms", cases=_many_programs(ORDINARY), clocks=COARSE, budget=0.06),
    Condition(
        name="30 % asynchronous calls",
        cases=_many_programs(ASYNCHRONOUS),
        clocks=CLEAN,
        budget=0.08,
    ),
)
"""Each trace for itself tells nearly all."""

RUN_CONDITIONS = (
    Condition(
        name="all order in spans", cases=_many_requests(ALL_IN_SPANS), clocks=CLEAN, budget=1e-4
    ),
    Condition(name="ordinary programs", cases=_many_requests(ORDINARY), clocks=CLEAN, budget=0.005),
    Condition(name="ordinary, 1 ms", cases=_many_requests(ORDINARY), clocks=COARSE, budget=0.06),
    Condition(
        name="30 % asynchronous calls",
        cases=_many_requests(ASYNCHRONOUS),
        clocks=CLEAN,
        budget=0.015,
    ),
    Condition(name="hidden chains", cases=_hidden_chain_cases, clocks=CLEAN, budget=0.02),
)
"""A run of many requests, whose order can be learned; the budget is for who does.

The budgets are rounded up from the worst of five seeds, not from this one: 0.4 % for ordinary
programs, 1.0 % for asynchronous ones, 1.7 % for hidden chains."""
