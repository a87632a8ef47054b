"""Which services make load, rather than being what is under load."""

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model.run import Capture
from analyzer.model.spans import BoolArray

LOAD_GENERATORS = frozenset(("locust", "slowhop-load"))
"""Services that make load: a run that shows only these shows no system under test."""


def clients_of(capture: Capture) -> frozenset[str]:
    """The services whose spans are the load tool's, which records all of its requests."""
    named = capture.traffic.clients if capture.traffic else frozenset()
    return LOAD_GENERATORS | named


def begun_by(found: Contributions, clients: frozenset[str]) -> BoolArray:
    """bool[r], requests whose first span is the load tool's."""
    theirs = np.array([e.service in clients for e in found.endpoints], np.bool_)
    return theirs[found.requests.endpoint]


def served(found: Contributions, clients: frozenset[str]) -> BoolArray:
    """bool[r], requests with a span of any service that is not the load tool."""
    of_services = np.array([e.service not in clients for e in found.entities], np.bool_)
    inside = found.cells.request[of_services[found.cells.entity]]
    by_any: BoolArray = np.bincount(inside, minlength=len(found.requests)) > 0
    return by_any
