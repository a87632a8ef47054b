"""What a locustfile plans: who the users are, what they do how often, how long they pause.

Read from the classes themselves, which are only looked at: no user is made. Two things cannot be
seen there. Which requests a task makes shows only when it runs; and a wait function of one's own
has to be asked, which is left to a process that does nothing else.
"""

import math
import random
import time
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

from loadgen.safe_url import PublicUrl

SCHEMA = "slowhop.load-profile/1"

SAMPLES = 400
"""How often a wait function of one's own is asked: quantiles are then good to a few percent."""

SAMPLING_S = 2.0
"""No wait function is asked for longer than this."""

DEEPEST = 10
"""Task sets inside task sets that are followed: a set can hold itself."""

_LOCUST = "locust."
_WAIT_TIMES = "locust.user.wait_time"

Described = dict[str, Any]
"""A part of the profile as JSON has it."""


def planned_profile(user_classes: list[type], *, version: str, sampled: bool) -> Described:
    """The profile as `profile.json` and `loadgen.describe` have it.

    Args:
        user_classes: locust's user classes, after tags have chosen among their tasks.
        version: locust's.
        sampled: ask wait functions of the locustfile for samples. They may count how often they
            are called, so a process that makes load must not.
    """
    users = [_user(user, sampled=sampled) for user in user_classes]
    return {
        "schema": SCHEMA,
        "tool": "locust",
        "version": version,
        "users": sorted(users, key=lambda user: user["name"]),
    }


def _user(user: Any, *, sampled: bool) -> Described:  # noqa: ANN401  a class of locust's, untyped
    host = getattr(user, "host", None)
    return {
        "name": user.__name__,
        "weight": _number(getattr(user, "weight", 1)),
        "fixed_count": int(_number(getattr(user, "fixed_count", 0))),
        "host": PublicUrl.from_text(host).full if isinstance(host, str) and host else None,
        "on_start": _has_own(user, "on_start"),
        "wait": _wait(user, sampled=sampled),
        "tasks": _tasks(user, sampled=sampled, depth=0),
    }


def _tasks(holder: Any, *, sampled: bool, depth: int) -> list[Described]:  # noqa: ANN401  as above
    """The tasks of a user class or a task set, in the order they were written."""
    if depth > DEEPEST:
        return []
    if kind_of(holder) == "chain":
        found = {name: (task, 1) for name, task in _chained(holder)}
    else:
        found = {}
        for task in getattr(holder, "tasks", None) or ():
            name = name_of(task)
            found[name] = (task, found[name][1] + 1 if name in found else 1)
    return [
        {"name": name, "weight": weight, **_task(task, sampled=sampled, depth=depth)}
        for name, (task, weight) in found.items()
    ]


def _task(task: Any, *, sampled: bool, depth: int) -> Described:  # noqa: ANN401  as above
    kind = kind_of(task)
    described: Described = {
        "kind": kind,
        "tags": sorted(map(str, getattr(task, "locust_tag_set", ()))),
    }
    if kind != "task":
        described["on_start"] = _has_own(task, "on_start")
        described["wait"] = _wait(task, sampled=sampled)
        described["tasks"] = _tasks(task, sampled=sampled, depth=depth + 1)
    elif isinstance(after := getattr(task, "transitions", None), list):
        described["transitions"] = [
            {"to": to, "weight": after.count(to)} for to in dict.fromkeys(after)
        ]
    return described


def kind_of(task: object) -> str:
    """`task`, or how a task set goes on: `set` (at random), `sequence` (in order), `chain`."""
    if not isinstance(task, type) or not hasattr(task, "tasks"):
        return "task"
    bases = {base.__name__ for base in task.__mro__ if base.__module__.startswith(_LOCUST)}
    if "SequentialTaskSet" in bases:
        return "sequence"
    return "chain" if "MarkovTaskSet" in bases else "set"


def name_of(task: object) -> str:
    """What a task is called: a function's or a class's own name."""
    return str(getattr(task, "__name__", type(task).__name__))


def _chained(holder: type) -> Iterator[tuple[str, Any]]:
    """The tasks of a chain: what has transitions, in the order it was written."""
    for base in reversed(holder.__mro__):
        for name, value in vars(base).items():
            if name != "current" and isinstance(getattr(value, "transitions", None), list):
                yield name, value


def _has_own(holder: type, method: str) -> bool:
    """Whether the locustfile defines the method, and not only locust."""
    found = getattr(holder, method, None)
    return callable(found) and not str(getattr(found, "__module__", "")).startswith(_LOCUST)


def _wait(holder: type, *, sampled: bool) -> Described | None:
    """How long users pause after a task; None for a task set that leaves it to its user."""
    function = getattr(holder, "wait_time", None)
    if not isinstance(function, FunctionType):
        return {"kind": "custom"} if callable(function) else None
    if function.__module__ == "locust.user.task":
        return None
    if function.__module__ == _WAIT_TIMES and (known := _known_wait(function)):
        return known
    described: Described = {"kind": "custom", "function": name_of(function)}
    return described | (_sampled(holder, function) if sampled else {})


def _known_wait(function: FunctionType) -> Described | None:
    """A wait that locust's own functions made, from what they remember."""
    made_by = function.__qualname__.partition(".")[0]
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    held = {name: cell.cell_contents for name, cell in cells}
    if not all(isinstance(v, int | float) and math.isfinite(v) for v in held.values()):
        return None
    match made_by, held:
        case "between", {"min_wait": least, "max_wait": most}:
            mean = (least + most) / 2
            return {"kind": "between", "min_s": least, "max_s": most, "mean_s": mean}
        case "constant", {"wait_time": wait}:
            return {"kind": "constant", "min_s": wait, "max_s": wait, "mean_s": wait}
        case "constant_pacing", {"wait_time": every}:  # what constant_throughput makes, too
            return {"kind": "constant_pacing", "every_s": every}
        case "poisson", {"rate": rate} if rate > 0:
            return {"kind": "poisson", "mean_s": 1 / rate}
    return None


def _sampled(holder: Any, function: Callable[[Any], Any]) -> Described:  # noqa: ANN401  as above
    """What a wait function answers an instance that was never started; nothing if it cannot."""
    state, deadline = random.getstate(), time.monotonic() + SAMPLING_S
    waits: list[float] = []
    try:
        instance = holder.__new__(holder)
        while len(waits) < SAMPLES and time.monotonic() < deadline:
            waits.append(float(function(instance)))
    except Exception:  # noqa: BLE001  other people's code may raise anything: it is not sampled then
        return {}
    finally:
        random.setstate(state)
    if not waits or not all(map(math.isfinite, waits)):
        return {}
    return {
        "min_s": min(waits),
        "max_s": max(waits),
        "mean_s": sum(waits) / len(waits),
        "samples": len(waits),
    }


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else 0.0
