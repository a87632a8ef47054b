"""The shares that a plan gives, with answers known beforehand."""

import pytest

from analyzer.profiles.plan import planned_tasks, planned_users, shares
from tests.profiles.plans import task, user


def test_weights_are_shares_of_what_holds_the_tasks() -> None:
    forum = task("Forum", 1, task("read", 3), task("write", 1), kind="set")
    found = {t.path: t.share for t in planned_tasks([task("look", 3), forum])}
    assert found == {"look": 0.75, "Forum": 0.25, "Forum.read": 0.75, "Forum.write": 0.25}


def test_a_sequence_gives_every_step_the_same() -> None:
    assert shares([task("a"), task("b"), task("c"), task("a2")], "sequence") == [0.25] * 4


def test_a_chain_is_followed_into_the_long_run() -> None:
    # from a one always goes to b, from b to a in one of three cases: a third as often at a as at b
    chain = [task("a", b=1), task("b", a=1, b=2)]
    assert shares(chain, "chain") == pytest.approx([0.25, 0.75])


def test_a_chain_that_swings_has_shares_all_the_same() -> None:
    assert shares([task("a", b=1), task("b", a=1)], "chain") == pytest.approx([0.5, 0.5])


def test_a_chain_that_ends_somewhere_stays_there() -> None:
    assert shares([task("a", b=1), task("b")], "chain") == pytest.approx([0, 1])


def test_fixed_counts_come_first_and_weights_share_the_rest() -> None:
    users = (user("Admin", fixed_count=2), user("Buyer"), user("Looker", weight=3))
    assert planned_users(users, 10) == {"Admin": 2, "Buyer": 2, "Looker": 6}
    assert planned_users(users, 1) == {"Admin": 2, "Buyer": 0, "Looker": 0}
