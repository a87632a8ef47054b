"""What a reader of the report must know before believing it."""

from typing import Any

import pytest

from analyzer.attribution.contributions import RepairCounts
from analyzer.model.run import ForwardRecord
from analyzer.pipeline.warnings import warnings
from analyzer.report.model import Completeness

SOUND = Completeness(
    spans=1000, duplicates=0, rejected=0, lost_subtrees=0, traces=100, whole=100, partial=0,
    rootless=0, skew_corrected_spans=0, adopted_spans=0, async_spans=0, requests=100,
    requests_without_trace=0, sampled_share=1.0,
)  # fmt: skip


def said(changes: dict[str, Any], counts: RepairCounts | None = None) -> tuple[str, ...]:
    return warnings(SOUND.model_copy(update=changes), counts or RepairCounts())


def test_a_sound_run_has_none() -> None:
    assert said({}) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_spans_only": True}, "only the load generator's spans"),
        ({"requests": 29}, "only 29 requests"),
        ({"requests_without_trace": 2}, "2 of 100 requests have no trace"),
        ({"lost_spans": 11}, "11 spans hang in the air"),
        ({"partial": 2}, "parents were lost"),
        ({"rejected": 1234}, "1,234 spans could not be used"),
        ({"not_stored": 1200}, "1,200 spans could not be stored"),
        ({"turned_away": 7}, "7 requests with spans were turned away"),
        ({"lost_datagrams": 9}, "9 datagrams with spans were lost"),
        ({"unfinished": ("run",)}, "the run was cut short"),
        ({"unfinished": ("load",)}, "the load tool was killed"),
        ({"unfinished": ("collector",)}, "the collector was killed"),
        ({"rootless": 3}, "3 traces begin with a span whose caller sent no span"),
    ],
)
def test_each_trouble_has_its_sentence(changes: dict[str, Any], words: str) -> None:
    (sentence,) = said(changes)
    assert words in sentence


@pytest.mark.parametrize(
    "changes",
    [
        {"requests": 30},
        {"requests_without_trace": 1},
        {"lost_spans": 10},
        {"rootless": 100, "whole": 0},  # nobody traces the callers at all: nothing is missing
    ],
)
def test_what_is_too_little_to_matter_is_not_said(changes: dict[str, float]) -> None:
    assert said(changes) == ()


def test_clocks_that_differ_much_are_said() -> None:
    far = RepairCounts(shifted_spans=7, largest_shift_ns=6_000_000)
    (sentence,) = said({"skew_corrected_spans": 7, "skew_max_ms": 6.0}, far)
    assert "7 spans were moved, by up to 6.0 ms" in sentence
    assert said({}, RepairCounts(shifted_spans=7, largest_shift_ns=4_000_000)) == ()


def test_without_spans_only_their_absence_is_worth_a_word() -> None:
    assert said({"spans": 0, "requests": 5, "rejected": 9}) == ("no spans arrived",)
    first, second = said({"spans": 0, "not_stored": 5})
    assert first == "no spans arrived"
    assert "was the disk full?" in second


def test_spans_that_another_receiver_did_not_get_are_told_last() -> None:
    gone = ForwardRecord(to="127.0.0.1:4317", waiting=12_000, trouble="connection refused")
    strict = ForwardRecord(to="other:4317", refused=1, refusal="UNAUTHENTICATED: no token")
    late = ForwardRecord(to="slow:4317", waiting=2)
    well = ForwardRecord(to="well:4317")
    *_, first, second, third = warnings(
        SOUND.model_copy(update={"rejected": 5}), RepairCounts(), (gone, strict, late, well)
    )
    assert first == "12,000 spans were not passed on to 127.0.0.1:4317: connection refused"
    assert second == "1 span was not passed on to other:4317: UNAUTHENTICATED: no token"
    assert third == "2 spans were not passed on to slow:4317: the run was over"
