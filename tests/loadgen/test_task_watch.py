"""What is noted of users' tasks and pauses."""

import pytest

from loadgen.task_watch import Pauses, TaskWatch, task_of


class User:
    pass


class DefaultTaskSet:
    def __init__(self, user: object) -> None:
        self.user = self.parent = user


class Forum:
    def __init__(self, parent: DefaultTaskSet) -> None:
        self.user, self.parent = parent.user, parent


def read() -> None: ...


def test_the_task_of_a_user_is_named_after_the_sets_around_it() -> None:
    seen: list[str] = []
    watch = TaskWatch()
    user = User()
    assert task_of(user) == "on_start"
    execute = watch.wrap_execute(lambda task_set, _task: seen.append(task_of(task_set.user)))
    root = DefaultTaskSet(user)
    execute(root, read)
    execute(root, Forum)
    execute(Forum(root), read)
    assert seen == ["read", "Forum.on_start", "Forum.read"]
    assert watch.observed()["tasks"] == [
        {"user": "User", "task": "Forum", "runs": 1},
        {"user": "User", "task": "Forum.read", "runs": 1},
        {"user": "User", "task": "read", "runs": 1},
    ]


def test_what_workers_tell_is_added_and_their_last_word_counts() -> None:
    worker, master = TaskWatch(), TaskWatch()
    root = DefaultTaskSet(User())
    execute = worker.wrap_execute(lambda _task_set, _task: None)
    pause = worker.wrap_wait(lambda _task_set: None)
    execute(root, read)
    pause(root)
    master.take("w1", worker.snapshot())
    execute(root, read)
    for name in ("w1", "w2"):
        master.take(name, worker.snapshot())
    observed = master.observed()
    assert observed["tasks"] == [{"user": "User", "task": "read", "runs": 4}]
    assert observed["pauses"][0]["count"] == 2


def test_a_new_test_begins_at_nothing() -> None:
    watch = TaskWatch()
    watch.note_users({"User": 5})
    watch.wrap_execute(lambda _task_set, _task: None)(DefaultTaskSet(User()), read)
    watch.reset()
    assert watch.observed() == {"users": [], "tasks": [], "pauses": []}


def test_the_moment_with_most_users_counts() -> None:
    watch = TaskWatch()
    for users in ({"A": 1}, {"A": 3, "B": 1}, {"A": 0, "B": 2}):
        watch.note_users(users)
    assert watch.observed()["users"] == [{"user": "A", "most": 3}, {"user": "B", "most": 1}]


def test_quantiles_of_pauses_are_good_to_a_few_percent() -> None:
    pauses = Pauses()
    for ms in range(1, 1001):
        pauses.add(ms / 1000)
    assert pauses.quantile(0.5) == pytest.approx(0.5, rel=0.05)
    assert pauses.quantile(0.95) == pytest.approx(0.95, rel=0.05)
    assert Pauses().quantile(0.5) == 0
    no_pause = Pauses()
    no_pause.add(0.0)
    assert no_pause.quantile(0.5) == 0
