"""What a load tool's users are to do and what they did: `profile.json` of a run directory."""

from dataclasses import dataclass
from typing import Literal

TaskKind = Literal["task", "set", "sequence", "chain"]
"""A task, or a holder of tasks that goes on at random, in order, or from task to task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitPlan:
    """How long a user is to pause after a task; None where it is not known.

    Attributes:
        kind: what makes it: `between`, `constant`, `constant_pacing`, `poisson` or `custom`.
        every_s: for `constant_pacing`: a task begins so often, however long it takes.
        samples: how often a custom function was asked; 0 where the figures are exact.
    """

    kind: str
    min_s: float | None = None
    max_s: float | None = None
    mean_s: float | None = None
    every_s: float | None = None
    samples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPlan:
    """A task, or a set of tasks inside another; `after` says by which weight which one follows."""

    name: str
    kind: TaskKind = "task"
    weight: float = 1.0
    tags: tuple[str, ...] = ()
    on_start: bool = False
    wait: WaitPlan | None = None
    tasks: tuple["TaskPlan", ...] = ()
    after: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPlan:
    """A class of users. With a `fixed_count` its weight does not matter."""

    name: str
    weight: float = 1.0
    fixed_count: int = 0
    host: str | None = None
    on_start: bool = False
    wait: WaitPlan | None = None
    tasks: tuple[TaskPlan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PausesSeen:
    """How long the users of a class paused. `quantiles_s`: 5, 25, 50, 75 and 95 % stayed below."""

    user: str
    count: int
    mean_s: float
    quantiles_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSeen:
    """What users did.

    Attributes:
        users: by class, how many there were when there were most.
        runs: by class and task, how often it ran; tasks in a set are named `Set.task`.
        pauses: by class.
    """

    users: dict[str, int]
    runs: dict[tuple[str, str], int]
    pauses: tuple[PausesSeen, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRecord:
    """The plan, and what came of it; `seen` is None where the run was cut short."""

    tool: str
    version: str | None = None
    users: tuple[UserPlan, ...]
    seen: ProfileSeen | None = None
