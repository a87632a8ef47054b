"""What tests ask of a running system, and of the spans that came out of it."""

import os
from collections.abc import Iterable
from pathlib import Path

import requests

from services.running import RunningServices
from tests.services.otlp_sink import SentSpan

TIMEOUT_S = 20


def get(services: RunningServices, path: str) -> requests.Response:
    """Ask the system's entry."""
    return requests.get(services.entry_url + path, timeout=TIMEOUT_S)


def post(services: RunningServices, path: str, body: dict[str, object]) -> requests.Response:
    """Ask the system's entry for a change."""
    return requests.post(services.entry_url + path, json=body, timeout=TIMEOUT_S)


def is_alive(pid: int) -> bool:
    """Whether a process still runs; one that has ended and waits to be buried does not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()  # a system without /proc has said all it can
    return state != "Z"


def of_service(spans: Iterable[SentSpan], service: str) -> list[SentSpan]:
    """The spans that one service sent."""
    return [span for span in spans if span.service == service]


def children(spans: Iterable[SentSpan], parent: SentSpan) -> list[SentSpan]:
    """The spans directly below one."""
    return [
        span
        for span in spans
        if span.parent_id == parent.span_id and span.trace_id == parent.trace_id
    ]


def named(spans: Iterable[SentSpan], name: str) -> SentSpan:
    """The one span of that name."""
    (found,) = [span for span in spans if span.name == name]
    return found


def overlap(one: SentSpan, other: SentSpan) -> bool:
    """Whether two spans ran beside each other."""
    return one.start_ns < other.end_ns and other.start_ns < one.end_ns
