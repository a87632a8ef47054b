"""Whether every endpoint answers without errors, and all of its requests are traced."""

import numpy as np

from analyzer.model.naming import name_span
from analyzer.model.run import ToolEndpoint
from analyzer.model.spans import Kind
from analyzer.report.load_test import SmokeRow, SmokeVerdict
from analyzer.verdicts.evidence import Evidence


def verdict(e: Evidence) -> SmokeVerdict:
    """What the load tool asked for, or what the traces show where nobody counted."""
    requests = e.c.requests
    count = len(e.c.endpoints)
    seen = np.bincount(requests.endpoint, minlength=count)
    failed = np.bincount(requests.endpoint[requests.failed], minlength=count)
    # a request whose only span is the load tool's own has no service in it
    traced = np.bincount(requests.endpoint[requests.spans > 1], minlength=count)
    found: dict[str, tuple[int, int, int]] = {}
    for i, endpoint in enumerate(e.c.endpoints):
        r, f, t = found.get(endpoint.operation, (0, 0, 0))
        found[endpoint.operation] = (r + int(seen[i]), f + int(failed[i]), t + int(traced[i]))
    counted: dict[str, tuple[int, int]] = {}
    for row in e.counted:
        name = _operation(row)
        r, f = counted.get(name, (0, 0))
        counted[name] = (r + row.requests, f + row.failures)
    for name, (requested, failures) in counted.items():
        r, f, t = found.get(name, (0, 0, 0))
        found[name] = (max(r, requested), max(f, failures), t)
    rows = tuple(
        SmokeRow(
            endpoint=name,
            requests=r,
            failures=f,
            traced=t,
            passed=r > 0 and f == 0 and t >= r,
        )
        for name, (r, f, t) in sorted(found.items())
    )
    idle = tuple(task.name for task in e.test.tasks if not task.runs)
    return SmokeVerdict(endpoints=rows, idle_tasks=idle)


def _operation(row: ToolEndpoint) -> str:
    """A row of the load tool as its spans are named: without a query, and variables as such."""
    name = " ".join(part for part in (row.method, row.name) if part)
    return name_span(name, Kind.CLIENT, {}).operation


def passed(found: SmokeVerdict) -> bool:
    """Whether there was something, and all of it is well."""
    rows = found.endpoints
    return bool(rows) and all(row.passed for row in rows) and not found.idle_tasks
