"""What every reporter keeps to."""

import pytest

from analyzer.errors import InputError
from analyzer.report.model import Report
from analyzer.reporters.registry import REPORTERS, Reporter, reporter_for
from tests.reporters.builders import contribution, empty_report, full_report, service, shop_report

EVIL = service(1, "\x1b[31m</script>\u202e\n=1+1", contribution(1.0, 5.0, 6.0, 7.0))
SAMPLES = (shop_report(), full_report(), empty_report(), shop_report(services=(EVIL,)))


@pytest.mark.parametrize("reporter", REPORTERS, ids=lambda reporter: reporter.name)
@pytest.mark.parametrize("report", SAMPLES, ids=["shop", "full", "empty", "evil"])
def test_reporter_keeps_the_contract(reporter: Reporter, report: Report) -> None:
    text = reporter.render(report)
    assert text == reporter.render(report)
    assert text.endswith("\n")
    assert "\x1b" not in text


def test_names_are_unique_and_found() -> None:
    names = [reporter.name for reporter in REPORTERS]
    assert len(set(names)) == len(names)
    assert all(reporter_for(name).name == name for name in names)


def test_unknown_form_names_the_known_ones() -> None:
    with pytest.raises(InputError) as refused:
        reporter_for("pdf")
    assert "json" in refused.value.hint


def test_json_reads_back() -> None:
    report = full_report()
    assert Report.from_json(reporter_for("json").render(report)) == report
