"""Which services make load, rather than being what is under load."""

from analyzer.model.run import Capture

LOAD_GENERATORS = frozenset(("locust", "slowhop-load"))
"""Services that make load: a run that shows only these shows no system under test."""


def clients_of(capture: Capture) -> frozenset[str]:
    """The services whose spans are the load tool's, which records all of its requests."""
    named = capture.traffic.clients if capture.traffic else frozenset()
    return LOAD_GENERATORS | named
