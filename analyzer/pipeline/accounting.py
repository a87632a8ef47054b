"""What became of every request that the load tool counted."""

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model.run import LoadRecord
from analyzer.model.spans import BoolArray
from analyzer.report.accounting import Accounting


def accounting_of(
    load: LoadRecord | None, found: Contributions, clients: frozenset[str]
) -> Accounting | None:
    """Where the load tool's requests are; None where it did not count the spans it made.

    Args:
        load: what the load tool counted.
        found: the contributions of all requests.
        clients: the services whose spans are the load tool's.
    """
    if load is None or not load.finished or load.spans_created is None:
        return None
    arrived = _of_clients(found, clients)
    served = arrived & _served(found, clients)
    alone = int(arrived.sum() - served.sum())
    sampled_out = min(load.unsampled, alone)
    lost = max(0, load.spans_created - int(arrived.sum()))
    untraced = max(0, load.requests - load.spans_created)
    explained = int(arrived.sum()) + lost + untraced
    return Accounting(
        requests=load.requests,
        traced=int(served.sum()),
        without_services=alone - sampled_out,
        sampled_out=sampled_out,
        lost=lost,
        untraced=untraced,
        unexplained=load.requests - explained,
        killed=None if load.begun is None else max(0, load.begun - load.spans_created),
    )


def unserved(found: Contributions, clients: frozenset[str]) -> int:
    """Requests of the load tool that succeeded and show no service, though others like them do.

    Args:
        found: the contributions of all requests.
        clients: the services whose spans are the load tool's.
    """
    requests, served = found.requests, _served(found, clients)
    somewhere = np.zeros(len(found.endpoints), np.bool_)
    somewhere[requests.endpoint[served]] = True
    alone = _of_clients(found, clients) & ~served & ~requests.failed
    return int(np.count_nonzero(alone & somewhere[requests.endpoint]))


def _of_clients(found: Contributions, clients: frozenset[str]) -> BoolArray:
    """bool[r], requests that begin with a span of the load tool."""
    theirs = np.array([e.service in clients for e in found.endpoints], np.bool_)
    requests = found.requests
    if not theirs.any():
        return np.zeros(len(requests), np.bool_)
    return theirs[requests.endpoint] & ~requests.rootless


def _served(found: Contributions, clients: frozenset[str]) -> BoolArray:
    """bool[r], requests with a span of any service that is not the load tool."""
    of_services = np.array([e.service not in clients for e in found.entities], np.bool_)
    if not of_services.any():
        return np.zeros(len(found.requests), np.bool_)
    inside = found.cells.request[of_services[found.cells.entity]]
    served: BoolArray = np.bincount(inside, minlength=len(found.requests)) > 0
    return served
