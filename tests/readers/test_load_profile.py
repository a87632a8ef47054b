"""`profile.json` as it may be found: whole, cut, from another version, or written by anybody."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.model.profile import ProfileRecord, TaskPlan, WaitPlan
from analyzer.profiles.compare import profile_of
from analyzer.profiles.planned import planned_of
from analyzer.readers.lenient_json import LenientObject
from analyzer.readers.load_profile import profile_record
from analyzer.readers.read import read
from tests.readers import wire
from tests.readers.wire import WireSpan

PROFILE: dict[str, Any] = {
    "schema": "slowhop.load-profile/1",
    "tool": "locust",
    "version": "2.47.0",
    "users": [
        {
            "name": "Visitor",
            "weight": 3,
            "fixed_count": 0,
            "host": None,
            "on_start": True,
            "wait": {"kind": "constant", "min_s": 1, "max_s": 1, "mean_s": 1},
            "tasks": [
                {"name": "look", "kind": "task", "weight": 3, "tags": ["slow"]},
                {"name": "Walk", "kind": "chain", "weight": 1, "tasks": [
                    {"name": "on", "transitions": [{"to": "on", "weight": 2}]},
                ]},
            ],
        }
    ],
    "observed": {
        "users": [{"user": "Visitor", "most": 5}],
        "tasks": [{"user": "Visitor", "task": "look", "runs": 9}],
        "pauses": [{"user": "Visitor", "count": 4, "mean_s": 1.1, "quantiles_s": [1, 1, 1, 1, 2]}],
    },
}  # fmt: skip


def record(profile: object) -> ProfileRecord | None:
    assert isinstance(profile, dict)
    return profile_record(LenientObject(profile))


def test_everything_is_read() -> None:
    found = record(PROFILE)
    assert found is not None
    [visitor] = found.users
    assert (visitor.name, visitor.weight, visitor.on_start) == ("Visitor", 3, True)
    assert visitor.wait == WaitPlan(kind="constant", min_s=1, max_s=1, mean_s=1)
    assert visitor.tasks[0] == TaskPlan(name="look", weight=3, tags=("slow",))
    assert visitor.tasks[1].tasks[0].after == (("on", 2.0),)
    assert found.seen is not None
    assert found.seen.users == {"Visitor": 5}
    assert found.seen.runs == {("Visitor", "look"): 9}
    assert found.seen.pauses[0].quantiles_s == (1, 1, 1, 1, 2)


def test_a_run_directory_has_it_and_may_lack_or_damage_it(tmp_path: Path) -> None:
    (tmp_path / "spans.otlp").write_bytes(wire.frames(wire.request([WireSpan().encoded()])))
    (tmp_path / "run.json").write_text("{}")
    assert read([tmp_path]).profile is None
    (tmp_path / "profile.json").write_text(json.dumps(PROFILE))
    assert read([tmp_path]).profile == record(PROFILE)
    (tmp_path / "profile.json").write_text('{"users": [')
    damaged = read([tmp_path])
    assert damaged.profile is None
    assert [issue.kind for issue in damaged.issues] == ["undecodable_record"]


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["Visitor", "look", "Walk", "on", "chain", "sequence", "set", 1e308, -1]),
)  # fmt: skip
KEYS = st.sampled_from(
    (
        "users", "name", "weight", "fixed_count", "host", "on_start", "wait", "kind", "min_s",
        "max_s", "mean_s", "every_s", "samples", "tasks", "tags", "transitions", "to", "observed",
        "user", "most", "task", "runs", "pauses", "count", "quantiles_s",
    )
)  # fmt: skip
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner), max_leaves=30
)


def with_one_place_changed(value: Any, places: list[int], new: Any) -> Any:  # noqa: ANN401  any JSON
    """The value with another one somewhere inside; `places` say which way to go down."""
    if not places or not isinstance(value, dict | list) or not value:
        return new
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[places[0] % len(keys)]
    copy = value.copy()
    copy[key] = with_one_place_changed(value[key], places[1:], new)
    return copy


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=8), ANYTHING)
def test_whatever_stands_there_a_profile_can_be_shown(places: list[int], new: object) -> None:
    changed = with_one_place_changed(PROFILE, places, new)
    found = record(changed)
    if found is not None:
        profile_of(found, {("Visitor", "look"): {"GET /": 3}}).model_dump_json()
        planned_of(found, "locustfile.py").model_dump_json()
