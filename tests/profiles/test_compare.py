"""Planned beside observed: what is flagged, and what is not."""

from dataclasses import replace

from analyzer.model.builder import SpanBuilder, SpanRow
from analyzer.model.naming import ProcessNames, SpanNames
from analyzer.model.run import Capture
from analyzer.model.spans import Kind
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.profiles.compare import profile_of
from analyzer.profiles.requests import requests_by_task
from analyzer.report.profile import Profile, ProfileTask
from tests.pipeline.written import MS, spans_of
from tests.profiles.plans import record, task, user

VISITOR = user("Visitor", task("front", 3), task("list", 1))


def row(profile: Profile, path: str, who: str = "Visitor") -> ProfileTask:
    [found] = [t for u in profile.users if u.user == who for t in u.tasks if t.task == path]
    return found


def test_what_ran_as_planned_is_not_flagged() -> None:
    found = profile_of(record(VISITOR, runs={"Visitor/front": 740, "Visitor/list": 260}), {})
    front = row(found, "front")
    assert (front.planned_share, front.observed_share, front.runs) == (0.75, 0.74, 740)
    assert front.ci95 is not None
    assert front.ci95[0] < 0.75 < front.ci95[1]
    assert front.differs is False
    assert not found.differs


def test_a_difference_beyond_chance_is_flagged() -> None:
    found = profile_of(record(VISITOR, runs={"Visitor/front": 650, "Visitor/list": 350}), {})
    assert row(found, "front").differs
    assert found.differs


def test_few_runs_can_look_odd_by_chance() -> None:
    found = profile_of(record(VISITOR, runs={"Visitor/front": 2, "Visitor/list": 2}), {})
    assert not found.differs


def test_a_task_that_never_ran_is_flagged_once_it_should_have() -> None:
    found = profile_of(record(VISITOR, runs={"Visitor/front": 100}), {})
    assert row(found, "list").runs == 0
    assert row(found, "list").differs


def test_a_sequence_may_be_cut_by_as_many_runs_as_there_are_users() -> None:
    steps = task("Visit", 1, task("a"), task("b"), kind="sequence")
    buyer = user("Buyer", steps)
    cut = {"Buyer/Visit": 5, "Buyer/Visit.a": 105, "Buyer/Visit.b": 100}
    assert not profile_of(record(buyer, runs=cut, most={"Buyer": 5}), {}).differs
    broken = {"Buyer/Visit": 5, "Buyer/Visit.a": 105, "Buyer/Visit.b": 60}
    assert profile_of(record(buyer, runs=broken, most={"Buyer": 5}), {}).differs


def test_a_chain_has_shares_but_no_verdict() -> None:
    walk = task("Walk", 1, task("a", b=1), task("b", a=1), kind="chain")
    found = profile_of(record(user("U", walk), runs={"U/Walk": 1, "U/Walk.a": 9}), {})
    assert row(found, "Walk.a", "U").planned_share == 0.5
    assert row(found, "Walk.a", "U").differs is None


def test_users_are_whole_so_one_more_or_less_is_as_planned() -> None:
    plan = (user("A", task("t")), user("B", task("t"), weight=3))
    runs = {"A/t": 1, "B/t": 1}
    assert not profile_of(record(*plan, runs=runs, most={"A": 3, "B": 7}), {}).differs
    found = profile_of(record(*plan, runs=runs, most={"A": 5, "B": 5}), {})
    assert [u.differs for u in found.users] == [True, True]
    assert [u.planned_users for u in found.users] == [2.5, 7.5]


def test_requests_belong_to_tasks_and_endpoints_get_the_plans_share() -> None:
    by_task = {
        ("Visitor", "front"): {"GET /": 600},
        ("Visitor", "list"): {"GET /users": 400, "GET /": 400},
        ("Visitor", "on_start"): {"POST /login": 10},
    }
    runs = {"Visitor/front": 600, "Visitor/list": 400}
    found = profile_of(record(VISITOR, runs=runs), by_task)
    assert found.requests == 1410
    assert [(e.endpoint, e.requests) for e in row(found, "list").endpoints] == [
        ("GET /", 400),
        ("GET /users", 400),
    ]
    assert row(found, "on_start").planned_share is None
    endpoints = {e.endpoint: e for e in found.endpoints}
    # 1000 runs as planned: 750 front pages, 250 lists of two requests each, and ten logins
    assert endpoints["GET /users"].planned_share == round(250 / 1260, 6)
    assert endpoints["GET /users"].differs
    assert endpoints["POST /login"].differs is False


def test_a_run_that_was_cut_short_still_shows_its_plan_and_its_requests() -> None:
    found = profile_of(record(VISITOR), {("Visitor", "front"): {"GET /": 7}})
    assert row(found, "front").runs is None
    assert row(found, "front").requests == 7
    assert not found.differs
    assert found.endpoints[0].planned_share is None


def test_spans_without_attributes_tell_no_tasks() -> None:
    assert requests_by_task(spans_of("locust: GET / (client) 0-10")) == {}
    assert requests_by_task(SpanBuilder().build()) == {}


def request(span_id: int, operation: str, **attributes: str) -> SpanRow:
    names = {"user": "locust.user.class", "task": "locust.task"}
    return SpanRow(
        trace_id=span_id << 64 | span_id,
        span_id=span_id,
        parent_id=0,
        start_ns=span_id * MS,
        end_ns=(span_id + 1) * MS,
        kind=Kind.CLIENT,
        status=0,
        process=ProcessNames(service="locust", instance=""),
        names=SpanNames(operation=operation, peer="", protocol="http"),
        attributes=[(names[key], value) for key, value in attributes.items()],
    )


def test_requests_are_told_by_the_spans_attributes_and_count_once() -> None:
    builder = SpanBuilder()
    rows = [
        request(1, "GET /", user="Visitor", task="front"),
        request(2, "GET /", user="Visitor", task="front"),
        request(3, "GET /users", user="Visitor", task="front"),
        request(4, "GET /", user="Buyer", task="front"),
        request(5, "", user="Buyer", task="Visit.buy"),
        request(6, "GET /", user="Visitor"),
        request(7, "SELECT"),
    ]
    for row in (*rows, *rows[:3]):
        builder.add(row)
    assert requests_by_task(builder.build()) == {
        ("Visitor", "front"): {"GET /": 2, "GET /users": 1},
        ("Buyer", "front"): {"GET /": 1},
        ("Buyer", "Visit.buy"): {"": 1},
    }


def test_the_report_of_a_capture_with_a_plan_has_a_profile() -> None:
    builder = SpanBuilder()
    for number in range(1, 101):
        task_name = "list" if number % 4 == 0 else "front"
        builder.add(request(number, f"GET /{task_name}", user="Visitor", task=task_name))
    plan = record(VISITOR, runs={"Visitor/front": 75, "Visitor/list": 25})
    capture = Capture(spans=builder.build(), inputs=(), profile=plan)
    name = RunName(id="run", command="replay")
    found = analyze(capture, name=name).profile
    assert found is not None
    assert not found.differs
    assert [(e.endpoint, e.requests, e.planned_share) for e in found.endpoints] == [
        ("GET /front", 75, 0.75),
        ("GET /list", 25, 0.25),
    ]
    assert analyze(replace(capture, profile=None), name=name).profile is None
