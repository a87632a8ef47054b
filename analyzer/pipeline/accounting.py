"""What became of every request that the load tool counted."""

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model.run import LoadRecord
from analyzer.pipeline.load_generators import begun_by, served
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
    arrived = begun_by(found, clients) & ~found.requests.rootless
    traced = int((arrived & served(found, clients)).sum())
    alone = int(arrived.sum()) - traced
    sampled_out = min(load.unsampled, alone)
    lost = max(0, load.spans_created - int(arrived.sum()))
    untraced = max(0, load.requests - load.spans_created)
    explained = int(arrived.sum()) + lost + untraced
    return Accounting(
        requests=load.requests,
        traced=traced,
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
    requests, by_any = found.requests, served(found, clients)
    somewhere = np.zeros(len(found.endpoints), np.bool_)
    somewhere[requests.endpoint[by_any]] = True
    alone = begun_by(found, clients) & ~requests.rootless & ~by_any & ~requests.failed
    return int(np.count_nonzero(alone & somewhere[requests.endpoint]))
