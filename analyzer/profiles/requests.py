"""Which requests the tasks of a run made: what the load generator's spans say of themselves."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from analyzer.model.attributes import Attributes
from analyzer.model.spans import NO_NAME, Int64Array, Spans

USER, TASK = "locust.user.class", "locust.task"

ByTask = Mapping[tuple[str, str], Mapping[str, int]]
"""By user class and task: how many requests to which endpoint."""


def requests_by_task(spans: Spans) -> ByTask:
    """How often which task asked for what; spans that were sent twice count once."""
    if spans.attributes is None:
        return {}
    user, task = _pair_of(spans.attributes, USER), _pair_of(spans.attributes, TASK)
    rows = np.flatnonzero((user >= 0) & (task >= 0))
    ids = np.stack([spans.trace_hi[rows], spans.trace_lo[rows], spans.span_id[rows]], axis=1)
    _, first = np.unique(ids, axis=0, return_index=True)
    rows = rows[first]
    codes = np.stack([user[rows], task[rows], spans.operation[rows].astype(np.int64)], axis=1)
    distinct, counts = np.unique(codes, axis=0, return_counts=True)
    pairs = spans.attributes.pairs
    found: dict[tuple[str, str], Counter[str]] = {}
    for (user_pair, task_pair, name), count in zip(distinct.tolist(), counts.tolist(), strict=True):
        who = (pairs[user_pair][1], pairs[task_pair][1])
        endpoint = spans.names[name] if name != NO_NAME else ""
        found.setdefault(who, Counter())[endpoint] += count
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
