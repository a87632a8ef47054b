"""How many spans a sampled span stands for, by OpenTelemetry's consistent probability sampling.

Sources: https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/ and
https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/.
"""

import re

import numpy as np

KEY = "ot"
"""OpenTelemetry's own entry in a `tracestate`."""

_DIGITS = 14
_ALL = 1 << 56
"""Thresholds have 56 bits: 14 hex digits, of which zeros at the end are left out."""

_THRESHOLD = re.compile(r"[0-9a-f]{1,14}")

SENT = re.compile(rb"ot=[\w.:;-]{0,256}?th:[0-9a-f]")
"""Bytes that look like a `tracestate` with a threshold. OpenTelemetry's entry has 256 bytes."""


def tells_sampling(data: bytes) -> bool:
    """Whether encoded spans may hold a `tracestate` with a threshold.

    Equals signs are rare in spans, and found many at a time.
    """
    raw = np.frombuffer(data, np.uint8)
    at = np.flatnonzero(raw == ord("="))
    at = at[at >= len(KEY)]
    near = (raw[at - 2] == ord("o")) & (raw[at - 1] == ord("t"))
    return any(SENT.match(data, i - len(KEY)) for i in at[near].tolist())


def weight_of(trace_state: str) -> float:
    """For how many spans one with this `tracestate` stands: 1 / (1 - T / 2^56); 0 if it tells none.

    T is the rejection threshold: of all spans, those whose random value is below it are dropped.
    """
    for member in trace_state.split(","):
        key, _, value = member.strip().partition("=")
        if key == KEY:
            return _weight(value)
    return 0.0


def _weight(value: str) -> float:
    for field in value.split(";"):
        name, _, threshold = field.partition(":")
        if name == "th" and _THRESHOLD.fullmatch(threshold):
            return _ALL / (_ALL - int(threshold.ljust(_DIGITS, "0"), 16))
    return 0.0
