"""`collector.json`: what the collector listens on and has counted, for everyone outside it."""

import errno
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any, Final

from collector.signals import Signal

FILE_NAME: Final = "collector.json"
SCHEMA: Final = "slowhop.collector/1"

FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
"""What a disk, a user's quota or a process's limit without room says."""


class State(Enum):
    """Whether the collector still takes requests."""

    RUNNING = "running"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalCounts:
    """What arrived of one signal since the collector started.

    Attributes:
        requests: requests that were answered, whatever the answer.
        received: spans, data points or log records in decodable requests; accepted + refused.
            A request that the client must send again is counted when it comes again.
        accepted: those that were acknowledged: of traces and metrics they are in the file.
        refused: those that will never be taken (without usable ids).
        bytes: the accepted requests as protobuf, uncompressed.
        turned_away: requests whose client was told to send them again.
        unread: those of them that were turned away before they were whole: what they held is
            not known.
        missing: spans, data points or log records of the others that have not come again so far.
    """

    requests: int = 0
    received: int = 0
    accepted: int = 0
    refused: int = 0
    bytes: int = 0
    turned_away: int = 0
    unread: int = 0
    missing: int = 0

    def plus(self, *, received: int = 0, refused: int = 0, size: int = 0) -> "SignalCounts":
        """The counts after one more request."""
        return replace(
            self,
            requests=self.requests + 1,
            received=self.received + received,
            accepted=self.accepted + received - refused,
            refused=self.refused + refused,
            bytes=self.bytes + size,
        )

    def turned(self, *, unread: bool) -> "SignalCounts":
        """The counts after one more request that was turned away."""
        return replace(
            self,
            requests=self.requests + 1,
            turned_away=self.turned_away + 1,
            unread=self.unread + unread,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DatagramCounts:
    """What became of datagrams, whose senders are told nothing.

    Attributes:
        received: datagrams that arrived, as far as the operating system tells.
        malformed: those that are nothing that is received.
        lost: those for which there was no room, in its buffer or the collector's or on the disk.
    """

    received: int = 0
    malformed: int = 0
    lost: int = 0

    def plus(self, *, received: int = 0, malformed: int = 0, lost: int = 0) -> "DatagramCounts":
        """The counts after some more."""
        return DatagramCounts(
            received=self.received + received,
            malformed=self.malformed + malformed,
            lost=self.lost + lost,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """The counts of all signals, and of datagrams, however they were received."""

    traces: SignalCounts = field(default_factory=SignalCounts)
    metrics: SignalCounts = field(default_factory=SignalCounts)
    logs: SignalCounts = field(default_factory=SignalCounts)
    datagrams: DatagramCounts = field(default_factory=DatagramCounts)

    @classmethod
    def of(cls, counts: Mapping[Signal, SignalCounts], datagrams: DatagramCounts) -> "Counters":
        """Counters from a table by signal, and those of datagrams."""
        return cls(
            traces=counts[Signal.TRACES],
            metrics=counts[Signal.METRICS],
            logs=counts[Signal.LOGS],
            datagrams=datagrams,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOn:
    """What became of one signal's accepted items on their way to one target.

    Attributes:
        sent: spans, data points or log records that it took.
        refused: those that it never will.
        waiting: those that are still in the file for it alone.
        trouble: why they wait, where that is more than a moment; else empty.
        refusal: why the last ones were refused; empty where none were.
    """

    sent: int = 0
    refused: int = 0
    waiting: int = 0
    trouble: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """How far passing on to one target has come.

    Attributes:
        to: the target, as it was named.
    """

    to: str
    traces: PassedOn = field(default_factory=PassedOn)
    metrics: PassedOn = field(default_factory=PassedOn)
    logs: PassedOn = field(default_factory=PassedOn)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Forwarded":
        """What `collector.json` says of a target."""
        return cls(
            to=document["to"],
            traces=PassedOn(**document["traces"]),
            metrics=PassedOn(**document["metrics"]),
            logs=PassedOn(**document["logs"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorStatus:
    """All that `collector.json` says; addresses are `host:port`.

    Attributes:
        tls: whether all of them speak TLS.
        wires: where other protocols than OTLP are received, by their names.
        forward: what became of that which is passed on, by target.
    """

    pid: int
    state: State
    grpc: str
    http: str
    counters: Counters
    tls: bool = False
    wires: Mapping[str, str] = field(default_factory=dict)
    forward: tuple[Forwarded, ...] = ()

    def write(self, run_dir: Path) -> None:
        """Replace `collector.json`, so that a reader sees the old or the new one whole.

        On a full disk the old one is overwritten instead, which needs no room: what was turned away
        for want of room must be told.

        Raises:
            OSError: the disk is failing.
        """
        document = {
            "schema": SCHEMA,
            "pid": self.pid,
            "state": self.state.value,
            "grpc": self.grpc,
            "http": self.http,
            "tls": self.tls,
            "wires": dict(self.wires),
            **asdict(self.counters),
            "forward": [asdict(target) for target in self.forward],
        }
        text = (json.dumps(document, indent=2) + "\n").encode()
        place, draft = run_dir / FILE_NAME, run_dir / f".{FILE_NAME}.{self.pid}"
        try:
            draft.write_bytes(text)
            draft.replace(place)
        except OSError as error:
            draft.unlink(missing_ok=True)
            if error.errno not in FULL or not place.exists():
                raise
            with place.open("r+b") as file:
                file.write(text)
                file.truncate()

    @classmethod
    def read(cls, run_dir: Path) -> "CollectorStatus | None":
        """What `collector.json` says; None where there is none yet.

        Raises:
            ValueError: the file is not a collector's.
        """
        try:
            text = (run_dir / FILE_NAME).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        document: dict[str, Any] = json.loads(text)
        if document.get("schema") != SCHEMA:
            raise ValueError(f"{run_dir / FILE_NAME} is not of schema {SCHEMA}")
        return cls(
            pid=document["pid"],
            state=State(document["state"]),
            grpc=document["grpc"],
            http=document["http"],
            tls=document.get("tls", False),
            wires=document.get("wires", {}),
            forward=tuple(map(Forwarded.read, document.get("forward", ()))),
            counters=Counters(
                traces=SignalCounts(**document["traces"]),
                metrics=SignalCounts(**document["metrics"]),
                logs=SignalCounts(**document["logs"]),
                datagrams=DatagramCounts(**document.get("datagrams", {})),
            ),
        )
