"""Which requests the tasks of a run made: what the load generator's spans say of themselves."""

from collections.abc import Mapping

import numpy as np

from analyzer.model.attributes import Attributes
from analyzer.model.spans import NO_NAME, Int64Array, Spans

USER, TASK = "locust.user.class", "locust.task"

SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio: the halves of an id do not cancel each other out."""

ByTask = Mapping[tuple[str, str], Mapping[str, int]]
"""By user class and task: how many requests to which endpoint."""


def requests_by_task(spans: Spans) -> ByTask:
    """How often which task asked for what; spans that were sent twice count once."""
    if spans.attributes is None:
        return {}
    user, task = _pair_of(spans.attributes, USER), _pair_of(spans.attributes, TASK)
    rows = np.flatnonzero((user >= 0) & (task >= 0))
    # ids of the load generator are random, so 64 bits tell them apart
    ids = (spans.trace_lo[rows] * SPREAD) ^ spans.trace_hi[rows] ^ spans.span_id[rows]
    rows = rows[np.unique(ids, return_index=True)[1]]
    names = len(spans.names) + 1
    users, user_at = np.unique(user[rows], return_inverse=True)
    tasks, task_at = np.unique(task[rows], return_inverse=True)
    operation = spans.operation[rows].astype(np.int64) - NO_NAME
    codes, counts = np.unique(
        (user_at.reshape(-1) * tasks.size + task_at.reshape(-1)) * names + operation,
        return_counts=True,
    )
    pairs = spans.attributes.pairs
    found: dict[tuple[str, str], dict[str, int]] = {}
    for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
        place, name = divmod(code, names)
        by_user, by_task = divmod(place, tasks.size)
        who = (pairs[users[by_user]][1], pairs[tasks[by_task]][1])
        found.setdefault(who, {})[spans.names[name + NO_NAME] if name else ""] = count
    return found


def _pair_of(attributes: Attributes, key: str) -> Int64Array:
    """int64[n], the pair of each span that has this key; -1 where it has none."""
    wanted = np.array([pair[0] == key for pair in attributes.pairs], np.bool_)
    of_set = np.full(attributes.offset.size - 1, -1, np.int64)
    if wanted.any():
        sets = np.repeat(np.arange(of_set.size), np.diff(attributes.offset))
        hit = wanted[attributes.pair]
        of_set[sets[hit]] = attributes.pair[hit]
    found: Int64Array = of_set[attributes.set_of]
    return found
