"""Random systems of services like those that people load-test.

- 4 to 8 services, each calling only services below it; 1 to 3 operations a service, shared by all
  of their callers; 2 endpoints a program, each leaving 10 to 60 spans. In half of the programs the
  load generator traces its requests too.
- An operation works, takes 1 to 4 steps with work between them, and works. Steps: a call (40 %), a
  query to an untraced database or cache (15 %), a local span with steps of its own (10 %), a
  parallel block of 2 to 4 branches (25 %), a loop of 2 to 4 calls or queries (10 %). Operations
  with nothing below them work and query. One step in ten is taken by half of the requests only.
- A branch of a parallel block is one call or query (63 %), a local span with steps of its own
  (32 %) or, as the share `chains` says (5 %), two or three calls with work between them and no
  span around them: then which call waited for which is recorded nowhere. Without chains all order
  is in the spans, and a replay on clean clocks is exact.
- With `asynchronous`, that share of all calls is not waited for: a call (half of them) or a local
  span that calls (a quarter) in the background, which end before or after whoever started them, or
  a message whose consumer does the callee's work (a quarter).
- Every duration is log-normal. The median of each step is drawn once: around 2 ms for work, 4 ms
  for queries (half of the steps lie within a factor of 1.7), 0.4 ms for one way of a hop, 0.03 ms
  for starting a branch. Across requests sigma is 0.5 for work, 0.6 for queries, 0.7 for hops: the
  95th percentile is 2.3 to 3.2 medians. Nine of ten requests take 60 to 300 ms.
"""

from dataclasses import dataclass, field
from random import Random

from tests.simulator.program import (
    Background,
    Body,
    Call,
    Duration,
    Local,
    Maybe,
    Operation,
    Parallel,
    Program,
    Publish,
    Query,
    Repeat,
    Step,
    Work,
    spans_of,
)

SERVICES = ("gateway", "orders", "cart", "catalog", "pricing", "payment", "search", "stock")
DATABASES = ("postgresql", "redis", "elasticsearch")
FEWEST_SPANS, MOST_SPANS = 10, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """What programs are made of beyond the ordinary; see the module.

    Attributes:
        asynchronous: share of the calls that are not waited for.
        chains: share of the branches that are chains of calls without a span around them.
    """

    asynchronous: float = 0.0
    chains: float = 0.05


def random_programs(count: int, seed: int, mix: Mix = Mix()) -> tuple[Program, ...]:
    """Programs 0 to `count` of a seed; each depends on the seed, its number and the mix alone."""
    return tuple(_program(Random(f"{seed}/{number}"), mix) for number in range(count))


def _program(random: Random, mix: Mix) -> Program:
    while True:
        maker = _Maker(random=random, mix=mix)
        services = SERVICES[: random.randint(4, len(SERVICES))]
        known: list[Operation] = []
        for depth, service in enumerate(reversed(services)):
            made = [maker.operation(service, n, known) for n in range(random.randint(1, 3))]
            known.extend(o for o in made if spans_of(o.body) < MOST_SPANS or depth == 0)
        endpoints = [maker.operation(services[0], 3 + n, known) for n in range(2)]
        sizes = [1 + spans_of(endpoint.body) for endpoint in endpoints]
        if all(FEWEST_SPANS <= size < MOST_SPANS for size in sizes):
            return Program(
                endpoints=tuple(endpoints),
                hop=maker.hop() if random.random() < 0.5 else None,
                pods=random.randint(1, 2),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """Draws the parts of one program."""

    random: Random
    mix: Mix
    _names: list[str] = field(default_factory=list)

    def operation(self, service: str, number: int, known: list[Operation]) -> Operation:
        """An operation that calls none but known ones of other services."""
        callees = [o for o in known if o.service != service]
        return Operation(service, f"{service} {number}", self._body(callees, depth=0))

    def hop(self) -> Duration:
        """One way of a hop."""
        return self._duration(0.4, 0.7)

    def _body(self, callees: list[Operation], depth: int) -> Body:
        steps: list[Step] = [self._work()]
        for _ in range(self.random.randint(1, 4 if callees and depth < 2 else 2)):
            step = self._step(callees, depth)
            steps.append(Maybe(0.5, (step,)) if self.random.random() < 0.1 else step)
            steps.append(self._work())
        return tuple(steps)

    def _step(self, callees: list[Operation], depth: int) -> Step:
        if depth >= 2:
            return self._call_or_query(callees)
        kinds = ["call", "query", "local", "parallel", "loop"]
        match self.random.choices(kinds, weights=[40, 15, 10, 25, 10])[0]:
            case "query":
                return self._query()
            case "local":
                return self._local(callees, depth)
            case "parallel":
                branches = range(self.random.randint(2, 4))
                dispatch = self._duration(0.03, 0.5)
                return Parallel(tuple(self._branch(callees, depth) for _ in branches), dispatch)
            case "loop":
                return Repeat(self.random.randint(2, 4), (self._call_or_query(callees),))
            case _:
                return self._call_or_query(callees, query=0)

    def _branch(self, callees: list[Operation], depth: int) -> Body:
        if self.random.random() < self.mix.chains:
            chain: list[Step] = [self._call_or_query(callees)]
            for _ in range(self.random.randint(1, 2)):
                chain += [self._work(), self._call_or_query(callees)]
            return tuple(chain)
        if self.random.random() < 1 / 3:
            return (self._local(callees, depth),)
        return (self._call_or_query(callees),)

    def _call_or_query(self, callees: list[Operation], query: float = 0.3) -> Step:
        if not callees or self.random.random() < query:
            return self._query()
        callee = self.random.choice(callees)
        if self.random.random() >= self.mix.asynchronous:
            return Call(callee, self.hop())
        match self.random.choice(["call", "call", "local", "message"]):
            case "local":
                body: Body = (self._work(), Call(callee, self.hop()), self._work())
                return Background(Local(self._name("task"), body))
            case "message":
                return Publish(callee, self._duration(0.5, 0.5), self._duration(5, 0.7))
            case _:
                return Background(Call(callee, self.hop()))

    def _local(self, callees: list[Operation], depth: int) -> Local:
        return Local(self._name("part"), self._body(callees, depth + 1))

    def _query(self) -> Query:
        return Query(self.random.choice(DATABASES), self._duration(4, 0.6))

    def _work(self) -> Work:
        return Work(self._duration(2, 0.5))

    def _duration(self, median_ms: float, sigma: float) -> Duration:
        """A step's own median, half of the time within a factor of 1.7 around the given one."""
        return Duration(median_ms=median_ms * self.random.lognormvariate(0, 0.8), sigma=sigma)

    def _name(self, what: str) -> str:
        self._names.append(what)
        return f"{what} {len(self._names)}"
