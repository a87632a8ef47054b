"""What a locustfile plans, as a document tells it."""

from collections.abc import Iterator
from math import fsum

from analyzer.model.profile import ProfileRecord, TaskPlan, UserPlan
from analyzer.profiles.compare import planned_pause
from analyzer.profiles.plan import planned_tasks
from analyzer.report.profile_document import Planned, PlannedTask, PlannedUser


def planned_of(record: ProfileRecord, locustfile: str) -> Planned:
    """The plan with its shares: of user classes among users, of tasks in what holds them."""
    weights = fsum(user.weight for user in record.users if not user.fixed_count)
    return Planned(
        locustfile=locustfile,
        tool=record.tool,
        version=record.version,
        users=tuple(
            _user(user, weights) for user in sorted(record.users, key=lambda user: user.name)
        ),
    )


def _user(user: UserPlan, weights: float) -> PlannedUser:
    by_weight = not user.fixed_count and weights > 0
    return PlannedUser(
        user=user.name,
        weight=user.weight,
        fixed_count=user.fixed_count or None,
        share=round(user.weight / weights, 6) if by_weight else None,
        host=user.host,
        on_start=user.on_start,
        pause=planned_pause(user.wait),
        tasks=tuple(_tasks(user.tasks)),
    )


def _tasks(tasks: tuple[TaskPlan, ...]) -> Iterator[PlannedTask]:
    for task in planned_tasks(tasks):
        yield PlannedTask(
            task=task.path,
            kind=task.plan.kind,
            holder=task.holder,
            weight=task.plan.weight,
            share=round(task.share, 6),
            tags=task.plan.tags,
            on_start=task.plan.on_start,
            pause=planned_pause(task.plan.wait),
        )
