"""The live view and the lines of progress that stand in for it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.report.resources import Resources
from analyzer.reporters.terminal.live import LiveState, Phase, progress_line, render_live
from tests.reporters.builders import (
    SHOP_LATENCY,
    contribution,
    empty_report,
    endpoint,
    full_report,
    service,
    shop_report,
)
from tests.reporters.screen import assert_golden, assert_harmless, shown

RUNNING = LiveState(
    run_name="2026-11-23T10-00-00Z-shop",
    phase=Phase.RUNNING,
    elapsed_s=12.3,
    run_time_s=60.0,
    users=20,
    throughput_rps=80.2,
    requests=986,
    failures=3,
    spans=7_884,
    latency=SHOP_LATENCY,
    report=shop_report(),
)
SILENT = replace(
    RUNNING,
    spans=0,
    latency=None,
    report=None,
    advice=(
        "Services must send spans here:",
        "  export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318",
    ),
)
CLIENT_ONLY = replace(SILENT, spans=986, report=empty_report(client_spans=986))
STARTING = LiveState(run_name="demo", phase=Phase.STARTING, elapsed_s=0.0, advice=SILENT.advice)
USED = replace(
    RUNNING,
    resources=tuple(
        Resources(service=name, instances=instances, cpu_percent=percent)
        for name, instances, percent in (
            ("catalog", 1, 41.25), ("payment", 2, 171.0), ("cart", 1, 2.0), ("[bold]x", 1, None),
        )
    ),
)  # fmt: skip
STATES = {
    "live": RUNNING,
    "live_with_resources": USED,
    "live_silent": SILENT,
    "live_client_spans_only": CLIENT_ONLY,
    "live_starting": STARTING,
}


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
@pytest.mark.parametrize("name", STATES)
def test_live_view_looks_as_it_should(name: str, width: int, height: int) -> None:
    text = shown(render_live(STATES[name]), width, height)
    assert_harmless(text, width)
    assert_golden(f"{name}_{width}", text)


@pytest.mark.parametrize("width", [20, 40, 80, 120, 250])
@pytest.mark.parametrize("height", [3, 8, 12, 24, 40, 100])
def test_live_view_fits_every_terminal(width: int, height: int) -> None:
    for state in (*STATES.values(), replace(RUNNING, report=full_report())):
        text = shown(render_live(state), width, height)
        assert_harmless(text, width)
        assert text.count("\n") < height


def test_first_rows_of_ranking_and_endpoints_are_there_at_24_lines() -> None:
    text = shown(render_live(RUNNING), 80, 24)
    assert "1  payment" in text
    assert "POST /checkout" in text


@pytest.mark.parametrize("enough_data", [True, False])
@pytest.mark.parametrize("height", [24, 30, 50])
def test_what_a_part_adds_over_time_is_there_from_24_lines(
    height: int, *, enough_data: bool
) -> None:
    rows = tuple(
        service(n, f"s{n}", contribution(0.1, 5.0, 6.0, 7.0), enough_data=enough_data)
        for n in range(1, 11)
    )
    state = replace(RUNNING, report=shop_report(services=rows, hops=()))
    shown_over_time = shown(render_live(state), 80, height).partition("Over time")[2]
    assert "requests/s" in shown_over_time
    assert "payment" in shown_over_time


def test_what_does_not_fit_is_counted_and_not_cut_off() -> None:
    rows = tuple(
        service(n, f"s{n:02}", contribution(0.04, 5.0, 6.0, 7.0), enough_data=False)
        for n in range(1, 26)
    )
    asked = tuple(endpoint(n, f"GET /{n}", 10, SHOP_LATENCY, None) for n in range(1, 20))
    state = replace(RUNNING, report=shop_report(services=rows, hops=(), endpoints=asked))
    ranked, _, endpoints = shown(render_live(state), 80, 24).partition("Endpoints")
    assert "more" in ranked
    assert "more" in endpoints.partition("\n\n")[0].splitlines()[-1]


def test_advice_waits_until_the_run_has_started() -> None:
    assert "OTEL_EXPORTER" not in shown(render_live(STARTING))
    assert "OTEL_EXPORTER" in shown(render_live(SILENT))
    assert "Only the load generator's own spans" in shown(render_live(CLIENT_ONLY))


def test_spans_without_a_report_yet_are_not_called_client_spans() -> None:
    early = replace(SILENT, spans=40)
    assert "Waiting for the first whole requests" in shown(render_live(early))
    assert "OTEL_EXPORTER" not in shown(render_live(early))


def test_spans_that_wait_for_the_analysis_are_said_to_be_kept() -> None:
    state = replace(RUNNING, report=None, latency=None, compiling=True)
    assert "Compiling the analysis" in shown(render_live(state, width=80), 80)
    assert "Compiling the analysis" in progress_line(state)
    assert "Compiling" not in progress_line(replace(state, compiling=False))


def test_run_without_an_end_shows_no_bar() -> None:
    text = shown(render_live(replace(RUNNING, run_time_s=None)))
    assert "00:12" in text
    assert "00:12/" not in text


def test_end_of_the_load_is_not_compared_with_the_time_after_it() -> None:
    after = replace(RUNNING, phase=Phase.WAITING, elapsed_s=63.0)
    assert progress_line(after).startswith("01:03  waiting for late spans  ")


def test_progress_is_one_plain_line() -> None:
    assert progress_line(RUNNING) == (
        "00:12/01:00  running  20 users  986 requests  80.2/s  3 failed  7,884 spans"
        "  53 traces incomplete"
        "  p95 240 ms  slowest payment 47.2 %"
    )
    assert progress_line(SILENT).endswith("0 spans  No spans have arrived yet.")
    assert progress_line(STARTING) == "00:00  starting  0 requests  0 failed  0 spans"


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=80))
def test_hostile_names_do_no_harm(name: str) -> None:
    rows = (service(1, name, contribution(1.0, 5.0, 6.0, 7.0)),)
    state = replace(RUNNING, run_name=name, report=shop_report(services=rows, hops=()))
    assert_harmless(shown(render_live(state)), 80)
    assert_harmless(progress_line(state), 300)
    assert "\n" not in progress_line(state)


def test_trouble_beside_the_run_is_said_in_both_views() -> None:
    trouble = "12,000 spans wait for 127.0.0.1:4317: connection refused"
    state = replace(RUNNING, troubles=(trouble,))
    assert f"! {trouble}" in shown(render_live(state))
    assert progress_line(state).endswith(trouble)
    hostile = replace(RUNNING, troubles=("jaeger:1 refused 2 spans: \x1b[31m\u202e",))
    assert_harmless(shown(render_live(hostile), 40), 40)
