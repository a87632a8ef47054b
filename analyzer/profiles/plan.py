"""The shares that a plan gives to users and tasks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np

from analyzer.model.profile import TaskKind, TaskPlan, UserPlan

SQUARINGS = 40
"""A chain is followed for 2^40 steps: it has settled then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """A task with its place.

    Attributes:
        path: its name after those of the task sets around it, with dots between.
        share: how much of what its holder runs is this task.
        holder: the path of the set it is in; empty for the user itself.
        holder_kind: how that set chooses; a user chooses at random.
    """

    path: str
    share: float
    holder: str
    holder_kind: TaskKind
    plan: TaskPlan


def planned_tasks(
    tasks: Sequence[TaskPlan], holder: str = "", kind: TaskKind = "set"
) -> Iterator[PlannedTask]:
    """The tasks of a user and of all sets inside, each set before its own tasks."""
    for task, share in zip(tasks, shares(tasks, kind), strict=True):
        path = f"{holder}.{task.name}" if holder else task.name
        yield PlannedTask(path=path, share=share, holder=holder, holder_kind=kind, plan=task)
        yield from planned_tasks(task.tasks, path, task.kind)


def shares(tasks: Sequence[TaskPlan], kind: TaskKind) -> list[float]:
    """How much of what a holder runs each of its tasks is; in a chain: in the long run."""
    if kind == "chain":
        return _in_the_long_run(tasks)
    total = fsum(task.weight for task in tasks)
    return [task.weight / total if total else 0.0 for task in tasks]


def _in_the_long_run(tasks: Sequence[TaskPlan]) -> list[float]:
    """The stationary shares of a chain that begins at its first task."""
    place = {task.name: i for i, task in enumerate(tasks)}
    step = np.zeros((len(tasks), len(tasks)))
    for i, task in enumerate(tasks):
        for to, weight in task.after:
            if to in place:
                step[i, place[to]] += weight
        total = step[i].sum()
        if total:
            step[i] /= total
        else:
            step[i, i] = 1.0
    # staying half of the time changes no share, and lets a chain that swings settle
    lazy = (step + np.eye(len(tasks))) / 2
    for _ in range(SQUARINGS):
        lazy = lazy @ lazy
        lazy /= lazy.sum(axis=1, keepdims=True)
    return [round(float(share), 9) for share in lazy[0]] if len(tasks) else []


def planned_users(users: Sequence[UserPlan], total: int) -> dict[str, float]:
    """How many users of each class a test of `total` users is to have."""
    fixed = sum(user.fixed_count for user in users)
    weights = fsum(user.weight for user in users if not user.fixed_count)
    left = max(0, total - fixed)
    return {
        user.name: float(user.fixed_count)
        if user.fixed_count
        else (user.weight / weights * left if weights else 0.0)
        for user in users
    }
