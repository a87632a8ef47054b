"""Plans and what came of them, in few words."""

from analyzer.model.profile import (
    PausesSeen,
    ProfileRecord,
    ProfileSeen,
    TaskKind,
    TaskPlan,
    UserPlan,
    WaitPlan,
)


def task(
    name: str, weight: float = 1, *tasks: TaskPlan, kind: TaskKind = "task", **after: float
) -> TaskPlan:
    return TaskPlan(
        name=name, weight=weight, kind=kind, tasks=tasks, after=tuple(sorted(after.items()))
    )


def user(name: str, *tasks: TaskPlan, weight: float = 1, fixed_count: int = 0) -> UserPlan:
    wait = WaitPlan(kind="between", min_s=1, max_s=3, mean_s=2)
    return UserPlan(name=name, weight=weight, fixed_count=fixed_count, wait=wait, tasks=tasks)


def record(
    *users: UserPlan, runs: dict[str, int] | None = None, most: dict[str, int] | None = None
) -> ProfileRecord:
    """`runs` by `User/task`; None: the run was cut short."""
    seen = None
    if runs is not None:
        split = {
            (who, path): count
            for key, count in runs.items()
            for who, _, path in [key.partition("/")]
        }
        pauses = (
            PausesSeen(user=users[0].name, count=9, mean_s=2.1, quantiles_s=(1, 1.5, 2, 2.5, 3)),
        )
        seen = ProfileSeen(users=most or {u.name: 1 for u in users}, runs=split, pauses=pauses)
    return ProfileRecord(tool="locust", users=users, seen=seen)
