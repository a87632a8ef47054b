"""What the ranking says where the part that adds most is not the one to fix."""

from analyzer.model.run import Capture
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.ranking.gains import RankedBy
from analyzer.reporters.terminal.report import render_report
from tests.pipeline.shops import Call, shop
from tests.reporters.screen import shown

PAY_BESIDE_CART = (Call("pay", 10, 70), Call("cart", 10, 68))


def report(ranked_by: RankedBy = "contribution", calls: tuple[Call, ...] = PAY_BESIDE_CART) -> str:
    capture = Capture(spans=shop(40, calls, length_ms=110), inputs=())
    name = RunName(id="run", command="replay")
    return shown(render_report(analyze(capture, name=name, ranked_by=ranked_by)), width=110)


def rows(text: str) -> list[str]:
    """The names in the ranking, in its order."""
    lines = text.split("Where the time goes")[1].split("Endpoints", maxsplit=1)[0].splitlines()
    return [line.split()[1] for line in lines if line.split() and line.split()[0].isdigit()]


def test_it_says_what_to_fix_and_why_it_is_not_what_adds_most() -> None:
    text = report()
    assert rows(text)[0] == "pay"
    assert "Fix front first: half its time gone brings -25.0 ms" in text
    said = "pay adds more (60.0 ms), but half its time gone brings -2.0 ms: cart runs beside it"
    assert said in " ".join(text.split())


def test_ranked_by_gain_it_begins_with_what_to_fix() -> None:
    assert "Where the time goes, most gain first" in report("gain")
    assert rows(report("gain"))[:2] == ["front", "pay"]


def test_a_hidden_row_says_what_hides_it() -> None:
    assert "hidden behind 3" in report(calls=(*PAY_BESIDE_CART, Call("cart", 80, 90)))


def test_where_both_agree_nothing_needs_to_be_said() -> None:
    assert "adds more" not in report(calls=(Call("pay", 10, 70), Call("cart", 70, 90)))
