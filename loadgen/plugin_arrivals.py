"""An open workload in locust: users that begin an iteration when one is due, not when they like.

Locust's users decide by themselves when to go on: after their last request, and a pause. That is a
closed workload, whatever the pause is: a slow system is asked less. Here a greenlet notes the
arrivals that are due, and each of them lets one user run one task:

    dispatcher    |   |  |     |     due, whatever happens
    a user        [task] .  [task]   waits for an arrival in place of its own pause
    another           [task    ]     a pool of them, which grows while arrivals find nobody free

A task inside a nested TaskSet counts like any other; pauses inside a task stay. What a user does in
`on_start` is no iteration. Tasks that hand their requests to greenlets of their own are dispatched
like others, but those requests are missing in the times from when they were due.

Users of a process take turns, so each class gets the share of the arrivals that it has of the
users. With workers, each serves its part of the arrivals with its part of the users.
"""

import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent.queue import Queue
from locust import TaskSet, User  # noqa: TID253  this module is imported inside locust only
from locust.env import Environment  # noqa: TID253  as above
from locust.exception import StopUser  # noqa: TID253  as above
from locust.runners import MasterRunner, WorkerRunner  # noqa: TID253  as above
from locust.user.task import (  # noqa: TID253  as above
    LOCUST_STATE_RUNNING,
    LOCUST_STATE_STOPPING,
    LOCUST_STATE_WAITING,
    DefaultTaskSet,
)

from loadgen.arrivals import DROPPED_AFTER_S, OpenLoad, Tally, due_times, first_users, users_needed
from loadgen.load_test import LoadTest
from loadgen.shapes import Kind, Shape

FOLLOW, POOL, ARRIVED = "slowhop_follow", "slowhop_pool", "slowhop_arrived"
"""Messages between master and workers: arrivals come by this shape; so many users are needed; what
became of the arrivals."""

REPORT_S = 0.5
"""How often workers say how many users they need; the master asks once a second."""

_DELAY = "slowhop_delay_ms"
"""The attribute of a user's greenlet that says, during an iteration, how late that began."""


class OpenLoop:
    """Arrivals of one process, and the users that serve them.

    Args:
        load: how arrivals follow each other, and how many users may serve them.
    """

    def __init__(self, load: OpenLoad) -> None:
        self.tally = Tally()
        self._load = load
        self._due: Queue[float] = Queue()
        self._busy = 0
        self._size = 0
        self._dispatcher: gevent.Greenlet | None = None

    def follow(self, shape: Shape, *, index: int = 0, of: int = 1) -> None:
        """From now on, arrivals come by this shape; `index` of `of` processes shares them."""
        self.stop()
        self._size = max(self._size, first_users(shape, self._load.max_users))
        times = due_times(shape, self._load, index=index, of=of)
        self._dispatcher = gevent.spawn(self._dispatch, times)

    def stop(self) -> None:
        """No more arrivals."""
        if self._dispatcher is not None:
            self._dispatcher.kill(block=False)
            self._dispatcher = None

    @property
    def busy(self) -> int:
        """Users in an iteration."""
        return self._busy

    @property
    def waiting(self) -> int:
        """Arrivals nobody has begun with."""
        return int(self._due.qsize())

    def size(self) -> int:
        """How many users there should be by now."""
        self._size = users_needed(
            self._size, busy=self.busy, waiting=self.waiting, most=self._load.max_users
        )
        return self._size

    def serve(self, user: User, iterate: Callable[[], None]) -> None:
        """Run a user's next iteration once one is due."""
        # a user in this state is ended at once at the end of a test, as in a pause of its own
        user._state = LOCUST_STATE_WAITING  # noqa: SLF001  locust has no other way to say so
        delay_ms = self._next_due()
        user._state = LOCUST_STATE_RUNNING  # noqa: SLF001  as above
        me = gevent.getcurrent()
        setattr(me, _DELAY, delay_ms)
        self._busy += 1
        try:
            iterate()
        finally:
            self._busy -= 1
            delattr(me, _DELAY)

    def on_request(self, *, response_time: float | None, **_other: object) -> None:
        """Listen to locust's request event, which fires in the user's greenlet."""
        delay_ms: float | None = getattr(gevent.getcurrent(), _DELAY, None)
        if delay_ms is not None and response_time is not None:
            self.tally.request(response_time, delay_ms)

    def _next_due(self) -> float:
        """Wait for an arrival; how late it is, in ms."""
        while True:
            delay_s: float = time.perf_counter() - self._due.get()
            if delay_s <= DROPPED_AFTER_S:
                self.tally.begin(1000 * delay_s)
                return 1000 * delay_s
            self.tally.dropped += 1

    def _dispatch(self, times: Any) -> None:  # noqa: ANN401  an iterator of floats
        begin = time.perf_counter()
        for due_s in times:
            wait_s = begin + due_s - time.perf_counter()
            if wait_s > 0:
                gevent.sleep(wait_s)
            self.tally.due += 1
            self._due.put(begin + due_s)  # when it was due, also if this comes late itself


