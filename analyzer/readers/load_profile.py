"""`profile.json`, and what `loadgen.describe` prints: read leniently, like all of a run."""

from collections.abc import Iterator

from analyzer.model.profile import (
    PausesSeen,
    ProfileRecord,
    ProfileSeen,
    TaskKind,
    TaskPlan,
    UserPlan,
    WaitPlan,
)
from analyzer.readers.lenient_json import LenientObject

DEEPEST = 16
"""Task sets inside task sets that are read."""

MOST = 10**12
"""Weights and counts beyond this are no weights and no counts."""

_KINDS: dict[str | None, TaskKind] = {"set": "set", "sequence": "sequence", "chain": "chain"}


def profile_record(profile: LenientObject | None) -> ProfileRecord | None:
    """The plan and what was done; None where no user is named."""
    if profile is None:
        return None
    users = tuple(_users(profile))
    if not users:
        return None
    return ProfileRecord(
        tool=profile.text("tool") or "locust",
        version=profile.text("version"),
        users=users,
        seen=_seen(profile.part("observed")),
    )


def _users(profile: LenientObject) -> Iterator[UserPlan]:
    for user in profile.parts("users"):
        if name := user.text("name"):
            yield UserPlan(
                name=name,
                weight=_positive(user.number("weight"), 1.0),
                fixed_count=int(_positive(user.number("fixed_count"), 0.0)),
                host=user.text("host"),
                on_start=user.truth("on_start") is True,
                wait=_wait(user.part("wait")),
                tasks=tuple(_tasks(user, DEEPEST)),
            )


def _tasks(holder: LenientObject, deepest: int) -> Iterator[TaskPlan]:
    for task in holder.parts("tasks") if deepest else ():
        if name := task.text("name"):
            yield TaskPlan(
                name=name,
                kind=_KINDS.get(task.text("kind"), "task"),
                weight=_positive(task.number("weight"), 1.0),
                tags=task.texts("tags"),
                on_start=task.truth("on_start") is True,
                wait=_wait(task.part("wait")),
                tasks=tuple(_tasks(task, deepest - 1)),
                after=tuple(
                    (to, _positive(each.number("weight"), 1.0))
                    for each in task.parts("transitions")
                    if (to := each.text("to"))
                ),
            )


def _wait(wait: LenientObject | None) -> WaitPlan | None:
    if wait is None:
        return None
    return WaitPlan(
        kind=wait.text("kind") or "custom",
        min_s=wait.number("min_s"),
        max_s=wait.number("max_s"),
        mean_s=wait.number("mean_s"),
        every_s=wait.number("every_s"),
        samples=_count(wait, "samples"),
    )


def _seen(seen: LenientObject | None) -> ProfileSeen | None:
    if seen is None:
        return None
    return ProfileSeen(
        users={u.text("user") or "": _count(u, "most") for u in seen.parts("users")},
        runs={
            (t.text("user") or "", t.text("task") or ""): _count(t, "runs")
            for t in seen.parts("tasks")
        },
        pauses=tuple(
            PausesSeen(
                user=pause.text("user") or "",
                count=_count(pause, "count"),
                mean_s=_positive(pause.number("mean_s"), 0.0),
                quantiles_s=pause.numbers("quantiles_s"),
            )
            for pause in seen.parts("pauses")
        ),
    )


def _positive(value: float | None, otherwise: float) -> float:
    return value if value is not None and 0 <= value <= MOST else otherwise


def _count(part: LenientObject, name: str) -> int:
    return min(max(0, part.whole(name) or 0), MOST)
