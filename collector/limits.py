"""How long and how much: what clients may take of the collector, however many there are.

The limits are those of all its ports together, whichever are open (`collector.room`).

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

MAX_DATAGRAM_BYTES: Final = 16 * 1024 * 1024
"""Datagrams that wait to be decoded: about what can be within the grace at the end."""

DATAGRAM_PORTS: Final = 2
"""Jaeger's agent has two; all other protocols come over TCP."""

SOCKET_BYTES: Final = 4 * 1024 * 1024
"""What is asked of the operating system for datagrams that have not been read; it may give less.
Linux gives twice as much, for what it notes beside them."""

DATAGRAM_WORK_BYTES: Final = 24 * 1024 * 1024
"""The spans of one datagram as objects. The most, 17 MB, were 62,000 spans without anything."""

CONVERTED_BYTES: Final = 8 * MAX_MESSAGE_BYTES + 16 * 1024 * 1024
"""The largest body of another form than OTLP's protobuf, while it becomes that. It takes most as
one text with a single wide character in it: four bytes for every other one, and four copies.
Many small values take less: a million of them (`collector.json_values.MAX_VALUES`) up to 320 MB.
Such bodies take turns (`collector.handling.LARGE_BYTES`), so that there is one at a time."""

CONVERTED_SMALL_BYTES: Final = 128 * 1024 * 1024
"""A smaller one: at most 250,000 annotations without content, at some 280 bytes, and a request in
the protobuf library's hands beside them. These take turns too."""

THREADS: Final = 2
"""Threads that examine and store requests beside the event loop."""

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
    max_datagram_bytes: int = MAX_DATAGRAM_BYTES
    probe_s: float = PROBE_S

    @property
    def memory_bytes(self) -> int:
        """What the collector takes of memory at most, beside some 20 kB for every connection.

        Whichever ports are open: they share all of it. The operating system's buffers for datagrams
        count, though they are not in the process.
        """
        # for a moment a body is there as it arrived and as a whole: over HTTP one at a time
        over_http = self.max_held_bytes + MAX_MESSAGE_BYTES
        over_grpc = 2 * self.messages * MAX_MESSAGE_BYTES + self.waiting * WINDOW_BYTES
        datagrams = self.max_datagram_bytes + DATAGRAM_PORTS * (
            2 * SOCKET_BYTES + DATAGRAM_WORK_BYTES
        )
        # the event loop examines requests, as the threads do
        examined = (THREADS + 1) * EXAMINED_BYTES
        converted = CONVERTED_BYTES + CONVERTED_SMALL_BYTES
        return over_http + over_grpc + datagrams + examined + converted + IDLE_BYTES
