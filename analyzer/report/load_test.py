"""What a test of a certain kind concludes: the report's section `test`.

Every kind has its own part, and the levels of load it came to. Shares are fractions of 1; times in
`..._s` count from the first request of the run.
"""

from typing import Literal

from analyzer.report.parts import LeftOut, Part, Share, Words

TestKind = Literal["load", "stress", "spike", "endurance", "capacity", "smoke"]


class LevelRow(Part):
    """One level of load, judged by its steady part alone: after the load was reached and settled.

    `held` says whether it kept what it had to, `why` what it did not keep.
    """

    name: Words
    role: Words
    level: float | None
    t_s: float
    seconds: float
    requests: int
    throughput_rps: float
    error_share: Share
    mean_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    in_flight: float
    held: LeftOut[bool] = None
    why: tuple[Words, ...] = ()


class PartChange(Part):
    """What a service or a hop adds to a request, at two loads; the same mix of endpoints."""

    kind: Literal["service", "hop"]
    service: LeftOut[Words] = None
    caller: LeftOut[Words] = None
    callee: LeftOut[Words] = None
    before_ms: float
    after_ms: float

    def label(self) -> str:
        """Its name as a person reads it."""
        return self.service or f"{self.caller} → {self.callee}"


class Limit(Part):
    """The service that limits the system, and the parts of a request that grew most.

    `workers_busy` is there where all of a service's workers were busy, in `full_share` of the time:
    then waiting for it is what grew, wherever it shows. Without it `service` is where most of the
    growth is, or what is called over the hop that grew most.
    """

    service: Words
    workers_busy: LeftOut[int] = None
    full_share: LeftOut[Share] = None
    grew: tuple[PartChange, ...]


class TrendRow(Part):
    """How something changed over the test: Theil and Sen's line, from its begin to its end.

    `ci95_per_hour` is the interval of its slope, wide enough for all trends that were looked at
    together; left out where there is none. `grows` says that the growth is more than chance and
    more than a trifle.
    """

    kind: Literal["service", "hop", "latency", "throughput", "resource"]
    service: LeftOut[Words] = None
    caller: LeftOut[Words] = None
    callee: LeftOut[Words] = None
    name: LeftOut[Words] = None
    unit: Words
    start: float
    end: float
    per_hour: float
    ci95_per_hour: LeftOut[tuple[float, float]] = None
    grows: bool

    def label(self) -> str:
        """What it is, as a person reads it."""
        if self.kind == "hop":
            return f"{self.caller} → {self.callee}"
        parts = (self.service, self.name)
        return " ".join(part for part in parts if part) or self.kind


class Arrivals(Part):
    """What became of the arrivals of an open workload.

    `measured_...` are the response times as users measured them, `from_due_...` those from when
    their iteration should have begun: what users would feel who come when they like.
    """

    due: int
    begun: int
    late: int
    dropped: int
    late_after_ms: float
    delay_p95_ms: float
    measured_p50_ms: float
    measured_p95_ms: float
    measured_p99_ms: float
    from_due_p50_ms: float
    from_due_p95_ms: float
    from_due_p99_ms: float


class LoadVerdict(Part):
    """Whether all was fine at this level: steady, without errors, with room to spare.

    `headroom_share` is how much of the capacity was left, where the run shows the capacity.
    """

    steady: bool
    errors_fine: bool
    limit: LeftOut[Limit] = None
    headroom_share: LeftOut[Share] = None
    trends: tuple[TrendRow, ...] = ()


class StressVerdict(Part):
    """Where the system broke; nothing is left out of `levels`, whose first that broke it was.

    `at_level` is the first level that broke, `last_level` the highest before it, `most_rps` the
    most throughput of any level.
    """

    at_level: LeftOut[float] = None
    last_level: LeftOut[float] = None
    most_rps: float
    why: tuple[Words, ...] = ()
    limit: LeftOut[Limit] = None


class Backlog(Part):
    """How many requests stood in a part, in the mean, before and during the peak."""

    kind: Literal["service", "hop"]
    service: LeftOut[Words] = None
    caller: LeftOut[Words] = None
    callee: LeftOut[Words] = None
    before: float
    during: float

    def label(self) -> str:
        """Its name as a person reads it."""
        return self.service or f"{self.caller} → {self.callee}"


class SpikeVerdict(Part):
    """How high a spike went and how long it lasted on.

    `usual_p95_ms` is the highest p95 of any window before the peak, `peak_p95_ms` the highest from
    its begin on, of windows of `window_s`. `recovered_after_s` counts from the end of the peak to
    when p95 was back and stayed; left out where it was not within `watched_s`.
    """

    usual_p95_ms: float
    peak_p95_ms: float
    window_s: float
    recovered_after_s: LeftOut[float] = None
    watched_s: float
    backlog: tuple[Backlog, ...] = ()
    limit: LeftOut[Limit] = None


class EnduranceVerdict(Part):
    """What drifted over a long test; `leaks` names the services that grew, the worst first."""

    hours: float
    trends: tuple[TrendRow, ...]
    leaks: tuple[Words, ...] = ()


class CapacityVerdict(Part):
    """The highest load that kept what is required, and the first that did not.

    `confirmed` says that it held when it was tried again at the end.
    """

    held_level: LeftOut[float] = None
    held_rps: LeftOut[float] = None
    failed_level: LeftOut[float] = None
    why: tuple[Words, ...] = ()
    confirmed: bool
    limit: LeftOut[Limit] = None


class SmokeRow(Part):
    """Whether an endpoint answered without errors, and all of its requests were traced."""

    endpoint: Words
    requests: int
    failures: int
    traced: int
    passed: bool


class SmokeVerdict(Part):
    """Whether everything answers and is traced; `idle_tasks` never ran."""

    endpoints: tuple[SmokeRow, ...]
    idle_tasks: tuple[Words, ...] = ()


class LoadTest(Part):
    """The section of a test.

    `passed` is left out where a test has nothing to pass. `too_short` says in a sentence why there
    is no verdict, where there is none.
    """

    kind: TestKind
    unit: Words
    required: tuple[Words, ...] = ()
    passed: LeftOut[bool] = None
    too_short: LeftOut[Words] = None
    levels: tuple[LevelRow, ...] = ()
    arrivals: LeftOut[Arrivals] = None
    load: LeftOut[LoadVerdict] = None
    stress: LeftOut[StressVerdict] = None
    spike: LeftOut[SpikeVerdict] = None
    endurance: LeftOut[EnduranceVerdict] = None
    capacity: LeftOut[CapacityVerdict] = None
    smoke: LeftOut[SmokeVerdict] = None
