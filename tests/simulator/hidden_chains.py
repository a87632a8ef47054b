"""Programs whose order no single trace tells, but many traces do.

`gather(get1; sleep; get3, get2)`: get3 waits for get1 alone. In one trace get2 may end between the
end of get1 and the start of get3 and looks like what get3 waited for; in another it ends later.

    get1  |------|                            get1  |------|
    get2  |----------|   misleads             get2  |------------------|   tells
    get3               |------|               get3               |------|
"""

from random import Random

from tests.simulator.program import (
    Body,
    Call,
    Duration,
    Operation,
    Parallel,
    Program,
    Step,
    Work,
)

FRONT = "front"


def get1_sleep_get3_beside_get2() -> Program:
    """The smallest one: get2 ends in the sleep in about one request of three."""
    chain: Body = (_get("get1", 5), _work(5), _get("get3", 5))
    return _program((_work(1), _gather(chain, (_get("get2", 8),)), _work(1)))


def hidden_chains(count: int, seed: int) -> tuple[Program, ...]:
    """Programs of one or two parallel blocks with 1 or 2 chains beside 1 to 3 single calls."""
    return tuple(_random_program(Random(f"{seed}/{number}")) for number in range(count))


def _random_program(random: Random) -> Program:
    body: list[Step] = [_work(1)]
    for block in range(random.randint(1, 2)):
        chains = range(random.randint(1, 2))
        branches = [_chain(random, f"block {block} chain {number}") for number in chains]
        branches += [
            (_get(f"block {block} single {number}", random.uniform(4, 20)),)
            for number in range(random.randint(1, 3))
        ]
        random.shuffle(branches)
        body += [_gather(*branches), _work(random.uniform(1, 4))]
    return _program(tuple(body))


def _chain(random: Random, name: str) -> Body:
    steps: list[Step] = [_get(f"{name} call 0", random.uniform(3, 8))]
    for number in range(1, random.randint(2, 3)):
        steps.append(_work(random.uniform(1, 6)))
        steps.append(_get(f"{name} call {number}", random.uniform(3, 8)))
    return tuple(steps)


def _get(name: str, median_ms: float) -> Call:
    """A call to a service of its own, so that each can be a candidate alone."""
    work = Work(Duration(median_ms=median_ms, sigma=0.5))
    return Call(Operation(name, f"GET {name}", (work,)), Duration(median_ms=0.3, sigma=0.5))


def _work(median_ms: float) -> Work:
    return Work(Duration(median_ms=median_ms, sigma=0.5))


def _gather(*branches: Body) -> Parallel:
    return Parallel(branches, Duration(median_ms=0.02, sigma=0.3))


def _program(body: Body) -> Program:
    return Program(endpoints=(Operation(FRONT, "GET /", body),))
