"""How long and how much: what any one client may take of the collector, however many there are.

Together they are the bound on its memory, whatever is sent and however fast:

    bodies over HTTP                  `MAX_HELD_BYTES`, once as received and once as a whole
    messages over gRPC                `MESSAGES` of the largest size, as received and as a whole,
                                      and a flow control window for each of `WAITING` calls
    one large JSON body as objects    `collector.otlp_json.MAX_VALUES`, one body at a time
    a request in the library's hands  a hundred times `collector.examiner.LARGE_BYTES`, a thread
    freed memory that is kept         `collector.allocation.KEPT_BYTES`
"""

from dataclasses import dataclass
from typing import Final

from collector.signals import MAX_MESSAGE_BYTES

BODY_S: Final = 30.0
"""A request that is not whole after this long is given up. Exporters give up after 10 s."""

HEAD_S: Final = 30.0
"""A connection that has not even said what it wants by then is closed; that is also what finds
those whose client vanished."""

PATIENCE_S: Final = 1.0
"""A message that takes longer than this to arrive goes when others wait for its place. A batch of
512 spans takes so long at 200 kB/s."""

WAIT_S: Final = 2.0
"""A call that gets no place in this time is told to come back: well below the 10 s after which
exporters would give up without having been told."""

MESSAGES: Final = 8
"""Messages that arrive or are handled at one time; more than the machine's cores bring nothing."""

WAITING: Final = 256
"""Calls that wait for a place; what is sent for them is at most a flow control window each."""

MAX_HELD_BYTES: Final = 4 * MAX_MESSAGE_BYTES
"""All bodies over HTTP in memory at one time; past it clients are told to come back."""

PROBE_S: Final = 60.0
"""A gRPC connection that is quiet for so long is asked whether its client is still there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits in force; tests make them small."""

    body_s: float = BODY_S
    head_s: float = HEAD_S
    patience_s: float = PATIENCE_S
    wait_s: float = WAIT_S
    messages: int = MESSAGES
    waiting: int = WAITING
    max_held_bytes: int = MAX_HELD_BYTES
    probe_s: float = PROBE_S
