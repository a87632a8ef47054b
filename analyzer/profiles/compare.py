"""What users were to do beside what they did."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from analyzer.model.profile import PausesSeen, ProfileRecord, UserPlan, WaitPlan
from analyzer.profiles.chance import SIGNIFICANT, binomial_p, interval
from analyzer.profiles.plan import PlannedTask, planned_tasks, planned_users
from analyzer.profiles.requests import ByTask
from analyzer.report.profile import (
    EndpointShare,
    PlannedPause,
    Profile,
    ProfileEndpoint,
    ProfileTask,
    ProfileUser,
    SeenPause,
)

ROUNDING = 1.0
"""Users by which a class may be off: the load tool deals whole users, also over processes."""

MOST_ENDPOINTS = 100
"""Endpoints that are told; a run with more has names made from data."""


def profile_of(record: ProfileRecord, by_task: ByTask) -> Profile:
    """The plan beside what was done.

    Args:
        record: the plan, and what the load tool saw.
        by_task: the requests of each user class and task.
    """
    total = sum(sum(endpoints.values()) for endpoints in by_task.values())
    planned = planned_users(record.users, sum(record.seen.users.values()) if record.seen else 0)
    users = tuple(
        _user(user, record, planned[user.name], _Requests(by_task=by_task, total=total))
        for user in sorted(record.users, key=lambda user: user.name)
    )
    differs = any(user.differs or any(task.differs for task in user.tasks) for user in users)
    return Profile(
        requests=total,
        differs=differs,
        users=users,
        endpoints=tuple(_endpoints(users, record, by_task, total)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Requests:
    """All requests whose task is known."""

    by_task: ByTask
    total: int

    def share(self, requests: int) -> float:
        """A number of them as a share of all."""
        return round(requests / self.total, 6) if self.total else 0.0


def _user(
    user: UserPlan, record: ProfileRecord, planned: float, requests: _Requests
) -> ProfileUser:
    seen = record.seen
    tasks = tuple(_tasks(user, record, requests))
    mine = sum(
        sum(endpoints.values())
        for (name, _), endpoints in requests.by_task.items()
        if name == user.name
    )
    users = seen.users.get(user.name, 0) if seen else None
    pauses = [p for p in seen.pauses if p.user == user.name] if seen else []
    return ProfileUser(
        user=user.name,
        weight=user.weight,
        fixed_count=user.fixed_count or None,
        planned_users=round(planned, 3) if seen else None,
        users=users,
        differs=abs(users - planned) > ROUNDING if users is not None else None,
        planned_pause=planned_pause(user.wait),
        observed_pause=_pause(pauses[0]) if pauses else None,
        requests=mine,
        request_share=requests.share(mine),
        tasks=tasks,
    )


def _tasks(user: UserPlan, record: ProfileRecord, requests: _Requests) -> Iterator[ProfileTask]:
    """The planned tasks in their order; then those that nobody planned, such as `on_start`."""
    plan = list(planned_tasks(user.tasks))
    for task in plan:
        yield _with_requests(_task(task, plan, user, record), user.name, requests)
    known = {task.path for task in plan}
    runs = record.seen.runs if record.seen else {}
    others = {path for name, path in (*runs, *requests.by_task) if name == user.name} - known
    for path in sorted(others):
        row = ProfileTask(task=path, runs=runs.get((user.name, path)))
        yield _with_requests(row, user.name, requests)


def _task(
    task: PlannedTask, plan: Sequence[PlannedTask], user: UserPlan, record: ProfileRecord
) -> ProfileTask:
    row = ProfileTask(
        task=task.path,
        kind=task.plan.kind,
        holder=task.holder,
        tags=task.plan.tags,
        planned_share=round(task.share, 6),
        planned_pause=planned_pause(task.plan.wait),
    )
    seen = record.seen
    if seen is None:
        return row
    beside = [other for other in plan if other.holder == task.holder]
    runs = seen.runs.get((user.name, task.path), 0)
    total = sum(seen.runs.get((user.name, other.path), 0) for other in beside)
    found: dict[str, object] = {"runs": runs}
    if total:
        found["observed_share"] = round(runs / total, 6)
        if task.holder_kind == "set":
            p_value = binomial_p(runs, total, task.share)
            low, high = interval(runs, total)
            found["ci95"] = (round(low, 6), round(high, 6))
            found["p_value"] = float(f"{p_value:.4g}")
            # each of them can look odd by chance: they share the risk (Bonferroni)
            found["differs"] = p_value < SIGNIFICANT / len(beside)
        elif task.holder_kind == "sequence":
            under_way = max(1, seen.users.get(user.name, 0))
            found["differs"] = abs(runs - total * task.share) > under_way
    return row.model_copy(update=found)


def _with_requests(row: ProfileTask, user: str, requests: _Requests) -> ProfileTask:
    mine = requests.by_task.get((user, row.task), {})
    total = sum(mine.values())
    return row.model_copy(
        update={
            "requests": total,
            "request_share": requests.share(total),
            "endpoints": tuple(
                EndpointShare(endpoint=name, requests=count, share=round(count / total, 6))
                for name, count in _most_first(mine)
            ),
        }
    )


def _endpoints(
    users: Sequence[ProfileUser], record: ProfileRecord, by_task: ByTask, total: int
) -> Iterator[ProfileEndpoint]:
    seen: Counter[str] = Counter()
    planned: dict[str, float] = {}
    odd: set[str] = set()
    factors = {
        (user.user, task.task): (_planned_factor(task), bool(task.differs))
        for user in users
        for task in user.tasks
    }
    for who, endpoints in by_task.items():
        factor, differs = factors.get(who, (1.0, False))
        for name, count in endpoints.items():
            seen[name] += count
            planned[name] = planned.get(name, 0.0) + count * factor
            if differs:
                odd.add(name)
    expected = fsum(planned.values())
    known = record.seen is not None and expected > 0
    for name, count in _most_first(seen)[:MOST_ENDPOINTS]:
        yield ProfileEndpoint(
            endpoint=name,
            requests=count,
            observed_share=round(count / total, 6),
            planned_share=round(planned[name] / expected, 6) if known else None,
            differs=name in odd if known else None,
        )


def _planned_factor(task: ProfileTask) -> float:
    """How often a task was to run for each time it ran, given how often its holder went on."""
    if task.planned_share is None or not task.observed_share:
        return 1.0
    return task.planned_share / task.observed_share


def _most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def planned_pause(wait: WaitPlan | None) -> PlannedPause | None:
    """A planned pause as the report has it."""
    if wait is None:
        return None
    return PlannedPause(
        kind=wait.kind,
        min_s=wait.min_s,
        max_s=wait.max_s,
        mean_s=wait.mean_s,
        every_s=wait.every_s,
        samples=wait.samples or None,
    )


def _pause(seen: PausesSeen) -> SeenPause:
    names = ("p5_s", "p25_s", "p50_s", "p75_s", "p95_s")
    quantiles = dict(zip(names, seen.quantiles_s, strict=False))
    return SeenPause(count=seen.count, mean_s=seen.mean_s, **quantiles)
