"""Which test a run was: what was planned, how it went, and what else was measured meanwhile."""

from dataclasses import dataclass

from analyzer.model.spans import Float64Array, Int64Array


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPhase:
    """A part of a test as it was planned, in seconds from the beginning.

    Attributes:
        name: what people call it.
        role: what it is there for: `hold`, `step`, `base`, `peak` or `recovery`.
        level: users, or arrivals a second; None where it was left to the load tool.
        begin_s: when it begins.
        approach_s: how long the load takes to come to its level.
        seconds: how long it lasts; None for until it is stopped.
    """

    name: str
    role: str
    level: float | None
    begin_s: float
    approach_s: float
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """What a figure (`p95`, `errors`, ...) has to stay below: ms, or of errors a share of 1."""

    figure: str
    below: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTest:
    """A test as it was planned.

    Attributes:
        kind: `load`, `stress`, `spike`, `endurance`, `capacity` or `smoke`.
        unit: what levels count: `users` or `arrivals/s`.
        phases: its parts; none where levels are searched for, or left to the load tool.
        required: what requests have to keep.
    """

    kind: str
    unit: str = "users"
    phases: tuple[PlannedPhase, ...] = ()
    required: tuple[Required, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRecord:
    """A part of a test as it went. Times: ns since the epoch.

    Attributes:
        name: what people call it.
        role: what it was there for; of a search also `climb`, `bisect`, `confirm` or `rest`.
        level: users, or arrivals a second.
        began_ns: when it began.
        ended_ns: when it ended; None if nobody noted it.
        held: whether the level kept what is required; None where that was not judged.
        why: what it did not keep.
    """

    name: str
    role: str
    level: float
    began_ns: int
    ended_ns: int | None = None
    held: bool | None = None
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Times of many, in milliseconds."""

    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalsRecord:
    """What became of the arrivals of an open workload (`arrivals.json`).

    Attributes:
        due: arrivals whose time came.
        begun: those a user began with.
        late: of these, those that began later than `late_after_ms`.
        dropped: those nobody began with in time.
        delay: from when they were due to when they began.
        from_begin: response times of their requests.
        from_due: the same, from when their iteration should have begun.
    """

    due: int
    begun: int
    late: int
    dropped: int
    late_after_ms: float
    delay: Times
    from_begin: Times
    from_due: Times


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """How often a task of the load tool's users ran."""

    name: str
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRecord:
    """What a run directory says of its test.

    Attributes:
        planned: what was planned.
        phases: how it went, in order of time; none where nobody noted it.
        arrivals: what became of arrivals; None of a load that is users.
        tasks: how often each task ran; none where nobody counted.
        search_ended: whether a search came to its end.
        result: the level it found; None where none held.
    """

    __test__ = False  # pytest takes classes of this name for tests

    planned: PlannedTest
    phases: tuple[PhaseRecord, ...] = ()
    arrivals: ArrivalsRecord | None = None
    tasks: tuple[TaskRecord, ...] = ()
    search_ended: bool = False
    result: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceSeries:
    """A resource of a service over time.

    Attributes:
        service: whose it is.
        name: what it is, such as `memory`.
        unit: what it is counted in, such as `MB`.
        times_ns: int64[n], ascending, ns since the epoch.
        values: float64[n].
    """

    service: str
    name: str
    unit: str
    times_ns: Int64Array
    values: Float64Array
