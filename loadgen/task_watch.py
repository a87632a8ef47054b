"""Watches what users do: which task each of them is in, how often tasks ran, how long they paused.

It costs a call and two look-ups in a task, and nothing in a request but reading one attribute.
What can wait is done for many pauses at a time.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from loadgen.planned_profile import name_of

CURRENT = "_slowhop_task"
"""The attribute of a user that names the task it is in."""

STARTING = "on_start"
"""The task of a user that has begun none yet."""

_KNOWN = "_slowhop_runs"
"""The attribute of a task set that has the `Runs` of its tasks."""

_ROOT = "DefaultTaskSet"
"""Locust's own task set around the tasks that a user class has itself."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

_LEAST_S = 1e-4
_BINS_A_DECADE = 50
"""Pauses in one bin differ by less than 5 %."""

_MOST_NEW = 512
"""Pauses that wait for their bins: a loop over many costs a third of as many single ones."""


@dataclass(slots=True)
class Pauses:
    """How long pauses were, in bins whose width grows with them."""

    count: int = 0
    total_s: float = 0.0
    bins: dict[int, int] = field(default_factory=dict)
    _new: list[float] = field(default_factory=list)

    def add(self, pause_s: float) -> None:
        """Count a pause. Called between two tasks of a user: it only appends."""
        self._new.append(pause_s)
        if len(self._new) >= _MOST_NEW:
            self.settle()

    def settle(self) -> "Pauses":
        """Put what was added into its bins; itself."""
        bins = self.bins
        for pause_s in self._new:
            at = 0
            if pause_s > _LEAST_S:
                at = 1 + int(math.log10(pause_s / _LEAST_S) * _BINS_A_DECADE)
            bins[at] = bins.get(at, 0) + 1
        self.count += len(self._new)
        self.total_s += sum(self._new)
        self._new.clear()
        return self

    def merge(self, count: int, total_s: float, bins: Iterable[tuple[int, int]]) -> None:
        """Count the pauses of another process, too."""
        self.count += count
        self.total_s += total_s
        for at, pauses in bins:
            self.bins[at] = self.bins.get(at, 0) + pauses

    def quantile(self, share: float) -> float:
        """The pause that this share of the pauses stayed below, in seconds."""
        self.settle()
        left = share * self.count
        for at in sorted(self.bins):
            left -= self.bins[at]
            if left <= 0:
                return _middle_s(at)
        return _middle_s(max(self.bins, default=0))


def _middle_s(at: int) -> float:
    return 0.0 if at == 0 else float(_LEAST_S * 10 ** ((at - 0.5) / _BINS_A_DECADE))


@dataclass(slots=True)
class Runs:
    """How often the users of a class ran a task.

    Attributes:
        user: the users' class.
        task: the task's name, after those of the task sets around it.
        current: what its users are said to be in: until a set's first task begins, its `on_start`.
        count: how often.
    """

    user: str
    task: str
    current: str
    count: int = 0


Snapshot = dict[str, Any]
"""What a process has seen so far, as it travels to the master."""


class TaskWatch:
    """What the users of this process did, and what those of its workers tell they did."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self._runs: dict[tuple[str, str], Runs] = {}
        self._pauses: dict[str, Pauses] = {}
        self._others: dict[str, Snapshot] = {}
        self._users: dict[str, int] = {}

    def reset(self) -> None:
        """A test begins."""
        for seen in self._runs.values():
            seen.count = 0
        self._pauses.clear()
        self._others.clear()
        self._users = {}

    def wrap_execute(self, execute: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        """A task set's `execute_task` that notes the task at its user."""

        def execute_watched(task_set: Any, task: Any) -> None:  # noqa: ANN401  locust's, untyped
            known = task_set.__dict__.get(_KNOWN)
            runs = known.get(task) if known is not None else None
            if runs is None:
                runs = self._runs_of(task_set, task)
            runs.count += 1
            setattr(task_set.user, CURRENT, runs.current)
            execute(task_set, task)

        return execute_watched

    def _runs_of(self, task_set: Any, task: Any) -> Runs:  # noqa: ANN401  as above
        """What counts the runs of a task; the task set remembers it."""
        user, path = type(task_set.user).__name__, _path_of(task_set) + name_of(task)
        current = f"{path}.{STARTING}" if isinstance(task, type) else path
        runs = self._runs.setdefault((user, path), Runs(user, path, current))
        return vars(task_set).setdefault(_KNOWN, {}).setdefault(task, runs)  # type: ignore[no-any-return]

    def wrap_wait(self, wait: Callable[[Any], None]) -> Callable[[Any], None]:
        """A task set's `wait` that notes how long it took; pauses that a stop cuts do not count."""
        pauses = self._pauses

        def wait_watched(task_set: Any) -> None:  # noqa: ANN401  as above
            began = perf_counter()
            wait(task_set)
            took_s = perf_counter() - began
            name = type(task_set.user).__name__
            if name not in pauses:
                pauses[name] = Pauses()
            pauses[name].add(took_s)

        return wait_watched

    def note_users(self, users: dict[str, int]) -> None:
        """Users that run now, by class; the moment with most of them counts."""
        if sum(users.values()) > sum(self._users.values()):
            self._users = dict(users)

    def snapshot(self) -> Snapshot:
        """What this process has seen, in lists and numbers only."""
        return {
            "runs": [[seen.user, seen.task, seen.count] for seen in self._runs.values()],
            "pauses": [
                [user, seen.count, seen.total_s, list(seen.bins.items())]
                for user, pauses in self._pauses.items()
                for seen in [pauses.settle()]
            ],
        }

    def take(self, worker: str, snapshot: Snapshot) -> None:
        """What a worker has seen so far; its later word replaces its earlier one."""
        self._others[worker] = snapshot

    def observed(self) -> dict[str, Any]:
        """All that was seen, as `profile.json` has it."""
        runs: dict[tuple[str, str], int] = {}
        pauses: dict[str, Pauses] = {}
        for seen in (self.snapshot(), *self._others.values()):
            for user, task, count in seen["runs"]:
                runs[user, task] = runs.get((user, task), 0) + count
            for user, count, total_s, bins in seen["pauses"]:
                pauses.setdefault(user, Pauses()).merge(count, total_s, bins)
        return {
            "users": [{"user": name, "most": most} for name, most in sorted(self._users.items())],
            "tasks": [
                {"user": user, "task": task, "runs": count}
                for (user, task), count in sorted(runs.items())
                if count
            ],
            "pauses": [
                {
                    "user": user,
                    "count": seen.count,
                    "mean_s": round(seen.total_s / seen.count, 6),
                    "quantiles_s": [round(seen.quantile(share), 6) for share in QUANTILES],
                }
                for user, seen in sorted(pauses.items())
                if seen.count
            ],
        }


def task_of(user: object) -> str:
    """The task that a user is in: its name, after those of the task sets around it."""
    return getattr(user, CURRENT, STARTING)


def _path_of(task_set: Any) -> str:  # noqa: ANN401  locust's, untyped
    """The names of a task set and of those around it, each with a dot behind it."""
    names, at = [], task_set
    while at is not task_set.user:
        names.append(type(at).__name__)
        at = at.parent
    return "".join(f"{name}." for name in reversed(names) if name != _ROOT)
