"""What happens as load grows: the report's section `scaling`."""

from typing import Literal

from analyzer.report.parts import LeftOut, Part, Words


class ScalingRow(Part):
    """How a contribution grows with load: its mean in requests that began at low and at high load.

    `grows` says whether the growth is more than chance and more than a trifle.
    """

    kind: Literal["service", "hop"]
    service: LeftOut[Words] = None
    caller: LeftOut[Words] = None
    callee: LeftOut[Words] = None
    at_low_load_ms: float
    at_high_load_ms: float
    growth: float
    growth_ci95: LeftOut[tuple[float, float]] = None
    grows: bool = True


class Saturation(Part):
    """The first service all of whose workers are busy while requests queue for it.

    `workers_busy` is where the number of requests inside it stops to grow; that began at
    `in_flight` requests in the whole system and `throughput_rps`. Requests wait `wait_low_ms` for
    it at low load, `wait_high_ms` at high load.
    """

    service: Words
    workers_busy: int
    in_flight: float
    throughput_rps: float
    wait_low_ms: float
    wait_high_ms: float


class Capacity(Part):
    """Where the system stops to scale, by the Universal Scalability Law.

    X(N) = rate N / (1 + contention (N - 1) + coherency N (N - 1)), fitted to throughput X and
    requests in flight N in windows of time. `throughput_rps` is the most it can do, `at_in_flight`
    where the knee is. Source: N. Gunther, Guerrilla Capacity Planning (2007).
    """

    throughput_rps: float
    at_users: int | None
    at_in_flight: LeftOut[float] = None
    contention: LeftOut[float] = None
    coherency: LeftOut[float] = None
    fit_r2: LeftOut[float] = None
    first_to_saturate: Words | None


class Scaling(Part):
    """What happens as load grows; no rows where load did not vary enough to tell.

    `in_flight_low` and `in_flight_high` are the mean numbers of requests in flight in the third of
    requests that began at the lowest and at the highest load.
    """

    in_flight_low: LeftOut[float] = None
    in_flight_high: LeftOut[float] = None
    load_varied: bool = True
    rows: tuple[ScalingRow, ...]
    saturation: LeftOut[Saturation] = None
    capacity: LeftOut[Capacity] = None
