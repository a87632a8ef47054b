"""A smoke test in locust: one user of each class, and every task in turn, however rare it is."""

import itertools
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from locust import TaskSet  # noqa: TID253  this module is imported inside locust only
from locust.env import Environment  # noqa: TID253  as above
from locust.user.task import DefaultTaskSet  # noqa: TID253  as above

TASKS = "tasks.json"
"""How often each task ran, in the run directory."""


class EachTask:
    """Lets every task run in turn, and counts them."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._runs: Counter[str] = Counter()
        self._turns: WeakKeyDictionary[TaskSet, Iterator[Any]] = WeakKeyDictionary()

    def install(self) -> None:
        """Change how users choose their tasks, and how many users there are."""
        classes = self._environment.user_classes
        for each in classes:
            each.fixed_count = max(each.fixed_count, 1)
        options = self._environment.parsed_options
        if options is not None:
            options.num_users = max(options.num_users or 1, len(classes))
        for owner in (TaskSet, DefaultTaskSet):
            setattr(owner, "get_next_task", self._next)  # noqa: B010  mypy forbids to assign to a method
            setattr(owner, "execute_task", self._counted(owner.__dict__["execute_task"]))  # noqa: B010  as above

    def write(self, run_dir: Path) -> None:
        """Write `tasks.json` whole."""
        names = {name for each in self._environment.user_classes for name in _names(each)}
        record = {"tasks": [{"name": n, "runs": self._runs[n]} for n in sorted(names)]}
        unfinished = run_dir / f".{TASKS}.{os.getpid()}"
        unfinished.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(run_dir / TASKS)

    @property
    def _next(self) -> Callable[[TaskSet], Any]:
        def get_next_task(tasks: TaskSet) -> Any:  # noqa: ANN401  a function or a TaskSet
            if tasks not in self._turns:
                owner = tasks.user if isinstance(tasks, DefaultTaskSet) else tasks
                self._turns[tasks] = itertools.cycle(dict.fromkeys(owner.tasks))
            return next(self._turns[tasks])

        return get_next_task

    def _counted(self, execute: Callable[[TaskSet, Any], None]) -> Callable[[TaskSet, Any], None]:
        def execute_task(tasks: TaskSet, task: Any) -> None:  # noqa: ANN401  as above
            if not _is_set(task):
                owner = tasks.user if isinstance(tasks, DefaultTaskSet) else tasks
                self._runs[f"{type(owner).__name__}.{_name(task)}"] += 1
            execute(tasks, task)

        return execute_task


def _names(owner: Any) -> Iterator[str]:  # noqa: ANN401  a user's or a TaskSet's class
    for task in dict.fromkeys(owner.tasks):
        if _is_set(task):
            yield from _names(task)
        else:
            yield f"{owner.__name__}.{_name(task)}"


def _is_set(task: object) -> bool:
    return isinstance(task, type) and issubclass(task, TaskSet)


def _name(task: object) -> str:
    return getattr(task, "__name__", repr(task))
