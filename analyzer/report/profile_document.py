"""Profiles as documents of their own, version 1: planned in a locustfile, or derived from traces.

Figures say their unit in their names; shares are fractions of 1.
"""

from typing import Final, Literal

from pydantic import ConfigDict, Field

from analyzer.report.model import GeneratedBy
from analyzer.report.parts import Document, LeftOut, Part, Share, Words
from analyzer.report.profile import PlannedPause

PROFILE_SCHEMA_NAME: Final = "slowhop.profile/1"


class PlannedTask(Part):
    """A task of a user class, or of the task set `holder`; the share is of what that one runs."""

    task: Words
    kind: Literal["task", "set", "sequence", "chain"]
    holder: Words
    weight: float
    share: Share
    tags: tuple[Words, ...] = ()
    on_start: bool = False
    pause: LeftOut[PlannedPause] = None


class PlannedUser(Part):
    """A user class; `share` is of the users without a fixed count."""

    user: Words
    weight: float
    fixed_count: LeftOut[int] = None
    share: LeftOut[Share] = None
    host: LeftOut[Words] = None
    on_start: bool = False
    pause: LeftOut[PlannedPause] = None
    tasks: tuple[PlannedTask, ...]


class Planned(Part):
    """What a locustfile plans."""

    locustfile: Words
    tool: Words
    version: LeftOut[Words] = None
    users: tuple[PlannedUser, ...]


class TrafficEndpoint(Part):
    """What was asked for, how often, and how often it failed."""

    endpoint: Words
    method: Words
    route: Words
    requests: int
    share: Share
    failures: int


class Interval(Part):
    """Requests that began in an interval; `t_s` is its start, after that of the first request."""

    t_s: float
    requests: int


class Arrivals(Part):
    """How requests came over time.

    `peak_rps` is that of the interval with most requests; the last interval counts there only if it
    is the only one, because it is not whole.
    """

    duration_s: float
    mean_rps: float
    peak_rps: float
    interval_s: float
    intervals: tuple[Interval, ...]


class ThinkTimes(Part):
    """Pauses between the end of a request and the next one of the same session.

    `quantiles_s`: the shortest, then what 5 %, 10 %, ... of the pauses stayed below, up to the
    longest. `overlapping` requests began before the one before had ended; their pause is 0.
    """

    count: int
    overlapping: int
    mean_s: float
    quantiles_s: tuple[float, ...]


class Transition(Part):
    """How often which request came after which.

    Without `before` a session began with it, without `after` it ended. `share` is of all that came
    after `before`.
    """

    before: LeftOut[Words] = None
    after: LeftOut[Words] = None
    count: int
    share: Share


class Sessions(Part):
    """Requests of one person in a row, as `known_by` tells; a pause of half an hour ends one."""

    known_by: Words
    sessions: int
    requests: int
    requests_per_session: float
    think_times: LeftOut[ThinkTimes] = None
    transitions: tuple[Transition, ...]


class Traffic(Part):
    """What the users of the traces did.

    Without `sessions` nothing tells whose the requests are: an open profile, by arrival rate.
    `left_out` counts requests that no HTTP client can make again; `users` is how many users at a
    time make as many requests a second (Little's law).
    """

    requests: int
    left_out: int
    users: float
    mean_response_s: float
    endpoints: tuple[TrafficEndpoint, ...]
    arrivals: Arrivals
    sessions: LeftOut[Sessions] = None
    warnings: tuple[Words, ...] = ()


class ProfileDocument(Document):
    """What users do, how often, with which pauses: `planned` or, from traces, `traffic`."""

    model_config = ConfigDict(title="slowhop profile")

    schema_name: Literal["slowhop.profile/1"] = Field(default=PROFILE_SCHEMA_NAME, alias="schema")
    generated_by: GeneratedBy
    planned: LeftOut[Planned] = None
    traffic: LeftOut[Traffic] = None
