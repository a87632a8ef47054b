"""How long and how much: what any one client may take of the collector, however many there are.

`Limits.memory_bytes` adds up what that makes in memory, whatever is sent and however fast.
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

MESSAGES: Final = 4
"""Messages that arrive or are handled at one time; more than the machine's cores bring nothing."""

WAITING: Final = 256
"""Calls that wait for a place; what is sent for them is at most a flow control window each."""

WINDOW_BYTES: Final = 512 * 1024
"""What a gRPC client may send before anyone reads it: a batch of 512 spans with room to spare."""

MAX_HELD_BYTES: Final = 4 * MAX_MESSAGE_BYTES
"""All bodies over HTTP in memory at one time; past it clients are told to come back."""

CONVERTED_BYTES: Final = 256 * 1024 * 1024
"""The largest JSON body as objects: `collector.json_values.MAX_VALUES`, up to 265 bytes each.
Bodies of over a megabyte take turns, so that there is one at a time."""

EXAMINED_BYTES: Final = 50 * 1024 * 1024
"""A request in the protobuf library's hands: a hundred times `collector.examiner.LARGE_BYTES`."""

IDLE_BYTES: Final = 384 * 1024 * 1024
"""The interpreter and its libraries, and freed memory that is kept for the next request
(`collector.allocation`)."""

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

    @property
    def memory_bytes(self) -> int:
        """What the collector takes of memory at most, beside some 20 kB for every connection.

        Every body is there as it arrived and, for a moment, as a whole. Two threads of either door
        and the event loop examine requests.
        """
        arriving = self.max_held_bytes + self.messages * MAX_MESSAGE_BYTES
        waiting = self.waiting * WINDOW_BYTES
        return 2 * arriving + waiting + 5 * EXAMINED_BYTES + CONVERTED_BYTES + IDLE_BYTES
