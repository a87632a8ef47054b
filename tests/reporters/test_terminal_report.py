"""The final report: what a person reads in a terminal."""

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from analyzer.report.model import PartRef, Report
from analyzer.report.resources import Resources
from analyzer.reporters.terminal.report import FollowUp, render_report
from tests.reporters.builders import (
    SHOP_LATENCY,
    SHOP_PATHS,
    TRACE,
    contribution,
    empty_report,
    endpoint,
    full_report,
    hop,
    operation,
    service,
    shop_report,
)
from tests.reporters.screen import assert_golden, assert_harmless, shown, shown_in_colour

SAVED = "runs/2026-11-23T10-00-00Z-shop"
FOLLOW_UPS = (
    FollowUp(purpose="the same report again", command=f"slowhop replay {SAVED}"),
    FollowUp(purpose="one request", command=f"slowhop trace {SAVED} {TRACE}"),
)
ADVICE = (
    "Start the services with",
    "  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 opentelemetry-instrument python app.py",
)
REPORTS = {
    "shop": shop_report(),
    "full": full_report(),
    "no_spans": empty_report(),
    "client_spans_only": empty_report(client_spans=4812),
}


def screen(report: Report, width: int = 80) -> str:
    return shown(
        render_report(report, saved=SAVED, follow_ups=FOLLOW_UPS, advice=ADVICE), width=width
    )


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", REPORTS)
def test_report_looks_as_it_should(name: str, width: int) -> None:
    text = screen(REPORTS[name], width)
    assert_harmless(text, width)
    assert_golden(f"{name}_{width}", text)


@pytest.mark.parametrize("width", [20, 33, 40, 60, 80, 100, 120, 200, 400])
@pytest.mark.parametrize("name", REPORTS)
def test_report_fits_every_width(name: str, width: int) -> None:
    assert_harmless(screen(REPORTS[name], width), width)


def test_given_width_counts_more_than_the_console() -> None:
    text = shown(render_report(shop_report(), width=60), width=200)
    assert_harmless(text, 60)


def test_services_and_hops_are_one_ranking_by_share() -> None:
    text = screen(shop_report())
    first, second, third = (text.index(name) for name in ("1  payment", "2  gateway →", "3  postg"))
    assert first < second < third
    assert "postgresql  (inferred)" in text


def test_rows_that_matter_little_are_folded_and_their_shares_kept() -> None:
    rows = tuple(service(n, f"s{n:02}", contribution(0.05, 5.0, 6.0, 7.0)) for n in range(1, 21))
    text = screen(shop_report(services=rows, hops=()))
    assert "12 more" in text
    assert "60.0 %" in text
    assert "s08" in text
    assert "s09" not in text


def test_fold_of_one_row_would_save_no_line() -> None:
    rows = tuple(service(n, f"s{n:02}", contribution(0.11, 5.0, 6.0, 7.0)) for n in range(1, 10))
    text = screen(shop_report(services=rows, hops=()))
    assert "s09" in text
    assert "more" not in text.split("Endpoints")[0]


def test_gain_has_columns_only_where_it_is_known() -> None:
    assert "50 % faster" not in screen(shop_report())
    assert "50 % faster" in screen(full_report())
    assert "Fix payment first" in screen(full_report())
    assert "in parallel" in screen(full_report(), 120)


def test_row_with_few_samples_is_marked_and_the_mark_explained() -> None:
    rows = (service(1, "rare", contribution(1.0, 5.0, 6.0, 7.0), enough_data=False),)
    text = screen(shop_report(services=rows, hops=()))
    assert "rare  *" in text
    assert "* too few requests" in text
    assert "too few" not in screen(shop_report())


def test_load_tools_own_numbers_stand_beside_the_traces() -> None:
    traces, locust = (
        next(line for line in screen(shop_report()).splitlines() if line.startswith(f"   {who} "))
        for who in ("traces", "locust")
    )
    assert traces.split()[1:] == ["4,812", "80.2", "0.1", "%", "118", "96.4", "240", "410", "1,204"]
    assert locust.split()[1:] == ["4,812", "80.1", "0.1", "%", "118", "96.0", "240", "410", "1,204"]


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (empty_report(), "No spans arrived"),
        (empty_report(client_spans=10), "Only the load generator's own spans arrived"),
        (shop_report(services=(), hops=()), "no request could be put together"),
    ],
)
def test_report_without_ranking_says_why_and_what_to_do(report: Report, reason: str) -> None:
    text = screen(report)
    assert reason in text
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318" in text
    for table in ("Where the time goes", "critical paths", "Operations"):
        assert table not in text


