"""Every request that the load tool counted is somewhere."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.model.run import NOTHING, LoadRecord
from analyzer.pipeline.accounting import accounting_of
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.report.accounting import Accounting
from analyzer.report.model import Report
from tests.pipeline.written import contributions_of, spans_of

SERVED = """
    locust: GET / (client) 0-100
      web: GET / (server) 10-90
"""
ALONE = """
    locust: GET / (client) 0-100
"""
REFUSED = """
    locust: GET / (client) 0-100 -> web:80 !
"""
CLIENT_LOST = """
    web: health (server) 10-90
"""
CLIENTS = frozenset(("locust",))
COUNTED = LoadRecord(tool="locust", requests=4, spans_created=4, spans_exported=4, begun=4)


def account(*traces: str, load: LoadRecord = COUNTED) -> Accounting:
    found = accounting_of(load, contributions_of(*traces), CLIENTS)
    assert found is not None
    return found


def parts(of: Accounting) -> tuple[int, ...]:
    return of.traced, of.without_services, of.sampled_out, of.lost, of.untraced, of.unexplained


def test_each_request_is_in_one_part() -> None:
    assert parts(account(SERVED, SERVED, ALONE, REFUSED)) == (2, 2, 0, 0, 0, 0)


def test_a_span_that_never_arrived_is_lost() -> None:
    assert parts(account(SERVED, SERVED, ALONE)) == (2, 1, 0, 1, 0, 0)


def test_traces_that_the_load_did_not_begin_are_no_requests_of_it() -> None:
    assert parts(account(SERVED, CLIENT_LOST)) == (1, 0, 0, 3, 0, 0)


def test_requests_that_asked_not_to_be_recorded_are_told_apart() -> None:
    load = replace(COUNTED, unsampled=1)
    assert parts(account(SERVED, SERVED, ALONE, ALONE, load=load)) == (2, 1, 1, 0, 0, 0)


def test_requests_of_clients_that_are_not_traced() -> None:
    load = replace(COUNTED, requests=9)
    assert parts(account(*[SERVED] * 4, load=load)) == (4, 0, 0, 0, 5, 0)


def test_requests_that_were_killed_under_way_come_on_top() -> None:
    of = account(*[SERVED] * 4, load=replace(COUNTED, begun=7))
    assert (of.killed, of.unexplained) == (3, 0)
    assert account(load=replace(COUNTED, begun=None)).killed is None


def test_statistics_that_were_reset_do_not_add_up_and_that_is_said() -> None:
    load = replace(COUNTED, requests=1)
    assert account(*[SERVED] * 4, load=load).unexplained == -3
    report = report_of(*[SERVED] * 4, load=load)
    assert any("does not add up to the 1 requests" in said for said in report.warnings)
    assert any("3 too many" in said for said in report.warnings)


def test_without_its_own_counts_of_spans_nothing_is_accounted_for() -> None:
    found = contributions_of(SERVED)
    assert accounting_of(replace(COUNTED, spans_created=None), found, CLIENTS) is None
    assert accounting_of(replace(COUNTED, finished=False), found, CLIENTS) is None
    assert accounting_of(None, found, CLIENTS) is None


def report_of(*traces: str, load: LoadRecord) -> Report:
    capture = replace(NOTHING, spans=spans_of(*traces), load=load)
    return analyze(capture, name=RunName(id="x", command="replay"))


def test_requests_that_services_did_not_record_are_a_warning() -> None:
    report = report_of(SERVED, SERVED, SERVED, ALONE, load=replace(COUNTED, unsampled=1))
    assert any(
        "1 of 4 requests were not recorded by any service (1 of them asked not to be)" in said
        for said in report.warnings
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([SERVED, ALONE, REFUSED, CLIENT_LOST]), max_size=6),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(0, 3),
)
def test_the_parts_always_add_up(
    traces: list[str], requests: int, created: int, unsampled: int
) -> None:
    load = replace(COUNTED, requests=requests, spans_created=created, unsampled=unsampled)
    of = account(*traces, load=load)
    assert sum(parts(of)) == of.requests == requests
    assert min(parts(of)[:-1]) >= 0