class WorkersPool:
    """The users of all workers, as the master sees them."""

    def __init__(self, runner: MasterRunner, load: OpenLoad) -> None:
        self.tally = Tally()
        self._runner = runner
        self._load = load
        self._needs: dict[str, tuple[int, int]] = {}
        self._size = 0
        runner.register_message(POOL, self._on_pool)
        runner.register_message(ARRIVED, self._on_arrived)

    def follow(self, shape: Shape) -> None:
        """Tell each worker its part of the arrivals."""
        self._size = max(self._size, first_users(shape, self._load.max_users))
        record = LoadTest(kind=Kind.LOAD.value, shape=shape).record()
        clients = self._runner.clients
        workers = sorted(c.id for c in (*clients.ready, *clients.spawning, *clients.running))
        for index, worker in enumerate(workers):
            self._runner.send_message(
                FOLLOW, {"test": record, "index": index, "of": len(workers)}, client_id=worker
            )

    def size(self) -> int:
        """How many users there should be by now, in all workers."""
        needs = self._needs.values()
        self._size = users_needed(
            self._size,
            busy=sum(busy for busy, _ in needs),
            waiting=sum(waiting for _, waiting in needs),
            most=self._load.max_users,
        )
        return self._size

    def _on_pool(self, msg: Any, **_other: object) -> None:  # noqa: ANN401  locust's Message
        self._needs[msg.node_id] = (msg.data["busy"], msg.data["waiting"])

    def _on_arrived(self, msg: Any, **_other: object) -> None:  # noqa: ANN401  locust's Message
        self.tally.merge(Tally.from_message(msg.data))


def open_loop(environment: Environment, load: OpenLoad) -> OpenLoop:
    """Let the users of this process run by arrivals from now on."""
    loop = OpenLoop(load)
    _let_arrivals_decide(loop)
    events: Any = environment.events  # locust's hooks have no types
    events.request.add_listener(loop.on_request)
    events.test_stopping.add_listener(lambda **_: loop.stop())
    return loop


def open_worker(environment: Environment, runner: WorkerRunner, load: OpenLoad) -> None:
    """Serve the part of the arrivals that the master says."""
    loop = open_loop(environment, load)

    def on_follow(msg: Any, **_other: object) -> None:  # noqa: ANN401  locust's Message
        shape = LoadTest.from_record(msg.data["test"]).shape
        if shape is not None:
            loop.follow(shape, index=msg.data["index"], of=msg.data["of"])

    def report() -> None:
        while True:
            gevent.sleep(REPORT_S)
            runner.send_message(POOL, {"busy": loop.busy, "waiting": loop.waiting})

    def on_stop(**_other: object) -> None:
        runner.send_message(ARRIVED, loop.tally.message())
        loop.tally = Tally()  # stopped again, it has told all

    events: Any = environment.events  # as above
    runner.register_message(FOLLOW, on_follow)
    events.test_stop.add_listener(on_stop)
    gevent.spawn(report)


def _let_arrivals_decide(loop: OpenLoop) -> None:
    """Put an arrival before each task, and take away the pause after it."""
    for owner in (TaskSet, DefaultTaskSet):
        setattr(owner, "execute_task", _served(loop, owner.__dict__["execute_task"]))  # noqa: B010  mypy forbids to assign to a method
    pause: Callable[[TaskSet], None] = TaskSet.__dict__["wait"]

    def wait(self: TaskSet) -> None:
        if hasattr(gevent.getcurrent(), _DELAY):
            pause(self)  # inside a task, where the locustfile asks for it
        elif self.user._state == LOCUST_STATE_STOPPING:  # noqa: SLF001  as above
            raise StopUser

    setattr(TaskSet, "wait", wait)  # noqa: B010  as above


def _served(
    loop: OpenLoop, execute: Callable[[TaskSet, Any], None]
) -> Callable[[TaskSet, Any], None]:
    def execute_task(self: TaskSet, task: Any) -> None:  # noqa: ANN401  a function or a TaskSet
        if isinstance(task, type) and issubclass(task, TaskSet):
            execute(self, task)  # its own tasks are the iterations
        else:
            loop.serve(self.user, lambda: execute(self, task))

    return execute_task
