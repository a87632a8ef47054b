"""Finding requests, and looking at one."""

import pytest

from tests.cli.command import TUTORIAL, slowhop


def listed(*filters: str) -> list[str]:
    """The trace ids that `slowhop traces` lists, in its order."""
    ended = slowhop("traces", TUTORIAL, *filters, env={"COLUMNS": "200"})
    assert ended.code == 0, ended.err
    words = ended.out.split()
    return [word for word in words if len(word) == 32 and set(word) <= set("0123456789abcdef")]


def test_the_slowest_come_first_and_limit_cuts() -> None:
    everyone = listed("-n", "1000")
    assert len(everyone) == 60
    assert listed("-n", "3") == everyone[:3]


def test_durations_select() -> None:
    everyone = listed("-n", "1000")
    slow = listed("--slower-than", "130ms", "-n", "1000")
    fast = listed("--faster-than", "130ms", "-n", "1000")
    assert slow
    assert fast
    assert slow + fast == everyone  # none takes 130 ms to the nanosecond


@pytest.mark.parametrize(
    ("filters", "some"),
    [
        (["--service", "service2"], True),
        (["--service", "*vice2*"], True),
        (["--service", "service3"], False),
        (["--operation", "GET /"], True),
        (["--operation", "*nothing*"], False),
        (["--errors"], False),
        (["--service", "service2", "--slower-than", "1h"], None),
    ],
)
def test_names_and_errors_select(filters: list[str], some: bool | None) -> None:  # noqa: FBT001  a table's column
    if some is None:
        assert slowhop("traces", TUTORIAL, *filters).code == 2  # no such unit
    else:
        assert bool(listed(*filters)) is some


def test_a_request_is_shown_by_the_first_digits_of_its_id() -> None:
    slowest = listed("-n", "1")[0]
    by_prefix = slowhop("trace", TUTORIAL, slowest[:8])
    assert by_prefix.code == 0
    assert slowest in by_prefix.out
    assert "service2" in by_prefix.out
    assert slowhop("trace", TUTORIAL).out == by_prefix.out  # the slowest is the default


@pytest.mark.parametrize(
    ("wanted", "error"),
    [("zz", "no trace id"), ("ffffffffffffffff", "no trace begins"), ("", "no trace id")],
)
def test_ids_that_name_no_trace(wanted: str, error: str) -> None:
    ended = slowhop("trace", TUTORIAL, wanted)
    assert ended.code == 2
    assert error in ended.complaint[0]


def test_digits_that_several_ids_begin_with_are_too_few() -> None:
    first = {trace[0] for trace in listed("-n", "1000")}
    ids = listed("-n", "1000")
    shared = next(digit for digit in sorted(first) if sum(i.startswith(digit) for i in ids) > 1)
    ended = slowhop("trace", TUTORIAL, shared)
    assert ended.code == 2
    assert "more digits" in ended.complaint[1]