def with_resources(*rows: Resources, **first: object) -> str:
    services = (service(1, "search", contribution(1.0, 5.0, 6.0, 7.0)).model_copy(update=first),)
    report = shop_report(services=services, hops=())
    kpis = report.kpis.model_copy(update={"resources": rows})
    return screen(report.model_copy(update={"kpis": kpis}), 120)


def test_what_binds_a_service_stands_beside_it_and_in_a_sentence() -> None:
    bound = {"bound": "cpu", "cpu_percent": 97.0, "cpu_per_own_second": 0.92}
    assert "search  (CPU-bound)" in with_resources(**bound)
    assert "search computes (0.92 s of processor for each second" in with_resources(**bound)
    full = with_resources(**{**bound, "cpu_per_own_second": 0.2})
    assert "its requests wait for the one core it can use (got 97.0 % of it)" in full
    waits = with_resources(bound="io", cpu_percent=4.0, cpu_per_own_second=0.02)
    assert "search  (I/O-bound)" in waits
    assert "search waits (0.02 s of processor for each second of its own time) while" in waits
    assert "processor" not in with_resources(cpu_percent=40.0, cpu_per_own_second=0.5)


def test_of_many_services_those_are_shown_that_use_most_processor() -> None:
    rows = [Resources(service=f"s{n:02}", cpu_percent=float(n)) for n in range(20)]
    text = with_resources(*rows).split("Resources")[1]
    assert "8 more" in text
    assert "s08" in text
    assert "s07" not in text


def test_colours_are_those_that_every_terminal_can_show_on_light_and_dark() -> None:
    sent = shown_in_colour(render_report(full_report(), saved=SAVED))
    codes = {code for codes in re.findall(r"\x1b\[([\d;]*)m", sent) for code in codes.split(";")}
    reset, bold, dim, red, magenta, cyan = "0", "1", "2", "31", "35", "36"
    assert codes == {reset, bold, dim, red, magenta, cyan}


def test_without_colour_nothing_is_missing() -> None:
    sent = shown_in_colour(render_report(full_report(), saved=SAVED))
    plain = shown(render_report(full_report(), saved=SAVED))
    assert re.sub(r"\x1b\[[\d;]*m", "", sent) == plain


def test_terminal_that_knows_ascii_only_gets_ascii() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    services = (service(1, "订单服务", contribution(1.0, 5.0, 6.0, 7.0)),)
    console = Console(file=file, width=80, color_system=None)
    console.print(render_report(shop_report(services=services)))
    file.flush()
    text = raw.getvalue().decode("ascii")
    assert_harmless(text, 80)
    assert "1  ????????   " in text
    assert "  ####" in text
    assert "gateway > search" in text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=()), max_size=60), min_size=3, max_size=3),
    st.integers(20, 160),
)
def test_hostile_names_do_no_harm_anywhere(names: list[str], width: int) -> None:
    one, other, third = names
    figures = contribution(0.4, 5.0, 6.0, 7.0)
    slowest = PartRef(kind="hop", caller=one, callee=other, share=0.4)
    report = shop_report(
        services=(
            service(1, one, figures, inferred=True),
            service(2, other, figures).model_copy(
                update={"bound": "cpu", "cpu_percent": 5.0, "cpu_per_own_second": 0.9}
            ),
        ),
        hops=(hop(1, other, third, figures),),
        endpoints=(endpoint(1, third, 10, SHOP_LATENCY, slowest),),
        operations=(operation(1, one, other, figures, callee=third),),
        paths=(SHOP_PATHS[0].model_copy(update={"steps": tuple(names * 9)}),),
        warnings=(one, other),
        identity=third,
    )
    used = (Resources(service=third, cpu_percent=1.0, instances=3),)
    kpis = report.kpis.model_copy(update={"resources": used})
    report = report.model_copy(update={"kpis": kpis})
    follow_ups = (FollowUp(purpose="again", command=f"slowhop replay {one}"),)
    view = render_report(report, saved=other, follow_ups=follow_ups, advice=(third, f"  {one}"))
    assert_harmless(shown(view, width), width)


def test_newline_in_a_name_breaks_no_table() -> None:
    evil = service(1, "pay\nment\x1b[2J", contribution(0.5, 5.0, 6.0, 7.0))
    plain = service(1, "pay.ment.[2J", contribution(0.5, 5.0, 6.0, 7.0))
    broken = screen(shop_report(services=(evil,)))
    assert "pay␊ment␛[2J" in broken
    assert len(broken.splitlines()) == len(screen(shop_report(services=(plain,))).splitlines())
