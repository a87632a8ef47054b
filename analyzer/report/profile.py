"""The profile of a run: what users were to do beside what they did, in shares and pauses."""

from typing import Literal

from analyzer.report.parts import LeftOut, Part, Share, Words


class PlannedPause(Part):
    """How long users were to pause after a task.

    With `every_s` a task begins so often, however long it takes. `samples` says how often a wait
    function of the locustfile was asked for the figures.
    """

    kind: Words
    min_s: LeftOut[float] = None
    max_s: LeftOut[float] = None
    mean_s: LeftOut[float] = None
    every_s: LeftOut[float] = None
    samples: LeftOut[int] = None


class SeenPause(Part):
    """How long users paused; pauses that the end of the run cut short do not count."""

    count: int
    mean_s: float
    p5_s: LeftOut[float] = None
    p25_s: LeftOut[float] = None
    p50_s: LeftOut[float] = None
    p75_s: LeftOut[float] = None
    p95_s: LeftOut[float] = None


class EndpointShare(Part):
    """Requests to an endpoint, and their share of those beside it."""

    endpoint: Words
    requests: int
    share: Share


class ProfileTask(Part):
    """A task: how often it was to run, how often it ran, and which requests it made.

    Shares are of the runs of its `holder`, the task set it is in (empty: the user itself).
    `differs` says whether the observed share is further from the planned one than chance explains:
    by the exact binomial test over all tasks of a holder that chooses at random; for a sequence, by
    more than the users who were in the middle of it when the run ended. It is left out where
    neither holds, as in a chain. A set's own requests are those of its tasks.
    """

    task: Words
    kind: Literal["task", "set", "sequence", "chain"] = "task"
    holder: Words = ""
    tags: tuple[Words, ...] = ()
    planned_share: LeftOut[Share] = None
    runs: LeftOut[int] = None
    observed_share: LeftOut[Share] = None
    ci95: LeftOut[tuple[float, float]] = None
    p_value: LeftOut[float] = None
    differs: LeftOut[bool] = None
    planned_pause: LeftOut[PlannedPause] = None
    requests: int = 0
    request_share: Share = 0.0
    endpoints: tuple[EndpointShare, ...] = ()


class ProfileUser(Part):
    """A class of users: how many there were to be and were, what they did, how they paused.

    `users` is how many there were when there were most; `planned_users` is what weights and fixed
    counts give of so many. `differs`: by more than one user, which is rounding.
    """

    user: Words
    weight: float
    fixed_count: LeftOut[int] = None
    planned_users: LeftOut[float] = None
    users: LeftOut[int] = None
    differs: LeftOut[bool] = None
    planned_pause: LeftOut[PlannedPause] = None
    observed_pause: LeftOut[SeenPause] = None
    requests: int = 0
    request_share: Share = 0.0
    tasks: tuple[ProfileTask, ...] = ()


class ProfileEndpoint(Part):
    """An endpoint's share of the requests: as the plan gives it, and as it was.

    The planned share takes from the run how many requests a task makes, and from the plan how often
    the task runs. `differs`: a task that asks for it ran more or less often than chance explains.
    """

    endpoint: Words
    requests: int
    observed_share: Share
    planned_share: LeftOut[Share] = None
    differs: LeftOut[bool] = None


class Profile(Part):
    """The operational profile; `requests` counts those whose task is known."""

    requests: int
    differs: bool
    users: tuple[ProfileUser, ...]
    endpoints: tuple[ProfileEndpoint, ...] = ()
