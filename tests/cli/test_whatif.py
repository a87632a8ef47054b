"""slowhop whatif as a person types it."""

import json
from pathlib import Path

import jsonschema
import pytest

from analyzer.report.model import Report
from analyzer.report.whatif import WhatIf
from tests.cli.command import ROOT, TUTORIAL, slowhop

SHOP = ROOT / "samples" / "shop.otlp"


def answer(*arguments: str, path: Path = SHOP) -> WhatIf:
    ended = slowhop("whatif", path, *arguments, "--format", "json")
    assert (ended.code, ended.err) == (0, "")
    return WhatIf.from_json(ended.out)


def test_halving_a_part_brings_what_its_report_says() -> None:
    report = Report.from_json(slowhop("export", TUTORIAL).out)
    half = report.services[0].gain.if_50_percent_faster
    found = answer("--faster", f"{report.services[0].service}=50%", path=TUTORIAL)
    assert half is not None
    assert found.overall.drop.mean_ms == pytest.approx(half.mean_ms, abs=0.002)
    assert found.overall.drop.p95_ms == pytest.approx(half.p95_ms, abs=0.002)
    assert found.overall.before == report.endpoints[0].latency
    assert found.requests == report.load.requests


def test_several_changes_hold_at_once() -> None:
    alone = [
        answer("--faster", "postgresql=50%").overall.drop.mean_ms,
        answer("--faster", "locust -> gateway=0ms").overall.drop.mean_ms,
    ]
    both = answer("--faster", "postgresql=50%", "--faster", "locust → gateway=0ms")
    assert both.overall.drop.mean_ms == pytest.approx(sum(alone), abs=0.1)
    assert [(c.kind, c.target) for c in both.changes] == [
        ("faster", "postgresql"),
        ("faster", "locust -> gateway"),
    ]
    assert sum(each.requests for each in both.endpoints) == both.requests


def test_slower_and_back_is_where_it_was() -> None:
    slower = answer("--slower", "postgresql=x2")
    assert slower.overall.drop.mean_ms < 0
    same = answer("--slower", "postgresql=100%", "--faster", "postgresql=50%")
    assert same.overall.before == same.overall.after


def test_calls_side_by_side_take_as_long_as_the_longest() -> None:
    found = answer("--parallel", "gateway: cart, payment, inventory")
    assert found.changes[0].kind == "parallel"
    assert found.overall.drop.mean_ms > 0
    checkout = next(each for each in found.endpoints if each.endpoint == "POST /checkout")
    assert checkout.drop.mean_ms > 0
    assert all(e.drop.mean_ms == 0 for e in found.endpoints if e is not checkout)


def test_json_follows_its_schema_and_is_what_the_file_gets(tmp_path: Path) -> None:
    file = tmp_path / "whatif.json"
    ended = slowhop("whatif", SHOP, "--faster", "payment=50%", "--format", "json", "--json", file)
    assert json.loads(ended.out)["schema"] == "slowhop.whatif/1"
    jsonschema.validate(json.loads(ended.out), WhatIf.json_schema())
    assert file.read_text(encoding="utf-8") == ended.out


def test_the_terminal_shows_before_and_after() -> None:
    ended = slowhop("whatif", SHOP, "--faster", "postgresql=50%", "--slower", "payment=20ms")
    assert ended.code == 0
    assert "postgresql took 50.0 % less time of its own" in ended.out
    assert "each call of payment took at least 20.0 ms" in ended.out
    assert "all requests" in ended.out
    assert "POST /checkout" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "says", "hint"),
    [
        ((), "nothing is to change", "--faster payment=50%"),
        (("--faster", "payment"), "no TARGET=AMOUNT", "write it like 50%, x2 or 20ms"),
        (("--faster", "payment=fast"), "'fast' is no amount", "20ms"),
        (("--faster", "payment=lots%"), "'lots' is no amount", "write it like 50%"),
        (("--faster", "payment=-5%"), "'-5' is no amount", "write it like 50%"),
        (("--faster", "payment=120%"), "more than 100 % faster", "100% removes it"),
        (("--slower", "payment=x0.5"), "a factor below 1", "use --faster"),
        (("--faster", "paymint=50%"), "no service, hop or operation 'paymint'", "payment"),
        (("--parallel", "gateway: nobody"), "gateway does not call 'nobody'", "it calls"),
    ],
)
def test_what_makes_no_sense_is_said_in_two_lines(
    arguments: tuple[str, ...], says: str, hint: str
) -> None:
    ended = slowhop("whatif", SHOP, *arguments)
    error, advice = ended.complaint
    assert ended.code == 2
    assert says in error
    assert hint in advice or hint in error


def test_without_requests_there_is_nothing_to_say(tmp_path: Path) -> None:
    empty = tmp_path / "empty.otlp"
    empty.write_bytes(b"")
    ended = slowhop("whatif", empty, "--faster", "payment=50%")
    assert ended.code in (2, 4)


def test_help_says_what_targets_and_amounts_are() -> None:
    ended = slowhop("whatif", "--help")
    for word in ("TARGET is a service", "gateway -> search", "AMOUNT is a share", "--parallel"):
        assert word in ended.out


def test_the_answer_is_what_the_published_schema_says() -> None:
    schema = json.loads(slowhop("schema", "whatif").out)
    assert schema == WhatIf.json_schema()
    ended = slowhop("whatif", SHOP, "--faster", "postgresql=50%", "--format", "json")
    jsonschema.validate(json.loads(ended.out), schema)
