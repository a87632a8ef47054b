"""What services used, and what binds them, from series whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.model.resources import UNITS, ResourceSeries, service_totals, summed
from analyzer.ranking.own_work import Busy
from analyzer.ranking.resources import LEAST_POINTS, spent, used

SECOND = 1_000_000_000
BEGIN = 1_700_000_000 * SECOND


def rate(
    name: str,
    values: list[float],
    *,
    service: str = "search",
    instance: str = "",
    begin_s: float = 0,
) -> ResourceSeries:
    """A value a second."""
    since = BEGIN + int(begin_s * SECOND) + SECOND * np.arange(len(values), dtype=np.int64)
    return ResourceSeries(
        service=service,
        instance=instance,
        name=name,
        unit=UNITS[name],
        since_ns=since,
        times_ns=since + SECOND,
        values=np.array(values, np.float64),
        one_core=True,
    )


def level(
    name: str, values: list[float], *, instance: str = "", begin_s: float = 0
) -> ResourceSeries:
    return replace(rate(name, values, instance=instance, begin_s=begin_s), since_ns=None)


def busy(pieces: float, part: float = 1.0, seconds: int = 20) -> Busy:
    """So many pieces of own work in the mean, in so large a part of every second."""
    time = BEGIN + SECOND * np.arange(seconds + 1, dtype=np.int64)
    passed = (time - BEGIN).astype(np.float64)
    return Busy(time_ns=time, work_ns=pieces * passed, any_ns=part * passed)


def bound(of: Busy, *mine: ResourceSeries) -> str | None:
    found = spent(of, mine)
    return found.bound if found is not None else "not measured"


STEADY = 20


NO_DELAY = rate("cpu_delay", [0.0] * STEADY)


@pytest.mark.parametrize(
    ("pieces", "part", "cpu", "answer"),
    [
        (1.0, 0.6, 95.0, "cpu"),  # nearly all of its time is spent computing
        (0.12, 0.12, 10.0, "cpu"),  # ... also where there is little of it
        (6.0, 1.0, 99.0, "cpu"),  # one core full, and requests wait for it
        (6.0, 1.0, 85.0, "cpu"),
        (6.0, 1.0, 10.0, "waiting"),
        (6.0, 1.0, 35.0, "waiting"),
        (0.5, 0.4, 3.0, "waiting"),
        (6.0, 1.0, 60.0, None),
        (1.0, 1.0, 45.0, None),  # half and half
        (0.3, 0.1, 6.0, None),  # little of each piece, but more than half of the time it works
    ],
)
def test_the_processor_says_what_own_time_is(
    pieces: float, part: float, cpu: float, answer: str | None
) -> None:
    assert bound(busy(pieces, part), rate("cpu", [cpu] * STEADY), NO_DELAY) == answer


def test_time_that_threads_wait_for_a_processor_is_time_they_would_compute() -> None:
    def starved(cpu: float, delay: float, *, pieces: float = 2.0) -> str | None:
        delays = rate("cpu_delay", [delay] * (STEADY + 1), begin_s=-0.5)
        return bound(busy(pieces), rate("cpu", [cpu] * STEADY), delays)

    assert starved(30.0, 2.0) == "waiting"
    assert starved(30.0, 130.0) == "cpu"
    assert starved(30.0, 60.0, pieces=6.0) == "cpu"  # ... one at a time
    assert starved(30.0, 45.0, pieces=1.4) is None
    assert starved(5.0, 400.0) is None  # threads in the background


def test_without_that_time_only_an_idle_process_is_said_to_wait() -> None:
    assert bound(busy(6.0), rate("cpu", [20.0] * STEADY)) == "waiting"
    assert bound(busy(6.0), rate("cpu", [35.0] * STEADY)) is None


def test_more_than_a_core_says_nothing_where_a_process_can_use_many() -> None:
    many = replace(rate("cpu", [99.0] * STEADY), one_core=False)
    assert bound(busy(6.0), many) is None
    assert bound(busy(1.2), many) == "cpu"


def test_processes_of_a_service_have_a_core_each() -> None:
    four = service_totals([rate("cpu", [22.0] * STEADY, instance=str(i)) for i in range(4)])
    assert bound(busy(9.0), *four) == "waiting"
    full = service_totals([rate("cpu", [95.0] * STEADY, instance=str(i)) for i in range(4)])
    assert bound(busy(9.0), *full) == "cpu"


def test_figures_behind_the_verdict() -> None:
    found = spent(busy(2.0, 0.8), [rate("cpu", [20.0] * STEADY), NO_DELAY])
    assert found is not None
    assert found.bound == "waiting"
    assert found.cpu_percent == pytest.approx(20.0)
    assert found.per_work == pytest.approx(0.1)


def test_many_bytes_say_what_is_waited_for() -> None:
    waits = rate("cpu", [10.0] * STEADY)
    of = busy(4.0)
    assert bound(of, waits, rate("disk_write", [30.0] * STEADY)) == "io"
    assert (
        bound(of, waits, rate("disk_read", [12.0] * STEADY), rate("disk_write", [12.0] * STEADY))
        == "io"
    )
    assert bound(of, waits, rate("network_out", [80.0] * STEADY)) == "io"
    assert bound(of, waits, rate("disk_write", [0.3] * STEADY)) == "waiting"
    assert bound(of, rate("cpu", [99.0] * STEADY), rate("disk_write", [90.0] * STEADY)) == "cpu"


def test_without_evidence_nothing_is_said() -> None:
    of = busy(4.0)
    assert bound(of) == "not measured"
    assert bound(of, level("memory", [50.0] * STEADY)) == "not measured"
    assert bound(of, rate("cpu", [99.0] * (LEAST_POINTS - 1))) == "not measured"
    assert bound(busy(0.01), rate("cpu", [99.0] * STEADY)) == "not measured"
    later = rate("cpu", [99.0] * STEADY, begin_s=500)
    assert bound(of, later) == "not measured"


def test_what_is_so_in_one_half_of_the_run_is_not_said_of_all() -> None:
    assert bound(busy(1.0), rate("cpu", [99.0] * 10 + [2.0] * 10)) is None
    assert bound(busy(1.0), rate("cpu", [99.0, 90.0] * 10)) == "cpu"


@given(st.floats(0.2, 20.0), st.floats(0.1, 1.0), st.floats(0.0, 100.0), st.floats(1.0, 3.0))
def test_more_processor_never_makes_a_service_wait(
    pieces: float, part: float, cpu: float, more: float
) -> None:
    order = {"waiting": 0, None: 1, "cpu": 2}
    of = busy(pieces, min(part, pieces))
    less_said = bound(of, rate("cpu", [cpu] * STEADY))
    more_said = bound(of, rate("cpu", [cpu * more] * STEADY))
    assert order[less_said] <= order[more_said]


def test_what_is_used_while_there_is_load() -> None:
    series = service_totals(
        [
            rate("cpu", [0.0, 40.0, 60.0, 0.0], instance="a"),
            rate("cpu", [0.0, 10.0, 10.0, 0.0], instance="b"),
            level("memory", [50.0, 60.0, 70.0, 1.0]),
            rate("disk_write", [9.0, 2.0, 4.0, 9.0]),
        ]
    )
    (row,) = used([each.between(BEGIN + SECOND, BEGIN + 3 * SECOND) for each in series])
    assert (row.service, row.instances) == ("search", 2)
    assert (row.cpu_percent, row.cpu_max_percent) == (60.0, 70.0)
    assert (row.memory_mb, row.memory_max_mb) == (60.0, 70.0)
    assert (row.disk_write_mb_s, row.disk_read_mb_s) == (3.0, None)
    assert used([each.between(BEGIN + 90 * SECOND, BEGIN + 99 * SECOND) for each in series]) == ()


def test_processes_measured_at_other_moments_are_added_all_the_same() -> None:
    total = summed(
        [
            rate("cpu", [40.0] * 10, instance="a"),
            rate("cpu", [20.0] * 4, instance="b", begin_s=3.4),
        ],
        instances=2,
    )
    assert total.values.tolist() == [40, 40, 40, 60, 60, 60, 60, 40, 40, 40]
    levels = summed(
        [level("memory", [40.0] * 10), level("memory", [20.0] * 4, instance="b", begin_s=3.5)],
        instances=2,
    )
    assert levels.values.max() == 60.0
    assert (levels.values[0], levels.values[-1]) == (40.0, 40.0)


@given(st.lists(st.lists(st.floats(0, 400), min_size=2, max_size=9), min_size=1, max_size=4))
def test_sums_of_processes_measured_together_are_exact_and_in_no_order(
    parts: list[list[float]],
) -> None:
    length = min(map(len, parts))
    series = [rate("cpu", part[:length], instance=str(i)) for i, part in enumerate(parts)]
    (one,) = service_totals(series)
    (other,) = service_totals(series[::-1])
    assert one.values.tolist() == other.values.tolist()
    assert one.instances == len(parts)
    assert one.mean == pytest.approx(sum(s.mean for s in series))
